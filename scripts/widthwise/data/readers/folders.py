"""Pictures as files in class folders, with or without folders for the splits above them."""

import re
from pathlib import PurePosixPath

import numpy as np

from widthwise.data.readers.members import is_picture
from widthwise.data.readers.pictures import (
    EMOTION_SIDE,
    EMOTIONS,
    UNLABELLED,
    USAGES,
    Pictures,
    checksum,
    fitted,
    opened,
    progress,
    require_classes,
    split_named,
)
from widthwise.plumbing.errors import UserError

PREFIX = re.compile("(" + "|".join(USAGES) + ")_")
EMOTION_STEMS = ("ang", "disg", "fear", "happ", "sad", "surpr", "neutral")  # anger, angry; sad, sadness


def read(source, members, classes, image_size, color):
    """Read picture files into a ``Pictures``.

    members: list of ``members.Member``; the rest as ``datasets.read``. A picture's class is the folder
    it lies in; its split is said by its own name (Training_..., PublicTest_..., PrivateTest_...), else by
    a folder above, else it is Training. Pictures right in a test folder are an unlabelled test set.
    """
    empty = next((member for member in members if member.path.is_dir()), None)
    if empty:
        raise UserError(f"{empty.shown}: the folder holds no pictures; expected some, or no such folder")
    pictures = list(filter(is_picture, members))
    placed, aside = [], []
    for member in pictures:
        split, name = _place(member)
        (placed if split else aside).append((member, split, name))
    if not any(name for _, _, name in placed):
        raise UserError(
            f"{source}: its {len(pictures)} pictures lie in no class folders"
            f" (the first is {pictures[0].name}); expected one folder per class"
        )
    notes = []
    if aside:
        notes.append(
            f"{len(aside)} pictures outside of class folders were left aside ({aside[0][0].name}, ...)"
        )

    numbers, names = _classes({name for _, _, name in placed if name})
    images, sizes = _images([member for member, _, _ in placed], image_size, color)
    if names == [str(i) for i in range(len(EMOTIONS))] and sizes == {(EMOTION_SIDE, EMOTION_SIDE)}:
        names = list(EMOTIONS)
    labels = [numbers[name] if name else UNLABELLED for _, _, name in placed]
    result = Pictures(
        images=images,
        labels=np.array(labels, np.int16),
        splits=[split for _, split, _ in placed],
        sources=[member.name for member, _, _ in placed],
        ids=["" if name else PurePosixPath(member.name).name for member, _, name in placed],
        classes=names,
        source_sha256=checksum(source, [member for member, _, _ in placed]),
        picture_size=sizes.pop() if len(sizes) == 1 else None,
        notes=notes,
    )
    require_classes(source, result.labels, result.splits, names, classes)
    return result


def read_unlabelled(source, members, image_size, color):
    """Read the picture files of a test set: those right in a test folder, else those of the only folder.

    Returns (list of file names, uint8 images); the rest as ``read``.
    """
    pictures = list(filter(is_picture, members))
    chosen = [member for member in pictures if _place(member)[0] == "unlabelled"] or pictures
    folders = {PurePosixPath(member.name).parent for member in chosen}
    if len(folders) > 1:
        raise UserError(
            f"{source}: its {len(chosen)} pictures lie in {len(folders)} folders"
            f" ({', '.join(sorted(map(str, folders))[:3])}, ...); expected a test set, all in one"
        )
    return [PurePosixPath(member.name).name for member in chosen], _images(chosen, image_size, color)[0]


def _images(members, image_size, color):
    """(uint8 (rows, image_size, image_size, channels), set of (height, width) in the files)."""
    images = np.empty((len(members), image_size, image_size, {"grey": 1, "rgb": 3}[color]), np.uint8)
    sizes = set()
    for row, member in enumerate(progress(members, f"pictures of {len(members):,}")):
        picture = opened(member.path, member.shown)
        images[row] = fitted(picture, image_size, color)
        sizes.add((picture.height, picture.width))
    return images, sizes


def _place(member):
    """(split, class folder) of a picture; the folder is None for unlabelled, both for neither."""
    *above, file = PurePosixPath(member.name).parts
    prefix = PREFIX.match(file)
    named = [split_named(folder) for folder in above]
    if not above:
        return None, None
    if named[-1]:
        if named[-1] == "test":
            return "unlabelled", None
        return None, None
    folder_split = next((split for split in reversed(named) if split), "training")
    return USAGES[prefix[1]] if prefix else folder_split, above[-1].lower()


def _classes(folders):
    """(number per folder name, class names in order).

    Emotions are numbered as FER2013 numbers them, numbers by value, others by name.
    """
    stems = {name: [name.startswith(stem) for stem in EMOTION_STEMS] for name in folders}
    emotions = {name: starts.index(True) for name, starts in stems.items() if any(starts)}
    if len(folders) == len(EMOTIONS) and sorted(emotions.values()) == list(range(len(EMOTIONS))):
        return emotions, list(EMOTIONS)
    if all(name.isdecimal() for name in folders):
        order = sorted(folders, key=lambda name: (int(name), name))
    else:
        order = sorted(folders)
    return {name: number for number, name in enumerate(order)}, order
