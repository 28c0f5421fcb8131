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
from widthwise.networks import architectures, model
from widthwise.plumbing import state
from widthwise.plumbing.errors import UserError
from widthwise.training import batches, distillation, loop
from widthwise.training.augmentation import augment

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
    assert loop.train(task) == "finished"
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
    still = {"augmentation": {"flip": False, "rotation": 0, "shift": 0, "zoom": 0, "shear": 0, "erasing": 0}}
    task = small_study.task(data, tmp_path, "plain", 0.2, epochs=12, keep="last", warmup_epochs=0, **still)
    loop.train(task)
    rows = history(task)
    assert float(rows[-1]["loss_training"]) < 0.5 * float(rows[0]["loss_training"])
    assert float(rows[-1]["accuracy_training"]) > 0.8
    np.testing.assert_allclose(validation_accuracy(task), float(rows[-1]["accuracy_validation"]))


def test_two_runs_from_scratch_are_equal_bit_for_bit_and_another_seed_is_not(data, undisturbed, tmp_path):
    again = small_study.task(data, tmp_path / "again")
    loop.train(again)
    assert outcome(again) == outcome(undisturbed)
    other = small_study.task(data, tmp_path / "other", seed=1)
    loop.train(other)
    assert outcome(other) != outcome(undisturbed)


def test_stopped_anywhere_it_goes_on_to_the_same_end(data, undisturbed, tmp_path):
    task = small_study.task(data, tmp_path)
    lines, stops = [], 0
    # An epoch asks six times: after each of four steps and each of two validation batches.
    for asked in (2, 3, 4, 1, 4, 5):
        asks = iter([False] * (asked - 1) + [True])
        with pytest.raises(loop.Stopped):
            loop.train(task, stopping=lambda asks=asks: next(asks), log=lines.append)
        stops += 1
        assert read(task, "status")["state"] == "stopped"
        assert not Path(task["model"]).exists()
    loop.train(task, log=lines.append)
    assert outcome(task) == outcome(undisturbed)
    assert read(task, "training")["resumed"] == stops == sum("goes on after" in line for line in lines)


def test_a_damaged_state_costs_an_epoch_and_changes_nothing(data, undisturbed, tmp_path):
    task = small_study.task(data, tmp_path)
    loop.train(task)
    for place in ("model", "training", "history"):
        Path(task[place]).unlink()
    newest = max(Path(task["state"]).glob("*.npz"), key=lambda path: int(path.stem))
    newest.write_bytes(newest.read_bytes()[:1000])
    lines = []
    loop.train(task, log=lines.append)
    assert "damaged" in lines[0] and "goes on after 2 epochs" in lines[1]
    assert outcome(task) == outcome(undisturbed)


def test_a_run_killed_after_its_last_epoch_only_writes_its_outputs(data, undisturbed, tmp_path):
    task = small_study.task(data, tmp_path)
    loop.train(task)
    expected = outcome(task)
    for place in ("model", "training", "history"):
        Path(task[place]).unlink()
    lines = []
    loop.train(task, log=lines.append)
    assert len(lines) == 1 and "goes on after 3 epochs" in lines[0]
    assert outcome(task) == expected == outcome(undisturbed)


@pytest.mark.parametrize("keep", ["best", "last"])
def test_a_diverged_run_keeps_its_last_finite_weights(data, tmp_path, keep):
    task = small_study.task(data, tmp_path, optimizer="sgd", learning_rate=1e30, warmup_epochs=0, keep=keep)
    assert loop.train(task) == "diverged"
    record = read(task, "training")
    assert record["status"] == "diverged" and "not finite in epoch 1" in record["reason"]
    rows = history(task)
    assert len(rows) == record["epochs"] == 1 and rows[0]["loss_training"] == ""
    assert read(task, "status")["state"] == "diverged"
    assert all(np.isfinite(weight).all() for weight in weights(task))


def test_patience_ends_a_run_that_does_not_improve(data, tmp_path):
    task = small_study.task(data, tmp_path, epochs=30, learning_rate=0.0, early_stopping=2, keep="last")
    loop.train(task)
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
        loop.train(task)
        span = read(task, "manifest")["splits"]["validation"]
        images, labels = (np.load(task[name])[span["start"] : span["stop"]] for name in ("images", "labels"))
        chances = keras.models.load_model(task["model"]).predict(images, verbose=0)
        targets = np.eye(3)[labels] * (1 - smoothing) + smoothing / 3
        losses.append(float(history(task)[0]["loss_validation"]))
        assert losses[-1] == pytest.approx(-(targets * np.log(chances)).sum(axis=1).mean(), rel=1e-4)


@pytest.mark.parametrize(("optimizer", "decay"), [("adam", 0), ("adamw", 0.5), ("sgd", 0.5)])
def test_optimisers_and_decay_of_weights_alone(optimizer, decay):
    made = loop.optimizer({"optimizer": optimizer, "weight_decay": decay})
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
    made = loop.optimizer({"optimizer": "sgd", "weight_decay": 0})
    weight = keras.Variable(np.zeros(1, np.float32))
    made.build([weight])
    made.learning_rate = 1.0
    for gradient in (1.0, 0.0):
        made.apply([tf.constant([gradient])], [weight])
    np.testing.assert_allclose(weight, -1.9, rtol=1e-6)


def test_schedules():
    recipe = {"learning_rate": 0.4, "warmup_epochs": 2, "schedule": "constant", "epochs": 10}
    rates = [loop.learning_rate(recipe, step, 5) for step in range(50)]
    np.testing.assert_allclose(rates[:10], [0.04 * (step + 1) for step in range(10)])
    assert set(rates[10:]) == {0.4}
    rates = [loop.learning_rate(recipe | {"schedule": "cosine"}, step, 5) for step in range(50)]
    np.testing.assert_allclose(rates[10:], [0.2 * (1 + math.cos(math.pi * n / 40)) for n in range(40)])
    assert loop.learning_rate(recipe | {"warmup_epochs": 0}, 0, 5) == 0.4


def test_every_epoch_visits_all_rows_in_an_order_of_its_own():
    orders = [batches.epoch_order(100, seed, epoch) for seed, epoch in ((0, 1), (0, 1), (0, 2), (1, 1))]
    assert all(sorted(order) == list(range(100)) for order in orders)
    assert np.array_equal(orders[0], orders[1])
    assert not any(np.array_equal(orders[0], other) for other in orders[2:])


def test_fewer_rows_than_a_batch_make_one_batch(data, tmp_path):
    task = small_study.task(data, tmp_path, epochs=1, batch_size=512)
    loop.train(task)
    assert read(task, "status")["steps"] == 1


def test_settings_for_a_gpu_still_save_a_plain_float32_model(data, tmp_path, monkeypatch):
    """As on a GPU, with the processor in its place: half precision, scaled loss, XLA."""
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: ["made up"] if kind == "GPU" else [])
    task = small_study.task(data, tmp_path, epochs=1, precision="mixed_float16", xla=True)
    assert loop.train(task) == "finished"
    model = keras.models.load_model(task["model"], compile=False)
    assert {layer.dtype_policy.name for layer in model.layers} == {"float32"}
    assert {weight.dtype for weight in model.get_weights()} == {np.dtype(np.float32)}
    assert keras.config.dtype_policy().name == "float32"


def test_weights_are_averaged_step_by_step(data, tmp_path):
    """One epoch's average, recomputed from the weights after each of its four steps."""
    short = {"epochs": 1, "warmup_epochs": 0, "dropout": 0, "schedule": "constant"}
    after = []
    for steps in range(1, 5):
        stopped = small_study.task(data, tmp_path / f"{steps}", **short)
        asks = iter([False] * (steps - 1) + [True])
        with pytest.raises(loop.Stopped):
            loop.train(stopped, stopping=lambda asks=asks: next(asks))
        groups, _ = state.load(stopped["state"])
        after.append(groups["weights"])
    groups, _ = state.load(tmp_path / "1" / "state")
    task = small_study.task(data, tmp_path / "averaged", weight_averaging=0.5, **short)
    loop.train(task)
    keras.utils.set_random_seed(task["run"]["seed"])
    network = architectures.network("cnn", 1 / 64, 3)
    expected = model.build(network, (16, 16, 1)).get_weights()
    for step, weights_now in enumerate(after):
        decay = min(0.5, (1 + step) / (10 + step))
        expected = [
            decay * average + (1 - decay) * new for average, new in zip(expected, weights_now, strict=True)
        ]
    for average, found in zip(expected, weights(task), strict=True):
        np.testing.assert_allclose(found, average, rtol=1e-4, atol=1e-6)


def test_the_momentum_of_batch_normalisation_changes_what_is_validated_alone(data, tmp_path):
    """Training normalises by each batch, validation by the averages, which come sooner with less momentum."""
    short = {"epochs": 2, "warmup_epochs": 0}
    lines = {}
    for momentum in (None, 0.99, 0.5):
        task = small_study.task(data, tmp_path / str(momentum), batch_norm_momentum=momentum, **short)
        loop.train(task)
        lines[momentum] = [
            [row[f"loss_{part}"] for row in history(task)] for part in ("training", "validation")
        ]
    assert lines[None] == lines[0.99]
    assert lines[0.5][0] == lines[0.99][0] and lines[0.5][1] != lines[0.99][1]


def test_mixing_weights_follow_the_beta_distribution_of_their_step():
    draws = [batches.mixing(0.2, 1, step) for step in range(2000)]
    assert draws == [batches.mixing(0.2, 1, step) for step in range(2000)]
    assert batches.mixing(0, 1, 5) == 1
    assert np.mean(draws) == pytest.approx(0.5, abs=0.05)
    assert np.var(draws) == pytest.approx(1 / (4 * (2 * 0.2 + 1)), abs=0.01)  # of Beta(a, a)


@pytest.fixture(scope="module")
def teacher(data, tmp_path_factory):
    """A run that has learnt the bars."""
    task = small_study.task(
        data, tmp_path_factory.mktemp("teacher"), "plain", 0.2, epochs=60, keep="last", warmup_epochs=0
    )
    loop.train(task)
    return task


def student(data, folder, teachers, temperature=2.0, hard_labels=0.0, **settings):
    """The task of a run that learns from these models, which have been asked all that it will ask."""
    named = {"recipe": "short", "family": "plain", "width": 0.2, "seeds": [0]}
    settings["distillation"] = {"teachers": named, "temperature": temperature, "hard_labels": hard_labels}
    task = small_study.task(data, folder, "plain", 0.1, **settings)
    lesson = {name: task[name] for name in ("settings", "images", "manifest")}
    lesson |= {"seed": task["run"]["seed"], "teachers": teachers, "state": str(folder / "teaching")}
    task["answers"] = str(folder / "answers.npy")
    distillation.teach(lesson | {"answers": task["answers"]})
    return task


def test_teachers_are_asked_about_what_the_student_sees(data, teacher, tmp_path):
    """The same answers as in the midst of a training: each step's batch, augmented and mixed."""
    task = student(data, tmp_path, [teacher["model"]], temperature=2.0, mixup=0.3)
    answers = np.load(task["answers"])
    settings, seed = task["settings"], task["run"]["seed"]
    batch, steps = batches.sizes({"start": 0, "stop": 70}, settings)
    assert answers.shape == (steps * settings["epochs"], batch, 3) and answers.dtype == np.float32
    images, model = np.load(data / "images.npy"), keras.models.load_model(teacher["model"])
    for epoch, step in ((1, 0), (3, 2)):
        number = (epoch - 1) * steps + step
        rows = batches.epoch_order(70, seed, epoch)[step * batch : (step + 1) * batch]
        pictures = augment(images[rows], settings["augmentation"], np.array([seed, 2 * number], np.int32))
        share = batches.mixing(0.3, seed, number)
        seen = share * pictures.numpy() + (1 - share) * pictures.numpy()[::-1]
        expected = np.sqrt(model.predict_on_batch(seen))  # probabilities at temperature 2
        expected /= expected.sum(axis=1, keepdims=True)
        np.testing.assert_allclose(answers[number], expected, atol=1e-4)


def test_teaching_that_is_killed_goes_on(data, teacher, tmp_path):
    task = student(data, tmp_path, [teacher["model"]])
    whole, state = Path(task["answers"]).read_bytes(), tmp_path / "teaching"
    (state / "epoch3.npy").unlink()
    (state / "epoch2.part").write_bytes(b"half")
    times = [(state / f"epoch{epoch}.npy").stat().st_mtime_ns for epoch in (1, 2)]
    assert Path(student(data, tmp_path, [teacher["model"]])["answers"]).read_bytes() == whole
    assert times == [(state / f"epoch{epoch}.npy").stat().st_mtime_ns for epoch in (1, 2)]


def test_a_student_learns_from_its_teacher_alone(data, teacher, tmp_path):
    """All labels are wrong, and the student comes to give none of them."""
    labels = np.load(data / "labels.npy")
    np.save(tmp_path / "wrong.npy", np.where(labels < 0, labels, (labels + 1) % 3))
    long = {"epochs": 20, "warmup_epochs": 0, "dropout": 0}
    accuracies = []
    for hard_labels in (0.0, 1.0):
        taught = student(data, tmp_path / f"{hard_labels}", [teacher["model"]], 0.5, hard_labels, **long)
        loop.train(taught | {"labels": str(tmp_path / "wrong.npy")})
        accuracies.append(float(history(taught)[-1]["accuracy_training"]))
    assert accuracies[0] < 0.05 and accuracies[1] > 0.9


def test_with_labels_alone_a_student_is_an_ordinary_run(data, teacher, tmp_path):
    plain = small_study.task(data, tmp_path / "plain", "plain", 0.1)
    loop.train(plain)
    taught = student(data, tmp_path / "taught", [teacher["model"]], hard_labels=1.0)
    loop.train(taught)
    for one, other in zip(history(plain), history(taught), strict=True):
        assert float(one["loss_training"]) == pytest.approx(float(other["loss_training"]), rel=1e-4)


def test_of_several_teachers_the_mean_is_learnt(data, teacher, tmp_path):
    """Twice the same teacher is that teacher; another one changes what is learnt."""
    other = small_study.task(data, tmp_path / "other", "plain", 0.2, seed=7, epochs=1)
    loop.train(other)
    losses = {}
    for name, teachers in (("one", [teacher]), ("twice", [teacher, teacher]), ("both", [teacher, other])):
        task = student(data, tmp_path / name, [each["model"] for each in teachers], epochs=1)
        loop.train(task)
        losses[name] = float(history(task)[0]["loss_training"])
    assert losses["one"] == pytest.approx(losses["twice"], rel=1e-5)
    assert losses["one"] != pytest.approx(losses["both"], rel=1e-3)


def test_without_answers_a_student_fails_in_one_line(data, teacher, tmp_path):
    task = student(data, tmp_path, [teacher["model"]])
    Path(task["answers"]).write_bytes(b"")
    with pytest.raises(UserError, match=r"answers\.npy: it is empty, since a teacher failed"):
        loop.train(task)


def test_all_settings_at_once_survive_stops(data, teacher, tmp_path):
    augmentation = small_study.SETTINGS["augmentation"] | {"erasing": 0.5}
    settings = {"mixup": 0.3, "weight_averaging": 0.9, "augmentation": augmentation, "hard_labels": 0.3}
    whole, stopped = (student(data, tmp_path / name, [teacher["model"]], **settings) for name in ("a", "b"))
    loop.train(whole)
    for asked in (2, 5, 4):
        asks = iter([False] * (asked - 1) + [True])
        with pytest.raises(loop.Stopped):
            loop.train(stopped, stopping=lambda asks=asks: next(asks))
    loop.train(stopped)
    assert outcome(stopped) == outcome(whole)
