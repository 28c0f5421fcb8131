"""Augmentation: what each setting does to a picture, and that a seed decides it."""

import numpy as np
import pytest
import tensorflow as tf

from widthwise.training.augmentation import augment, erase

SIDE, ROWS = 48, 512
NOTHING = {"flip": False, "rotation": 0, "shift": 0, "zoom": 0, "shear": 0, "erasing": 0}


def augmented(images, seed=(1, 2), **settings):
    return augment(tf.constant(images), NOTHING | settings, tf.constant(seed, tf.int32)).numpy()


def spots(*centres):
    """A picture with one soft bright spot per colour channel, at (right, down) of the middle."""
    y, x = np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2
    picture = [200 * np.exp(-((x - right) ** 2 + (y - down) ** 2) / 8) for right, down in centres]
    return np.repeat(np.stack(picture, axis=-1)[None], ROWS, axis=0).astype(np.float32)


def found(images):
    """Where the spots are: (rows, channels, 2) as (right, down) of the middle."""
    y, x = np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2
    mass = images.sum(axis=(1, 2))
    return np.stack([(images * axis[..., None]).sum(axis=(1, 2)) / mass for axis in (x, y)], axis=-1)


def fills(values, limit):
    """Whether uniform draws fill -limit to limit, and stay inside."""
    return (
        np.abs(values).max() <= limit * 1.02 and values.min() < -0.95 * limit and values.max() > 0.95 * limit
    )


def test_without_settings_pictures_stay_as_they_are():
    images = np.random.default_rng(0).integers(0, 256, (4, 48, 40, 3), dtype=np.uint8)
    result = augmented(images)
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, images, atol=0.01)


def test_mirrors_alone_are_those_of_the_transform():
    images = np.random.default_rng(0).integers(0, 256, (ROWS, 48, 48, 1), dtype=np.uint8)
    assert np.array_equal(augmented(images, flip=True), augmented(images, flip=True, zoom=1e-30))


def test_half_of_the_pictures_are_mirrored():
    images = np.random.default_rng(0).integers(0, 256, (ROWS, 8, 8, 1), dtype=np.uint8)
    result = augmented(images, flip=True)
    same, mirrored = (
        np.isclose(result, other, atol=0.01).all(axis=(1, 2, 3)) for other in (images, images[:, :, ::-1])
    )
    assert (same ^ mirrored).all()
    assert 0.4 < mirrored.mean() < 0.6


def test_rotation_turns_about_the_middle_by_up_to_its_degrees():
    right, down = found(augmented(spots((0, 0), (10, 0)), rotation=30))[:, 1].T
    np.testing.assert_allclose(np.hypot(right, down), 10, atol=0.15)
    assert fills(np.degrees(np.arctan2(down, right)), 30)


def test_shift_moves_by_up_to_its_share_of_each_side():
    right, down = found(augmented(spots((0, 0)), shift=0.15))[:, 0].T
    assert fills(right, 0.15 * SIDE) and fills(down, 0.15 * SIDE)
    assert abs(np.corrcoef(right, down)[0, 1]) < 0.2


def test_zoom_scales_distances_from_the_middle_both_ways():
    right, down = found(augmented(spots((10, 5)), zoom=0.2))[:, 0].T
    np.testing.assert_allclose(right / 10, down / 5, atol=0.05)
    assert fills(right / 10 - 1, 0.2)


def test_shear_slants_upright_lines_by_up_to_its_degrees():
    level, upright = found(augmented(spots((10, 0), (0, 10)), shear=20)).transpose(1, 0, 2)
    np.testing.assert_allclose(level, np.broadcast_to([10, 0], level.shape), atol=0.1)
    np.testing.assert_allclose(upright[:, 1], 10, atol=0.1)
    assert fills(np.degrees(np.arctan2(upright[:, 0], upright[:, 1])), 20)


def test_all_together_turn_what_is_slanted_zoomed_and_mirrored_then_shift():
    settings = {"flip": True, "rotation": 30, "shift": 0.1, "zoom": 0.2, "shear": 15}
    middle, level, upright = found(augmented(spots((0, 0), (8, 0), (0, 8)), **settings)).transpose(1, 0, 2)
    level, upright = level - middle, upright - middle
    assert np.abs(middle).max() <= 0.1 * SIDE * 1.02
    size = np.hypot(*level.T) / 8
    assert fills(size - 1, 0.2)
    # Mirroring turns the level arm around; rotation is the rest of its angle.
    mirrored = level[:, 0] < 0
    assert 0.4 < mirrored.mean() < 0.6
    turned = np.degrees(np.arctan2(*(level * np.where(mirrored, -1, 1)[:, None]).T[::-1]))
    assert fills(turned, 30)
    # The upright arm, seen from the turned level one, is slanted and as long as zoom made it.
    angle = np.radians(turned)
    down = -np.sin(angle) * upright[:, 0] + np.cos(angle) * upright[:, 1]
    across = np.cos(angle) * upright[:, 0] + np.sin(angle) * upright[:, 1]
    np.testing.assert_allclose(down, 8 * size, atol=0.15)
    assert fills(np.degrees(np.arctan2(across, down)), 15)


def test_pixels_from_outside_repeat_the_border():
    images = np.full((64, 16, 16, 1), 90, np.uint8)
    result = augmented(images, rotation=45, shift=0.4, zoom=0.5, shear=20)
    np.testing.assert_allclose(result, 90, atol=0.01)


@pytest.mark.parametrize("settings", [{"rotation": 30}, {"flip": True, "shift": 0.2}])
def test_the_seed_decides(settings):
    images = np.random.default_rng(0).integers(0, 256, (16, 12, 12, 1), dtype=np.uint8)
    first, again = (augmented(images, (3, 4), **settings) for _ in range(2))
    assert np.array_equal(first, again)
    for other in ((3, 5), (4, 4)):
        assert not np.array_equal(first, augmented(images, other, **settings))


def test_erasing_fills_a_rectangle_of_some_pictures_with_noise():
    grey = np.full((ROWS, SIDE, 40, 1), 300, np.float32)  # brighter than any noise
    result = erase(tf.constant(grey), 0.25, tf.constant([1, 2])).numpy()
    erased = result[..., 0] != 300
    hit = erased.any(axis=(1, 2))
    assert 0.18 < hit.mean() < 0.32
    for mask in erased[hit]:
        down, across = mask.any(axis=1), mask.any(axis=0)
        assert np.array_equal(mask, down[:, None] & across[None, :])  # a rectangle
        assert 0.01 < mask.mean() < 0.23
        assert 0.2 < down.sum() / across.sum() < 5
    everywhere = erase(tf.constant(grey), 1.0, tf.constant([1, 2])).numpy()[..., 0] != 300
    assert everywhere.any(axis=(0, 1)).all() and everywhere.any(axis=(0, 2)).all()
    noise = result[..., 0][erased]
    assert noise.min() >= 0 and noise.max() <= 255 and abs(noise.mean() - 127.5) < 2
    again = augmented(np.full((ROWS, SIDE, 40, 1), 300, np.float32), erasing=0.25)
    assert np.array_equal((again[..., 0] != 300).any(axis=(1, 2)), hit)
