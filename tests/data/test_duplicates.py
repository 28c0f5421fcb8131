import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image, ImageFilter

from widthwise.data import duplicates
from widthwise.data.synthetic import expressions


@pytest.fixture(scope="module")
def images():
    """40 drawn faces, uint8 (40, 48, 48, 1)."""
    return expressions.draw(np.arange(40) % 7, [[3, number] for number in range(40)])[..., None]


def copies_of(images, changed):
    """What is found when ``changed`` stands in row 40, beside training rows 0 to 29 and others 30 to 40."""
    return duplicates.copies(np.concatenate([images, changed[None]]), np.arange(30), np.arange(30, 41))[0]


def altered(images, change):
    return np.asarray(change(Image.fromarray(images[7, ..., 0])), np.uint8)[..., None]


def test_unlike_pictures_are_no_copies(images):
    assert copies_of(images, images[39]) == []


def test_an_exact_copy(images):
    assert copies_of(images, images[7]) == [(40, 7, "exact", 1.0)]


@pytest.mark.parametrize(
    "change",
    [
        lambda picture: picture.filter(ImageFilter.GaussianBlur(1)),
        lambda picture: picture.point(lambda value: 0.6 * value + 60),
        lambda picture: picture.resize((36, 36)).resize((48, 48)),
        lambda picture: picture.transform((48, 48), Image.Transform.AFFINE, (1, 0, 0.5, 0, 1, 0)),
    ],
    ids=["blurred", "paler", "resized", "shifted by half a pixel"],
)
def test_near_copies(images, change):
    ((row, of, kind, similarity),) = copies_of(images, altered(images, change))
    assert (row, of, kind) == (40, 7, "near")
    assert duplicates.NEAR <= similarity <= 1


def test_noise_makes_a_near_copy(images):
    noise = np.random.default_rng(0).normal(0, 8, images[7].shape)
    noisy = np.clip(images[7] + noise, 0, 255).astype(np.uint8)
    assert [copy[1:3] for copy in copies_of(images, noisy)] == [(7, "near")]


def test_the_inverse_is_no_copy(images):
    assert copies_of(images, 255 - images[7]) == []


def test_constant_pictures(images):
    flat = np.full_like(images[0], 30)
    assert duplicates.constant(np.stack([images[0], flat])).tolist() == [False, True]
    assert copies_of(images, flat) == []


def test_the_first_of_equal_training_pictures_is_named(images):
    doubled = np.concatenate([images[:5], images[:5], images[2:3]])
    assert duplicates.copies(doubled, np.arange(10), np.array([10]))[0] == [(10, 2, "exact", 1.0)]


def test_where_different_pictures_are_alike_a_copy_has_to_stand_out():
    """Small bright squares, as digits are; a picture with a grey level changed is a copy among them."""
    generator = np.random.default_rng(0)
    pictures = np.zeros((240, 16, 16, 1), np.uint8)
    pictures[:, 4:12, 4:12] = generator.integers(150, 256, (240, 8, 8, 1))
    pictures[200] = pictures[5] - (pictures[5] > 200)
    (copy,), near = duplicates.copies(pictures, np.arange(200), np.arange(200, 240))
    assert copy[:3] == (200, 5, "near")
    assert duplicates.NEAR < near["typical"] < near["threshold"] < copy.similarity
    assert duplicates.threshold(np.linspace(0.5, 0.9, 40)) == duplicates.NEAR


def test_copies_within_a_split_are_counted():
    assert duplicates.repeated(["a", "b", "a", "a", "c", "b"], [0, 1, 0, 2, 1, 1]) == (3, 1)


def test_blocks_make_no_difference(images, monkeypatch):
    whole = duplicates.near(images, np.arange(30), np.arange(30, 40))
    monkeypatch.setattr(duplicates, "BLOCK", 3)
    parts = duplicates.near(images, np.arange(30), np.arange(30, 40))
    assert np.array_equal(whole, parts)


def test_processors_make_no_difference(root):
    """The table of copies is an ingredient of what comes after it: another machine's must be the same bytes.

    OpenBLAS adds in another order where it takes a processor for an old one; elsewhere the name is ignored.
    """
    code = """if True:
        import numpy as np
        from widthwise.data import duplicates
        pictures = np.random.default_rng(0).integers(0, 256, (300, 48, 48, 1), np.uint8)
        pictures = np.concatenate([pictures, pictures])
        closest, similarity = duplicates.near(pictures, np.arange(500), np.arange(450, 600))
        print(closest.tolist(), similarity.tolist())
    """
    found = [
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"PYTHONPATH": str(root / "scripts")} | processor,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for processor in ({}, {"OPENBLAS_CORETYPE": "Prescott"})
    ]
    assert found[0] == found[1]


def test_colour_and_odd_sizes():
    pictures = np.random.default_rng(0).integers(0, 256, (6, 37, 53, 3), np.uint8)
    pictures[5] = pictures[2]
    assert duplicates.copies(pictures, np.arange(5), np.array([5]))[0] == [(5, 2, "exact", 1.0)]


def test_averages_are_those_of_the_pixels():
    averages = duplicates._averaging(48)
    assert np.allclose(averages.sum(axis=1), 1)
    assert np.allclose(averages[1], np.where((np.arange(48) >= 3) & (np.arange(48) < 6), 1 / 3, 0))
    assert np.allclose(duplicates._averaging(24)[0, :3], [2 / 3, 1 / 3, 0])
