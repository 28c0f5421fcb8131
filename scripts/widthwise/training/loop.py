"""One training run: from arrays and settings to a model file, its history and its record.

Every random number derives from the run's seed and a step's number: initial weights from the seed,
an epoch's order from (seed, epoch), augmentation, mixing and dropout from (seed, step). So a run that is
killed and goes on from its last state ends, on the same machine with as many threads, bit for bit
where an undisturbed one ends.
"""

import json
import math
import os
import resource
import socket
import time
from datetime import UTC, datetime

import keras
import numpy as np
import tensorflow as tf

from widthwise.networks import architectures, fast, model
from widthwise.plumbing import state
from widthwise.plumbing.errors import UserError
from widthwise.plumbing.records import finite, write_history, write_json, write_training
from widthwise.training import batches

HEARTBEAT = 2.0  # seconds between two writes of status.json


class Stopped(Exception):
    """Training was asked to stop; its state is saved."""


def optimizer(settings):
    """The Keras optimiser of a recipe: adam, adamw, or sgd with momentum 0.9.

    Weight decay is decoupled from the gradient with all three (Loshchilov & Hutter 2019,
    https://arxiv.org/abs/1711.05101), and spares biases and normalisations.
    """
    kinds = {
        "adam": keras.optimizers.Adam,
        "adamw": keras.optimizers.AdamW,
        "sgd": lambda **options: keras.optimizers.SGD(momentum=0.9, **options),
    }
    made = kinds[settings["optimizer"]](weight_decay=settings["weight_decay"] or None)
    if settings["weight_decay"]:
        made.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return made


def learning_rate(settings, step, steps_per_epoch):
    """The rate of one step (float), step from 0: linear warm-up, then constant, or a cosine to 0."""
    warmup = settings["warmup_epochs"] * steps_per_epoch
    if step < warmup:
        return settings["learning_rate"] * (step + 1) / warmup
    if settings["schedule"] == "constant":
        return settings["learning_rate"]
    done = (step - warmup) / (settings["epochs"] * steps_per_epoch - warmup)
    return settings["learning_rate"] * (1 + math.cos(math.pi * done)) / 2


def averaging_decay(decay, step):
    """What a step leaves of the average of the weights (float): less at first, when all is still moving.

    As in ``tf.train.ExponentialMovingAverage`` with ``num_updates``; step from 0.
    """
    return min(decay, (1 + step) / (10 + step))


def load_answers(path):
    """What the teachers say (see ``teaching.teach``), mapped: float32 (steps, rows of a batch, classes).

    Raises UserError where one of them failed, which leaves an empty file.
    """
    if not os.path.getsize(path):
        raise UserError(f"{path}: it is empty, since a teacher failed; the log of `teach` names it")
    return np.load(path, mmap_mode="r")


def train(task, stopping=lambda: False, log=print):
    """Train one run from its last state, or from scratch, and write its outputs.

    task: dict that JSON can hold
        run: {recipe, family, width, seed}; dataset: name; settings: the recipe;
        images, labels, manifest: paths of the prepared data; answers: path of what the teachers say,
        where the recipe has any;
        state: folder of this run's states, under a name that no other settings, code or data share;
        model, history, training: paths of the outputs (.keras, .csv, .json); status: path of the heartbeat.
    stopping: asked after every step; when it says True, the state is saved and ``Stopped`` raised.
    log: called with one line per epoch.

    Training drops the last, smaller batch of an epoch's order (another order, so other rows, in every
    epoch); validation fills it up. So every step has one shape and is compiled once. A loss that is not
    finite at an epoch's end ends the run as "diverged", with the weights kept until then.
    The state's folder stays: the caller removes it when the outputs are in place.
    Raises UserError where another process trains on the same state, OSError where a disk is full.
    """
    with state.lock(task["state"]):
        return _train(task, stopping, log)


def _train(task, stopping, log):
    run, settings, seed = task["run"], task["settings"], task["run"]["seed"]
    with open(task["manifest"]) as file:
        manifest = json.load(file)
    images, labels = (np.load(task[name], mmap_mode="r") for name in ("images", "labels"))
    start, stop = (manifest["splits"]["training"][end] for end in ("start", "stop"))
    classes = len(manifest["classes"])
    batch, steps = batches.sizes(manifest["splits"]["training"], settings)
    epochs = settings["epochs"]

    gpu = bool(tf.config.list_physical_devices("GPU"))
    keras.config.set_dtype_policy(settings["precision"] if gpu else "float32")
    keras.utils.set_random_seed(seed)
    network = architectures.network(
        run["family"], run["width"], classes, settings["dropout"], manifest["image_shape"]
    )
    net = model.build(network, manifest["image_shape"])
    if settings["batch_norm_momentum"] is not None:
        for layer in net.layers:
            if isinstance(layer, keras.layers.BatchNormalization):
                layer.momentum = settings["batch_norm_momentum"]
    adjust = optimizer(settings)
    if keras.config.dtype_policy().compute_dtype == "float16":
        adjust = keras.optimizers.LossScaleOptimizer(adjust)
    adjust.build(net.trainable_variables)
    # What is validated and kept: the moving average of the weights, where there is one.
    decay, judged = settings["weight_averaging"], net
    if decay:
        judged = model.build(network, manifest["image_shape"])
        judged.set_weights(net.get_weights())
    distillation = settings["distillation"]
    all_answers = load_answers(task["answers"]) if distillation else None
    noise_sizes = fast.noise_sizes(network, manifest["image_shape"], batch)

    def one_hot(targets):
        smoothing = settings["label_smoothing"]
        return tf.one_hot(targets, classes) * (1 - smoothing) + smoothing / classes

    def loss_of(logits, targets, answers):
        """The loss of each row; that of the teachers as in Hinton et al. 2015, arXiv:1503.02531."""
        loss = tf.nn.softmax_cross_entropy_with_logits(targets, logits)
        if answers is None:
            return loss
        hard, temperature = distillation["hard_labels"], distillation["temperature"]
        soft = tf.nn.softmax_cross_entropy_with_logits(answers, logits / temperature)
        return hard * loss + (1 - hard) * temperature**2 * soft

    def correct(logits, targets):
        return tf.cast(tf.argmax(logits, axis=1) == targets, tf.float64)

    # The compiler XLA has no projective transform: augmentation stays outside of what it compiles.
    @tf.function(autograph=False, jit_compile=gpu and settings["xla"])
    def descend(pictures, labelled, targets, answers, rate, noise):
        with tf.GradientTape() as tape:
            logits = fast.logits(net, network, pictures, noise)
            loss = tf.reduce_mean(loss_of(logits, targets, answers))
            scaled = adjust.scale_loss(loss)
        adjust.learning_rate = rate
        adjust.apply(tape.gradient(scaled, net.trainable_variables), net.trainable_variables)
        return tf.stack([tf.cast(loss, tf.float64), tf.reduce_mean(correct(logits, labelled))])

    @tf.function(autograph=False)
    def train_step(pictures, labelled, answers, rate, step, noise, share, kept_share):
        pictures = batches.seen(pictures, share, settings, seed, step)
        targets = batches.mixed(one_hot(labelled), share, settings)
        if gpu:
            noise = fast.noise_on_gpu(noise_sizes, tf.stack([seed, 2 * step + 1]))
        values = descend(pictures, labelled, targets, answers, rate, noise)
        if decay:
            for average, weight in zip(judged.weights, net.weights, strict=True):
                average.assign(kept_share * average + (1 - kept_share) * weight)
        return values

    @tf.function(autograph=False)
    def validation_step(pictures, labelled, counted):
        logits = fast.logits(judged, network, pictures)
        loss = tf.cast(loss_of(logits, one_hot(labelled), None), tf.float64)
        return tf.stack([tf.reduce_sum(counted * loss), tf.reduce_sum(counted * correct(logits, labelled))])

    def rows_of(indices):
        return images[indices], labels[indices].astype(np.int64)

    # Where the run stands: "kept" are the weights that it would leave if it ended now.
    at = {
        "epoch": 0,  # finished epochs
        "step": 0,  # steps done of the next one
        "sums": [0.0, 0.0],  # of their losses and accuracies
        "training_seconds": 0.0,  # that they took
        "seconds": 0.0,
        "history": [],
        "best_epoch": None,
        "resumed": 0,
        "status": "running",
    }
    kept = net.get_weights()
    if saved := state.load(task["state"], log):
        groups, at = saved
        net.set_weights(groups["weights"])
        for variable, value in zip(adjust.variables, groups["slots"], strict=True):
            variable.assign(value)
        judged.set_weights(groups["judged"])
        kept = groups["kept"]
        at["resumed"] += 1
        log(f"goes on after {at['epoch']} epochs and {at['step']} of {steps} steps")
    clock = time.monotonic() - at["seconds"]
    started, beat = datetime.now(UTC).isoformat(timespec="seconds"), -math.inf

    def save():
        at["seconds"] = time.monotonic() - clock
        groups = {
            "weights": net.get_weights(),
            "judged": judged.get_weights() if decay else net.get_weights(),
            "slots": [variable.numpy() for variable in adjust.variables],
            "kept": kept,
        }
        state.save(task["state"], at["epoch"] * (steps + 1) + at["step"], groups, at)

    def tell(status, every=0.0):
        nonlocal beat
        if time.monotonic() - beat < every:
            return
        beat = time.monotonic()
        last = at["history"][-1] if at["history"] else {}
        loss, speed = last.get("loss_training"), last.get("images_per_second")
        if at["step"]:
            loss, speed = at["sums"][0] / at["step"], batch * at["step"] / at["training_seconds"]
        status = {
            "run": run,
            "state": status,
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "started": started,
            "updated": time.time(),
            "epoch": min(at["epoch"] + 1, epochs),
            "epochs": epochs,
            "step": at["step"],
            "steps": steps,
            "loss": finite(loss),
            "accuracy_validation": last.get("accuracy_validation"),
            "images_per_second": speed,
        }
        write_json(task["status"], status, durable=False)

    def pause():
        if stopping():
            save()
            tell("stopped")
            raise Stopped
        tell("running", every=HEARTBEAT)

    def validate():
        first, end = (manifest["splits"]["validation"][name] for name in ("start", "stop"))
        total = np.zeros(2)
        for at_row in range(first, end, batch):
            indices = np.arange(at_row, at_row + batch)
            counted = (indices < end).astype(np.float64)
            total += validation_step(*rows_of(np.minimum(indices, end - 1)), counted).numpy()
            pause()
        return total / (end - first)

    tell("running")
    while at["status"] == "running":
        epoch = at["epoch"] + 1
        order = start + batches.epoch_order(stop - start, seed, epoch)
        for step in range(at["step"], steps):
            begin = time.monotonic()
            number = at["epoch"] * steps + step
            rate = learning_rate(settings, number, steps)
            chosen = rows_of(order[step * batch : (step + 1) * batch])
            noise = None if gpu else fast.noise(noise_sizes, seed, number)
            answers = None if all_answers is None else tf.constant(all_answers[number])
            numbers = rate, batches.mixing(settings["mixup"], seed, number), averaging_decay(decay, number)
            rate, share, kept_share = (tf.constant(value, tf.float32) for value in numbers)
            values = train_step(*chosen, answers, rate, tf.constant(number), noise, share, kept_share)
            at["sums"] = (values.numpy() + at["sums"]).tolist()
            at["training_seconds"] += time.monotonic() - begin
            at["step"] = step + 1
            pause()
        loss_validation, accuracy_validation = validate().tolist()

        loss_training, accuracy_training = (total / steps for total in at["sums"])
        at["history"].append(
            {
                "epoch": epoch,
                "seconds": time.monotonic() - clock,
                "images_per_second": batch * steps / at["training_seconds"],
                "learning_rate": learning_rate(settings, epoch * steps - 1, steps),
                "loss_training": finite(loss_training),
                "accuracy_training": accuracy_training,
                "loss_validation": finite(loss_validation),
                "accuracy_validation": accuracy_validation,
            }
        )
        at |= {"epoch": epoch, "step": 0, "sums": [0.0, 0.0], "training_seconds": 0.0}
        best = at["history"][at["best_epoch"] - 1]["accuracy_validation"] if at["best_epoch"] else -1
        patience = settings["early_stopping"]
        if not (math.isfinite(loss_training) and math.isfinite(loss_validation)):
            at["status"] = "diverged"
        else:
            if accuracy_validation > best:
                at["best_epoch"] = epoch
            if settings["keep"] == "last" or at["best_epoch"] == epoch:
                kept = judged.get_weights()
            if epoch == epochs or (patience is not None and epoch - at["best_epoch"] >= patience):
                at["status"] = "finished"
        save()
        write_history(task["history"], at["history"])
        tell(at["status"])
        log(
            f"epoch {epoch}/{epochs}: loss {loss_training:.4f}, validation loss {loss_validation:.4f}, "
            f"accuracy {accuracy_validation:.4f}, {at['history'][-1]['images_per_second']:.0f} images/s"
        )

    keras.config.set_dtype_policy("float32")
    net = model.build(network, manifest["image_shape"])
    net.set_weights(kept)
    net.save(task["model"])
    write_history(task["history"], at["history"])
    reason = f"the loss was not finite in epoch {at['epoch']}" if at["status"] == "diverged" else None
    peak_memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # Linux: KiB
    write_training(task["training"], task, at, reason, peak_memory_mb)
    tell(at["status"])
    return at["status"]
