"""Put a finished study's network to ship into models/, where predict.py finds it.

python scripts/ship.py results/<dataset> [--limit BYTES] [--models FOLDER]
"""

import hashlib
import shutil
from pathlib import Path

from widthwise.plumbing.commandline import Parser, run
from widthwise.plumbing.errors import UserError

FORMATS = ("int8", "float16")
KEPT, SUMS = "README.md", "SHA256SUMS"
MODELS = Path(__file__).parents[1] / "models"


def main() -> None:
    """Copy the files of the network that validates best within the limit, in place of older ones."""
    parser = Parser(prog="ship.py", description="Put a study's network to ship into the repository.")
    parser.add_argument("results", type=Path, help="results/<dataset>, of a finished study")
    parser.add_argument("--limit", type=int, default=100_000, help="bytes of a file at most (100000)")
    parser.add_argument("--models", type=Path, default=MODELS, help="folder to write (models)")
    arguments = parser.parse_args()
    sources, models = shipped(arguments.results, arguments.limit), arguments.models
    require_own(models)
    part = models.with_name(f".part-{models.name}")
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        for source in (*sources, *models.glob(KEPT)):
            shutil.copy(source, part)
        sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in sources]
        (part / SUMS).write_text("".join(sums))
        shutil.rmtree(models, ignore_errors=True)
        part.rename(models)
    except OSError as error:
        raise UserError(f"{models}: cannot be written ({error.strerror})") from None
    print(f"{models}: {', '.join(path.name for path in sources)}")


def shipped(results: Path, limit: int) -> list[Path]:
    """The files of the network to ship and its card: of the one that validates best in a file of the limit.

    Raises UserError where there is none, or a file is missing.
    """
    import pandas as pd

    from widthwise.evaluation.selection import best_within
    from widthwise.study.runs import export_name

    table = results / "exports.csv"
    if not table.exists():
        raise UserError(f"{table}: missing; run the study first")
    files = pd.read_csv(table)
    chosen = best_within(files, limit)
    if chosen is None:
        raise UserError(f"{table}: has no file of at most {limit:,} bytes")
    stem = results / "exports" / export_name(chosen)
    sources = [Path(f"{stem}-{each}.tflite") for each in FORMATS] + [Path(f"{stem}.md")]
    for path in sources:
        if not path.exists():
            raise UserError(f"{path}: missing; run the study first")
    return sources


def require_own(models: Path) -> None:
    """Raise UserError where a folder holds anything that was not shipped: it is about to be replaced."""
    if not models.exists():
        return
    sums = models / SUMS
    own = [line.split("  ")[-1] for line in sums.read_text().splitlines()] if sums.exists() else []
    for path in sorted(models.iterdir()) if models.is_dir() else [models]:
        if path.name not in (KEPT, SUMS, *own):
            raise UserError(f"{path}: was not shipped; expected a new folder, or one of an older network")


if __name__ == "__main__":
    run(main, "ship.py")
