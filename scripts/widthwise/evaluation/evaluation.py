"""What a trained model answers on the rows that it was not trained on."""

import csv
import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from widthwise.evaluation import inference
from widthwise.evaluation.metrics import EVALUATED, METRICS, confusion_matrix, evaluated_splits
from widthwise.networks import architectures, counts
from widthwise.plumbing.files import write_csv
from widthwise.plumbing.records import write_json


def scores(labels: NDArray, probabilities: NDArray, classes: list[str], duplicate: NDArray) -> dict:
    """How well predictions fit: the entry of one split in metrics.json.

    labels: int (rows,); probabilities: float (rows, classes); classes: names; duplicate: bool (rows,), rows
    that training also holds (nearly). Holds every metric of ``METRICS`` by name. Precision, recall and F1 of
    a class that is never predicted or never true are 0.
    """
    predicted = probabilities.argmax(axis=1)
    confusion = confusion_matrix(labels, predicted, len(classes))
    hits, support, predicted_count = confusion.diagonal(), confusion.sum(axis=1), confusion.sum(axis=0)
    precision, recall = hits / np.maximum(predicted_count, 1), hits / np.maximum(support, 1)
    f1 = 2 * hits / np.maximum(support + predicted_count, 1)
    correct = labels == predicted
    fresh = correct[~duplicate]
    return {
        "rows": len(labels),
        "correct": int(correct.sum()),
        **{
            name: metric.function(labels, predicted, probabilities, len(classes))
            for name, metric in METRICS.items()
        },
        "accuracy_no_duplicates": float(fresh.mean()) if fresh.size else None,
        "rows_no_duplicates": int(fresh.size),
        "confusion": confusion.tolist(),
        "per_class": [
            {
                "class": name,
                "precision": float(precision[i]),
                "recall": float(recall[i]),
                "f1": float(f1[i]),
                "rows": int(support[i]),
            }
            for i, name in enumerate(classes)
        ],
    }


def evaluate(
    model: Path | str,
    training: Path | str,
    images: Path | str,
    labels: Path | str,
    manifest: Path | str,
    duplicates: Path | str,
    metrics: Path | str,
    predictions: Path | str,
    failure: str | None = None,
) -> None:
    """Write a run's metrics.json and predictions.csv.

    model, training: the run's model.keras and training.json; images, labels, manifest, duplicates: the
    prepared data; metrics, predictions: paths to write. All are paths. A run that did not finish is not
    asked: its metrics have no splits, its predictions no rows.
    failure: why a run that was trained cannot be asked, if it cannot: it counts as failed, too.
    """
    training, manifest = (json.loads(Path(path).read_text()) for path in (training, manifest))
    run, classes = training["run"], manifest["classes"]
    if failure and training["status"] == "finished":
        training |= {"status": "failed", "reason": f"evaluation failed: {failure}"}
    try:
        shape = manifest["image_shape"]
        network = architectures.network(run["family"], run["width"], len(classes), image_shape=shape)
        sizes = counts.totals(network, shape)
    except Exception:
        if training["status"] == "finished":
            raise
        sizes = {}  # a family that cannot be built
    content = {
        "dataset": training["dataset"],
        **run,
        **{name: training[name] for name in ("status", "reason")},
        **sizes,
        "bytes": Path(model).stat().st_size or None,
        **{name: training[name] for name in ("epochs", "best_epoch", "seconds", "images_per_second")},
        "classes": classes,
        "splits": {},
    }
    predicted = {}  # by split: its rows and their probabilities
    if training["status"] == "finished":
        pixels, truth = np.load(images, mmap_mode="r"), np.load(labels, mmap_mode="r")
        with open(duplicates, newline="") as file:
            duplicate = np.isin(np.arange(len(truth)), [int(row["row"]) for row in csv.DictReader(file)])
        for split in EVALUATED:
            rows = _rows(manifest, split)
            if rows.size:
                predicted[split] = rows, inference.predict(model, pixels[rows])
        for name, splits in evaluated_splits(predicted).items():
            rows, probabilities = (
                np.concatenate(parts) for parts in zip(*(predicted[split] for split in splits), strict=True)
            )
            content["splits"][name] = scores(truth[rows], probabilities, classes, duplicate[rows])
    header = ["split", "row", "label", "predicted", *(f"p{i}" for i in range(len(classes)))]
    lines = [
        [split, row, truth[row], of_row.argmax(), *(f"{probability:.4f}" for probability in of_row)]
        for split, (rows, probabilities) in predicted.items()
        for row, of_row in zip(rows, probabilities, strict=True)
    ]
    write_csv(predictions, header, lines)
    write_json(metrics, content)


def predict_unlabelled(
    model: Path | str, images: Path | str, manifest: Path | str, rows: Path | str, output: Path | str
) -> None:
    """Write ``id,label`` of the unlabelled split, label being the number of the class.

    model, images, manifest, rows: paths of model.keras, images.npy, manifest.json and rows.csv.
    """
    manifest = json.loads(Path(manifest).read_text())
    unlabelled = _rows(manifest, "unlabelled")
    with open(rows, newline="") as file:
        ids = {int(row["row"]): row["id"] for row in csv.DictReader(file) if row["split"] == "unlabelled"}
    predicted = inference.predict(model, np.load(images, mmap_mode="r")[unlabelled]).argmax(axis=1)
    lines = ([ids[row], label] for row, label in zip(unlabelled, predicted, strict=True))
    write_csv(output, ["id", "label"], lines)


def _rows(manifest: dict, split: str) -> NDArray:
    """The array rows of a split, none where the data set has not got it: int (rows,)."""
    part = manifest["splits"].get(split, {"start": 0, "stop": 0})
    return np.arange(part["start"], part["stop"])
