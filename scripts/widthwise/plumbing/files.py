"""Writing files so that a reader never sees half of one."""

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FULL = {errno.ENOSPC, errno.EDQUOT}
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
    """Where the disk is full, raise an OSError that names ``path``: writing and fsync name no file."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL and error.filename is None:
            raise OSError(error.errno, error.strerror, str(path)) from None
        raise
