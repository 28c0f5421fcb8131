"""What a training is expected to take where nothing was measured yet."""

START = 8.0  # seconds: TensorFlow is imported, and traces the training step
PER_PICTURE = 0.5e-3  # seconds: augmentation, and the start of every operation
PER_MULTIPLY_ADD = 0.06e-9
PER_ACTIVATION = 2.4e-9
FORWARD = 1 / 3  # of a training step: a picture of validation, or one that a teacher is asked about
SLOW = 4.0  # an allowance: processors without AVX-512, and busy neighbours


def seconds_per_picture(macs: int, activations: int, forward_only: bool = False) -> float:
    """Core-seconds that one picture takes in a training step, on one core.

    macs: multiply-adds of a forward pass; activations: numbers in all activations of one picture;
    forward_only: as when a teacher is asked about it.

    Fitted to all families, 0.5 to 1,700 million multiply-adds: batches of 64, float32, one thread of a
    2.5 GHz Xeon with AVX-512, where it is off by 27 % at most. Depthwise networks have far more activations
    for their multiply-adds, and take longer by moving these.
    """
    step = PER_MULTIPLY_ADD * macs + PER_ACTIVATION * activations
    return PER_PICTURE + step * (FORWARD if forward_only else 1)
