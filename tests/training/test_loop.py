"""Training: what a run leaves, and that no interruption changes it."""

import json
import shutil
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

import small_study
from small_study import history, outcome
from widthwise.plumbing.records import HISTORY
from widthwise.training import loop

STEPS = 4  # of an epoch


def small_task(data, folder, **settings):
    return small_study.task(data, folder, "small", 1, **settings)


@pytest.fixture(scope="module")
def undisturbed(data, tmp_path_factory):
    task = small_task(data, tmp_path_factory.mktemp("undisturbed"))
    assert loop.train(task) == "finished"
    return task


def read(task, name):
    return json.loads(Path(task[name]).read_text())


def validated(task):
    """The model's probabilities (rows, classes) of the validation images, and their labels."""
    span = read(task, "manifest")["splits"]["validation"]
    images, labels = (np.load(task[name])[span["start"] : span["stop"]] for name in ("images", "labels"))
    return keras.models.load_model(task["model"]).predict(images, verbose=0), labels


def test_a_run_leaves_its_model_history_record_and_status(undisturbed):
    rows = history(undisturbed)
    assert tuple(rows[0]) == HISTORY
    assert [row["epoch"] for row in rows] == ["1", "2", "3"]
    assert float(rows[0]["seconds"]) < float(rows[2]["seconds"])
    assert all(float(row["images_per_second"]) > 0 for row in rows)
    record = read(undisturbed, "training")
    assert record["run"] == undisturbed["run"] and record["settings"] == undisturbed["settings"]
    ended = tuple(record[name] for name in ("status", "reason", "epochs", "resumed"))
    assert ended == ("finished", None, 3, 0)
    accuracies = [float(row["accuracy_validation"]) for row in rows]
    assert record["best_epoch"] == accuracies.index(max(accuracies)) + 1
    assert record["seconds"] == pytest.approx(float(rows[-1]["seconds"]))  # which is rounded
    assert record["peak_memory_mb"] > 100
    assert record["versions"]["tensorflow"] == tf.__version__
    assert set(record["versions"]) == {"python", "tensorflow", "keras", "numpy"}
    status = read(undisturbed, "status")
    assert (status["state"], status["epoch"], status["epochs"]) == ("finished", 3, 3)
    assert status["steps"] == STEPS
    assert status["accuracy_validation"] == pytest.approx(accuracies[-1])
    probabilities, labels = validated(undisturbed)
    np.testing.assert_allclose((probabilities.argmax(axis=1) == labels).mean(), max(accuracies))


def test_another_seed_is_another_training(data, undisturbed, tmp_path):
    other = small_study.task(data, tmp_path, "small", 1, seed=1)
    loop.train(other)
    assert outcome(other) != outcome(undisturbed)


def test_stopped_anywhere_it_resumes_to_the_same_end(data, undisturbed, tmp_path):
    task = small_task(data, tmp_path)
    lines = []
    # An epoch asks six times: after each of four steps and each of two validation batches.
    stops = (2, 4, 5)
    for asked in stops:
        asks = iter([False] * (asked - 1) + [True])
        with pytest.raises(loop.Stopped):
            loop.train(task, stopping=lambda asks=asks: next(asks), log=lines.append)
        assert read(task, "status")["state"] == "stopped"
        assert not Path(task["model"]).exists()
    loop.train(task, log=lines.append)
    assert outcome(task) == outcome(undisturbed)
    resumed = [line for line in lines if line.startswith("resumes")]
    assert resumed == [
        f"resumes after {epochs} epochs and {steps} of 4 steps" for epochs, steps in ((0, 2), (0, 4), (1, 3))
    ]
    assert read(task, "training")["resumed"] == len(stops)


def test_a_damaged_checkpoint_costs_an_epoch_and_changes_nothing(data, undisturbed, tmp_path):
    task = small_task(data, tmp_path)
    shutil.copytree(undisturbed["state"], task["state"])
    newest = Path(task["state"], f"{3 * (STEPS + 1)}.npz")
    newest.write_bytes(newest.read_bytes()[:1000])
    lines = []
    loop.train(task, log=lines.append)
    assert "damaged" in lines[0] and "resumes after 2 epochs" in lines[1]
    assert outcome(task) == outcome(undisturbed)


def test_a_run_killed_after_its_last_epoch_only_writes_its_outputs(data, undisturbed, tmp_path):
    task = small_task(data, tmp_path)
    shutil.copytree(undisturbed["state"], task["state"])
    lines = []
    loop.train(task, log=lines.append)
    assert len(lines) == 1 and "resumes after 3 epochs" in lines[0]
    assert outcome(task) == outcome(undisturbed)


def test_the_layout_of_checkpoints_stays(data, undisturbed, tmp_path):
    """Trainings of days are resumed from files of this layout, written here by hand."""
    with np.load(Path(undisturbed["state"], f"{2 * (STEPS + 1)}.npz")) as file:
        header = json.loads(file["record"].item())
        groups = {name: file[name] for name in file.files if name != "record"}
    row = header["record"]["history"][1]
    record = {
        "epoch": 2,
        "step": 0,
        "sums": [0.0, 0.0],
        "training_seconds": 0.0,
        "seconds": 12.5,
        "history": [header["record"]["history"][0], row],
        "best_epoch": header["record"]["best_epoch"],
        "resumed": 4,
        "status": "running",
    }
    assert header["record"].keys() == record.keys() and tuple(row) == HISTORY
    # The small network has eight variables, six of them trainable; Adam two slots for each, and two more.
    sizes = {"weights": 8, "judged": 8, "slots": 14, "kept": 8}
    assert header["sizes"] == sizes
    arrays = {f"{name}/{i}": groups[f"{name}/{i}"] for name, size in sizes.items() for i in range(size)}
    task = small_task(data, tmp_path)
    Path(task["state"]).mkdir()
    old = {"record": np.array(json.dumps({"sizes": sizes, "record": record})), **arrays}
    np.savez(Path(task["state"], "10.npz"), **old)
    loop.train(task)
    assert outcome(task) == outcome(undisturbed)
    assert read(task, "training")["resumed"] == 5 and read(task, "training")["seconds"] > 12.5


def test_a_diverged_run_keeps_its_last_finite_weights(data, tmp_path):
    diverging = {"optimizer": "sgd", "learning_rate": 1e30, "warmup_epochs": 0, "keep": "last"}
    task = small_task(data, tmp_path, **diverging)
    assert loop.train(task) == "diverged"
    record = read(task, "training")
    assert record["status"] == "diverged" and "not finite in epoch 1" in record["reason"]
    rows = history(task)
    assert len(rows) == record["epochs"] == 1 and rows[0]["loss_training"] == ""
    assert read(task, "status")["state"] == "diverged"
    weights = keras.models.load_model(task["model"], compile=False).get_weights()
    assert all(np.isfinite(weight).all() for weight in weights)


def test_patience_ends_a_run_that_does_not_improve(data, tmp_path):
    task = small_task(data, tmp_path, epochs=30, learning_rate=0.0, early_stopping=2, keep="last")
    loop.train(task)
    rows = history(task)
    best = read(task, "training")["best_epoch"]
    assert len(rows) == best + 2 < 30
    accuracies = [float(row["accuracy_validation"]) for row in rows]
    assert accuracies.index(max(accuracies)) + 1 == best


def test_smoothing_is_part_of_the_validation_loss(data, tmp_path):
    task = small_task(data, tmp_path, epochs=1, learning_rate=0.0, label_smoothing=0.3, keep="last")
    loop.train(task)
    probabilities, labels = validated(task)
    targets = np.eye(3)[labels] * (1 - 0.3) + 0.3 / 3
    loss = float(history(task)[0]["loss_validation"])
    assert loss == pytest.approx(-(targets * np.log(probabilities)).sum(axis=1).mean(), rel=1e-4)


def test_settings_for_a_gpu_still_save_a_plain_float32_model(data, tmp_path, monkeypatch):
    """As on a GPU, with the processor in its place: half precision, scaled loss, XLA."""
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: ["made up"] if kind == "GPU" else [])
    task = small_task(data, tmp_path, epochs=1, precision="mixed_float16", xla=True)
    assert loop.train(task) == "finished"
    model = keras.models.load_model(task["model"], compile=False)
    assert {layer.dtype_policy.name for layer in model.layers} == {"float32"}
    assert {weight.dtype for weight in model.get_weights()} == {np.dtype(np.float32)}
    assert keras.config.dtype_policy().name == "float32"
