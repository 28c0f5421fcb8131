"""Accepting results that older code made: the one explicit act by which a record says other than what ran.

A user who knows that a change of code cannot matter keeps results of days. Only code may differ, and
settings that did not exist yet, at their defaults: a result of other settings or data is another result.
"""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

from widthwise.plumbing import provenance
from widthwise.plumbing.provenance import Ingredients
from widthwise.study.config import complete_recipe
from widthwise.study.runs import Run
from widthwise.study.stages import completed


def accept(jobs: list[tuple[str, str, Ingredients]]) -> Iterator[str]:
    """Rewrite the records of jobs, upstream first, to what they would be made of now; a line for each.

    jobs: (what a job is called, path of its record, its ingredients now). A record keeps, under
    "accepted", when it was accepted and what differed. What cannot be accepted is said, and runs again.
    """
    planned = {record: (job, ingredients) for job, record, ingredients in jobs}
    records = {}
    for path, (job, _) in planned.items():
        try:
            records[path] = provenance.read_record(path)
        except ValueError:
            yield f"{job}: not accepted, its record is damaged"
    records = {path: record for path, record in records.items() if record}
    made = {path: provenance.digest(path) for path in records}  # before any is accepted
    order = TopologicalSorter({path: list(record["upstream"]) for path, record in records.items()})
    for path in order.static_order():
        if path not in records:
            continue
        (job, ingredients), record = planned[path], records[path]
        before = completed(record["ingredients"], ingredients)
        changes = provenance.changes(before, ingredients)
        upstream = provenance.digests(other for other in record["upstream"] if other in records)
        if refused := _refusal(record, before, ingredients, made):
            yield f"{job}: not accepted, {refused}"
        elif changes or upstream != record["upstream"]:
            note = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "differences": changes}
            accepted = [*record.get("accepted", []), note]
            new = record | {"ingredients": ingredients, "upstream": upstream, "accepted": accepted}
            provenance.write_record(path, new)
            yield f"{job}: accepted ({_in_short(changes) or 'what it was made from was accepted'})"


def _in_short(changes: list[str]) -> str:
    rest = f"and {len(changes) - 3} more, which its record lists"
    return "; ".join([*changes[:3], rest] if len(changes) > 3 else changes)


def _refusal(
    record: dict[str, Any], before: Ingredients, now: Ingredients, made: dict[str, str]
) -> str | None:
    """Why a record cannot be accepted; made: digests of the records of planned jobs, as they were."""
    # "upstream" is how version 0.1.0 wrote what records now hold apart.
    settings_before, settings_now = (
        {name: part for name, part in made_of.items() if name not in ("code", "upstream")}
        for made_of in (before, now)
    )
    if found := provenance.differences(settings_before, settings_now):
        return f"more than code differs: {'; '.join(found)}"
    for other, digest in record["upstream"].items():
        if other not in made:
            return f"{provenance.name_of(other)}, from which it was made, is no planned job with a record"
        if made[other] != digest:
            return f"{provenance.name_of(other)} was made again"
    return provenance.damage(record["outputs"]) or record["retry"]


def adopt_states(unfinished: list[dict[str, Any]], folder: str | Path) -> Iterator[str]:
    """Move the states of unfinished trainings to the names under which they are resumed now; a line for each.

    unfinished: dicts of job, run, settings (the recipe), data (digests) and key (the state's name now);
    folder: of the states. A state of version 0.1.0 does not say what data it is of.
    """
    states = {}
    for file in sorted(Path(folder).glob("*/task.json"), key=os.path.getmtime):
        task = json.loads(file.read_text(encoding="utf-8"))
        settings = complete_recipe(task["settings"])
        states[provenance.key([task["run"], settings])] = file.parent  # the latest of several
    for each in unfinished:
        found = states.get(provenance.key([each["run"], each["settings"]]))
        new = Path(folder, each["key"])
        if found and found != new and not new.exists() and _data(found) in (None, each["data"]):
            os.replace(found, new)
            yield f"{each['job']}: its unfinished state is resumed"


def _data(state: Path) -> dict[str, Any] | None:
    return json.loads((state / "task.json").read_text(encoding="utf-8")).get("data")


def unplanned(folder: str | Path, runs: list[str], soft_targets: list[str]) -> list[Path]:
    """Folders of runs and of unfinished jobs, and files of soft targets, that a study does not plan.

    folder: of the results; runs, soft_targets: names of those that are planned.
    """
    folder = Path(folder)
    found = [
        path
        for path in sorted(folder.glob("runs/*/*/*/*"))
        if path.is_dir() and path.relative_to(folder / "runs").as_posix() not in runs
    ]
    for file in sorted(folder.glob(".state/*/task.json")):
        if Run(**json.loads(file.read_text(encoding="utf-8"))["run"]).name not in runs:
            found.append(file.parent)
    for file in sorted(folder.glob(".state/*/answers.txt")):
        if file.read_text(encoding="utf-8") not in soft_targets:
            found.append(file.parent)
    answers = folder / "answers"
    return found + [
        path
        for path in sorted(answers.glob("*/*.npy"))
        if path.relative_to(answers).with_suffix("").as_posix() not in soft_targets
    ]
