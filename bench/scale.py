"""How planning and the overhead of jobs grow with the size of a sweep.

For each size, over a tiny data set that is prepared already, in copies of the project:

- "plan, nothing made": a dry run of the whole study, all of whose jobs are to run;
- "plan, all made": a dry run of the study with everything up to date. No network is trained for it: the
  project's own functions write the records, over outputs of a few bytes;
- "overhead of trainings": what all trainings take together beside their work, one by one. They are started,
  and the first few run in full but for the body of their script: scheduling among all that wait, the
  start of Python, the script's imports, log, renaming into place, record. The median time from the end of
  one to the end of the next stands for all, and the study is stopped.

Seconds are wall time; memory is the largest resident set of the process. Writes scale.csv and a figure; run
it by ``make bench-scale``, on a machine with nothing else to do.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from graphlib import TopologicalSorter
from itertools import pairwise
from operator import itemgetter
from pathlib import Path
from statistics import median

import yaml

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "scripts")]

from widthwise.plumbing import provenance  # noqa: E402
from widthwise.plumbing.files import write_csv  # noqa: E402
from widthwise.report import style  # noqa: E402
from widthwise.study.planning import Plan  # noqa: E402

COLUMNS = ("runs", "what", "seconds", "memory_mb", "seconds_per_run")
PLAN_NEW, PLAN_MADE, OVERHEAD = "plan, nothing made", "plan, all made", "overhead of trainings"
PARTS = ("Snakefile", "config.yaml", "rules", "scripts", "schemas", "profiles", "envs")
DATA = {
    "generator": "expressions",
    "classes": 7,
    "rows": {"training": 70, "public": 35, "private": 35},
}
RESULTS = Path("results/scale")
RECORDS = RESULTS / ".provenance"
SMALL = 4  # runs of the study that is made to see what files each job leaves
GAPS = 5  # between the ends of trainings, to take the median of
AIM_RUNS, AIM_SECONDS, AIM_MB = 10_000, 90, 2000  # so many runs are to be planned within these
# What a job does instead of its work, in the copy whose jobs have none.
BODY = """                if snakemake.rule != "prepare":
                    for part in parts._parts:
                        if not part.suffix:  # a folder
                            part.mkdir()
                            part /= "one.txt"
                        part.write_text("made up")
                    parts.publish()
                    provenance.record(recorded, made_of, upstream, outputs)
                    sys.exit()
                yield parts
"""
# The rules declare what their jobs are made of, so the results are made up where these are read.
MADE_UP = f"""include: "Snakefile"

sys.path.insert(0, {str(ROOT / "bench")!r})
from scale import make_up

make_up(plan, json.loads(Path("records.json").read_text()))
"""


def study(runs):
    """The configuration of a sweep (dict): two families, two seeds, and a quarter as many widths as runs."""
    widths = [step / 1000 for step in range(1, runs // 4 + 1)]
    return {
        "dataset": "scale",
        "datasets": {"scale": DATA},
        "recipes": {"short": {"epochs": 1}},
        "sweep": [
            {"recipe": "short", "family": family, "widths": widths, "seeds": [1, 2]}
            for family in ("mobilenet", "plain")
        ],
    }


class Copy:
    """A copy of the project to run Snakemake in."""

    def __init__(self, folder):
        """folder: where to make it."""
        self.folder = folder
        folder.mkdir()
        for part in PARTS:
            if (ROOT / part).is_dir():
                shutil.copytree(ROOT / part, folder / part)
            else:
                shutil.copy(ROOT / part, folder / part)

    def start(self, runs, *arguments, cores=1, **options):
        """Start Snakemake for a sweep of so many runs (Popen); arguments: its targets and options."""
        (self.folder / "scale.yaml").write_text(yaml.safe_dump(study(runs)))
        command = [sys.executable, "-m", "snakemake", *arguments, "--cores", str(cores), "--quiet", "rules"]
        return subprocess.Popen([*command, "--configfile", "scale.yaml"], cwd=self.folder, **options)

    def run(self, runs, *arguments, cores=1):
        """Run it to its end: (seconds, largest resident set in MB, what it said)."""
        with tempfile.TemporaryFile("w+") as said:
            start = time.perf_counter()
            process = self.start(runs, *arguments, cores=cores, stdout=said, stderr=said)
            memory_mb = end(process)
            seconds = time.perf_counter() - start
            said.seek(0)
            output = said.read()
        if process.returncode:
            raise RuntimeError(f"Snakemake failed\n{output}")
        return seconds, memory_mb, output


def end(process):
    """Wait for a process; its largest resident set in MB."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_maxrss / 1024


def without_work(folder):
    """A ``Copy`` whose jobs do everything but their work, data preparation apart."""
    copy = Copy(folder)
    path = folder / "scripts/widthwise/plumbing/job.py"
    before, body, after = path.read_text().partition("                yield parts\n")
    assert body, path
    path.write_text(before + BODY + after)
    return copy


def records_of_jobs(copy):
    """What a job of each rule records, after those it takes from: rule -> (rules upstream, its outputs).

    By a study of ``SMALL`` runs that is made for it; of the jobs that work on one run, the study's first.
    """
    copy.run(SMALL, cores="all")
    example, records = Plan(study(SMALL)).runs[0].name, {}
    for path in (copy.folder / RECORDS).rglob("*.recorded.json"):
        rule, _, name = (
            str(path.relative_to(copy.folder / RECORDS)).removesuffix(".recorded.json").partition("/")
        )
        if name in (example, rule) and rule != "prepare":
            record = json.loads(path.read_text())
            upstream = {Path(path).relative_to(RECORDS).parts[0] for path in record["upstream"]}
            benchmark = RESULTS / "benchmarks" / (rule if name == rule else f"{rule}/{name}")
            files = [path for path in record["outputs"] if Path(path).suffix]  # what is in a folder makes it
            records[rule] = sorted(upstream), [*files, f"{benchmark}.tsv"]
    above = {rule: upstream for rule, (upstream, _) in records.items()}
    return {rule: records[rule] for rule in TopologicalSorter(above).static_order() if rule in records}


def make_up(plan, records):
    """Write all results of a planned sweep: what each job would leave, in name and provenance.

    plan: a ``Plan`` with its stages; records: see ``records_of_jobs``.
    """
    example = Plan(study(SMALL)).runs[0].name
    for rule, (rules_upstream, named) in records.items():
        stage = plan.stages[rule]
        for run in stage.units():
            paths = [Path(path.replace(example, run.name) if run else path) for path in named]
            for path in paths:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text("made up")
            upstream = provenance.digests(
                above.record(unit)
                for above in map(plan.stages.get, rules_upstream)
                for unit in (above.units() if run is None else [run])
            )
            provenance.record(stage.record(run), stage.ingredients(run), upstream, paths)


def overhead(copy, runs):
    """(seconds from the end of one training without work to the end of the next, Snakemake's MB)."""
    shutil.rmtree(copy.folder / RESULTS / ".provenance/train", ignore_errors=True)
    ends = []
    options = {"stderr": subprocess.PIPE, "text": True, "start_new_session": True}
    with copy.start(runs, "--until", "train", **options) as process:
        for line in process.stderr:
            if " steps (" in line:
                ends.append(time.perf_counter())
            if len(ends) > GAPS:
                break
        os.killpg(process.pid, signal.SIGKILL)  # with the job that runs
        memory_mb = end(process)
    return median(after - before for before, after in pairwise(ends)), memory_mb


def measure(folder, sizes):
    """Measure these numbers of runs, ascending; yields the table's rows (dict), as they are known."""
    idle, real = without_work(folder / "idle"), Copy(folder / "real")
    (real.folder / "records.json").write_text(json.dumps(records_of_jobs(idle)))
    (real.folder / "MadeUp").write_text(MADE_UP)
    real.run(SMALL, str(RESULTS / "data/manifest.json"))
    results = (real.folder / RESULTS).rename(folder / "prepared")
    for runs in sizes:
        shutil.copytree(results, real.folder / RESULTS)
        seconds, memory_mb, _ = real.run(runs, "--dry-run")
        yield row(runs, PLAN_NEW, seconds, memory_mb)
        real.run(runs, "--list-rules", "--snakefile", "MadeUp")
        seconds, memory_mb, said = real.run(runs, "--dry-run")
        if "Nothing to be done" not in said:
            raise RuntimeError(f"not everything is up to date\n{said}")
        yield row(runs, PLAN_MADE, seconds, memory_mb)
        shutil.rmtree(real.folder / RESULTS)
        seconds, memory_mb = overhead(idle, runs)
        yield row(runs, OVERHEAD, seconds * runs, memory_mb)


def row(runs, what, seconds, memory_mb):
    """A row of the table (dict)."""
    values = (runs, what, round(seconds, 2), round(memory_mb), round(seconds / runs, 5))
    return dict(zip(COLUMNS, values, strict=True))


@style.styled
def draw(rows, svg, png):
    """Seconds and memory over the number of runs, both axes logarithmic, beside what is aimed at."""
    figure = style.new_figure(height=5.6)
    panels = figure.subplots(2, sharex=True, height_ratios=(3, 2))
    sizes = sorted({row["runs"] for row in rows})
    for panel, column, label in zip(panels, COLUMNS[2:4], ("Seconds", "Memory (MB)"), strict=True):
        for index, what in enumerate((PLAN_NEW, PLAN_MADE, OVERHEAD)):
            values = [row[column] for row in rows if row["what"] == what]
            kind = style.series_style(index)
            panel.plot(sizes, values, label=what, linestyle=kind.line, **kind.mark)
        panel.set_ylabel(label)
    linear = [AIM_SECONDS * runs / AIM_RUNS for runs in sizes]
    aim = f"linear growth to {AIM_SECONDS} s and at most {AIM_MB:,} MB"
    panels[0].plot(sizes, linear, color=style.PALE, linewidth=1, zorder=1)
    panels[1].axhline(AIM_MB, color=style.PALE, linewidth=1, zorder=1, label=aim)
    style.log_axis(panels[0].yaxis, [*linear, *(row["seconds"] for row in rows)])
    style.log_axis(panels[1].yaxis, [AIM_MB, *(row["memory_mb"] for row in rows)])
    style.log_axis(panels[0].xaxis, sizes)
    panels[1].set_xlabel("Runs of the sweep")
    style.legend(figure, panels[1].get_legend_handles_labels()[0])
    style.save(figure, "scale", svg, png)


def main():
    """Measure, print, write and draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, nargs="+", default=[100, 1_000, 10_000], help="multiples of 4")
    parser.add_argument("--output", type=Path, default=ROOT / "results/bench")
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    rows, before = [], {}
    with tempfile.TemporaryDirectory() as folder:
        for row in measure(Path(folder), sorted(arguments.runs)):
            rows.append(row)
            smaller = before.get(row["what"], row)
            growth = row["seconds_per_run"] / smaller["seconds_per_run"]
            before[row["what"]] = row
            print(
                f"{row['runs']:>6} runs  {row['what']:<22} {row['seconds']:>9.1f} s {row['memory_mb']:>6} MB"
                f"  {1000 * row['seconds_per_run']:>7.1f} ms a run, {growth:.2f} of the size before",
                flush=True,
            )
    write_csv(arguments.output / "scale.csv", COLUMNS, map(itemgetter(*COLUMNS), rows))
    draw(rows, arguments.output / "scale.svg", arguments.output / "scale.png")


if __name__ == "__main__":
    main()
