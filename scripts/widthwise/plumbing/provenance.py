"""What a result is made of, and whether it still is what would be made now.

Snakemake decides by file times and by its own records under .snakemake, which miss changed modules,
swapped settings and restored archives. Here a job carries what it is made of, its *ingredients* (the
digests of its code and data, its settings), as a param of its rule. When it has succeeded, it writes
them into a *record* beside its results, with the digests of the records of the jobs upstream and the
size and digest of every output (and of every file in one that is a folder).

While Snakemake plans, each rule asks whether the record still says the same (``reason``). One file for
the whole study, the *sentinel*, tells Snakemake the answer: every job takes it as an input, a job that
must run as it is, any other as ``ancient``, so that its time does not count. A record has a fixed old
time always, and all other inputs are ancient. So Snakemake runs exactly the jobs whose ingredients
changed, and those that take the records of these.
"""

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from widthwise.plumbing.files import where_writable, write_text
from widthwise.plumbing.fingerprint import refresh

LONG_AGO = 1  # seconds since 1970

Ingredients = dict[str, Any]


class Sentinel:
    """The file whose time tells Snakemake that something changed; written at the first change found."""

    def __init__(self, path: str | Path) -> None:
        self.path = str(path)
        self._is_new = False

    def begin(self) -> None:
        """Make the file, where there is none: Snakemake asks for every input when it plans, too."""
        if not os.path.exists(self.path):
            self._write()

    def renew(self) -> None:
        """Give it the present time, once in a process."""
        if not self._is_new:
            self._write()
            self._is_new = True

    def _write(self) -> None:
        # The time makes the text a new one: Snakemake takes an input of known checksum for unchanged.
        write_text(self.path, f"{time.time_ns()}\n", durable=False)


def canonical(value: Any) -> str:
    """JSON with sorted keys, for comparing and hashing; not indented, which is slow."""
    return json.dumps(value, sort_keys=True, allow_nan=False, ensure_ascii=False)


def key(value: Any) -> str:
    """The digest of what JSON can hold: 64 hex digits, the same for any order of the keys."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def state_key(ingredients: Ingredients, upstream: dict[str, str]) -> str:
    """The name of the folder for the state of an unfinished job: another one for everything it is made of."""
    return key({"ingredients": ingredients, "upstream": upstream})


def digest(path: str | Path) -> str:
    """SHA-256 of a file's content (64 hex digits)."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digests(paths: Iterable[str | Path]) -> dict[str, str]:
    """The digest of each of these files, by path."""
    return {str(path): digest(path) for path in paths}


def settle(folder: str | Path) -> None:
    """Give every record below a folder the fixed old time; Snakemake and copying set it anew."""
    for path in Path(folder).rglob("*.recorded.json"):
        set_time(path, LONG_AGO)


def set_time(path: str | Path, seconds: float) -> None:
    """Set a file's modification time (since 1970), if it may be written.

    Another person's file is replaced by a copy with that time, where its folder allows it.
    """
    if os.stat(path).st_mtime == seconds:
        return
    try:
        os.utime(path, (seconds, seconds))
    except OSError:
        with where_writable():
            write_text(path, Path(path).read_text(encoding="utf-8", errors="replace"), durable=False)
            os.utime(path, (seconds, seconds))


def as_run(ingredients: Ingredients) -> Ingredients:
    """The ingredients of a job that starts now: as planned, with the code as it is now.

    Code edited between planning and running is code that was run.
    """
    return {**ingredients, "code": refresh(ingredients["code"])}


def record(
    path: str | Path,
    ingredients: Ingredients,
    upstream: dict[str, str],
    outputs: Iterable[str | Path],
    retry: str | None = None,
) -> None:
    """Note in ``path`` that a job has made its outputs out of its ingredients.

    upstream: the ``digests`` of the records of the jobs whose results it took, as it started;
    outputs: paths; retry: a reason to run it again the next time all the same (a failure that may pass).
    """
    below = [path for output in outputs for path in sorted(Path(output).rglob("*"))]
    states = {str(path): _state(path) for path in (*outputs, *below)}
    write_record(path, {"ingredients": ingredients, "upstream": upstream, "outputs": states, "retry": retry})


def write_record(path: str | Path, content: dict[str, Any]) -> None:
    """Replace a record."""
    write_text(path, canonical(content))
    set_time(path, LONG_AGO)


def read_record(path: str | Path) -> dict[str, Any] | None:
    """A record's content, or None where there is none; raises ValueError where it is damaged."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    content = json.loads(text)
    for name in ("ingredients", "upstream", "outputs"):
        if not (isinstance(content, dict) and isinstance(content.get(name), dict)):
            raise ValueError(f"{path}: no {name}")
    if "retry" not in content:
        raise ValueError(f"{path}: no retry")
    return content


def _state(path: str | Path) -> dict[str, Any]:
    path = Path(path)
    if path.is_dir():  # what is in it has states of its own
        return {"size": None, "sha256": None}
    return {"size": path.stat().st_size, "sha256": digest(path)}


def reason(
    path: str | Path,
    now: Ingredients,
    complete: Callable[[Ingredients, Ingredients], Ingredients] = lambda recorded, now: recorded,
) -> str | None:
    """Why a job must run, or None where it is up to date.

    path: of its record; now: the ingredients that it would be made of; complete: adds to those recorded,
    which it is given with these, the defaults of settings that did not exist then.
    """
    try:
        recorded = read_record(path)
    except ValueError:
        return "the record of how it was made is damaged"
    if recorded is None:
        return "there is no record of how it was made"
    if found := changes(complete(recorded["ingredients"], now), now):
        return "; ".join(found)
    for other, sha256 in sorted(recorded["upstream"].items()):
        if not os.path.exists(other) or digest(other) != sha256:
            return f"{name_of(other)} was made again"
    return damage(recorded["outputs"]) or recorded["retry"]


def name_of(record_path: str) -> str:
    """What a record is called in messages: its path below .provenance, without its ending."""
    return record_path.split("/.provenance/")[-1].removesuffix(".recorded.json")


def changes(before: Ingredients, now: Ingredients) -> list[str]:
    """What differs between two ingredients, one phrase each, code first."""
    code = differences(before.get("code", {}), now.get("code", {}))
    before, now = (
        {name: part for name, part in made_of.items() if name != "code"} for made_of in (before, now)
    )
    return [
        *(f"{piece.split(':')[0]} changed" if ":" in piece else piece for piece in code),
        *differences(before, now),
    ]


def damage(outputs: dict[str, dict[str, Any]]) -> str | None:
    """How outputs differ from their record, the first that does, or None."""
    return next(filter(None, (_damage(*item) for item in sorted(outputs.items()))), None)


def _damage(path: str, state: dict[str, Any]) -> str | None:
    """How an output differs from its record. Its times say nothing: Snakemake sets them, too."""
    try:
        stat = os.stat(path)
    except FileNotFoundError:
        return f"{path} is missing"
    if state["size"] is None:
        return None
    if stat.st_size != state["size"]:
        return f"{path} has {stat.st_size:,} bytes where {state['size']:,} were written"
    if digest(path) != state["sha256"]:
        return f"{path} was changed after it was written"
    return None


def differences(before: Any, after: Any, path: str = "") -> list[str]:
    """Where two nested dicts differ, one phrase each: "settings.epochs: 3 -> 4"."""
    if not (isinstance(before, dict) and isinstance(after, dict)):
        return [] if before == after else [f"{path}: {_short(before)} -> {_short(after)}"]
    found = []
    for name in sorted({*before, *after}):
        inner = f"{path}.{name}" if path else name
        if name not in before:
            found.append(f"{inner} is new")
        elif name not in after:
            found.append(f"{inner} is gone")
        else:
            found += differences(before[name], after[name], inner)
    return found


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else text[:37] + "..."
