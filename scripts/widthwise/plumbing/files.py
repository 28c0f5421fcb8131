"""Writing files so that a reader never sees half of one."""

import csv
import io
import os
import tempfile
from pathlib import Path


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
