"""Random flips, rotations, shifts, zooms and shears of a batch, as one projective transform per image.

Part of the training step's graph. All numbers come from a seed given to each call, so that the same
seed draws the same pictures, however often a run is interrupted.
"""

from math import pi

import tensorflow as tf

# Pixels from outside repeat the border: a face mirrored at the border (reflect) grows a second chin or
# ear, and a constant adds an edge that no photograph has.
FILL = "NEAREST"


def augment(images, settings, seed):
    """Augmented pictures of a batch: float32, same shape and range.

    images: uint8 or float (rows, height, width, channels).
    settings: dict of flip (bool: half of the images are mirrored left to right), rotation (degrees, to
    either side), shift (fraction of each side, in either direction), zoom (the size of the picture's
    contents is multiplied by 1 - zoom to 1 + zoom), shear (degrees, to either side); all uniformly drawn.
    seed: int32 (2,).
    """
    shape = tf.shape(images)
    rows, height, width = shape[0], shape[1], shape[2]
    draws = tf.random.stateless_uniform((6, rows), seed, -1, 1)
    mirror = tf.sign(draws[0]) if settings["flip"] else tf.ones_like(draws[0])
    angle = draws[1] * (settings["rotation"] * pi / 180)
    size = 1 + draws[2] * settings["zoom"]
    slant = tf.tan(draws[3] * (settings["shear"] * pi / 180))
    height, width = tf.cast(height, tf.float32), tf.cast(width, tf.float32)
    down, right = draws[4] * settings["shift"] * height, draws[5] * settings["shift"] * width

    # Where an output pixel (x, y) comes from: out = centre + shift + Rotate Shear Zoom Mirror (in - centre),
    # solved for ``in``. The kernel takes the two rows of that matrix as (a, b, c), (d, e, f).
    cos, sin = tf.cos(angle) / size, tf.sin(angle) / size
    a, b = mirror * (cos + slant * sin), mirror * (sin - slant * cos)
    d, e = -sin, cos
    x, y = (width - 1) / 2, (height - 1) / 2
    c = x - a * (x + right) - b * (y + down)
    f = y - d * (x + right) - e * (y + down)
    zero = tf.zeros_like(a)
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=tf.cast(images, tf.float32),
        transforms=tf.stack([a, b, c, d, e, f, zero, zero], axis=1),
        output_shape=shape[1:3],
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode=FILL,
    )
