"""A picture with boxes and what they are, to be read on a screen whatever the picture's size."""

import os
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from widthwise.data.readers.pictures import eight_bit

SHORTEST, LONGEST = 480, 2000  # pixels: smaller pictures are enlarged, larger ones reduced
TEXT = 16  # pixels; more in a large picture, which is shown smaller
PART = 60  # text is at least this part of the longer side
FRONT, BACK = "#F0E442", "#000000"  # seen on light and on dark
FONTS = (".ttf", ".otf", ".ttc", ".otc")
NOWHERE = "\U0010ffff"  # no font has this character: it is drawn as the box that stands for missing ones


def annotated(
    picture: Image.Image, boxes: list[tuple[int, int, int, int]], texts: list[str], warning: str = ""
) -> Image.Image:
    """A copy of a PIL picture with a frame and a line of text for each box: mode RGB, resized.

    boxes: (left, top, right, bottom) in pixels of the picture; texts: str per box; warning: str, at the foot.
    """
    scale = min(max(1, SHORTEST / min(picture.size)), LONGEST / max(picture.size))
    size = tuple(max(1, round(side * scale)) for side in picture.size)
    drawn = eight_bit(picture, "rgb").resize(size, Image.Resampling.BICUBIC)
    pen = ImageDraw.Draw(drawn)
    boxes = [[round(edge * scale) for edge in box] for box in boxes]
    line = max(2, max(size) // 400)
    for left, top, right, bottom in boxes:
        frame = (left, top, max(left, right - 1), max(top, bottom - 1))
        pen.rectangle(frame, outline=BACK, width=2 * line)
        pen.rectangle(frame, outline=FRONT, width=line)
    taken = list(boxes)
    for box, text in zip(boxes, texts, strict=True):
        font = _font(text, max(TEXT, max(size) // PART), size[0])
        pad = line
        width = round(font.getlength(text)) + 2 * pad
        height = sum(font.getmetrics()) + 2 * pad
        label = _free_place(box, width, height, size, [each for each in taken if each is not box])
        pen.rectangle(label, fill=FRONT)
        pen.text((label[0] + pad, label[1] + pad), text, fill=BACK, font=font)
        taken.append(label)
    if warning:
        font = _font(warning, max(TEXT, max(size) // PART), size[0])
        top = size[1] - sum(font.getmetrics()) - 2 * line
        pen.rectangle((0, top, *size), fill=BACK)
        pen.text((line, top + line), warning, fill=FRONT, font=font)
    return drawn


def has_letters(text: str) -> bool:
    """Whether some font of this machine has all letters of a text."""
    return _font_file(frozenset(text)) is not False


def _font(text, size, width):
    """A font that has the text's letters, in a size at which it is no wider than ``width``."""
    path = _font_file(frozenset(text)) or None
    font = _load(path, size)
    room = width / max(1, font.getlength(text) + size)
    return font if room >= 1 else _load(path, max(1, size * room))


def _load(path, size):
    return ImageFont.truetype(path, size) if path else ImageFont.load_default(size)


@cache
def _font_file(letters):
    """A font of this machine that has these letters: None for Pillow's own, else a path; False if none."""
    return next((path for path in (None, *_font_files()) if _has(path, letters)), False)


@cache
def _font_files():
    """The font files of this machine, upright and regular ones first (list of str)."""
    data = os.environ.get("XDG_DATA_DIRS", "/usr/local/share:/usr/share").split(":")
    data += [os.environ.get("XDG_DATA_HOME", "~/.local/share")]
    folders = [*(Path(each, "fonts") for each in data if each), Path("~/.fonts")]
    found = [
        os.path.join(root, name)
        for folder in folders
        for root, _, names in os.walk(os.path.expanduser(folder))
        for name in names
        if name.lower().endswith(FONTS)
    ]
    return sorted(found, key=lambda path: ("regular" not in path.lower(), path))


def _has(path, letters):
    """Whether a font has these letters."""
    try:
        font = _load(path, 16)
        missing = bytes(font.getmask(NOWHERE))
        return all(bytes(font.getmask(each)) != missing for each in letters if not each.isspace())
    except (OSError, ValueError):  # a file that is no font after all
        return False


def _free_place(box, width, height, size, taken):
    """Where a text goes: above its box, below, or inside; the first place that covers least of ``taken``."""
    left = max(0, min(box[0], size[0] - width))
    tops = [box[1] - height, box[3], box[1], box[3] - height]
    places = [(left, top, left + width, top + height) for top in tops if 0 <= top <= size[1] - height]
    places = places or [(left, 0, left + width, height)]
    return min(places, key=lambda place: sum(_overlap(place, other) for other in taken))


def _overlap(one, other):
    """The pixels that two boxes share."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return max(0, width) * max(0, height)
