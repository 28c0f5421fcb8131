"""Writing files so that a reader never sees half of one."""

import csv
import errno
import io
import os
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from widthwise.plumbing.commandline import printable
from widthwise.plumbing.errors import UserError

FULL = {errno.ENOSPC, errno.EDQUOT}
UNWRITABLE = {errno.EACCES, errno.EPERM, errno.EROFS}
LITTLE = 1 << 20  # bytes that are left on a full disk, at most
CANNOT = {errno.EINVAL, errno.EBADF, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP}  # says fsync of a folder


def write_text(path: str | Path, text: str, durable: bool = True) -> None:
    """Write a UTF-8 text beside its place and rename it into place, as the umask grants it to others.

    So a file of somebody else can be replaced where its folder allows it.
    durable: force it to disk first, so that a power cut leaves the old text or the new one.
    Raises OSError, which names the folder where the disk is full.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with naming_full(path.parent):
        try:
            with open(part, "x", encoding="utf-8") as file:
                file.write(text)
                if durable:
                    file.flush()
                    os.fsync(file.fileno())
            os.replace(part, path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise


def write_csv(path: str | Path, header: Iterable[str], rows: Iterable[Iterable]) -> None:
    """Write a CSV table; header: names of the columns; rows: iterables of as many values."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    write_text(path, text.getvalue())


def replace_folder(new: Path, old: Path) -> None:
    """Give a finished folder the name of an older one, which need not be there, and delete that one.

    The older one keeps its content until the new one has its name. Raises OSError.
    """
    aside = old.with_name(f".old-{old.name}-{secrets.token_hex(4)}")
    try:
        if old.exists():
            old.rename(aside)
        new.rename(old)
    except BaseException:  # a signal to stop, too
        if aside.exists() and not old.exists():
            aside.rename(old)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def sync(path: str | Path) -> None:
    """Force a written file or folder to disk; a folder where its file system can do so."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        with naming_full(path):
            os.fsync(descriptor)
    except OSError as error:
        if not (os.path.isdir(path) and error.errno in CANNOT):
            raise
    finally:
        os.close(descriptor)


@contextmanager
def naming_full(path: str | Path) -> Iterator[None]:
    """Where the disk is full, raise an OSError that names ``path``: writing and fsync name no file.

    NumPy only says that it wrote fewer values than it should.
    """
    try:
        yield
    except OSError as error:
        full = error.errno in FULL or (error.errno is None and shutil.disk_usage(path).free < LITTLE)
        if full and error.filename is None:
            number = error.errno or errno.ENOSPC
            raise OSError(number, os.strerror(number), str(path)) from None
        raise


@contextmanager
def where_writable() -> Iterator[None]:
    """Go on where something cannot be written: results of others are read as they are."""
    try:
        yield
    except OSError as error:
        if error.errno not in UNWRITABLE:
            raise


def walk_once(
    folder: str | Path, wanted: Callable[[str], bool] = lambda name: True
) -> Iterator[tuple[str, list[str], list[str]]]:
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


def _is_within(path: str, folder: str) -> bool:
    folder = os.path.realpath(folder)
    return os.path.commonpath([path, folder]) == folder


def _raise_unreadable(error: OSError) -> None:
    raise UserError(f"{printable(error.filename)}: the folder cannot be read ({error.strerror})") from None
