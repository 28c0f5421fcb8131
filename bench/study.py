"""What every contender trains: networks, recipe, arrays; and how it is told to train an epoch.

Needs nothing but NumPy and this project's ``layers``, ``architectures`` and ``counts``.
"""

import json
import os
import sys
import time
from pathlib import Path

import numpy as np

from widthwise.networks import architectures, budgets

SHAPE, CLASSES = (48, 48, 1), 7
RECIPE = {
    "batch_size": 64,
    "dropout": 0.1,
    "weight_averaging": 0,
    "augmentation": {"flip": True, "rotation": 30, "shift": 0.15, "zoom": 0.2, "shear": 0, "erasing": 0},
} | json.loads(os.environ.get("WIDTHWISE_BENCH", "{}"))  # accuracy.py measures another one
BATCH, DROPOUT, AUGMENTATION = RECIPE["batch_size"], RECIPE["dropout"], RECIPE["augmentation"]
LEARNING_RATE = 1e-3
BUDGET = 75_000  # parameters of the networks that are compared at equal size


def networks():
    """Name -> (family, width) of the networks: small ones, a teacher, and the large CNN."""
    equal = [
        (family, budgets.width_for_budget(family, BUDGET, CLASSES, SHAPE)) for family in ("plain", "cnn")
    ]
    found = [("mobilenet", 0.5), ("mobilenet", 1), *equal, ("resnet", 0.5), ("cnn", 1)]
    return {f"{family} w{width:g}": (family, width) for family, width in found}


def layers_of(family, width):
    """The ``layers`` records of one network."""
    return architectures.network(family, width, CLASSES, DROPOUT)


def write_arrays(folder, rows):
    """Made-up pictures as the workflow prepares them: ``rows`` for training, a batch for validation."""
    draws = np.random.default_rng(0)
    total = rows + BATCH
    np.save(folder / "images.npy", draws.integers(0, 256, (total, *SHAPE), dtype=np.uint8))
    np.save(folder / "labels.npy", draws.integers(0, CLASSES, total).astype(np.int16))
    splits = {"training": {"start": 0, "stop": rows}, "validation": {"start": rows, "stop": total}}
    classes = [f"class {number}" for number in range(CLASSES)]
    manifest = {"image_shape": SHAPE, "classes": classes, "splits": splits}
    (folder / "manifest.json").write_text(json.dumps(manifest))


def training_arrays(folder):
    """The rows for training: images uint8 (rows, 48, 48, 1), mapped, and labels int64 (rows,)."""
    stop = json.loads((Path(folder) / "manifest.json").read_text())["splits"]["training"]["stop"]
    images = np.load(Path(folder) / "images.npy", mmap_mode="r")[:stop]
    return images, np.load(Path(folder) / "labels.npy")[:stop].astype(np.int64)


def await_go():
    """Wait for the word to train an epoch; ends the process when there is none any more."""
    if not sys.stdin.readline():
        sys.exit()


def serve(train_epoch):
    """Train one epoch to warm up, then one each time that a line is read; says "done" after each."""
    while True:
        train_epoch()
        print("done", flush=True)
        await_go()


def milliseconds(call, repeats=20):
    """The median time of a call."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(1000 * (time.perf_counter() - start))
    return float(np.median(times))
