"""Fetching a public data set from Kaggle, and what came of it: version and digest."""

import json
import shutil
from pathlib import Path

from widthwise.data.readers.members import Member, walk
from widthwise.data.readers.pictures import checksum
from widthwise.plumbing.errors import UserError
from widthwise.plumbing.files import write_text

RECORD = "fetched.json"  # beside the download


def fetch(handle, destination, path, record):
    """Download a public Kaggle data set into the folder ``destination``, which must not exist.

    handle: "owner/name", or "owner/name/versions/number", which pins it; path: where the config says that
    the data set is; record: path of a JSON file of what handles have yielded here, which is kept up.
    No account is needed for public data sets; kagglehub keeps no copy of its own.
    Returns a sentence that says what was fetched, and whether it is what was fetched before (str).
    Raises UserError where it cannot be fetched, saying what to do instead.
    """
    from kagglehub import handle as handles  # it sets up a client at import
    from kagglehub import registry

    destination = Path(destination)
    try:
        parsed = handles.parse_dataset_handle(handle)
        _, version = registry.dataset_resolver(parsed, output_dir=str(destination))
    except Exception as error:  # no network, no such data set, consent wanted: kagglehub raises what it meets
        shutil.rmtree(destination, ignore_errors=True)
        reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise UserError(
            f"{path}: there is no such file or folder, and {handle} cannot be fetched from Kaggle ({reason});"
            f" mend `path` of this data set in the config, or download https://www.kaggle.com/datasets/{handle}"
            " by hand, put the file or folder where `path` points to, and run again"
        ) from None
    if not any(destination.rglob("*")):
        raise UserError(f"{handle}: Kaggle sent no files; expected a data set of pictures")
    fetched = {"handle": handle, "version": version, "sha256": _digest(destination)}
    before = next((each for each in reversed(_recorded(record)) if each["handle"] == handle), fetched)
    write_text(record, json.dumps([*_recorded(record), fetched], indent=1) + "\n")
    said = f"{path} does not exist; fetched {_said(fetched)}"
    if before["sha256"] != fetched["sha256"]:
        said += f"; this DIFFERS from what was used before, {_said(before)}"
    return said


def notes(source):
    """Sentences on what a source was fetched as, if it is a download (list of str)."""
    recorded = _recorded(Path(source).with_name(RECORD)) if source and Path(source).name == "download" else []
    if not recorded:
        return []
    *before, last = recorded
    said = [f"Fetched from Kaggle: {_said(last)}."]
    before = [each for each in before if each["handle"] == last["handle"]]
    if before and before[-1]["sha256"] != last["sha256"]:
        said.append(f"It differs from what was fetched before: {_said(before[-1])}.")
    return said


def _said(fetched):
    version = f"version {fetched['version']}" if fetched["version"] else "version unknown"
    return f"{fetched['handle']}, {version}, SHA-256 {fetched['sha256']}"


def _recorded(record):
    """What was fetched, the latest last (list of dict)."""
    try:
        return json.loads(Path(record).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []


def _digest(folder):
    """The SHA-256 of the names and contents of a folder's files (hexadecimal)."""
    files = [path for path in sorted(walk(folder)) if path.is_file()]
    names = [path.relative_to(folder).as_posix() for path in files]
    return checksum(folder, [Member(name, path, name, b"") for name, path in zip(names, files, strict=True)])
