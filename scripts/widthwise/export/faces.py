"""Faces in a photograph, found by a detector that ships inside OpenCV's package (Viola & Jones 2001).

FER2013's faces were cut out by OpenCV, too (Goodfellow et al. 2013, https://arxiv.org/abs/1307.0414), so the
network is given the square as it is found. Of OpenCV's frontal cascades this one took the fewest things for
faces.
"""

from functools import cache

import cv2
import numpy as np
from PIL import Image

from widthwise.data.readers.pictures import eight_bit

CASCADE = "haarcascade_frontalface_alt2.xml"
STEP, NEIGHBOURS = 1.1, 5  # between the sizes searched; hits in nearly one place that make a face
LONGEST = 1000  # pixels: a larger picture is searched at this size; at 1600, folds of a flag became faces
LEAST = 24  # pixels a side of the smallest face, at the size that is searched


@cache
def _detector():
    return cv2.CascadeClassifier(cv2.data.haarcascades + CASCADE)


def find(picture):
    """The frontal, upright faces in a PIL picture of any mode and size.

    Returns a list of squares (left, top, right, bottom), int pixels inside the picture, from left to right.
    """
    grey = eight_bit(picture, "grey")
    scale = max(1, max(grey.size) / LONGEST)
    if scale > 1:
        size = (max(1, round(side / scale)) for side in grey.size)
        grey = grey.resize(tuple(size), Image.Resampling.BILINEAR)
    found = _detector().detectMultiScale(np.asarray(grey), STEP, NEIGHBOURS, minSize=(LEAST, LEAST))
    squares = []
    for x, y, side, _ in found:
        side = min(round(side * scale), *picture.size)
        left = min(round(x * scale), picture.width - side)
        top = min(round(y * scale), picture.height - side)
        squares.append((left, top, left + side, top + side))
    return sorted(squares)
