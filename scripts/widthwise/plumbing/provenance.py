"""What a result is made of, and whether it still is what would be made now.

Snakemake decides by file times and by its own records under .snakemake, which miss changed modules,
swapped settings and restored archives. Here each job has two small files beside the results:

- the *expected* one, written while Snakemake plans: the digests of the code, the settings and the
  data that the job would use now;
- the *recorded* one, written when the job has succeeded: what it did use, and the size and digest
  of every output (and of every file in one that is a folder).

Only the times of these files count for Snakemake; all other inputs are ``ancient``. The record has
a fixed old time always, the expected file the same time where the record says the same and the
outputs are intact, and the present time where they differ. A job takes its own expected file and
the records of the jobs upstream as inputs. So Snakemake runs exactly the jobs whose ingredients
changed, and the jobs below them.
"""

import hashlib
import json
import os
import time
from pathlib import Path

from widthwise.plumbing.files import write_text
from widthwise.plumbing.fingerprint import refresh

LONG_AGO = 1  # seconds since 1970


def key(made_of):
    """The digest of what a job is made of: 64 hex digits, the same for any order of the keys."""
    return hashlib.sha256(canonical(made_of).encode()).hexdigest()


def canonical(value):
    """JSON with sorted keys, for comparing and hashing (str); indented, it would take five times as long."""
    return json.dumps(value, sort_keys=True, allow_nan=False, ensure_ascii=False)


def plan(expected_path, made_of, recorded):
    """Write a job's expected provenance so that Snakemake runs the job exactly if it must.

    expected_path: where to write it; made_of: dict of what the job would be made of now;
    recorded: where the job's record lies.
    Returns the reason for running in words (str), or None where the results are up to date.
    """
    expected_path = Path(expected_path)
    told = reason(recorded, made_of)
    # The time makes the text a new one: Snakemake takes an input of known checksum for unchanged.
    planned = time.time_ns() if told else None
    expected = canonical({"ingredients": made_of, "why": told, "planned": planned})
    if _text(expected_path) != expected:
        # Renamed over an old file, a new one is forced to disk by ext4: a millisecond for each job.
        expected_path.unlink(missing_ok=True)
        write_text(expected_path, expected, durable=False)
    set_time(expected_path, time.time() if told else LONG_AGO)
    return told


def settle(folder):
    """Give every record below a folder its fixed time again, which copying and unpacking change.

    Before Snakemake looks at any file, since it remembers the times it has seen.
    """
    for path in Path(folder).rglob("*.recorded.json"):
        set_time(path, LONG_AGO)


def set_time(path, seconds):
    """Set a file's modification time, in seconds since 1970."""
    if os.stat(path).st_mtime != seconds:
        os.utime(path, (seconds, seconds))


def why(expected_path):
    """Why a planned job must run (str), or None where it is up to date."""
    return json.loads(Path(expected_path).read_text(encoding="utf-8"))["why"]


def ingredients(expected_path):
    """What a planned job would be made of (dict)."""
    return json.loads(Path(expected_path).read_text(encoding="utf-8"))["ingredients"]


def as_run(expected_path):
    """The ingredients of a job that starts now (dict): as planned, with the code as it is now.

    Code edited between planning and running is code that was run.
    """
    planned = ingredients(expected_path)
    return {**planned, "code": refresh(planned["code"])}


def digests(paths):
    """The digest of each of these files (dict from path to 64 hex digits)."""
    return {str(path): digest(path) for path in paths}


def record(path, made_of, upstream, outputs, retry=None):
    """Note in ``path`` that a job has made its outputs out of its ingredients.

    upstream: the ``digests`` of the records of the jobs whose results it took, as it started;
    retry: a reason to run it again the next time all the same (a failure that may pass).
    """
    below = [path for output in outputs for path in sorted(Path(output).rglob("*"))]
    states = {str(path): _state(path) for path in (*outputs, *below)}
    note = {"ingredients": made_of, "upstream": upstream, "outputs": states, "retry": retry}
    write_text(path, canonical(note))
    set_time(path, LONG_AGO)


def _state(path):
    path = Path(path)
    if path.is_dir():  # what is in it has states of its own
        return {"size": None, "sha256": None}
    return {"size": path.stat().st_size, "sha256": digest(path)}


def digest(path):
    """SHA-256 of a file's content (64 hex digits)."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _text(path):
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def reason(path, expected):
    """Why a job must run (str), or None where it is up to date.

    path: of its record; expected: the ingredients that it would be made of now.
    """
    text = _text(Path(path))
    if text is None:
        return "there is no record of how it was made"
    try:
        recorded = json.loads(text)
        before, states, retry = (dict(recorded["ingredients"]), recorded["outputs"], recorded["retry"])
        upstream = dict(recorded["upstream"])
    except (ValueError, KeyError, TypeError):
        return "the record of how it was made is damaged"
    if canonical(before) != canonical(expected):
        code = differences(before.get("code", {}), expected.get("code", {}))
        changed = [f"{piece.split(':')[0]} changed" if ":" in piece else piece for piece in code]
        rest = [
            {name: part for name, part in made_of.items() if name != "code"} for made_of in (before, expected)
        ]
        return "; ".join([*changed, *differences(*rest)])
    for other, sha256 in sorted(upstream.items()):
        if not os.path.exists(other) or digest(other) != sha256:
            return f"{other.split('/.provenance/')[-1].removesuffix('.recorded.json')} was made again"
    return next(filter(None, (_damage(*item) for item in sorted(states.items()))), retry)


def _damage(path, state):
    """How an output differs from its record, or None. Its times say nothing: Snakemake sets them, too."""
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


def differences(before, after, path=""):
    """Where two nested dicts differ, one phrase each: "settings.epochs: 3 -> 4" (list of str)."""
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


def _short(value):
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else text[:37] + "..."
