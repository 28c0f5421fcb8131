import numpy as np
import pytest

from widthwise.data import synthetic
from widthwise.data.synthetic import expressions
from widthwise.plumbing.errors import UserError


def settings(**changes):
    return {
        "generator": "expressions",
        "classes": 7,
        "image_size": 48,
        "color": "grey",
        "seed": 0,
        "rows": {"training": 140, "public": 35, "private": 35},
    } | changes


@pytest.fixture(scope="module")
def drawn():
    return synthetic.draw(settings())


def test_splits_labels_and_shapes(drawn):
    assert drawn.images.shape == (210, 48, 48, 1)
    assert (drawn.images.dtype, drawn.labels.dtype) == (np.uint8, np.int16)
    assert [drawn.splits.count(split) for split in ("training", "public", "private")] == [140, 35, 35]
    assert drawn.classes == ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"]
    assert "stand-in" in drawn.notes[0]


def test_classes_are_unbalanced_and_all_there():
    counts = np.bincount(synthetic._labels(expressions.SHARES, 6000, [0, 0]))
    assert counts.sum() == 6000
    assert counts.argmax() == 3
    assert counts.argmin() == 1
    assert counts[1] < counts[0] / 4
    assert np.bincount(synthetic._labels(expressions.SHARES, 35, [0, 0]), minlength=7).min() >= 1


def test_the_seed_decides_everything(drawn):
    assert np.array_equal(synthetic.draw(settings()).images, drawn.images)
    other = synthetic.draw(settings(seed=1))
    assert not np.array_equal(other.images, drawn.images)
    assert not np.array_equal(other.labels, drawn.labels)


def test_a_picture_depends_on_its_own_stream_alone(monkeypatch, drawn):
    monkeypatch.setattr(synthetic, "BATCH", 33)
    assert np.array_equal(synthetic.draw(settings()).images, drawn.images)
    alone = expressions.draw(np.array([2]), [[0, 5]])
    beside = expressions.draw(np.array([1, 2, 3]), [[0, 4], [0, 5], [0, 6]])
    assert np.array_equal(alone[0], beside[1])


def test_no_two_pictures_are_alike(drawn):
    assert len({each.tobytes() for each in drawn.images}) == len(drawn.images)


def test_every_face_has_content(drawn):
    spread = drawn.images.reshape(len(drawn.images), -1).std(axis=1)
    assert spread.min() > 4


def test_the_label_changes_the_face_and_nothing_else():
    """With the same random numbers, expressions differ around brows, eyes and mouth, not in the corners."""
    faces = expressions.draw(np.arange(7), [[0, 1]] * 7).astype(int)
    changes = np.abs(faces - faces[6]).mean(axis=0)
    assert changes[10:46, 8:40].mean() > 5 * max(changes[:5, :5].mean(), changes[:5, -5:].mean(), 0.1)


def test_expressions_can_be_told_apart():
    """A linear model of coarse pictures is right far more often than by chance (one in seven)."""
    labels = np.tile(np.arange(7), 120)
    faces = expressions.draw(labels, [[7, number] for number in range(len(labels))]).astype(float)
    coarse = faces.reshape(-1, 16, 3, 16, 3).mean(axis=(2, 4)).reshape(len(labels), -1)
    coarse = (coarse - coarse.mean(axis=1, keepdims=True)) / coarse.std(axis=1, keepdims=True)
    known, new = coarse[:420], coarse[420:]
    ridge = known.T @ known + 100 * np.eye(256)
    weights = np.linalg.solve(ridge, known.T @ np.eye(7)[labels[:420]])
    assert ((new @ weights).argmax(axis=1) == labels[420:]).mean() > 0.4


def test_other_sizes_and_colours():
    drawn = synthetic.draw(settings(image_size=32, color="rgb"))
    assert drawn.images.shape == (210, 32, 32, 3)
    assert np.array_equal(drawn.images[..., 0], drawn.images[..., 2])


def test_mistakes_are_named():
    with pytest.raises(UserError, match=r"'nobody'.*expressions"):
        synthetic.draw(settings(generator="nobody"))
    with pytest.raises(UserError, match=r"draws 7 classes.*is 3"):
        synthetic.draw(settings(classes=3))
