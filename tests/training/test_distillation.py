"""Distillation: what the teachers are asked, and what the students learn."""

import json
import re
import shutil
from pathlib import Path

import keras
import numpy as np
import pytest

import small_study
from widthwise.plumbing.errors import UserError
from widthwise.training import batches, loop
from widthwise.training.augmentation import augment
from widthwise.training.distillation import distil, write_soft_targets

EPOCHS, TEMPERATURE, MIXUP = 3, 2.0, 0.3


@pytest.fixture(scope="module")
def teachers(data, tmp_path_factory):
    """The tasks of two runs: one that has learnt the bars, and one that has not."""
    folder = tmp_path_factory.mktemp("teachers")
    still = small_study.SETTINGS["augmentation"] | {"rotation": 0, "shift": 0, "zoom": 0}
    settings = {"epochs": 20, "warmup_epochs": 0, "keep": "last", "augmentation": still}
    tasks = [
        small_study.task(data, folder / "good", "small", 1, **settings),
        small_study.task(data, folder / "bad", "small", 1, seed=7, epochs=1),
    ]
    assert [loop.train(task) for task in tasks] == ["finished", "finished"]
    return tasks


def distillation(student, folder, teachers):
    """The task of the job that makes the soft targets of a student."""
    student["soft_targets"] = str(folder / "soft_targets.npy")
    return {
        **{name: student[name] for name in ("settings", "images", "manifest", "soft_targets")},
        "name": "short-small-w1-1a2b3c4d/seed0",
        "seed": student["run"]["seed"],
        "teachers": [teacher["model"] for teacher in teachers],
        "state": str(folder / "distillation"),
    }


def student(data, folder, hard_labels=0.0, temperature=TEMPERATURE, **settings):
    named = {"recipe": "short", "family": "small", "width": 1, "seeds": [0]}
    settings["distillation"] = {
        "teachers": named,
        "temperature": temperature,
        "hard_labels": hard_labels,
        "epochs": None,
    }
    return small_study.task(data, folder, "small", 1, **settings)


@pytest.fixture(scope="module")
def distilled(data, teachers, tmp_path_factory):
    """A student's task, and that of its distillation job, which is done."""
    folder = tmp_path_factory.mktemp("distilled")
    task = student(data, folder, mixup=MIXUP)
    job = distillation(task, folder, teachers)
    assert distil(job, [teacher["training"] for teacher in teachers]) is None
    return task, job


def test_training_learns(teachers):
    good, _ = teachers
    rows = small_study.history(good)
    assert float(rows[-1]["loss_training"]) < 0.5 * float(rows[0]["loss_training"])
    assert float(rows[-1]["accuracy_training"]) > 0.8 and float(rows[-1]["accuracy_validation"]) > 0.8


def test_soft_targets_are_the_teachers_mean_of_what_the_student_sees(data, teachers, distilled):
    """The same as in the midst of a training: each step's batch, augmented and mixed."""
    task, _ = distilled
    soft_targets = np.load(task["soft_targets"])
    settings, seed = task["settings"], task["run"]["seed"]
    batch_size, steps = batches.sizes({"start": 0, "stop": 70}, settings)
    assert soft_targets.shape == (steps * EPOCHS, batch_size, 3) and soft_targets.dtype == np.float32
    images = np.load(data / "images.npy")
    models = [keras.models.load_model(teacher["model"]) for teacher in teachers]
    for epoch, step in ((1, 0), (3, 2)):
        number = (epoch - 1) * steps + step
        rows = batches.epoch_order(70, seed, epoch)[step * batch_size : (step + 1) * batch_size]
        changed = augment(images[rows], settings["augmentation"], np.array([seed, 2 * number], np.int32))
        mixup_lambda = batches.mixup_lambda(MIXUP, seed, number)
        seen = mixup_lambda * changed.numpy() + (1 - mixup_lambda) * changed.numpy()[::-1]
        expected = [np.sqrt(model.predict_on_batch(seen)) for model in models]  # at temperature 2
        expected = [each / each.sum(axis=1, keepdims=True) for each in expected]
        np.testing.assert_allclose(soft_targets[number], np.mean(expected, axis=0), atol=1e-4)


def test_distillation_that_is_killed_resumes(distilled, tmp_path):
    _, job = distilled
    whole, state = Path(job["soft_targets"]).read_bytes(), tmp_path / "state"
    shutil.copytree(job["state"], state)
    (state / "epoch2.npy").write_bytes(whole[:500])  # damaged
    (state / "epoch3.npy").unlink()
    (state / "epoch3.part").write_bytes(b"half")
    time = (state / "epoch1.npy").stat().st_mtime_ns
    again = job | {"state": str(state), "soft_targets": str(tmp_path / "again.npy")}
    lines = []
    write_soft_targets(again, lines.append)
    assert lines == ["soft targets of epoch 2/3", "soft targets of epoch 3/3"]
    assert Path(again["soft_targets"]).read_bytes() == whole
    assert (state / "epoch1.npy").stat().st_mtime_ns == time
    assert (state / "answers.txt").read_text() == job["name"]


def test_a_student_learns_from_its_teacher_alone(data, teachers, tmp_path):
    """All labels are wrong, and the student comes to give none of them."""
    labels = np.load(data / "labels.npy")
    np.save(tmp_path / "wrong.npy", np.where(labels < 0, labels, (labels + 1) % 3))
    task = student(data, tmp_path, temperature=0.5, epochs=10, warmup_epochs=0, dropout=0)
    write_soft_targets(distillation(task, tmp_path, teachers[:1]))
    loop.train(task | {"labels": str(tmp_path / "wrong.npy")})
    assert float(small_study.history(task)[-1]["accuracy_training"]) < 0.05


def test_all_settings_at_once_survive_stops(distilled, tmp_path):
    """EMA, mixup, erasing, dropout and soft targets: the same end, wherever a training is stopped."""
    task, _ = distilled
    augmentation = small_study.SETTINGS["augmentation"] | {"erasing": 0.5}
    distillation = task["settings"]["distillation"] | {"hard_labels": 0.3}
    settings = task["settings"] | {"weight_averaging": 0.9, "augmentation": augmentation}
    settings |= {"distillation": distillation, "optimizer": "adamw", "weight_decay": 0.05}
    whole, stopped = (
        small_study.task(Path(task["manifest"]).parent, tmp_path / name, "small", 1, **settings)
        | {"soft_targets": task["soft_targets"]}
        for name in ("whole", "stopped")
    )
    loop.train(whole)
    for asked in (2, 8):
        asks = iter([False] * (asked - 1) + [True])
        with pytest.raises(loop.Stopped):
            loop.train(stopped, stopping=lambda asks=asks: next(asks))
    loop.train(stopped)
    assert small_study.outcome(stopped) == small_study.outcome(whole)


def test_epochs_beyond_those_that_teachers_are_asked_of_show_the_same_pictures_again(
    data, teachers, tmp_path, monkeypatch
):
    task = student(data, tmp_path, mixup=MIXUP)
    write_soft_targets(distillation(task, tmp_path, teachers))
    seen = []
    make = loop.make_train_step

    def spying(*arguments):
        def train_step(images, labels, soft_targets, shown_step, step, rate, mixup_lambda, *others, **more):
            seen.append((images, soft_targets.numpy(), int(shown_step), float(mixup_lambda), int(step)))
            return step_of(
                images, labels, soft_targets, shown_step, step, rate, mixup_lambda, *others, **more
            )

        step_of = make(*arguments)
        return train_step

    monkeypatch.setattr(loop, "make_train_step", spying)
    longer = {"epochs": 2 * EPOCHS, "distillation": task["settings"]["distillation"] | {"epochs": EPOCHS}}
    assert loop.train(task | {"settings": task["settings"] | longer}) == "finished"
    first, again = seen[: len(seen) // 2], seen[len(seen) // 2 :]
    assert len(first) == len(again) > EPOCHS
    for one, other in zip(first, again, strict=True):
        assert all(np.array_equal(*pair) for pair in zip(one[:4], other[:4], strict=True))
    assert [step for *_, step in seen] == list(range(len(seen)))  # for the rate, and for dropout
    assert [shown_step for _, _, shown_step, *_ in first] == list(range(len(first)))


def test_soft_targets_of_other_epochs_are_refused(distilled):
    task, _ = distilled
    longer = task["settings"] | {"epochs": EPOCHS + 1}
    with pytest.raises(UserError, match=r"soft_targets\.npy: found soft targets of .* steps, expected"):
        loop.train(task | {"settings": longer})


@pytest.mark.parametrize("status", ["failed", "diverged"])
def test_a_teacher_that_did_not_finish_is_named(status, tmp_path):
    training, output = tmp_path / "training.json", tmp_path / "soft_targets.npy"
    training.write_text(json.dumps({"status": status}))
    with pytest.raises(UserError, match=f"a teacher {status}: {re.escape(str(training))}"):
        distil({"soft_targets": str(output)}, [str(training)])
    assert not output.exists()
