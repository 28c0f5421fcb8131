"""Where the core-seconds of a study go: by rule, and within its jobs.

python bench/core_seconds.py [--against CHECKOUT] [options of snakemake]

Runs the default study, or the one that the options say, in a copy of this checkout and, beside it, of
another one. Of each rule it prints how many jobs there were and what they took, all processes together,
in core-seconds (user and system time):

start     the interpreter, and what Snakemake puts before a script
imports   libraries, and our own modules
model     it is built, or read
tracing   TensorFlow's, of its functions
work      all that is left
saving    models, checkpoints, outputs into their places

Jobs that may fail are two processes each, one of which waits; a training is two, too.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[1]
PARTS = ("Snakefile", "config.yaml", "rules", "scripts", "schemas", "profiles", "envs", "presets")
OLD_PARTS = ("report",)  # of older checkouts
PHASES = ("start", "imports", "model", "tracing", "work", "saving")


def counted(checkout, options):
    """Make a study: ({rule: Counter of core-seconds by phase}, {rule: processes}, core-seconds in all)."""
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        for part in (*PARTS, *(part for part in OLD_PARTS if (checkout / part).exists())):
            copy = shutil.copytree if (checkout / part).is_dir() else shutil.copy
            copy(checkout / part, folder / part)
        if (ROOT / "data").exists():
            (folder / "data").symlink_to(ROOT / "data")
        shutil.copy(ROOT / "bench/sitecustomize.py", folder / "scripts")  # on the path of all jobs
        own = {"PYTHONPATH": str(folder / "scripts"), "WIDTHWISE_COUNTED": str(folder / "counted")}
        command = [sys.executable, "-m", "snakemake", "--cores", "all", *options]
        before = children()
        subprocess.run(command, cwd=folder, env=os.environ | own, check=True)
        total, lines = children() - before, (folder / "counted").read_text().splitlines()
    spent, processes = defaultdict(Counter), Counter()
    for rule, seconds in map(json.loads, lines):
        spent[rule].update(seconds)
        processes[rule] += 1
    return spent, processes, total


def children():
    """Core-seconds of all processes that ended below this one."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def show(name, spent, processes, total):
    """Print the table of a study."""
    rest = total - sum(map(Counter.total, spent.values()))
    print(f"\n{name}\n{'':<12}{'processes':>10}{'all':>8}", *(f"{each:>8}" for each in PHASES), sep="")
    for rule in sorted(spent, key=lambda rule: -spent[rule].total()):
        seconds = (spent[rule].total(), *(spent[rule][each] for each in PHASES))
        print(f"{rule:<12}{processes[rule]:>10}", *(f"{each:>8.1f}" for each in seconds), sep="")
    print(f"{'study':<22}{total:>8.1f}, {rest:.1f} of it at the ends of processes", flush=True)


def main():
    """Run and print."""
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0],
        epilog="Other options are those of Snakemake, such as --configfile.",
    )
    parser.add_argument(
        "--against", type=Path, metavar="CHECKOUT", help="to compare with, such as a git worktree"
    )
    arguments, options = parser.parse_known_args()
    if arguments.against and not (arguments.against / "Snakefile").exists():
        sys.exit(f"core_seconds.py: {arguments.against}: holds no Snakefile; expected a checkout")
    found = []
    for checkout in filter(None, (arguments.against, ROOT)):
        found.append(counted(checkout.resolve(), options))
        show(checkout, *found[-1])
    if arguments.against:
        (before, _, total_before), (now, _, total) = found
        print("\ncore-seconds now to before")
        for rule in now:
            ratio = f"{now[rule].total() / before[rule].total():.2f}" if rule in before else "new"
            print(f"{rule:<12}{ratio:>8}")
        print(f"{'study':<12}{total / total_before:>8.2f}")


if __name__ == "__main__":
    main()
