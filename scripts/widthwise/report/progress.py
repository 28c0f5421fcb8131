"""How far a sweep is, read from the files that its jobs leave: a table in the terminal.

Files alone, so it works beside a local run, over a shared file system, and after the fact.
"""

import json
import math
import socket
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

import psutil
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from widthwise.plumbing.errors import UserError
from widthwise.report import units
from widthwise.study.runs import Run

SILENT = 60  # seconds without a sign of life after which a training counts as stopped
REFRESH = 2  # seconds between two readings of the files
HEIGHT_WHEN_PIPED = 40
STYLES = {
    "running": "cyan",
    "failed": "red",
    "diverged": "red",
    "stopped": "yellow",
    "done": "green",
    "waiting": "dim",
}  # in the order of the table
NOT_YET = ("running", "stopped", "waiting")


@dataclass(frozen=True)
class Progress:
    """One run: ``None`` is what no file tells (yet).

    state: a key of STYLES; done: finished epochs, a float within one; size: multiply-adds per image;
    speed: images/s; epoch_seconds: measured time of an epoch; left: estimated seconds to the end;
    when: time of its last news, in seconds since 1970; reason: why it failed; log: path of its log.
    """

    name: str
    state: str
    epochs: int
    done: float
    size: float
    loss: float | None = None
    accuracy: float | None = None
    speed: float | None = None
    epoch_seconds: float | None = None
    left: float | None = None
    when: float = 0
    reason: str | None = None
    log: Path | None = None


@dataclass(frozen=True)
class Sweep:
    """A planned sweep: runs in their planned order; left: estimated seconds to its end, or None."""

    dataset: str
    stand_in: bool
    runs: list[Progress]
    left: float | None

    def count(self, *states: str) -> int:
        """How many runs are in one of these states."""
        return sum(run.state in states for run in self.runs)


def read(folder: str | Path, now: float | None = None) -> Sweep:
    """The sweep in a folder, results/<dataset>, as its files tell at this moment.

    now: seconds since 1970, the present unless given.
    Raises UserError where no sweep was planned in the folder.
    """
    folder = Path(folder)
    plan = _json(folder / "sweep.json")
    if plan is None:
        raise UserError(f"{folder}/sweep.json: not found, expected the folder of a sweep, results/<dataset>")
    manifest = _json(folder / "data" / "manifest.json")
    split = manifest["splits"]["training"] if manifest else {"start": 0, "stop": 0}
    pictures = split["stop"] - split["start"]
    runs = [_run(folder, planned, pictures, now or time.time()) for planned in plan["runs"]]
    measured = _measured(runs)
    runs = [replace(run, left=_left(run, measured)) for run in runs]
    return Sweep(plan["dataset"], plan["stand_in"], runs, _sweep_left(runs))


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, json.JSONDecodeError):
        return None


def _run(folder: Path, planned: dict[str, Any], pictures: int, now: float) -> Progress:
    """One entry of sweep.json, without its time left."""
    name = Run(*(planned[field] for field in ("recipe", "family", "width", "seed"))).name
    path = folder / "runs" / name
    run = Progress(
        name,
        "waiting",
        planned["epochs"],
        done=0,
        size=planned["macs"],
        log=folder / "logs" / "train" / f"{name}.log",
    )
    beat, record = _json(path / "status.json"), _json(path / "training.json")
    run = replace(run, state=_state(beat, record, now))
    if beat and run.state != "waiting":
        speed = beat["images_per_second"]
        run = replace(
            run,
            done=beat["epoch"] - 1 + beat["step"] / beat["steps"],
            loss=beat["loss"],
            accuracy=beat["accuracy_validation"],
            speed=speed,
            epoch_seconds=pictures / speed if speed and pictures else None,
            when=beat["updated"],
        )
    if record and run.state != "running":
        metrics = _json(path / "metrics.json") or {"splits": {}}
        run = replace(
            run,
            done=record["epochs"],
            accuracy=metrics["splits"].get("validation", {}).get("accuracy", run.accuracy),
            speed=record["images_per_second"],
            epoch_seconds=record["seconds"] / record["epochs"] if record["epochs"] else None,
            when=(path / "training.json").stat().st_mtime,
            reason=record["reason"],
        )
    return run


def _state(beat: dict[str, Any] | None, record: dict[str, Any] | None, now: float) -> str:
    """The state of a run by its heartbeat (the content of status.json) and its training.json."""
    recent = beat and now - beat["updated"] <= SILENT
    if recent and beat["state"] == "running":
        alive = beat["host"] != socket.gethostname() or psutil.pid_exists(beat["pid"])
        return "running" if alive else "stopped"
    if record:
        return "done" if record["status"] == "finished" else record["status"]
    if not beat:
        return "waiting"
    if beat["state"] in ("running", "stopped"):
        return "stopped"
    return "running" if recent else "waiting"  # it ended, and is being recorded; or was cleared away since


def _measured(runs: Iterable[Progress]) -> dict[tuple[str, float], float]:
    """Seconds per epoch of the networks that have trained: {(family, size): median over their runs}."""
    times: dict[tuple[str, float], list[float]] = {}
    for run in runs:
        if run.epoch_seconds:
            times.setdefault((_family(run), run.size), []).append(run.epoch_seconds)
    return {network: median(values) for network, values in times.items()}


def _family(run: Progress) -> str:
    return run.name.split("/")[1]


def _left(run: Progress, measured: dict[tuple[str, float], float]) -> float | None:
    """Estimated seconds that a run still takes, or None where no network was measured.

    Without a measurement of its own, an epoch takes what it takes the measured network that is closest
    in multiply-adds, of the same family if there is one, scaled by the multiply-adds.
    """
    if run.state not in NOT_YET:
        return 0
    epoch_seconds = run.epoch_seconds
    if not epoch_seconds:
        if not measured:
            return None
        alike = [network for network in measured if network[0] == _family(run)] or list(measured)
        closest = min(alike, key=lambda network: abs(math.log(network[1] / run.size)))
        epoch_seconds = measured[closest] * run.size / closest[1]
    return epoch_seconds * (run.epochs - run.done)


def _sweep_left(runs: Sequence[Progress]) -> float | None:
    """Estimated seconds until all runs are through, with as many side by side as now; None if unknown."""
    beside = sum(run.state == "running" for run in runs) or 1
    left = [run.left for run in runs if run.state in NOT_YET]
    if None in left:
        return None
    return max(sum(left) / beside, max(left, default=0))


def duration(seconds: float | None) -> str:
    """A time span in its two largest units: "45 s", "12 min", "3 h 05 min", "2 d 04 h"."""
    if seconds is None:
        return units.MISSING
    if seconds < 99.5:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours < 24 else f"{hours // 24} d {hours % 24:02} h"


def summary(sweep: Sweep) -> Text:
    """The sweep in one line: how many runs are where, and the time left."""
    failed = sweep.count("failed", "diverged")
    counts = [
        Text(f"{sweep.count('done')} done", STYLES["done"]),
        Text(f"{sweep.count('running')} running", STYLES["running"]),
        Text(f"{sweep.count('waiting')} waiting"),
        Text(f"{failed} failed", STYLES["failed"] if failed else ""),
    ]
    if stopped := sweep.count("stopped"):
        counts.append(Text(f"{stopped} stopped", STYLES["stopped"]))
    line = Text.assemble((sweep.dataset, "bold"), " (made-up data)" if sweep.stand_in else "", ": ")
    line.append_text(Text(", ").join(counts)).append(f" of {len(sweep.runs)} runs")
    if sweep.left is None:
        line.append("; time left unknown")
    elif sweep.count("running"):
        line.append(f"; about {duration(sweep.left)} left")
    elif sweep.count(*NOT_YET):
        line.append(f"; nothing runs, about {duration(sweep.left)} of training to do")
    return line


def failures(sweep: Sweep, most: int = 5) -> list[Text]:
    """A line for each of the ``most`` runs that failed last: why, and its log."""
    failed = sorted((run for run in sweep.runs if run.reason), key=lambda run: -run.when)
    return [Text(f"{run.name} {run.state}: {run.reason} (log: {run.log})", "red") for run in failed[:most]]


def table(sweep: Sweep, rows: int, width: int) -> RenderableType:
    """The runs most worth seeing, and a line that sums up the rest, for ``rich`` to print.

    rows: how many runs at most; width: columns of the terminal. Running ones come first, then failed,
    stopped, lately finished, and the next waiting ones.
    """
    order = list(STYLES)
    runs = sorted(sweep.runs, key=lambda run: (order.index(run.state), -run.when))
    shown, rest = runs[:rows], runs[rows:]
    bars = width >= 100
    grid = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False)
    grid.add_column("run", overflow="fold")
    grid.add_column("state", no_wrap=True)
    grid.add_column("epoch", justify="right", no_wrap=True)
    if bars:
        grid.add_column(width=12)
    for heading in ("loss", "val. %", "img/s", "time left"):
        grid.add_column(heading, justify="right", no_wrap=True)
    for run in shown:
        epoch = f"{math.floor(run.done)}/{run.epochs}"
        grid.add_row(
            Text(run.name),
            Text(run.state, STYLES[run.state]),
            *([epoch, ProgressBar(total=run.epochs, completed=run.done)] if bars else [epoch]),
            units.number("loss", run.loss),
            units.number("accuracy_validation", run.accuracy),
            units.number("images_per_second", run.speed),
            duration(run.left) if run.state in NOT_YET else "",
        )
    if not rest:
        return grid
    states = [run.state for run in rest]
    sums = ", ".join(f"{states.count(state)} {state}" for state in order if state in states)
    return Group(grid, Text(f"and {len(rest)} more: {sums}", "dim"))


def show(folder: str | Path, once: bool = False, console: Console | None = None) -> None:
    """Print the progress of the sweep in a folder: live in a terminal, until every run is through.

    once: print it one time and return, as is done where the output is no terminal.
    console: standard output unless given. Raises UserError as ``read`` does.
    """
    console = console or Console()

    def picture(sweep: Sweep, height: int) -> Group:
        lines = failures(sweep)
        rows = max(1, height - len(lines) - 6)  # less the summary, headings, the sum and the prompt
        return Group(summary(sweep), *lines, "", table(sweep, rows, console.width))

    if once or not console.is_terminal:
        console.print(picture(read(folder), HEIGHT_WHEN_PIPED))
        return
    with Live(console=console, auto_refresh=False) as live:
        while True:
            sweep = read(folder)
            live.update(picture(sweep, console.height), refresh=True)
            if not sweep.count(*NOT_YET):
                return
            time.sleep(REFRESH)


def latest(results: str | Path = "results") -> Path:
    """The folder of the sweep with the newest sign of life below ``results``.

    Raises UserError where there is none.
    """
    plans = list(Path(results).glob("*/sweep.json"))
    if not plans:
        raise UserError(f"{results}: found no sweep, expected <dataset>/sweep.json (snakemake -n plans one)")

    def news(plan: Path) -> float:
        return max(path.stat().st_mtime for path in [plan, *plan.parent.glob("runs/*/*/*/*/status.json")])

    return max(plans, key=news).parent
