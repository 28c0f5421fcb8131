"""The network that a repository ships: which of a study's it is, and the folder that holds it."""

import hashlib
import shutil
import tempfile
from pathlib import Path

import pandas as pd

from widthwise.evaluation.selection import best_within
from widthwise.plumbing.errors import UserError
from widthwise.plumbing.files import replace_folder
from widthwise.study.runs import export_name

FORMATS = ("int8", "float16")
KEPT, SUMS = "README.md", "SHA256SUMS"


def ship(results: Path, limit: int, models: Path) -> list[str]:
    """Put a finished study's network to ship into a folder, in place of an older one; returns file names.

    results: results/<dataset>; limit: bytes of the int8 file at most; models: the folder, whose README.md
    stays. Raises UserError where there is no such network, where the folder holds anything else, and where
    it cannot be written.
    """
    sources, models = to_ship(results, limit), models.resolve()
    _require_own(models)
    try:
        models.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=models.parent, prefix=f".{models.name}.") as beside:
            part = Path(beside, "part")
            part.mkdir()
            for source in (*sources, *models.glob(KEPT)):
                shutil.copy(source, part)
            (part / SUMS).write_text("".join(f"{_digest(path)}  {path.name}\n" for path in sources))
            replace_folder(part, models)
    except OSError as error:
        raise UserError(f"{models}: cannot be written ({error.strerror})") from None
    return [path.name for path in sources]


def to_ship(results: Path, limit: int) -> list[Path]:
    """The files of the network that validates best in an int8 file of at most ``limit`` bytes, and its card.

    Raises UserError where there is none, or a file is missing or damaged.
    """
    table = results / "exports.csv"
    if not table.exists():
        raise UserError(f"{table}: missing; run the study first")
    try:
        files = pd.read_csv(table)
        chosen = best_within(files[files.format == "int8"], limit)
        name = None if chosen is None else export_name(chosen)
    except (ValueError, TypeError, AttributeError, KeyError):  # no table, or one of other columns or values
        raise UserError(f"{table}: is damaged; delete it and run the study again") from None
    if name is None:
        raise UserError(f"{table}: has no int8 file of at most {limit:,} bytes")
    stem = results / "exports" / name
    sources = [*(Path(f"{stem}-{each}.tflite") for each in FORMATS), Path(f"{stem}.md")]
    for path in sources:
        if not path.exists():
            raise UserError(f"{path}: missing; run the study first")
    return sources


def _require_own(models):
    """Raise UserError where a folder holds anything that was not shipped as it is: it is about to go."""
    if not models.exists():
        return
    expected = "expected a new folder, or one as it was shipped"
    if not models.is_dir():
        raise UserError(f"{models}: is no folder; {expected}")
    sums = models / SUMS
    lines = sums.read_text("utf-8", "replace").splitlines() if sums.is_file() else []
    shipped = {tuple(line.split("  ", 1)) for line in lines}
    for path in sorted(models.iterdir()):
        own = path.name in (KEPT, SUMS) or (path.is_file() and (_digest(path), path.name) in shipped)
        if not own:
            raise UserError(f"{path}: is not as it was shipped; {expected}")


def _digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()
