"""Checkpoints on disk: written at every epoch, so that a killed run resumes from the last one.

A checkpoint is one uncompressed .npz file, ``<number>.npz``, of arrays and a JSON record; no pickles. It is
written beside, flushed to the disk, and renamed. The last two are kept: should the newest be damaged,
the one before it serves.
"""

import contextlib
import json
import os
import shutil
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from widthwise.plumbing import locks
from widthwise.plumbing.files import naming_full, sync

KEPT = 2
DAMAGE = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error)

Groups = dict[str, list[np.ndarray]]


def save(folder: str | Path, number: int, groups: Groups, record: dict[str, Any]) -> None:
    """Write a checkpoint and drop those before the last two.

    folder: existing folder; number: growing from checkpoint to checkpoint; groups: dict of name to list of
    arrays; record: what JSON can hold. Raises OSError where the disk is full: older checkpoints stay.
    """
    folder = Path(folder)
    arrays: dict[str, Any] = {
        f"{name}/{i}": array for name, group in groups.items() for i, array in enumerate(group)
    }
    sizes = {name: len(group) for name, group in groups.items()}
    beside, path = folder / f".{number}.npz", folder / f"{number}.npz"
    try:
        with naming_full(folder):
            np.savez(beside, record=np.array(json.dumps({"sizes": sizes, "record": record})), **arrays)
        sync(beside)
        os.replace(beside, path)
        sync(folder)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    for path in _numbered(folder)[KEPT:]:
        path.unlink()


def load(
    folder: str | Path, log: Callable[[str], None] = print
) -> tuple[Groups, dict[str, Any]] | tuple[None, None]:
    """The newest undamaged checkpoint: (groups, record) as they were saved; (None, None) without one.

    log: called with a line for every checkpoint that is damaged.
    """
    for path in _numbered(folder):
        try:
            with np.load(path, allow_pickle=False) as file:
                header = json.loads(file["record"].item())
                groups = {
                    name: [file[f"{name}/{i}"] for i in range(size)] for name, size in header["sizes"].items()
                }
                return groups, header["record"]
        except DAMAGE as error:
            log(f"{path}: damaged checkpoint passed over ({type(error).__name__}: {error})")
    return None, None


def remove(folder: str | Path) -> None:
    """Delete a folder of checkpoints with all that is in it, if it is there."""
    shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def lock(folder: str | Path, wait: float = 30) -> Iterator[None]:
    """Hold a folder (made if need be) for this process alone; the system frees it when the process dies.

    wait: seconds to let a predecessor that is being stopped go. Raises TimeoutError after that.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "w") as file:
        deadline = time.monotonic() + wait
        while not locks.take(file):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{folder}: another job of the same work holds its checkpoints")
            time.sleep(0.2)
        yield


def _numbered(folder: str | Path) -> list[Path]:
    """The checkpoints of a folder, newest first."""
    return sorted(
        (path for path in Path(folder).glob("*.npz") if path.stem.isdigit()), key=lambda p: -int(p.stem)
    )
