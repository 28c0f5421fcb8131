"""MobileNetV2 with squeeze-and-excitation in every block (Hu et al. 2018, https://arxiv.org/abs/1709.01507)."""

from widthwise.networks.architectures import mobilenetv2

SQUEEZE = 16


def network(width, classes, dropout):
    """The layers at a width multiplier; see ``architectures.network``."""
    return mobilenetv2.network(width, classes, dropout, squeeze=SQUEEZE)
