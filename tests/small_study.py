"""A data set and training tasks that take seconds, for the tests of training and its neighbours."""

import csv
import io
import json
import zipfile

import h5py
import numpy as np

from widthwise.networks.layers import BatchNorm, Conv, Dense, Dropout, Flatten, ReLU

SPLITS = {"training": 70, "validation": 21, "public": 14, "private": 14, "unlabelled": 5}
CLASSES = ("left", "middle", "right")
SETTINGS = {
    "epochs": 3,
    "batch_size": 16,
    "optimizer": "adam",
    "learning_rate": 0.01,
    "weight_decay": 0,
    "schedule": "cosine",
    "warmup_epochs": 1,
    "label_smoothing": 0,
    "dropout": 0.1,
    "augmentation": {"flip": False, "rotation": 10, "shift": 0.05, "zoom": 0.1, "shear": 0, "erasing": 0},
    "batch_norm_momentum": None,
    "mixup": 0,
    "weight_averaging": 0,
    "distillation": None,
    "early_stopping": None,
    "precision": "float32",
    "xla": False,
    "keep": "best",
}


def write_data(folder, side=16):
    """Prepared data as the workflow lays it out: a bright bar at one of three places, in noise."""
    draws = np.random.default_rng(0)
    rows = sum(SPLITS.values())
    labels = draws.integers(0, len(CLASSES), rows).astype(np.int16)
    images = draws.integers(0, 120, (rows, side, side, 1), dtype=np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[:, side * (2 * label + 1) // 6] += 130
    manifest = {"dataset": "bars", "image_shape": [side, side, 1], "classes": list(CLASSES), "splits": {}}
    table, start = ["row,split,source,id"], 0
    for split, size in SPLITS.items():
        manifest["splits"][split] = {"start": start, "stop": start + size}
        table += [f"{row},{split},drawn,{split}-{row}" for row in range(start, start + size)]
        start += size
    labels[manifest["splits"]["unlabelled"]["start"] :] = -1
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "images.npy", images)
    np.save(folder / "labels.npy", labels)
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder / "rows.csv").write_text("\n".join(table) + "\n")
    header = "row,split,duplicate_of,split_of,kind,similarity\n"
    (folder / "duplicates.csv").write_text(
        header + "91,public,3,training,exact,1\n92,public,4,training,near,0.99\n"
    )
    return folder


def task(data, folder, family="cnn", width=1 / 64, seed=0, **settings):
    """A training task (see ``records.TrainingTask``) on that data, with its outputs in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    places = {"state": "state", "status": "status.json", "model": "model.keras"}
    places |= {"history": "history.csv", "training": "training.json"}
    return {
        "run": {"recipe": "short", "family": family, "width": width, "seed": seed},
        "dataset": "bars",
        "settings": SETTINGS | settings,
        **{name: str(data / f"{name}.npy") for name in ("images", "labels")},
        "manifest": str(data / "manifest.json"),
        **{name: str(folder / place) for name, place in places.items()},
    }


def network(width, classes, dropout):
    """A network that learns the bars in a few steps, and compiles in a fraction of the time of a real one."""
    channels = round(8 * width)
    return (Conv(channels, 5, 2), BatchNorm(), ReLU(), Dropout(dropout), Flatten(), Dense(classes))


def history(task):
    """The rows of a run's history.csv (list of dict of str)."""
    with open(task["history"], newline="") as file:
        return list(csv.DictReader(file))


def outcome(task):
    """All that two equal runs must share: history but for the clock, and the weights (list of bytes)."""
    timed = ("seconds", "images_per_second")
    rows = [{name: value for name, value in row.items() if name not in timed} for row in history(task)]
    weights = []
    with zipfile.ZipFile(task["model"]) as archive:
        file = h5py.File(io.BytesIO(archive.read("model.weights.h5")))
    file.visititems(lambda _, item: weights.append(item[()].tobytes()) if hasattr(item, "dtype") else None)
    return rows, weights
