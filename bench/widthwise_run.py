"""This project: the training function of the sweep's jobs, in a process with one thread of its own."""

import sys
from pathlib import Path

import numpy as np
import tensorflow as tf

import study
from widthwise.training import loop
from widthwise.training.augmentation import augment

folder, family, width, seed = sys.argv[1:]
data, place = Path(folder), Path(folder) / f"{family}-{width}-{seed}"
place.mkdir()
images, labels = study.training_arrays(folder)

# What a step's input and augmentation take by themselves.
augmented = tf.function(lambda pictures: augment(pictures, study.AUGMENTATION, tf.constant([0, 1])))
chosen = np.random.default_rng(0).permutation(len(images))[: study.BATCH]
augmented(images[chosen])
print(study.milliseconds(lambda: augmented(images[chosen])), flush=True)

task = {
    "run": {"recipe": "bench", "family": family, "width": float(width), "seed": int(seed)},
    "dataset": "bench",
    "settings": {
        "epochs": 10**6,
        "batch_size": study.BATCH,
        "optimizer": "adam",
        "learning_rate": study.LEARNING_RATE,
        "weight_decay": 0,
        "schedule": "constant",
        "warmup_epochs": 0,
        "label_smoothing": 0,
        "dropout": study.DROPOUT,
        "augmentation": study.AUGMENTATION,
        "early_stopping": None,
        "precision": "float32",
        "xla": False,
        "mixup": 0,
        "batch_norm_momentum": None,
        "weight_averaging": study.RECIPE["weight_averaging"],
        "distillation": None,
        "keep": "best",
    },
    **{name: str(data / f"{name}.npy") for name in ("images", "labels")},
    "manifest": str(data / "manifest.json"),
    **{name: str(place / name) for name in ("state", "status", "history", "training")},
    "model": str(place / "model.keras"),
}
# Training asks after every step, and after the one batch of validation: then an epoch is over.
asked, asks_per_epoch = 0, len(images) // study.BATCH + 1


def between_steps():
    """Say when an epoch is over and wait for the next one; never stop the training."""
    global asked
    asked += 1
    if asked % asks_per_epoch == 0:
        print("done", flush=True)
        study.await_go()
    return False


loop.train(task, stopping=between_steps, log=lambda line: None)
