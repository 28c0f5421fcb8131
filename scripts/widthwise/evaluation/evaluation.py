"""What a trained model answers on the rows that it was not trained on."""

import csv
import io
import json
from pathlib import Path

import numpy as np

from widthwise.networks import architectures, counts
from widthwise.plumbing.files import write_text
from widthwise.plumbing.records import write_json

BATCH = 256
POOLED = ("public", "private")
SCORED = ("validation", *POOLED)


def probabilities(model, images):
    """Class probabilities of a model file for pictures: float32 (rows, classes).

    model: path of a .keras file; images: uint8 (rows, height, width, channels), mapped or in memory.
    """
    import keras  # takes seconds, and a run that failed has nothing to be asked

    net = keras.models.load_model(model, compile=False)
    parts = [net.predict_on_batch(images[i : i + BATCH]) for i in range(0, len(images), BATCH)]
    return np.concatenate(parts)


def scores(labels, predicted, classes, duplicate):
    """How well predictions fit: the entry of one split in metrics.json (dict).

    labels, predicted: int (rows,); classes: list of names; duplicate: bool (rows,), rows that training
    also holds (nearly). Precision, recall and F1 of a class that is never predicted or never true are 0.
    macro_f1 is the mean over the classes (Sokolova & Lapalme 2009).
    """
    confusion = np.zeros((len(classes), len(classes)), int)
    np.add.at(confusion, (labels, predicted), 1)
    hits, true, said = confusion.diagonal(), confusion.sum(axis=1), confusion.sum(axis=0)
    precision, recall = hits / np.maximum(said, 1), hits / np.maximum(true, 1)
    f1 = 2 * hits / np.maximum(true + said, 1)
    right = labels == predicted
    fresh = right[~duplicate]
    return {
        "rows": len(labels),
        "correct": int(right.sum()),
        "accuracy": float(right.mean()),
        "accuracy_no_duplicates": float(fresh.mean()) if fresh.size else None,
        "rows_no_duplicates": int(fresh.size),
        "macro_f1": float(f1.mean()),
        "confusion": confusion.tolist(),
        "per_class": [
            {
                "class": name,
                "precision": float(precision[i]),
                "recall": float(recall[i]),
                "f1": float(f1[i]),
                "rows": int(true[i]),
            }
            for i, name in enumerate(classes)
        ],
    }


def groups(splits):
    """What accuracies are given on: {name: splits}: each split and, as "pooled", the test splits."""
    tested = [split for split in POOLED if split in splits]
    return {split: [split] for split in splits} | ({"pooled": tested} if tested else {})


def evaluate(model, training, images, labels, manifest, duplicates, metrics, predictions):
    """Write a run's metrics.json and predictions.csv.

    model, training: the run's model.keras and training.json; images, labels, manifest, duplicates: the
    prepared data; metrics, predictions: paths to write. All are paths. A run that did not finish is not
    asked: its metrics have no splits, its predictions no rows.
    """
    training, manifest = (json.loads(Path(path).read_text()) for path in (training, manifest))
    run, classes = training["run"], manifest["classes"]
    shape = manifest["image_shape"]
    network = architectures.network(run["family"], run["width"], len(classes), image_shape=shape)
    sizes = counts.totals(network, shape)
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
    parts = {}
    if training["status"] == "finished":
        images, labels = np.load(images, mmap_mode="r"), np.load(labels, mmap_mode="r")
        with open(duplicates, newline="") as file:
            duplicate = np.isin(np.arange(len(labels)), [int(row["row"]) for row in csv.DictReader(file)])
        for split in SCORED:
            rows = _rows(manifest, split)
            if rows.size:
                parts[split] = rows, probabilities(model, images[rows])
        for name, splits in groups(parts).items():
            rows = np.concatenate([parts[split][0] for split in splits])
            predicted = np.concatenate([parts[split][1] for split in splits]).argmax(axis=1)
            content["splits"][name] = scores(labels[rows], predicted, classes, duplicate[rows])
    header = ["split", "row", "label", "predicted", *(f"p{i}" for i in range(len(classes)))]
    lines = [
        [split, row, labels[row], chances.argmax(), *(f"{chance:.4f}" for chance in chances)]
        for split, (rows, all_chances) in parts.items()
        for row, chances in zip(rows, all_chances, strict=True)
    ]
    _write_csv(predictions, header, lines)
    write_json(metrics, content)


def predict_unlabelled(model, images, manifest, rows, output):
    """Write ``id,label`` of the unlabelled split, label being the number of the class.

    model, images, manifest, rows: paths of model.keras, images.npy, manifest.json and rows.csv.
    """
    manifest = json.loads(Path(manifest).read_text())
    unlabelled = _rows(manifest, "unlabelled")
    with open(rows, newline="") as file:
        ids = {int(row["row"]): row["id"] for row in csv.DictReader(file) if row["split"] == "unlabelled"}
    predicted = probabilities(model, np.load(images, mmap_mode="r")[unlabelled]).argmax(axis=1)
    _write_csv(
        output, ["id", "label"], [[ids[row], label] for row, label in zip(unlabelled, predicted, strict=True)]
    )


def _rows(manifest, split):
    """The array rows of a split, none where the data set has not got it: int (rows,)."""
    part = manifest["splits"].get(split, {"start": 0, "stop": 0})
    return np.arange(part["start"], part["stop"])


def _write_csv(path, header, lines):
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *lines])
    write_text(path, text.getvalue())
