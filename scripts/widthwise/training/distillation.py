"""Distillation: the teachers' soft targets for every image that their students will see, made once.

A step's images follow from recipe, seed and step alone (see ``batches``). So the soft targets that a student
would need in the middle of its training can be had beforehand, and serve the students of every
architecture and width, and of every recipe that shows them the same.
"""

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypedDict

import keras
import numpy as np
import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from widthwise.plumbing import checkpoint
from widthwise.plumbing.errors import UserError
from widthwise.plumbing.files import sync, write_text
from widthwise.training import batches


class DistillationTask(TypedDict):
    """What a distillation job is told."""

    name: str  # of the soft targets
    seed: int  # of the students
    settings: dict[str, Any]  # the students' recipe
    images: str  # paths of the prepared data
    manifest: str
    teachers: list[str]  # paths of the teachers' models
    state: str  # folder to keep each epoch's soft targets in until the last is there
    soft_targets: str  # path of the output, .npy


def load_teacher(path: str) -> keras.Model:
    """The model from images to logits in a run's model file."""
    model = keras.models.load_model(path, compile=False)
    return keras.Model(model.inputs, model.layers[-1].input)


def distil(task: DistillationTask, trainings: Sequence[str], log: Callable[[str], None] = print) -> None:
    """Write the soft targets, where all teachers finished; raises UserError otherwise.

    trainings: paths of the teachers' training.json.
    """
    statuses = {path: json.loads(Path(path).read_text("utf-8"))["status"] for path in trainings}
    if bad := [f"a teacher {status}: {path}" for path, status in statuses.items() if status != "finished"]:
        raise UserError(", ".join(bad))
    write_soft_targets(task, log)


def write_soft_targets(task: DistillationTask, log: Callable[[str], None] = print) -> None:
    """Write the soft targets: float32 (steps of all epochs, rows of a batch, classes).

    A soft target is the mean of the teachers' probabilities, at the temperature. Each epoch's are kept until
    the last is there: a killed job resumes after its last epoch. log: called with one line per epoch.
    """
    settings, seed = task["settings"], task["seed"]
    split = json.loads(Path(task["manifest"]).read_text("utf-8"))["splits"]["training"]
    images = np.load(task["images"], mmap_mode="r")
    batch_size, steps_per_epoch = batches.sizes(split, settings)
    temperature = settings["distillation"]["temperature"]
    teachers = [load_teacher(path) for path in task["teachers"]]

    @tf.function(autograph=False)
    def predict(images, mixup_lambda, step):
        images = batches.augmented(images, mixup_lambda, settings, seed, step)
        probabilities = [tf.nn.softmax(teacher(images, training=False) / temperature) for teacher in teachers]
        return tf.add_n(probabilities) / len(probabilities)

    # With the weights in the graph TensorFlow merges each convolution with what follows it.
    predict = convert_variables_to_constants_v2(
        predict.get_concrete_function(
            tf.TensorSpec((batch_size, *images.shape[1:]), images.dtype),
            tf.TensorSpec((), tf.float32),
            tf.TensorSpec((), tf.int32),
        )
    )

    def answers(epoch):
        """Those of all steps of an epoch: float32 (steps, rows of a batch, classes)."""
        found = []
        epoch_batches = batches.epoch_batches(split, settings, seed, epoch)
        for step, rows in enumerate(epoch_batches, start=(epoch - 1) * steps_per_epoch):
            mixup_lambda = tf.constant(batches.mixup_lambda(settings["mixup"], seed, step), tf.float32)
            predictions = predict(tf.constant(images[rows]), mixup_lambda, tf.constant(step))
            found.append(predictions[0].numpy())
        return np.stack(found)

    with checkpoint.lock(task["state"]):
        write_text(Path(task["state"], "answers.txt"), task["name"])  # for ``unplanned``
        parts = [Path(task["state"], f"epoch{epoch}.npy") for epoch in range(1, settings["epochs"] + 1)]
        for epoch, part in enumerate(parts, start=1):
            if not _is_whole(part):
                _save(part, answers(epoch))
                log(f"soft targets of epoch {epoch}/{settings['epochs']}")

        shape = (len(parts) * steps_per_epoch, batch_size, teachers[0].output_shape[-1])
        whole = np.lib.format.open_memmap(task["soft_targets"], "w+", np.float32, shape)
        for epoch, part in enumerate(parts):
            whole[epoch * steps_per_epoch : (epoch + 1) * steps_per_epoch] = np.load(part)
        whole.flush()


def _is_whole(part: Path) -> bool:
    """Whether a file of an epoch's soft targets is there and can be read."""
    try:
        np.load(part, mmap_mode="r")
    except (OSError, EOFError, ValueError):
        return False
    return True


def _save(path: Path, values: np.ndarray) -> None:
    """Write an array beside and give it its name once it is on the disk."""
    beside = path.with_suffix(".part")
    with open(beside, "wb") as file:
        np.save(file, values)
    sync(beside)
    os.replace(beside, path)
