"""Pictures and their labels as arrays: IDX files, and .npy files, which are what an .npz unpacks to."""

import math
import re
from dataclasses import dataclass

import numpy as np

from widthwise.data.readers.pictures import (
    UNLABELLED,
    Pictures,
    checksum,
    progress,
    require_classes,
    split_named,
)
from widthwise.data.readers.values import (
    IN_COLOR,
    MAXIMUM_CLASSES,
    class_names,
    fitted_values,
    picture_shape,
    require_memory,
)
from widthwise.plumbing.errors import UserError

IDX_HEAD = re.compile(rb"\0\0[\x08\x09\x0b-\x0e][\x01-\x04]")
IDX_NAME = re.compile(r"idx[1-4]-u?byte$|\.idx[1-4]?$", re.IGNORECASE)
IDX_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
NPY_HEAD = b"\x93NUMPY"
KINDS = {
    "labels": {"y", "label", "labels", "labs", "target", "targets"},
    "images": {"x", "image", "images", "imgs", "data", "pictures"},
}
TESTS = ("test", "public", "private")
EMNIST = "EMNIST's own files hold each picture with rows and columns exchanged; they were read as they are."


@dataclass(frozen=True)
class Array:
    """A file with an array. member: its file; kind: images or labels; split: what its name says."""

    member: object
    kind: str
    split: str


def find(members):
    """The files that hold pictures or labels as arrays, by content and name (list of ``Array``)."""
    found = []
    for member in members:
        idx = IDX_HEAD.match(member.head) or IDX_NAME.search(member.name)
        if not idx and not member.head.startswith(NPY_HEAD) and not member.name.endswith(".npy"):
            continue
        name = re.sub("/arr_0.npy$", "", member.name).split("/")[-1]
        words = set(re.split("[^a-z]+", name.lower()))
        kind = next((kind for kind, known in KINDS.items() if words & known), None)
        if not kind and (idx or name.startswith("arr_")):
            kind = "labels" if _opened(member).squeeze().ndim == 1 else "images"
        if kind:
            split = "test" if "t10k" in name else split_named(name) or "training"
            found.append(Array(member, kind, split))
    return found


def is_whole(arrays):
    """Whether there are pictures and labels to train on (bool)."""
    return {"images", "labels"} <= {array.kind for array in arrays if array.split == "training"}


def read(source, arrays, classes, image_size, color):
    """Read arrays into a ``Pictures``.

    arrays: list of ``Array``; the rest as ``readers.read``. Pictures: whole numbers 0 to 255, (rows, height,
    width), with 1 or 3 channels at the end, or (rows, values) as a table holds them. Labels: whole numbers
    from 0 or 1 on, (rows,) or (rows, 1). Pictures of a test split without labels are unlabelled.
    """
    notes = []
    chosen = _one_each(source, arrays, notes)
    if not is_whole(chosen.values()):
        names = ", ".join(array.member.name for array in arrays[:4])
        raise UserError(
            f"{source}: found {names}; expected pictures and labels of Training, such as x_train and y_train"
        )
    parts = []
    for split, kind in chosen:
        images, labels = chosen.get((split, "images")), chosen.get((split, "labels"))
        if not images or (not labels and split not in TESTS):
            missing = "pictures" if labels else "labels"
            raise UserError(
                f"{chosen[split, kind].member.shown}: has no {missing} beside it; expected both of {split}"
            )
        if kind == "images":
            parts.append(_part(images, labels, split))
    training = next(labels for split, _, _, labels in parts if split == "training")
    first = int(training.min() == 1 and classes in (None, training.max()))
    if first:
        notes.append("The labels begin at 1.")
    _require_labels(chosen, parts, first, classes)
    count = classes or int(training.max()) + 1 - first

    shapes = {images.shape[1:] for _, _, images, _ in parts}
    sizes = {shape[:2] for shape in shapes}
    if any(chosen[key].member.name.split("/")[-1].startswith("emnist-") for key in chosen):
        notes.append(EMNIST)
    if any(
        len(shape) == 3 and _opened(array.member).ndim == 2 for shape in shapes for _, array, _, _ in parts
    ):
        notes.append(IN_COLOR)
    notes += [
        f"Pictures of {wide} x {high} were squeezed into squares." for high, wide in sizes if high != wide
    ]
    rows = sum(len(images) for _, _, images, _ in parts)
    require_memory(source, rows, image_size, color)
    result = Pictures(
        images=np.concatenate([_fitted(array, images, image_size, color) for _, array, images, _ in parts]),
        labels=np.concatenate(
            [
                np.full(len(images), UNLABELLED) if labels is None else labels - first
                for *_, images, labels in parts
            ]
        ).astype(np.int16),
        splits=[
            "unlabelled" if labels is None else split for split, _, images, labels in parts for _ in images
        ],
        sources=[
            f"{array.member.name}[{row}]" for _, array, images, _ in parts for row in range(len(images))
        ],
        ids=[
            str(row) if labels is None else "" for *_, images, labels in parts for row in range(len(images))
        ],
        classes=class_names(range(first, first + count), min(shapes)),
        source_sha256=checksum(source, [array.member for array in arrays]),
        picture_size=sizes.pop() if len(sizes) == 1 else None,
        notes=notes,
    )
    require_classes(source, result.labels, result.splits, result.classes, classes)
    return result


def read_unlabelled(source, arrays, image_size, color):
    """Read the pictures that have no labels beside them, or the only ones there are.

    Returns (list of row numbers as ids, uint8 images); the rest as ``read``.
    """
    chosen = _one_each(source, arrays, [])
    images = [array for array in chosen.values() if array.kind == "images"]
    alone = [array for array in images if (array.split, "labels") not in chosen] or images
    if len(alone) != 1:
        names = ", ".join(array.member.name for array in alone)
        raise UserError(
            f"{source}: found {len(alone)} arrays of pictures ({names}); expected one, the test set"
        )
    pictures = _pictures(alone[0])
    require_memory(source, len(pictures), image_size, color)
    return [str(row) for row in range(len(pictures))], _fitted(alone[0], pictures, image_size, color)


def _one_each(source, arrays, notes):
    """{(split, kind): array}; of exact copies the first, UserError where two differ."""
    chosen, aside = {}, []
    for array in sorted(arrays, key=lambda array: (array.member.name.count("/"), array.member.name)):
        taken = chosen.setdefault((array.split, array.kind), array)
        if taken is array:
            continue
        if checksum(taken.member.path, []) != checksum(array.member.path, []):
            raise UserError(
                f"{source}: {taken.member.name} and {array.member.name} both hold {array.kind} of"
                f" {array.split}; expected one such array"
            )
        aside.append(array.member.name)
    if aside:
        notes.append(f"Copies of arrays that were read, left aside: {', '.join(aside[:3])}.")
    return chosen


def _part(images, labels, split):
    """(split, array of pictures, its content, labels as int64 or None)."""
    pictures = _pictures(images)
    if labels is None:
        return split, images, pictures, None
    numbers = _opened(labels.member)
    if numbers.dtype.kind not in "ui":
        raise _wrong(labels, f"holds {numbers.dtype}", "whole numbers as labels")
    if numbers.ndim == 0 or numbers.size != len(numbers):
        raise _wrong(labels, f"holds {_shape(numbers)} numbers", "one label a picture")
    if len(numbers) != len(pictures):
        raise _wrong(
            labels,
            f"holds {len(numbers):,} labels for the {len(pictures):,} pictures of {images.member.name}",
            "as many",
        )
    return split, images, pictures, numbers.reshape(-1)


def _require_labels(chosen, parts, first, classes):
    """Raise UserError, naming the first row, where a label is beyond the classes or Training has a gap."""
    training = next(labels for split, _, _, labels in parts if split == "training")
    limit = (classes or MAXIMUM_CLASSES) - 1 + first
    taught = set(np.unique(training).tolist())
    gap = next(number for number in range(first, first + len(taught) + 1) if number not in taught)
    for split, _, _, labels in parts:
        if labels is None:
            continue
        for bad, expected in (
            ((labels < first) | (labels > limit), f"a number from {first} to {limit}"),
            (~np.bool(classes) & (labels >= gap), f"labels from {first} to {gap - 1}: Training has no {gap}"),
        ):
            if bad.any():
                row = int(np.argmax(bad))
                raise _wrong(chosen[split, "labels"], f"label {row} (from 0) is {labels[row]}", expected)


def _pictures(array):
    """The content of an array as (rows, height, width) or (rows, height, width, 1 or 3), checked."""
    pictures = _opened(array.member)
    expected = "rows x height x width, and 1 or 3 channels at most"
    if pictures.dtype.kind not in "ui":
        hint = "; multiply what lies between 0 and 1 by 255 and round" if pictures.dtype.kind == "f" else ""
        raise _wrong(array, f"holds {pictures.dtype}", f"whole numbers from 0 to 255{hint}")
    if pictures.ndim == 2:
        shape = picture_shape(pictures.shape[1])
        if not shape:
            raise _wrong(
                array, f"has {pictures.shape[1]:,} values a row", "a square number, or three times one"
            )
        return pictures.reshape(-1, *shape)
    if pictures.ndim not in (3, 4) or pictures.shape[3:] not in ((), (1,), (3,)):
        raise _wrong(array, f"holds {_shape(pictures)} values", expected)
    return pictures


def _fitted(array, pictures, image_size, color):
    """All pictures of an array: uint8 (rows, image_size, image_size, 1 or 3)."""
    fitted = np.empty((len(pictures), image_size, image_size, {"grey": 1, "rgb": 3}[color]), np.uint8)
    for row, picture in enumerate(progress(pictures, f"pictures of {len(pictures):,}")):
        if picture.dtype != np.uint8:
            if picture.min() < 0 or picture.max() > 255:
                bad = picture[(picture < 0) | (picture > 255)][0]
                raise _wrong(array, f"picture {row} (from 0) holds {bad}", "whole numbers from 0 to 255")
            picture = picture.astype(np.uint8)
        fitted[row] = fitted_values(picture, image_size, color)
    return fitted


def _opened(member):
    """A file's array, mapped into memory. Raises UserError where the file is not what its header promises."""
    shown = member.shown
    if not member.head:
        raise UserError(f"{shown}: the file is empty; expected an array")
    try:
        with open(member.path, "rb") as file:
            header = _npy_header if member.head.startswith(NPY_HEAD) else _idx_header
            shape, fortran, dtype = header(file)
            offset = file.tell()
    except Exception as error:  # headers can be broken in many ways
        reason = str(error).split("\n")[0][:200]
        raise UserError(f"{shown}: is no array ({reason}); expected IDX or .npy, whole") from None
    if dtype.hasobject:
        raise UserError(f"{shown}: holds Python objects (a pickle), which are not read; expected numbers")
    if dtype.kind not in "uifb":
        raise UserError(f"{shown}: holds {dtype}; expected numbers")
    if not shape or min(shape) < 1:
        raise UserError(
            f"{shown}: holds {' x '.join(map(str, shape)) or 'one'} values; expected one row or more"
        )
    promised, found = math.prod(shape) * dtype.itemsize, member.path.stat().st_size - offset
    if promised != found:
        raise UserError(
            f"{shown}: its header promises {' x '.join(f'{n:,}' for n in shape)} values of {dtype.itemsize}"
            f" bytes, {promised:,} bytes, but {found:,} follow; expected a whole file"
        )
    return np.memmap(member.path, dtype, "r", offset, shape, "F" if fortran else "C")


def _npy_header(file):
    """(shape, whether in Fortran's order, dtype) of a .npy file."""
    version = np.lib.format.read_magic(file)
    if version == (1, 0):
        return np.lib.format.read_array_header_1_0(file)
    return np.lib.format.read_array_header_2_0(file)


def _idx_header(file):
    """(shape, False, dtype) of an IDX file."""
    head = file.read(4)
    if not IDX_HEAD.match(head):
        raise ValueError(f"begins with {head + file.read(12)}")
    sizes = file.read(4 * head[3])
    if len(sizes) < 4 * head[3]:
        raise ValueError("ends within its header")
    return tuple(np.frombuffer(sizes, ">u4").tolist()), False, np.dtype(IDX_TYPES[head[2]])


def _shape(array):
    return " x ".join(f"{size:,}" for size in array.shape)


def _wrong(array, found, expected):
    return UserError(f"{array.member.shown}: {found}; expected {expected}")
