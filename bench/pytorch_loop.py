"""PyTorch with its channels-last kernels, tuned as far as its own documentation goes."""

import math
import sys

import numpy as np
import torch
from torch import nn

import study
from widthwise.networks import counts, layers

folder, family, width, threads = sys.argv[1:]
torch.set_num_threads(int(threads))
torch.manual_seed(0)


class Residual(nn.Module):
    """A body whose input is added to its output."""

    def __init__(self, body):
        super().__init__()
        self.body = body

    def forward(self, values):
        """The input plus what the body makes of it."""
        return values + self.body(values)


def torch_layers(network, shape=study.SHAPE):
    """The PyTorch modules of a network's records, in order; shape: of the input."""
    for layer in network:
        before, shape = shape, counts.layer_table([layer], shape)[-1].output
        channels = before[-1]
        match layer:
            case layers.Conv(out, kernel, stride, bias):
                yield nn.Conv2d(channels, out, kernel, stride, kernel // 2, bias=bias)
            case layers.DepthwiseConv(kernel, stride, bias):
                yield nn.Conv2d(channels, channels, kernel, stride, kernel // 2, groups=channels, bias=bias)
            case layers.BatchNorm(epsilon, momentum):
                yield nn.BatchNorm2d(channels, epsilon, 1 - momentum)
            case layers.ReLU():
                yield nn.ReLU(inplace=True)
            case layers.Dropout(rate):
                yield nn.Dropout(rate)
            case layers.MaxPool(size):
                yield nn.MaxPool2d(size)
            case layers.GlobalMaxPool():
                yield nn.Sequential(nn.AdaptiveMaxPool2d(1), nn.Flatten())
            case layers.GlobalAveragePool():
                yield nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
            case layers.Residual(body):
                yield Residual(nn.Sequential(*torch_layers(body, before)))
            case layers.Flatten():
                yield nn.Flatten()
            case layers.Dense(units):
                yield nn.Linear(channels, units)
            case _:
                raise TypeError(f"no PyTorch module for {layer!r}")


def augment(pictures):
    """The same random flips, rotations, shifts and zooms, as one affine transform per image."""
    draws = torch.rand(5, len(pictures)) * 2 - 1
    settings = study.AUGMENTATION
    angle, size = draws[0] * math.radians(settings["rotation"]), 1 + draws[1] * settings["zoom"]
    mirror, cos, sin = draws[2].sign(), torch.cos(angle) / size, torch.sin(angle) / size
    # affine_grid measures in half sides.
    across, down = 2 * settings["shift"] * draws[3:]
    rows = [mirror * cos, mirror * sin, across, -sin, cos, down]
    matrix = torch.stack(rows, dim=1).reshape(-1, 2, 3)
    grid = nn.functional.affine_grid(matrix, pictures.shape, align_corners=False)
    return nn.functional.grid_sample(pictures, grid, padding_mode="border", align_corners=False)


images, labels = study.training_arrays(folder)
model = nn.Sequential(*torch_layers(study.layers_of(family, float(width)))).to(
    memory_format=torch.channels_last
)
optimizer = torch.optim.Adam(model.parameters(), study.LEARNING_RATE, fused=True)
order = np.random.default_rng(0)


def train_epoch():
    """Visit all rows once, in batches."""
    model.train()
    rows, total = order.permutation(len(images)), 0.0
    for start in range(0, len(rows), study.BATCH):
        chosen = rows[start : start + study.BATCH]
        pictures = torch.from_numpy(images[chosen]).permute(0, 3, 1, 2).float()
        pictures = augment(pictures).div_(127.5).sub_(1).contiguous(memory_format=torch.channels_last)
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(pictures), torch.from_numpy(labels[chosen]))
        loss.backward()
        optimizer.step()
        total += loss.item()
    return total


study.serve(train_epoch)
