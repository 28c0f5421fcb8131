"""How far a sweep is, read from the files that its jobs leave: a table in the terminal.

Files alone, so it works beside a local run, over a shared file system, and after the fact.
"""

import json
import math
import socket
import time
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import psutil
from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from widthwise import units
from widthwise.errors import UserError

SILENT = 60  # seconds without a sign of life after which a training counts as stopped
REFRESH = 2  # seconds between two looks at the files
ROWS_WHEN_PIPED = 30
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

    def count(self, *states):
        """How many runs are in one of these states (int)."""
        return sum(run.state in states for run in self.runs)


def read(folder, now=None):
    """The sweep in a folder, results/<dataset>, as its files tell at this moment (``Sweep``).

    now: seconds since 1970 (float), the present unless given.
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
    runs = [replace(run, left=_left(run, runs)) for run in runs]
    return Sweep(plan["dataset"], plan["stand_in"], runs, _sweep_left(runs))


def _json(path):
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, json.JSONDecodeError):
        return None


def _run(folder, planned, pictures, now):
    """The ``Progress`` of one entry of sweep.json, without its time left."""
    name = "{recipe}/{family}/w{width:g}/seed{seed}".format(**planned)
    place = folder / "runs" / name
    run = Progress(
        name, "waiting", planned["epochs"], 0, planned["macs"], log=folder / f"logs/train/{name}.log"
    )
    beat, record = _json(place / "status.json"), _json(place / "training.json")
    if beat:
        speed = beat["images_per_second"]
        run = replace(
            run,
            state="running" if beat["state"] == "running" and _alive(beat, now) else "stopped",
            done=beat["epoch"] - 1 + beat["step"] / beat["steps"],
            loss=beat["loss"],
            accuracy=beat["accuracy_validation"],
            speed=speed,
            epoch_seconds=pictures / speed if speed and pictures else None,
            when=beat["updated"],
        )
    if record and run.state != "running":
        metrics = _json(place / "metrics.json") or {"splits": {}}
        run = replace(
            run,
            state="done" if record["status"] == "finished" else record["status"],
            done=record["epochs"],
            accuracy=metrics["splits"].get("validation", {}).get("accuracy", run.accuracy),
            speed=record["images_per_second"],
            epoch_seconds=record["seconds"] / record["epochs"] if record["epochs"] else None,
            reason=record["reason"],
        )
    return run


def _alive(beat, now):
    if beat["host"] == socket.gethostname() and not psutil.pid_exists(beat["pid"]):
        return False
    return now - beat["updated"] <= SILENT


def _left(run, runs):
    """Estimated seconds that a run still takes, or None where nothing like it was measured.

    A run without a measurement takes, per epoch, what the measured run closest to it in multiply-adds
    takes, of its own family if there is one, scaled by the multiply-adds.
    """
    if run.state not in NOT_YET:
        return 0
    if run.epoch_seconds:
        return run.epoch_seconds * (run.epochs - run.done)
    measured = [other for other in runs if other.epoch_seconds]
    family = run.name.split("/")[1]
    alike = [other for other in measured if other.name.split("/")[1] == family] or measured
    if not alike:
        return None
    size = min((other.size for other in alike), key=lambda size: abs(math.log(size / run.size)))
    epoch_seconds = median(other.epoch_seconds for other in alike if other.size == size)
    return epoch_seconds * run.size / size * (run.epochs - run.done)


def _sweep_left(runs):
    """Estimated seconds until all runs are through, with as many side by side as now; None if unknown."""
    beside = sum(run.state == "running" for run in runs) or 1
    left = [run.left for run in runs if run.state in NOT_YET]
    if None in left:
        return None
    return max(sum(left) / beside, max(left, default=0))


def duration(seconds):
    """A time span in its two largest units (str): "45 s", "12 min", "3 h 05 min", "2 d 04 h"."""
    if seconds is None:
        return units.MISSING
    if seconds < 99.5:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours < 24 else f"{hours // 24} d {hours % 24:02} h"


def summary(sweep):
    """The sweep in one line (``rich.text.Text``): how many runs are where, and the time left."""
    failed = sweep.count("failed", "diverged")
    parts = [(f"{sweep.count('done')} done", STYLES["done"]), (f"{sweep.count('running')} running", "cyan")]
    if stopped := sweep.count("stopped"):
        parts.append((f"{stopped} stopped", STYLES["stopped"]))
    parts += [(f"{sweep.count('waiting')} waiting", ""), (f"{failed} failed", "red" if failed else "")]
    line = Text.assemble((sweep.dataset, "bold"), " (made-up data)" if sweep.stand_in else "", ": ")
    line.append_text(Text(", ").join(Text(*part) for part in parts)).append(f" of {len(sweep.runs)} runs")
    if sweep.count(*NOT_YET):
        work = "left" if sweep.count("running") else "of training left, none of it running"
        line.append(
            f"; about {duration(sweep.left)} {work}" if sweep.left is not None else "; time left unknown"
        )
    return line


def table(sweep, rows, width):
    """The runs worth a look, at most ``rows`` of them, as a table ``width`` columns wide; the rest summed up.

    Running ones come first, then failed, stopped, lately finished, and the next waiting ones.
    """
    order = list(STYLES)
    runs = sorted(sweep.runs, key=lambda run: (order.index(run.state), -run.when))
    shown, rest = runs[:rows], runs[rows:]
    grid = Table(box=None, padding=(0, 1, 0, 0), expand=width >= 100)
    grid.add_column("run", overflow="fold", ratio=1 if width >= 100 else None)
    grid.add_column("state")
    grid.add_column("epoch", justify="right", no_wrap=True)
    if width >= 100:
        grid.add_column("", width=12)
    for heading in ("loss", "valid. %", "images/s", "time left"):
        grid.add_column(heading, justify="right", no_wrap=True)
    for run in shown:
        cells = [Text(run.name), Text(run.state, STYLES[run.state]), f"{math.floor(run.done)}/{run.epochs}"]
        if width >= 100:
            cells.append(ProgressBar(total=run.epochs, completed=run.done))
        grid.add_row(
            *cells,
            units.number("loss", run.loss),
            units.number("accuracy_validation", run.accuracy),
            units.number("images_per_second", run.speed),
            duration(run.left) if run.state in NOT_YET else "",
        )
    parts = [grid]
    if rest:
        states = [run.state for run in rest]
        sums = ", ".join(f"{states.count(state)} {state}" for state in order if state in states)
        parts.append(Text(f"and {len(rest)} more: {sums}", "dim"))
    for run in shown:
        if run.reason:
            parts.append(Text(f"{run.name} {run.state}: {run.reason} (log: {run.log})", "red"))
    return Group(*parts)


def show(folder, once=False, console=None):
    """Print the progress of the sweep in a folder: live in a terminal, until every run is through.

    once: print it one time and return, as is done where the output is no terminal.
    console: ``rich.console.Console``, standard output unless given. Raises UserError as ``read`` does.
    """
    console = console or Console()

    def picture(rows):
        sweep = read(folder)
        return sweep, Group(summary(sweep), "", table(sweep, rows, console.width))

    if once or not console.is_terminal:
        console.print(picture(ROWS_WHEN_PIPED)[1])
        return
    with Live(console=console, auto_refresh=False) as live:
        while True:
            sweep, drawn = picture(max(1, console.height - 8))
            live.update(drawn, refresh=True)
            if not sweep.count(*NOT_YET):
                return
            time.sleep(REFRESH)


def latest(results="results"):
    """The folder of the sweep with the newest sign of life below ``results`` (Path).

    Raises UserError where there is none.
    """
    plans = list(Path(results).glob("*/sweep.json"))
    if not plans:
        raise UserError(
            f"{results}: no sweep found, expected <dataset>/sweep.json; plan one with snakemake -n"
        )

    def news(plan):
        return max(path.stat().st_mtime for path in [plan, *plan.parent.glob("runs/*/*/*/*/status.json")])

    return max(plans, key=news).parent
