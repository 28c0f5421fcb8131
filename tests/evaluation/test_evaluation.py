"""Evaluation: scores by hand, files as the readers expect them."""

import csv
import json
from pathlib import Path

import keras
import numpy as np
import pytest

import small_study
from widthwise.evaluation import aggregation, evaluation, metrics
from widthwise.networks import architectures, counts, model

CLASSES = ("a", "b", "c")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return small_study.write_data(tmp_path_factory.mktemp("data"))


def trained(data, folder, status="finished", reason=None):
    """A run's folder as training leaves it: (task, network)."""
    task = small_study.task(data, folder, width=1 / 32)
    network = architectures.network("cnn", 1 / 32, 3, 0.1)
    keras.utils.set_random_seed(3)
    if status == "failed":
        Path(task["model"]).write_bytes(b"")
    else:
        model.build(network, (16, 16, 1)).save(task["model"])
    record = {"run": task["run"], "dataset": "bars", "status": status, "reason": reason}
    record |= {"epochs": 3, "best_epoch": 2, "seconds": 1.5, "images_per_second": 90.0}
    Path(task["training"]).write_text(json.dumps(record))
    return task, network


def evaluate(data, task, folder, failure=None):
    """Evaluate; returns metrics.json and the rows of predictions.csv."""
    prepared = {name: task[name] for name in ("model", "training", "images", "labels", "manifest")}
    outputs = {"metrics": folder / "metrics.json", "predictions": folder / "predictions.csv"}
    evaluation.evaluate(**prepared, duplicates=data / "duplicates.csv", **outputs, failure=failure)
    with open(outputs["predictions"], newline="") as file:
        return json.loads(outputs["metrics"].read_text()), list(csv.DictReader(file))


def scores(labels, predicted, classes, duplicate=None):
    duplicate = np.zeros(len(labels), bool) if duplicate is None else np.array(duplicate)
    return evaluation.scores(np.array(labels), np.eye(len(classes))[predicted], classes, duplicate)


def test_scores_are_those_counted_by_hand():
    duplicate = [True, False, False, False, True, False]
    counted = scores([0, 0, 0, 1, 1, 0], [0, 0, 1, 1, 0, 0], CLASSES, duplicate)
    assert (counted["rows"], counted["correct"], counted["accuracy"]) == (6, 4, 4 / 6)
    assert (counted["rows_no_duplicates"], counted["accuracy_no_duplicates"]) == (4, 3 / 4)
    assert counted["confusion"] == [[3, 1, 0], [1, 1, 0], [0, 0, 0]]
    assert counted["per_class"] == [
        {"class": "a", "precision": 3 / 4, "recall": 3 / 4, "f1": pytest.approx(3 / 4), "rows": 4},
        {"class": "b", "precision": 1 / 2, "recall": 1 / 2, "f1": pytest.approx(1 / 2), "rows": 2},
        {"class": "c", "precision": 0, "recall": 0, "f1": 0, "rows": 0},
    ]
    assert counted["macro_f1"] == pytest.approx((3 / 4 + 1 / 2 + 0) / 3)
    assert counted["balanced_accuracy"] == pytest.approx((3 / 4 + 1 / 2) / 2)  # no c occurs


def test_every_metric_is_in_the_scores():
    perfect = scores([0, 1, 2], [0, 1, 2], CLASSES)
    assert {name: perfect[name] for name in metrics.METRICS} == dict.fromkeys(metrics.METRICS, 1.0)


def test_f1_is_between_precision_and_recall():
    counted = scores([0, 0, 0, 1], [0, 1, 1, 1], ("a", "b"))
    assert [(row["precision"], row["recall"]) for row in counted["per_class"]] == [(1, 1 / 3), (1 / 3, 1)]
    assert [row["f1"] for row in counted["per_class"]] == pytest.approx([0.5, 0.5])


def test_nothing_but_duplicates_leaves_no_accuracy_without_them():
    counted = scores([0], [0], ("a", "b"), duplicate=[True])
    assert counted["accuracy_no_duplicates"] is None and counted["rows_no_duplicates"] == 0


def test_metrics_and_predictions_of_a_finished_run(data, tmp_path):
    task, network = trained(data, tmp_path)
    content, rows = evaluate(data, task, tmp_path)
    sizes = counts.totals(network, (16, 16, 1))
    assert {name: content[name] for name in task["run"]} == task["run"]
    assert {
        name: content[name] for name in ("params", "trainable_params", "non_trainable_params", "macs")
    } == {name: sizes[name] for name in ("params", "trainable_params", "non_trainable_params", "macs")}
    assert content["bytes"] == Path(task["model"]).stat().st_size
    assert (content["dataset"], content["status"], content["reason"]) == ("bars", "finished", None)
    assert (content["epochs"], content["best_epoch"], content["seconds"]) == (3, 2, 1.5)
    assert content["classes"] == list(small_study.CLASSES)

    # Every row of validation, public and private, with what plain Keras says of it.
    assert [int(row["row"]) for row in rows] == list(range(70, 119))
    assert [row["split"] for row in rows] == ["validation"] * 21 + ["public"] * 14 + ["private"] * 14
    images, labels = np.load(task["images"])[70:119], np.load(task["labels"])[70:119]
    chances = keras.models.load_model(task["model"]).predict(images, verbose=0)
    assert [int(row["label"]) for row in rows] == labels.tolist()
    assert [int(row["predicted"]) for row in rows] == chances.argmax(axis=1).tolist()
    found = np.array([[float(row[f"p{i}"]) for i in range(3)] for row in rows])
    np.testing.assert_allclose(found, chances, atol=6e-5)

    right = chances.argmax(axis=1) == labels
    spans = {"validation": (0, 21), "public": (21, 35), "private": (35, 49), "pooled": (21, 49)}
    assert list(content["splits"]) == list(spans)
    for split, (start, stop) in spans.items():
        assert content["splits"][split]["rows"] == stop - start
        assert content["splits"][split]["accuracy"] == pytest.approx(right[start:stop].mean())
    # Rows 91 and 92, of public, have copies in training.
    for split, start, stop in (("public", 21, 35), ("pooled", 21, 49)):
        fresh = np.delete(right, (21, 22))[start : stop - 2]
        assert content["splits"][split]["rows_no_duplicates"] == stop - start - 2
        assert content["splits"][split]["accuracy_no_duplicates"] == pytest.approx(fresh.mean())


@pytest.mark.parametrize("status", ["failed", "diverged"])
def test_a_run_that_did_not_finish_has_no_accuracies(data, tmp_path, status):
    task, _ = trained(data, tmp_path, status, "something happened")
    content, rows = evaluate(data, task, tmp_path)
    assert (content["status"], content["reason"], content["splits"]) == (status, "something happened", {})
    assert content["params"] > 0 and (content["bytes"] is None) == (status == "failed")
    assert rows == []
    assert (tmp_path / "predictions.csv").read_text() == "split,row,label,predicted,p0,p1,p2\n"


def test_a_model_that_cannot_be_loaded_is_a_run_that_failed(data, tmp_path):
    task, _ = trained(data, tmp_path)
    Path(task["model"]).write_bytes(b"PK no model")
    with pytest.raises(Exception, match=r"model\.keras"):
        evaluate(data, task, tmp_path)
    content, rows = evaluate(data, task, tmp_path, failure="ValueError: odd")
    assert (content["status"], content["reason"]) == ("failed", "evaluation failed: ValueError: odd")
    assert (content["splits"], content["epochs"], rows) == ({}, 3, [])
    assert content["params"] > 0


def test_a_run_whose_network_cannot_even_be_counted_is_a_row(data, tmp_path):
    """A family that gave a network when it was planned, and gives none for the classes of the data."""
    task, _ = trained(data, tmp_path, "failed", "ValueError: 3 classes")
    record = json.loads(Path(task["training"]).read_text())
    record["run"]["family"] = "gone"
    Path(task["training"]).write_text(json.dumps(record))
    content, _ = evaluate(data, task, tmp_path, failure="UserError: no family gone")
    assert (content["status"], content["reason"]) == ("failed", "ValueError: 3 classes")
    runs = aggregation.runs_table([content])
    assert runs.params.isna().all() and aggregation.summary_table(runs).failed.tolist() == [1]


def test_a_split_that_is_not_there_is_absent(data, tmp_path):
    task, _ = trained(data, tmp_path)
    manifest = json.loads(Path(task["manifest"]).read_text())
    del manifest["splits"]["private"]
    task["manifest"] = str(tmp_path / "manifest.json")
    Path(task["manifest"]).write_text(json.dumps(manifest))
    content, rows = evaluate(data, task, tmp_path)
    assert list(content["splits"]) == ["validation", "public", "pooled"]
    assert content["splits"]["pooled"] == content["splits"]["public"]  # one test split is the test
    assert len(rows) == 35


def test_unlabelled_rows_get_a_label_each_under_their_own_id(data, tmp_path):
    task, _ = trained(data, tmp_path)
    output = tmp_path / "submission.csv"
    evaluation.predict_unlabelled(task["model"], task["images"], task["manifest"], data / "rows.csv", output)
    chances = keras.models.load_model(task["model"]).predict(np.load(task["images"])[119:], verbose=0)
    expected = [f"unlabelled-{row},{label}" for row, label in enumerate(chances.argmax(axis=1), start=119)]
    assert output.read_text().splitlines() == ["id,label", *expected]
