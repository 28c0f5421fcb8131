"""What teachers say about every picture that their students will see, asked once for all of these.

A step's pictures follow from recipe, seed and step alone (see ``batches``). So the answers that a
student would get in the middle of its training can be had beforehand and serve the
students of every family and width.
"""

import json
import os
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from widthwise.plumbing import state
from widthwise.plumbing.files import sync
from widthwise.training import batches


def load_teachers(paths):
    """Models from pixels to logits of the teachers' files (list of ``keras.Model``)."""
    wholes = [keras.models.load_model(path, compile=False) for path in paths]
    return [keras.Model(whole.inputs, whole.layers[-1].input) for whole in wholes]


def teach(task, log=print):
    """Write the teachers' answers: float32 (steps of all epochs, rows of a batch, classes).

    An answer is the mean of the teachers' probabilities, at the temperature.

    task: dict of seed; settings: the students' recipe; images, manifest: paths of the prepared data;
    teachers: paths of models; state: folder to keep each epoch's answers in until the last is there, so that
    what is killed goes on; answers: path to write. log: called with one line per epoch.
    """
    settings, seed = task["settings"], task["seed"]
    split = json.loads(Path(task["manifest"]).read_text("utf-8"))["splits"]["training"]
    images = np.load(task["images"], mmap_mode="r")
    batch, steps = batches.sizes(split, settings)
    temperature = settings["distillation"]["temperature"]
    teachers = load_teachers(task["teachers"])

    @tf.function(autograph=False)
    def answers(pictures, share, step):
        pictures = batches.seen(pictures, share, settings, seed, step)
        each = [tf.nn.softmax(teacher(pictures, training=False) / temperature) for teacher in teachers]
        return tf.add_n(each) / len(each)

    # With the weights in the graph TensorFlow merges each convolution with what follows it: a third faster.
    answers = convert_variables_to_constants_v2(
        answers.get_concrete_function(
            tf.TensorSpec((batch, *images.shape[1:]), images.dtype),
            tf.TensorSpec((), tf.float32),
            tf.TensorSpec((), tf.int32),
        )
    )

    with state.lock(task["state"]):
        parts = [Path(task["state"], f"epoch{epoch}.npy") for epoch in range(1, settings["epochs"] + 1)]
        for epoch, part in enumerate(parts, start=1):
            if part.exists():
                continue
            order = split["start"] + batches.epoch_order(split["stop"] - split["start"], seed, epoch)
            said = []
            for step in range(steps):
                number = (epoch - 1) * steps + step
                share = tf.constant(batches.mixing(settings["mixup"], seed, number), tf.float32)
                chosen = tf.constant(images[order[step * batch : (step + 1) * batch]])
                said.append(answers(chosen, share, tf.constant(number))[0].numpy())
            beside = part.with_suffix(".part")
            with open(beside, "wb") as file:
                np.save(file, np.stack(said))
            sync(beside)
            os.replace(beside, part)
            log(f"taught epoch {epoch}/{settings['epochs']}")
        shape = (len(parts) * steps, batch, teachers[0].output_shape[-1])
        whole = np.lib.format.open_memmap(task["answers"], "w+", np.float32, shape)
        for epoch, part in enumerate(parts):
            whole[epoch * steps : (epoch + 1) * steps] = np.load(part)
        whole.flush()
