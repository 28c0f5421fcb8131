"""Training: what a run leaves, and that no interruption changes it."""

import csv
import json
import math
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

import small_study
from widthwise import training

HISTORY = (
    "epoch",
    "seconds",
    "images_per_second",
    "learning_rate",
    "loss_training",
    "accuracy_training",
    "loss_validation",
    "accuracy_validation",
)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return small_study.write_data(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def undisturbed(data, tmp_path_factory):
    task = small_study.task(data, tmp_path_factory.mktemp("undisturbed"))
    assert training.train(task) == "finished"
    return task


def read(task, name):
    return json.loads(Path(task[name]).read_text())


def history(task):
    with open(task["history"], newline="") as file:
        return list(csv.DictReader(file))


def weights(task):
    return keras.models.load_model(task["model"], compile=False).get_weights()


def outcome(task):
    """All that two equal runs must share: weights and history but for the clock."""
    timed = ("seconds", "images_per_second")
    rows = [{name: value for name, value in row.items() if name not in timed} for row in history(task)]
    return rows, [weight.tobytes() for weight in weights(task)]


def validation_accuracy(task):
    span = read(task, "manifest")["splits"]["validation"]
    images, labels = (np.load(task[name])[span["start"] : span["stop"]] for name in ("images", "labels"))
    return (keras.models.load_model(task["model"]).predict(images, verbose=0).argmax(axis=1) == labels).mean()


def test_a_run_leaves_its_model_history_record_and_status(undisturbed):
    rows = history(undisturbed)
    assert tuple(rows[0]) == HISTORY
    assert [row["epoch"] for row in rows] == ["1", "2", "3"]
    assert float(rows[0]["seconds"]) < float(rows[2]["seconds"])
    assert all(float(row["images_per_second"]) > 0 for row in rows)
    record = read(undisturbed, "training")
    assert record["run"] == undisturbed["run"] and record["settings"] == undisturbed["settings"]
    assert (record["status"], record["reason"], record["epochs"], record["resumed"]) == (
        "finished",
        None,
        3,
        0,
    )
    accuracies = [float(row["accuracy_validation"]) for row in rows]
    assert record["best_epoch"] == accuracies.index(max(accuracies)) + 1
    assert record["seconds"] >= float(rows[-1]["seconds"]) and record["peak_memory_mb"] > 100
    assert record["versions"]["tensorflow"] == tf.__version__ and set(record["versions"]) == {
        "python",
        "tensorflow",
        "keras",
        "numpy",
    }
    status = read(undisturbed, "status")
    assert (status["state"], status["epoch"], status["epochs"], status["steps"]) == ("finished", 3, 3, 4)
    assert status["accuracy_validation"] == pytest.approx(accuracies[-1])
    np.testing.assert_allclose(validation_accuracy(undisturbed), max(accuracies))


def test_training_learns(data, tmp_path):
    still = {"augmentation": {"flip": False, "rotation": 0, "shift": 0, "zoom": 0, "shear": 0}}
    task = small_study.task(data, tmp_path, "plain", 0.2, epochs=12, keep="last", warmup_epochs=0, **still)
    training.train(task)
    rows = history(task)
    assert float(rows[-1]["loss_training"]) < 0.5 * float(rows[0]["loss_training"])
    assert float(rows[-1]["accuracy_training"]) > 0.8
    np.testing.assert_allclose(validation_accuracy(task), float(rows[-1]["accuracy_validation"]))


def test_two_runs_from_scratch_are_equal_bit_for_bit_and_another_seed_is_not(data, undisturbed, tmp_path):
    again = small_study.task(data, tmp_path / "again")
    training.train(again)
    assert outcome(again) == outcome(undisturbed)
    other = small_study.task(data, tmp_path / "other", seed=1)
    training.train(other)
    assert outcome(other) != outcome(undisturbed)


def test_stopped_anywhere_it_goes_on_to_the_same_end(data, undisturbed, tmp_path):
    task = small_study.task(data, tmp_path)
    lines, stops = [], 0
    # An epoch asks six times: after each of four steps and each of two validation batches.
    for asked in (2, 3, 4, 1, 4, 5):
        asks = iter([False] * (asked - 1) + [True])
        with pytest.raises(training.Stopped):
            training.train(task, stopping=lambda asks=asks: next(asks), log=lines.append)
        stops += 1
        assert read(task, "status")["state"] == "stopped"
        assert not Path(task["model"]).exists()
    training.train(task, log=lines.append)
    assert outcome(task) == outcome(undisturbed)
    assert read(task, "training")["resumed"] == stops == sum("goes on after" in line for line in lines)


def test_a_damaged_state_costs_an_epoch_and_changes_nothing(data, undisturbed, tmp_path):
    task = small_study.task(data, tmp_path)
    training.train(task)
    for place in ("model", "training", "history"):
        Path(task[place]).unlink()
    newest = max(Path(task["state"]).glob("*.npz"), key=lambda path: int(path.stem))
    newest.write_bytes(newest.read_bytes()[:1000])
    lines = []
    training.train(task, log=lines.append)
    assert "damaged" in lines[0] and "goes on after 2 epochs" in lines[1]
    assert outcome(task) == outcome(undisturbed)


def test_a_run_killed_after_its_last_epoch_only_writes_its_outputs(data, undisturbed, tmp_path):
    task = small_study.task(data, tmp_path)
    training.train(task)
    expected = outcome(task)
    for place in ("model", "training", "history"):
        Path(task[place]).unlink()
    lines = []
    training.train(task, log=lines.append)
    assert len(lines) == 1 and "goes on after 3 epochs" in lines[0]
    assert outcome(task) == expected == outcome(undisturbed)


@pytest.mark.parametrize("keep", ["best", "last"])
def test_a_diverged_run_keeps_its_last_finite_weights(data, tmp_path, keep):
    task = small_study.task(data, tmp_path, optimizer="sgd", learning_rate=1e30, warmup_epochs=0, keep=keep)
    assert training.train(task) == "diverged"
    record = read(task, "training")
    assert record["status"] == "diverged" and "not finite in epoch 1" in record["reason"]
    rows = history(task)
    assert len(rows) == record["epochs"] == 1 and rows[0]["loss_training"] == ""
    assert read(task, "status")["state"] == "diverged"
    assert all(np.isfinite(weight).all() for weight in weights(task))


def test_patience_ends_a_run_that_does_not_improve(data, tmp_path):
    task = small_study.task(data, tmp_path, epochs=30, learning_rate=0.0, early_stopping=2, keep="last")
    training.train(task)
    rows = history(task)
    best = read(task, "training")["best_epoch"]
    assert len(rows) == best + 2 < 30
    accuracies = [float(row["accuracy_validation"]) for row in rows]
    assert accuracies.index(max(accuracies)) + 1 == best


def test_smoothing_is_part_of_both_losses(data, tmp_path):
    losses = []
    for smoothing in (0, 0.3):
        task = small_study.task(
            data,
            tmp_path / str(smoothing),
            epochs=1,
            learning_rate=0.0,
            label_smoothing=smoothing,
            keep="last",
        )
        training.train(task)
        span = read(task, "manifest")["splits"]["validation"]
        images, labels = (np.load(task[name])[span["start"] : span["stop"]] for name in ("images", "labels"))
        chances = keras.models.load_model(task["model"]).predict(images, verbose=0)
        targets = np.eye(3)[labels] * (1 - smoothing) + smoothing / 3
        losses.append(float(history(task)[0]["loss_validation"]))
        assert losses[-1] == pytest.approx(-(targets * np.log(chances)).sum(axis=1).mean(), rel=1e-4)


@pytest.mark.parametrize(("optimizer", "decay"), [("adam", 0), ("adamw", 0.5), ("sgd", 0.5)])
def test_optimisers_and_decay_of_weights_alone(optimizer, decay):
    made = training.optimizer({"optimizer": optimizer, "weight_decay": decay})
    kernel, bias, gamma = (
        keras.Variable(np.ones(2, np.float32), name=name) for name in ("kernel", "bias", "gamma")
    )
    made.build([kernel, bias, gamma])
    made.learning_rate = 0.1
    made.apply([tf.zeros(2)] * 3, [kernel, bias, gamma])
    np.testing.assert_allclose(kernel, 1 - 0.1 * decay, rtol=1e-6)
    np.testing.assert_allclose(bias, 1)
    np.testing.assert_allclose(gamma, 1)


def test_sgd_has_momentum():
    made = training.optimizer({"optimizer": "sgd", "weight_decay": 0})
    weight = keras.Variable(np.zeros(1, np.float32))
    made.build([weight])
    made.learning_rate = 1.0
    for gradient in (1.0, 0.0):
        made.apply([tf.constant([gradient])], [weight])
    np.testing.assert_allclose(weight, -1.9, rtol=1e-6)


def test_schedules():
    recipe = {"learning_rate": 0.4, "warmup_epochs": 2, "schedule": "constant", "epochs": 10}
    rates = [training.learning_rate(recipe, step, 5) for step in range(50)]
    np.testing.assert_allclose(rates[:10], [0.04 * (step + 1) for step in range(10)])
    assert set(rates[10:]) == {0.4}
    rates = [training.learning_rate(recipe | {"schedule": "cosine"}, step, 5) for step in range(50)]
    np.testing.assert_allclose(rates[10:], [0.2 * (1 + math.cos(math.pi * n / 40)) for n in range(40)])
    assert training.learning_rate(recipe | {"warmup_epochs": 0}, 0, 5) == 0.4


def test_every_epoch_visits_all_rows_in_an_order_of_its_own():
    orders = [training.epoch_order(100, seed, epoch) for seed, epoch in ((0, 1), (0, 1), (0, 2), (1, 1))]
    assert all(sorted(order) == list(range(100)) for order in orders)
    assert np.array_equal(orders[0], orders[1])
    assert not any(np.array_equal(orders[0], other) for other in orders[2:])


def test_fewer_rows_than_a_batch_make_one_batch(data, tmp_path):
    task = small_study.task(data, tmp_path, epochs=1, batch_size=512)
    training.train(task)
    assert read(task, "status")["steps"] == 1


def test_settings_for_a_gpu_still_save_a_plain_float32_model(data, tmp_path, monkeypatch):
    """As on a GPU, with the processor in its place: half precision, scaled loss, XLA."""
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: ["made up"] if kind == "GPU" else [])
    task = small_study.task(data, tmp_path, epochs=1, precision="mixed_float16", xla=True)
    assert training.train(task) == "finished"
    model = keras.models.load_model(task["model"], compile=False)
    assert {layer.dtype_policy.name for layer in model.layers} == {"float32"}
    assert {weight.dtype for weight in model.get_weights()} == {np.dtype(np.float32)}
    assert keras.config.dtype_policy().name == "float32"
