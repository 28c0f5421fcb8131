"""Random flips, rotations, shifts, zooms and shears of a batch, as one projective transform per image.

Part of the training step's graph. All numbers come from a seed given to each call, so that the same
seed draws the same changes, however often a run is interrupted.
"""

from math import pi
from typing import Any

import tensorflow as tf

# Pixels from outside repeat the border: a face mirrored at the border (reflect) grows a second chin or
# ear, and a constant adds an edge that no photograph has.
FILL = "NEAREST"


def augment(images: tf.Tensor, settings: dict[str, Any], seed: tf.Tensor) -> tf.Tensor:
    """Augmented images of a batch: float32, same shape and range.

    images: uint8 or float (rows, height, width, channels).
    settings: flip (bool: half of the images are mirrored left to right), rotation (degrees, to either
    side), shift (fraction of each side, in either direction), zoom (the size of an image's contents is
    multiplied by 1 - zoom to 1 + zoom), shear (degrees, to either side); all uniformly drawn;
    erasing (the probability of ``erase``).
    seed: int32 (2,).
    """
    shape = tf.shape(images)
    rows, height, width = shape[0], shape[1], shape[2]
    draws = tf.random.stateless_uniform((6, rows), seed, -1, 1)
    mirror = tf.sign(draws[0]) if settings["flip"] else tf.ones_like(draws[0])
    if not any(settings[name] for name in ("rotation", "shift", "zoom", "shear")):  # a third of the time
        images = tf.cast(images, tf.float32)
        flipped = tf.where(mirror[:, None, None, None] < 0, images[:, :, ::-1], images)
        return _erased(flipped, settings, seed)
    angle = draws[1] * (settings["rotation"] * pi / 180)
    scale = 1 + draws[2] * settings["zoom"]
    shear = tf.tan(draws[3] * (settings["shear"] * pi / 180))
    height, width = tf.cast(height, tf.float32), tf.cast(width, tf.float32)
    down, right = draws[4] * settings["shift"] * height, draws[5] * settings["shift"] * width

    # Where an output pixel (x, y) comes from: out = centre + shift + Rotate Shear Zoom Mirror (in - centre),
    # solved for ``in``. The kernel takes the two rows of that matrix as (a, b, c), (d, e, f).
    cos, sin = tf.cos(angle) / scale, tf.sin(angle) / scale
    a, b = mirror * (cos + shear * sin), mirror * (sin - shear * cos)
    d, e = -sin, cos
    x, y = (width - 1) / 2, (height - 1) / 2
    c = x - a * (x + right) - b * (y + down)
    f = y - d * (x + right) - e * (y + down)
    zero = tf.zeros_like(a)
    transformed = tf.raw_ops.ImageProjectiveTransformV3(
        images=tf.cast(images, tf.float32),
        transforms=tf.stack([a, b, c, d, e, f, zero, zero], axis=1),
        output_shape=shape[1:3],
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode=FILL,
    )
    return _erased(transformed, settings, seed)


def _erased(images, settings, seed):
    return erase(images, settings["erasing"], seed) if settings["erasing"] else images


def erase(images: tf.Tensor, probability: float, seed: tf.Tensor) -> tf.Tensor:
    """Images of which some have a rectangle filled with uniform noise: float32, same shape.

    Random erasing (Zhong et al. 2017, https://arxiv.org/abs/1708.04896): an image is hit with
    ``probability``; the rectangle takes 2 to 20 % of it, its sides have a ratio of 0.3 to 1 / 0.3, and it
    lies wholly inside as long as it fits.

    images: float32 (rows, height, width, channels), 0 to 255; seed: int32 (2,).
    """
    shape = tf.shape(images)
    height, width = tf.cast(shape[1], tf.float32), tf.cast(shape[2], tf.float32)
    draws = tf.random.stateless_uniform((5, shape[0], 1, 1), tf.random.fold_in(seed, 1))
    area, ratio = (0.02 + 0.18 * draws[1]) * height * width, 0.3 ** (2 * draws[2] - 1)
    high, wide = tf.minimum(tf.sqrt(area * ratio), height), tf.minimum(tf.sqrt(area / ratio), width)
    y = tf.range(0.5, height)[None, :, None] - draws[3] * (height - high)
    x = tf.range(0.5, width)[None, None, :] - draws[4] * (width - wide)
    erased = (draws[0] < probability) & (y >= 0) & (y < high) & (x >= 0) & (x < wide)
    noise = tf.random.stateless_uniform(shape, tf.random.fold_in(seed, 2), 0, 255)
    return tf.where(erased[..., None], noise, images)
