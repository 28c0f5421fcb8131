"""How far a sweep is, read from the files that its jobs leave: a table in the terminal.

Files alone, so it works beside a local run, over a shared file system, and after the fact.
"""

import json
import math
import socket
import time
from collections.abc import Collection, Iterable
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
from widthwise.study.cost import FORWARD, START
from widthwise.study.runs import Run

STARTED = 0.5  # epochs after which a training's speed counts: at first it compiles
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

    state: a key of STYLES; done: finished epochs, a float within one; expected: seconds that a picture takes
    by the rule (``study.cost``); speed: images/s; left: estimated seconds to the end;
    when: time of its last news, in seconds since 1970; reason: why it failed; log: path of its log.
    """

    name: str
    state: str
    epochs: int
    done: float
    expected: float
    loss: float | None = None
    accuracy: float | None = None
    speed: float | None = None
    left: float = 0
    when: float = 0
    reason: str | None = None
    log: Path | None = None


@dataclass(frozen=True)
class Sweep:
    """A planned sweep.

    runs: in their planned order; asking: estimated core-seconds to ask teachers for soft targets, by their
    names; measured: whether measured speeds are behind the estimates, or the rule alone; assumed: whether
    the number of pictures is a guess.
    """

    dataset: str
    stand_in: bool
    runs: list[Progress]
    asking: dict[str, float]
    measured: bool
    assumed: bool

    @property
    def left(self) -> float:
        """Estimated core-seconds until all runs are through."""
        return sum(run.left for run in self.runs) + sum(self.asking.values())

    def work(self, names: Collection[str] | None = None) -> str:
        """What is to do, and how that is known: "about 3.9 core-hours of training (by measured speeds)".

        names: of the runs and soft targets that count; all by default.
        """
        left = {run.name: run.left for run in self.runs} | self.asking
        seconds = sum(value for name, value in left.items() if names is None or name in names)
        hours, minutes = seconds / 3600, math.ceil(seconds / 60)
        amount = f"{hours:.1f} core-hours" if hours >= 1 else f"{minutes} core-minute{'s' * (minutes > 1)}"
        source = "measured speeds" if self.measured else "multiply-adds and activations"
        assumed = ", for an assumed 30,000 pictures" if self.assumed else ""
        return f"about {amount} of training (by {source}{assumed})"

    def count(self, *states: str) -> int:
        """How many runs are in one of these states."""
        return sum(run.state in states for run in self.runs)


def read(
    folder: str | Path,
    now: float | None = None,
    plan: dict[str, Any] | None = None,
    anew: Collection[str] = (),
) -> Sweep:
    """The sweep in a folder, results/<dataset>, as its files tell at this moment.

    now: seconds since 1970, the present unless given; plan: as in sweep.json, which is read unless given;
    anew: names of runs that will train again, where they ended, and of soft targets that are asked for again.
    Raises UserError where no sweep was planned in the folder.
    """
    folder = Path(folder)
    plan = plan or _json(folder / "sweep.json")
    if plan is None:
        raise UserError(f"{folder}/sweep.json: not found, expected the folder of a sweep, results/<dataset>")
    if "assumed_pictures" not in plan:
        raise UserError(f"{folder}/sweep.json: of an older version; snakemake renews it as it starts")
    manifest = _json(folder / "data" / "manifest.json")
    pictures = _pictures(manifest["splits"]) if manifest else plan["assumed_pictures"]
    runs = [_run(folder, planned, now or time.time()) for planned in plan["runs"]]
    runs = [
        replace(run, state="waiting", done=0) if run.name in anew and run.state not in NOT_YET else run
        for run in runs
    ]
    ratios = _ratios(runs) or _ratios_elsewhere(folder)
    runs = [replace(run, left=_left(run, pictures, ratios)) for run in runs]
    usual = median(ratios.values()) if ratios else 1
    asking = {
        asked["name"]: pictures * asked["epochs"] * asked["picture_seconds"] * usual
        for asked in plan["soft_targets"]
        if asked["name"] in anew or not (folder / "answers" / f"{asked['name']}.npy").exists()
    }
    assumed = not (manifest or plan["stand_in"])
    return Sweep(plan["dataset"], plan["stand_in"], runs, asking, bool(ratios), assumed)


def _pictures(splits: dict[str, dict[str, int]]) -> float:
    """What an epoch is worth in pictures: those for training, and validation for a part."""
    training, validation = (
        splits[name]["stop"] - splits[name]["start"] for name in ("training", "validation")
    )
    return training + FORWARD * validation


def name_of(planned: dict[str, Any]) -> str:
    """The name of a run by its entry in sweep.json."""
    return Run(*(planned[field] for field in ("recipe", "family", "width", "seed"))).name


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, json.JSONDecodeError):
        return None


def _run(folder: Path, planned: dict[str, Any], now: float) -> Progress:
    """One entry of sweep.json, without its time left."""
    name = name_of(planned)
    path = folder / "runs" / name
    run = Progress(
        name,
        "waiting",
        planned["epochs"],
        done=0,
        expected=planned["picture_seconds"],
        log=folder / "logs" / "train" / f"{name}.log",
    )
    beat, record = _json(path / "status.json"), _json(path / "training.json")
    run = replace(run, state=_state(beat, record, now))
    if beat and run.state != "waiting":
        done = beat["epoch"] - 1 + beat["step"] / beat["steps"]
        run = replace(
            run,
            done=done,
            loss=beat["loss"],
            accuracy=beat["accuracy_validation"],
            speed=beat["images_per_second"] if done > STARTED else None,
            when=beat["updated"],
        )
    if record and run.state != "running":
        metrics = _json(path / "metrics.json") or {"splits": {}}
        run = replace(
            run,
            done=record["epochs"],
            accuracy=metrics["splits"].get("validation", {}).get("accuracy", run.accuracy),
            speed=record["images_per_second"],
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


def _ratios(runs: Iterable[Progress]) -> dict[tuple[str, float], float]:
    """How many times the expected time a picture took: {(family, expected): median over its runs}."""
    ratios: dict[tuple[str, float], list[float]] = {}
    for run in runs:
        if run.speed:
            ratios.setdefault((_family(run), run.expected), []).append(1 / run.speed / run.expected)
    return {network: median(values) for network, values in ratios.items()}


def _ratios_elsewhere(folder: Path) -> dict[tuple[str, float], float]:
    """The same of all studies beside this one, by the trainings that ran on this machine."""
    runs = []
    for path in folder.absolute().parent.glob("*/sweep.json"):
        for planned in (_json(path) or {"runs": []})["runs"]:
            run = _run(path.parent, planned, time.time()) if "picture_seconds" in planned else None
            beat = run and _json(path.parent / "runs" / run.name / "status.json")
            if beat and beat["host"] == socket.gethostname():
                runs.append(run)
    return _ratios(runs)


def _family(run: Progress) -> str:
    return run.name.split("/")[1]


def _left(run: Progress, pictures: float, ratios: dict[tuple[str, float], float]) -> float:
    """Estimated seconds that a run still takes.

    Without a speed of its own, it is as many times off the rule as the measured network that is closest
    to it, of the same family if there is one.
    """
    if run.state not in NOT_YET:
        return 0
    picture_seconds = 1 / run.speed if run.speed else run.expected
    if ratios and not run.speed:
        alike = [network for network in ratios if network[0] == _family(run)] or list(ratios)
        picture_seconds *= ratios[min(alike, key=lambda network: abs(math.log(network[1] / run.expected)))]
    start = START if run.state != "running" else 0
    return start + pictures * picture_seconds * (run.epochs - run.done)


def duration(seconds: float) -> str:
    """A time span in its two largest units: "45 s", "12 min", "3 h 05 min", "2 d 04 h"."""
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
    if beside := sweep.count("running"):
        longest = max(run.left for run in sweep.runs)
        line.append(f"; about {duration(max(sweep.left / beside, longest))} left")
    elif sweep.count(*NOT_YET):
        line.append(f"; nothing runs, {sweep.work()} to do")
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
