"""Pictures as files in class folders, with or without folders for the splits above them."""

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
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
    decoded,
    elongated,
    fitted,
    progress,
    require_classes,
    split_named,
)
from widthwise.plumbing.commandline import printable
from widthwise.plumbing.errors import UserError

PREFIX = re.compile("(" + "|".join(USAGES) + ")_")
EMOTION_STEMS = ("ang", "disg", "fear", "happ", "sad", "surpr", "neutral")  # anger, angry; sad, sadness
ARCHIVE = re.compile(r"\.(zip|tar|tgz|tbz2?|txz|tar\.(gz|xz|bz2))$", re.IGNORECASE)
UNPRINTABLE = ("Cc", "Cs", "Zl", "Zp")  # Unicode categories: controls, half characters, line ends


@dataclass
class Folder:
    """A folder that holds pictures.

    parts: its path within the source; split: that a folder above names, None if none does; between: its
    path between the split folder (or the folder of the data set) and itself; name: of its class;
    members: its pictures.
    """

    parts: tuple[str, ...]
    split: str | None
    between: tuple[str, ...]
    name: str
    members: list = field(default_factory=list)

    @property
    def shown(self):
        """Its path, for messages (str)."""
        return printable("/".join(self.parts)) or "."


def read(source, members, classes, image_size, color):
    """Read picture files into a ``Pictures``.

    members: list of ``members.Member``; the rest as ``readers.read``. A picture's class is the folder it
    lies in. A folder above that is called like a split is one; else the picture is in Training. A picture's
    own name (Training_..., PublicTest_..., PrivateTest_...) overrules that. A test folder of pictures beside
    a training folder of class folders is an unlabelled test set. What cannot be read is left aside with a
    note, but for a class of which nothing can be read.
    """
    empty = next((member for member in members if member.path.is_dir()), None)
    if empty:
        raise UserError(f"{empty.shown}: the folder holds no pictures; expected some, or no such folder")
    pictures = [member for member in members if is_picture(member)]
    notes = []
    labelled, unlabelled, aside = _arranged(source, pictures, notes)
    if not labelled:
        raise UserError(
            f"{source}: its {len(pictures)} pictures lie in no class folders"
            f" (the first is {printable(pictures[0].name)}); expected one folder per class"
        )
    _require_pictures(source, members, labelled)
    placed = [(member, folder) for folder in labelled for member in folder.members]
    placed += [(member, None) for folder in unlabelled for member in folder.members]
    placed.sort(key=lambda each: each[0].name)

    images, sizes, unread = _images([member for member, _ in placed], image_size, color, notes)
    placed = [each for each in placed if each[0].name not in unread]
    _require_read(labelled, unread)
    if unread:
        first = next(iter(unread.values()))
        notes.append(f"Pictures that could not be read, left aside: {len(unread)} ({first}).")
    others = [member for member in members if not is_picture(member)]
    for what, left in (
        ("Pictures outside of class folders", aside),
        ("Files that are no pictures", others),
    ):
        if left:
            notes.append(f"{what}, left aside: {len(left)} ({_listed(left)}).")

    numbers, names = _classes(labelled, notes)
    if names == [str(i) for i in range(len(EMOTIONS))] and set(sizes) == {(EMOTION_SIDE, EMOTION_SIDE)}:
        names = list(EMOTIONS)
    result = Pictures(
        images=images,
        labels=np.array([numbers[folder.name] if folder else UNLABELLED for _, folder in placed], np.int16),
        splits=[_split(member, folder) for member, folder in placed],
        sources=[member.name for member, _ in placed],
        ids=["" if folder else PurePosixPath(member.name).name for member, folder in placed],
        classes=names,
        source_sha256=checksum(source, [member for member, _ in placed]),
        picture_size=sizes[0] if len(set(sizes)) == 1 else None,
        notes=notes,
    )
    require_classes(source, result.labels, result.splits, names, classes)
    return result


def read_unlabelled(source, members, image_size, color):
    """Read the picture files of a test set: those right in a test folder, else those of the only folder.

    Returns (list of file names, uint8 images); the rest as ``readers.read``. Raises UserError, too, where
    a picture cannot be read: every one needs its answer.
    """
    pictures = [member for member in members if is_picture(member)]
    chosen = [member for member in pictures if _in_test_folder(member)] or pictures
    folders = {PurePosixPath(member.name).parent for member in chosen}
    if len(folders) > 1:
        raise UserError(
            f"{source}: its {len(chosen)} pictures lie in {len(folders)} folders"
            f" ({', '.join(sorted(map(str, folders))[:3])}, ...); expected a test set, all in one"
        )
    images, _, unread = _images(chosen, image_size, color, [])
    if unread:
        raise UserError(next(iter(unread.values())))
    return [PurePosixPath(member.name).name for member in chosen], images


def _in_test_folder(member):
    parts = PurePosixPath(member.name).parts
    return len(parts) > 1 and split_named(parts[-2]) == "test"


def _split(member, folder):
    """The split of a picture; folder: None for an unlabelled one."""
    if not folder:
        return "unlabelled"
    prefix = PREFIX.match(PurePosixPath(member.name).name)
    return USAGES[prefix[1]] if prefix else folder.split or "training"


def _arranged(source, pictures, notes):
    """(class folders, folders of unlabelled pictures, pictures that lie in neither), of ``Folder``."""
    by_parts = {}
    for member in pictures:
        by_parts.setdefault(PurePosixPath(member.name).parts[:-1], []).append(member)
    above = {parts[:depth] for parts in by_parts for depth in range(len(parts))}
    loose, folders = [], []
    for parts, inside in by_parts.items():
        if not parts or (parts in above and split_named(parts[-1])):
            loose += inside
        else:
            folders.append(_folder(parts, inside))
    split = [folder for folder in folders if folder.split]
    roots = {folder.parts[: -2 - len(folder.between)] for folder in split}
    root = roots.pop() if len(roots) == 1 else ()
    bare = [folder for folder in folders if not folder.split]
    unlabelled = []
    for folder in bare:
        folder.between = folder.parts[:-1]
        if split and folder.parts[: len(root)] == root:
            folder.between = folder.parts[len(root) : -1]
    kept = _without_copies(source, folders, notes)
    if any(folder.split == "training" for folder in split):  # then what lies beside the splits is no class
        bare = [folder for folder in kept if not folder.split]
        unlabelled = [folder for folder in bare if split_named(folder.parts[-1]) == "test"]
        loose += [member for folder in bare if folder not in unlabelled for member in folder.members]
        kept = [folder for folder in kept if folder.split]
    _require_clear(source, kept)
    for folder in kept:
        if split_named(folder.parts[-1]) and not folder.split:
            notes.append(
                f"The folder {folder.shown} holds pictures and no class folders: it was read as a class, not"
                " as a split."
            )
    return kept, unlabelled, loose


def _folder(parts, members):
    """The ``Folder`` at a path: its split is that of the nearest folder above which names one."""
    name = unicodedata.normalize("NFC", ARCHIVE.sub("", parts[-1]))
    depth = next((i for i in range(len(parts) - 2, -1, -1) if split_named(parts[i])), None)
    if depth is None:
        return Folder(parts, None, (), name, members)
    return Folder(parts, split_named(parts[depth]), parts[depth + 1 : -1], name, members)


def _without_copies(source, folders, notes):
    """The folders but for those whose pictures another one of the same split and class has too.

    Raises UserError where two of the same split and class differ.
    """
    alike = {}
    for folder in folders:
        alike.setdefault((folder.split or "training", folder.name), []).append(folder)
    copies = []
    for same in alike.values():
        if len(same) == 1:
            continue
        same.sort(key=lambda folder: (-len(folder.members), len(folder.parts), folder.parts))
        known = set(map(_digest, same[0].members))
        for folder in same[1:]:
            if not known.issuperset(map(_digest, folder.members)):
                raise UserError(_two_places(source, same[0], folder))
            copies.append((folder, same[0]))
    if copies:
        folder, of = min(copies, key=lambda pair: pair[0].parts)
        notes.append(
            "Pictures in folders that are copies of others, left aside:"
            f" {sum(len(folder.members) for folder, _ in copies)} ({folder.shown} of {of.shown}"
            + (", ...)." if len(copies) > 1 else ").")
        )
    aside = [folder for folder, _ in copies]
    return [folder for folder in folders if folder not in aside]


def _digest(member):
    return checksum(member.path, [])


def _two_places(source, one, other):
    """The message for a class that two folders could be."""
    form = " (their names differ in Unicode form alone)" if one.parts[-1] != other.parts[-1] else ""
    name = printable(one.name)
    return (
        f"{source}: class {name} lies in {one.shown} and in {other.shown}{form}, whose pictures differ;"
        " expected one folder per class and split"
    )


def _require_clear(source, folders):
    """Raise UserError where names of classes or the order of folders can be understood in two ways."""
    by_name, by_parts = {}, {folder.parts: folder for folder in folders}
    for folder in folders:
        if any(unicodedata.category(each) in UNPRINTABLE for each in folder.name):
            raise UserError(
                f"{source}: the class folder {folder.shown} has a control character or line break in its"
                " name; expected letters, digits and the like"
            )
        first = by_name.setdefault(folder.name, folder)
        if first.between != folder.between:
            raise UserError(_two_places(source, first, folder))
        above = [folder.parts[:depth] for depth in range(len(folder.parts))]
        upper = [by_parts[parts] for parts in above if parts in by_parts]
        if upper:
            raise UserError(
                f"{source}: the folder {upper[0].shown} holds pictures, and so does {folder.shown} in it;"
                " expected pictures in one or the other"
            )
    by_split = {}
    for folder in folders:
        key = folder.split, " ".join(folder.name.split())
        if (first := by_split.setdefault(key, folder)) is not folder:
            raise UserError(
                f"{source}: the class folders {first.name!r} and {folder.name!r} differ by blanks alone;"
                " expected names that can be told apart"
            )


def _require_pictures(source, members, labelled):
    """Raise UserError for a folder beside the class folders in which no file is a picture."""
    beside = {folder.parts[:-1] for folder in labelled}
    holding = {PurePosixPath(member.name).parts[:-1] for member in members if is_picture(member)}
    inside = {}
    for member in members:
        inside.setdefault(PurePosixPath(member.name).parts[:-1], []).append(member)
    for parts, files in inside.items():
        above = any(other[: len(parts)] == parts for other in inside if len(other) > len(parts))
        if parts and parts[:-1] in beside and parts not in holding and not above:
            shown = printable("/".join(parts))
            raise UserError(
                f"{source}: {shown} lies beside the class folders, but none of its {len(files)} files is a"
                f" picture ({_listed(files)}); expected some, or no such folder"
            )


def _require_read(labelled, unread):
    """Raise UserError for a class folder of which no picture could be read."""
    for folder in labelled:
        if all(member.name in unread for member in folder.members):
            first = unread[folder.members[0].name]
            raise UserError(
                f"class {folder.name}: none of the {len(folder.members)} pictures of the folder"
                f" {folder.shown} could be read ({first})"
            )


def _images(members, image_size, color, notes):
    """Read pictures, and note what was done to them.

    Returns (uint8 (rows, image_size, image_size, channels); list of (height, width) in the files, per row;
    {member's name: message} of those that could not be read).
    """
    images = np.empty((len(members), image_size, image_size, {"grey": 1, "rgb": 3}[color]), np.uint8)
    sizes, unread, done, far = [], {}, Counter(), []
    for member in progress(members, f"pictures of {len(members):,}"):
        try:
            picture, changes = decoded(member.path, member.shown)
        except UserError as error:
            unread[member.name] = str(error)
            continue
        images[len(sizes)] = fitted(picture, image_size, color)
        sizes.append((picture.height, picture.width))
        done.update(changes)
        if elongated(picture):
            far.append(member)
    notes += [f"{what}: {count}." for what, count in sorted(done.items())]
    if far:
        notes.append(f"Pictures far from square, squeezed into one: {len(far)} ({_listed(far)}).")
    return images[: len(sizes)], sizes, unread


def _listed(members):
    """The first names of some members (str)."""
    return ", ".join(printable(member.name) for member in members[:3]) + (", ..." if len(members) > 3 else "")


def _classes(folders, notes):
    """(number per class name as the folders have it, class names in order).

    Emotions are numbered as FER2013 numbers them, numbers by value, others by name.
    """
    names = {folder.name for folder in folders}
    emotions = {
        name: number
        for name in names
        for number, stem in enumerate(EMOTION_STEMS)
        if name.lower().startswith(stem)
    }
    all_emotions = set(emotions.values()) == set(range(len(EMOTIONS)))
    most = max(Counter((folder.split, emotions.get(folder.name)) for folder in folders).values())
    if all_emotions and names == set(emotions) and most == 1:
        return emotions, list(EMOTIONS)
    if all_emotions:
        beyond = sorted(names - set(emotions)) or sorted(emotions)
        notes.append(
            f"Beside the seven emotions of FER2013 there are others ({', '.join(beyond)}): classes are"
            " numbered by name, not as FER2013 numbers them."
        )
    if all(name.isdecimal() for name in names):
        order = sorted(names, key=lambda name: (int(name), name))
    else:
        order = sorted(names, key=lambda name: (name.lower(), name))
    by_case = Counter(name.lower() for name in names)
    if pairs := [name for name in order if by_case[name.lower()] > 1]:
        notes.append(f"Classes that differ by upper and lower case alone: {', '.join(pairs)}.")
    return {name: number for number, name in enumerate(order)}, order
