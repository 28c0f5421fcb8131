"""Writing files so that a reader never sees half of one."""

import csv
import io
import os
import tempfile
from pathlib import Path

from widthwise.plumbing.errors import UserError


def write_text(path, text, durable=True):
    """Write a UTF-8 text beside its place and rename it into place.

    durable: force it to disk first, so that a power cut leaves the old text or the new one.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        os.chmod(part, 0o644)
        os.replace(part, path)
    except BaseException:
        os.unlink(part)
        raise


def write_csv(path, header, rows):
    """Write a CSV table; header: names of the columns; rows: iterables of as many values."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    write_text(path, text.getvalue())


def sync(path):
    """Force a written file or folder to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def walk_once(folder, wanted=lambda name: True):
    """Walk a folder as ``os.walk`` does, following links, but visit each real folder once.

    Real folders come before those that links lead to, so a folder keeps its own name; a link to a folder
    above leads nowhere. wanted: says of a subfolder's name whether to enter it.
    Yields (path, names of subfolders, names of files), names sorted. Raises UserError for a folder that
    cannot be read.
    """
    top, seen, starts = os.path.realpath(folder), set(), [os.fspath(folder)]
    while starts:
        for root, folders, names in os.walk(starts.pop(0), onerror=_raise_unreadable):
            real = os.path.realpath(root)
            if real in seen:
                folders.clear()
                continue
            seen.add(real)
            inner = sorted(filter(wanted, folders))
            links = [each for each in inner if os.path.islink(os.path.join(root, each))]
            circles = {each for each in links if _is_within(top, os.path.join(root, each))}
            folders[:] = [each for each in inner if each not in links]
            starts += [os.path.join(root, each) for each in links if each not in circles]
            yield root, [each for each in inner if each not in circles], sorted(names)


def _is_within(path, folder):
    folder = os.path.realpath(folder)
    return os.path.commonpath([path, folder]) == folder


def _raise_unreadable(error):
    raise UserError(f"{printable(error.filename)}: the folder cannot be read ({error.strerror})") from None


def printable(text):
    """Text in which control characters and the like are written as escapes, for messages and names."""
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape", "surrogatepass").decode()
        for each in text
    )
