"""One training run: from arrays and settings to a model file, its history and its record.

Every random number derives from the run's seed and a step's number: initial weights from the seed,
an epoch's order from (seed, epoch), augmentation, mixup and dropout from (seed, step); an epoch that shows
the pictures of an earlier one (``batches.epochs_shown``) has its order, augmentation and mixup. So a run that
is killed and resumes from its last checkpoint ends, on the same machine with as many threads, bit for bit
where an undisturbed one ends.
"""

import json
import resource
import time
from collections.abc import Callable
from math import isfinite
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from widthwise.networks import fast, model
from widthwise.plumbing import checkpoint
from widthwise.plumbing.records import Heartbeat, TrainingTask, finite, write_history, write_training
from widthwise.training import batches, schedule
from widthwise.training.state import init_train_state, resume, save_checkpoint
from widthwise.training.step import make_train_step, make_validation_step

HEARTBEAT = 2.0  # seconds between two writes of status.json


class Stopped(Exception):
    """Training was asked to stop; its checkpoint is saved."""


def train(
    task: TrainingTask,
    stopping: Callable[[], bool] = lambda: False,
    log: Callable[[str], None] = print,
) -> str:
    """Train one run from its last checkpoint, or from scratch, and write its outputs.

    stopping: asked after every step; when it says True, a checkpoint is saved and ``Stopped`` raised.
    log: called with one line per epoch.
    Returns how it ended: "finished", or "diverged" where a loss was not finite at an epoch's end; the
    weights kept until then are the model.

    Training drops the last, smaller batch of an epoch; validation fills it up. So every step has one shape
    and is compiled once. The folder of checkpoints stays: the caller removes it when the outputs are in
    place. Raises TimeoutError where another process holds that folder, OSError where a disk is full.
    """
    with checkpoint.lock(task["state"]):
        return _train(task, stopping, log)


def _train(task: TrainingTask, stopping: Callable[[], bool], log: Callable[[str], None]) -> str:
    run, settings, seed = task["run"], task["settings"], task["run"]["seed"]
    epochs, patience = settings["epochs"], settings["early_stopping"]

    # ---------------------------------------------------------------- Data

    manifest = json.loads(Path(task["manifest"]).read_text("utf-8"))
    classes, image_shape = len(manifest["classes"]), tuple(manifest["image_shape"])
    training, validation = (manifest["splits"][split] for split in ("training", "validation"))
    images = np.load(task["images"], mmap_mode="r")
    labels = np.load(task["labels"]).astype(np.int64)
    batch_size, steps_per_epoch = batches.sizes(training, settings)
    epochs_shown, soft_targets = batches.epochs_shown(settings), None
    if settings["distillation"]:
        soft_targets = batches.load_soft_targets(task["soft_targets"], epochs_shown * steps_per_epoch)

    # ---------------------------------------------------------------- Model, optimizer, steps

    gpu = bool(tf.config.list_physical_devices("GPU"))
    keras.config.set_dtype_policy(settings["precision"] if gpu else "float32")
    state = init_train_state(run, settings, image_shape, classes)
    noise_sizes = fast.noise_sizes(state.network, image_shape, batch_size)
    train_step = make_train_step(state, settings, seed, classes, noise_sizes, gpu)
    validation_step = make_validation_step(state, settings, classes)

    # ---------------------------------------------------------------- Checkpoint

    resumed = resume(task["state"], state, log)
    progress = state.progress
    if resumed:
        log(f"resumes after {progress.epoch} epochs and {progress.step} of {steps_per_epoch} steps")
    started = time.monotonic() - progress.seconds
    heartbeat = Heartbeat(task["status"], run, epochs, steps_per_epoch, batch_size)
    heartbeat.beat("running", progress)

    def after_step() -> None:
        progress.seconds = time.monotonic() - started
        if stopping():
            save_checkpoint(task["state"], state, steps_per_epoch)
            heartbeat.beat("stopped", progress)
            raise Stopped
        heartbeat.beat("running", progress, every=HEARTBEAT)

    while progress.status == "running":
        epoch = progress.epoch + 1

        # ------------------------------------------------------------ Train

        shown = progress.epoch % epochs_shown
        epoch_batches = batches.epoch_batches(training, settings, seed, shown + 1)
        for rows in epoch_batches[progress.step :]:
            step_started = time.monotonic()
            step = progress.epoch * steps_per_epoch + progress.step  # of all epochs
            shown_step = shown * steps_per_epoch + progress.step
            scalars = (
                schedule.learning_rate(settings, step, steps_per_epoch),
                batches.mixup_lambda(settings["mixup"], seed, shown_step),
                schedule.ema_decay(settings["weight_averaging"], step),
            )
            metrics = train_step(
                images[rows],
                labels[rows],
                None if soft_targets is None else tf.constant(soft_targets[shown_step]),
                tf.constant(shown_step),
                tf.constant(step),
                *(tf.constant(scalar, tf.float32) for scalar in scalars),
                noise=None if gpu else fast.noise(noise_sizes, seed, step),
            )
            progress.sums = (metrics.numpy() + progress.sums).tolist()
            progress.training_seconds += time.monotonic() - step_started
            progress.step += 1
            after_step()
        loss_training, accuracy_training = (total / steps_per_epoch for total in progress.sums)

        # ------------------------------------------------------------ Validate

        totals = np.zeros(2)
        for rows, counted in batches.validation_batches(validation, batch_size):
            totals += validation_step(images[rows], labels[rows], counted).numpy()
            after_step()
        loss_validation, accuracy_validation = (totals / (validation["stop"] - validation["start"])).tolist()

        # ------------------------------------------------------------ Keep the best weights, or end

        best = progress.history[progress.best_epoch - 1]["accuracy_validation"] if progress.best_epoch else -1
        is_best = accuracy_validation > best
        images_per_second = batch_size * steps_per_epoch / progress.training_seconds
        progress.history.append(
            {
                "epoch": epoch,
                "seconds": progress.seconds,
                "images_per_second": images_per_second,
                "learning_rate": schedule.learning_rate(
                    settings, epoch * steps_per_epoch - 1, steps_per_epoch
                ),
                "loss_training": finite(loss_training),
                "accuracy_training": accuracy_training,
                "loss_validation": finite(loss_validation),
                "accuracy_validation": accuracy_validation,
            }
        )
        progress.epoch, progress.step = epoch, 0
        progress.sums, progress.training_seconds = [0.0, 0.0], 0.0
        if not (isfinite(loss_training) and isfinite(loss_validation)):
            progress.status = "diverged"
        else:
            if is_best:
                progress.best_epoch = epoch
            if is_best or settings["keep"] == "last":
                state.best_weights = state.ema_model.get_weights()
            if epoch == epochs or (patience is not None and epoch - (progress.best_epoch or 0) >= patience):
                progress.status = "finished"

        # ------------------------------------------------------------ Log and checkpoint

        save_checkpoint(task["state"], state, steps_per_epoch)
        write_history(task["history"], progress.history)
        heartbeat.beat(progress.status, progress)
        log(
            f"epoch {epoch}/{epochs}: loss {loss_training:.4f}, validation loss {loss_validation:.4f}, "
            f"accuracy {accuracy_validation:.4f}, {images_per_second:.0f} images/s"
        )

    # ---------------------------------------------------------------- Outputs

    keras.config.set_dtype_policy("float32")
    best_model = model.build(state.network, image_shape)
    best_model.set_weights(state.best_weights)
    best_model.save(task["model"])
    write_history(task["history"], progress.history)
    diverged = progress.status == "diverged"
    reason = f"the loss was not finite in epoch {progress.epoch}" if diverged else None
    peak_memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # Linux: KiB
    write_training(task["training"], task, progress, reason, peak_memory_mb)
    heartbeat.beat(progress.status, progress)
    return progress.status
