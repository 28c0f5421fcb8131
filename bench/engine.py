"""How fast this project trains, beside plain Keras and PyTorch, on all cores of this machine.

All contenders train the same networks from the same arrays, with the same batch size, dropout and
augmentation, and take turns: in every round each trains one epoch while the others wait. One process
per core where a contender works so: then the images of all processes count, until the last one is done.
Writes engine.csv and a figure; run it by ``make bench``, on a machine with nothing else to do.
"""

import argparse
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from math import prod
from operator import itemgetter
from pathlib import Path
from statistics import median

BENCH = Path(__file__).parent
sys.path[:0] = [str(BENCH.parent / "scripts")]

import study  # noqa: E402
from widthwise.networks import counts  # noqa: E402
from widthwise.plumbing.files import write_csv  # noqa: E402
from widthwise.report import style  # noqa: E402
from widthwise.training.environment import environment  # noqa: E402

LARGE = 1e9  # multiply-adds of a network whose steps take seconds each: it trains few of them
VECTOR_UNITS = ("avx2", "avx512f", "avx512_bf16", "amx_bf16")
COLUMNS = ("network", "contender", "images_per_second", "spread", "ratio_to_keras", "ratio_to_pytorch")
NAMES = {"keras": "plain Keras script", "widthwise": "Widthwise", "pytorch": "PyTorch"}


def commands(folder, family, width, cores, torch_python=None):
    """Contender -> one (command, environment) per process. PyTorch has two ways to use the cores."""
    place = [str(folder), family, str(width)]
    keras = [sys.executable, str(BENCH / "keras_fit.py"), *place]
    ours = [sys.executable, str(BENCH / "widthwise_run.py"), *place]
    torch = [torch_python, str(BENCH / "pytorch_loop.py"), *place]
    allocator = {name: value for name, value in environment(1).items() if name.startswith("MALLOC")}
    return {
        "keras": [(keras, {})],
        "widthwise": [([*ours, str(seed)], environment(1)) for seed in range(cores)],
        "pytorch, one process": [([*torch, str(cores)], allocator | {"OMP_NUM_THREADS": str(cores)})],
        "pytorch, one per core": [([*torch, "1"], allocator | {"OMP_NUM_THREADS": "1"})] * cores,
    }


class Group:
    """The processes of one contender, which wait for the word to train an epoch."""

    def __init__(self, parts, log):
        """Start them; parts: list of (command, environment)."""
        base = {**os.environ, "PYTHONPATH": str(BENCH.parent / "scripts"), "TF_CPP_MIN_LOG_LEVEL": "2"}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": log, "text": True}
        self.processes = [subprocess.Popen(command, env=base | more, **pipes) for command, more in parts]

    def read(self):
        """The lines that they say before they are done, and wait until all are (list of str)."""
        said = []
        for process in self.processes:
            for line in process.stdout:
                if line == "done\n":
                    break
                said.append(line.strip())
            else:
                raise RuntimeError(f"{process.args[1]} ended with {process.wait()}: see the log")
        return said

    def epoch(self):
        """Train one epoch in each; returns the seconds until the last one is done."""
        start = time.perf_counter()
        for process in self.processes:
            process.stdin.write("go\n")
            process.stdin.flush()
        self.read()
        return time.perf_counter() - start

    def end(self):
        """Let them end."""
        for process in self.processes:
            process.kill()
            process.communicate()


def machine():
    """The processor by its name, and the vector units by which speeds differ (str)."""
    said = dict(re.findall(r"^(model name|flags)\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.M))
    units = [unit for unit in VECTOR_UNITS if unit in said.get("flags", "").split()]
    return f"{said.get('model name', platform.machine())}: {', '.join(units) or 'no vector unit known'}"


def measure(contenders, epoch, rounds, log):
    """One network: images per second of each round (contender -> list of float), and input's milliseconds.

    contenders: as of ``commands``; epoch: (batches, images of a batch), which one trains at its turn.
    """
    speeds, input_ms = {}, 0.0
    groups = {}
    try:
        for name, parts in contenders.items():
            groups[name] = Group(parts, log)
            said = groups[name].read()  # one at a time: starting is work, too
            if name == "widthwise":
                input_ms = median(map(float, said))
        for _ in range(rounds):
            for name, group in groups.items():
                seconds = group.epoch()
                images = prod(epoch) * len(group.processes)
                speeds.setdefault(name, []).append(images / seconds)
    finally:
        for group in groups.values():
            group.end()
    return speeds, input_ms


def rows_of(network, speeds):
    """The table's rows of one network (list of dict); the spread is largest minus smallest, of the median."""
    ways = [name for name in speeds if name.startswith("pytorch")]
    best = max(ways, key=lambda name: median(speeds[name]))
    rounds = {"keras": speeds["keras"], "widthwise": speeds["widthwise"], "pytorch": speeds[best]}
    medians = {name: median(values) for name, values in rounds.items()}
    return [
        {
            "network": network,
            "contender": name,
            "images_per_second": round(medians[name], 1),
            "spread": round((max(values) - min(values)) / medians[name], 3),
            "ratio_to_keras": round(medians[name] / medians["keras"], 2),
            "ratio_to_pytorch": round(medians[name] / medians["pytorch"], 2),
        }
        for name, values in rounds.items()
    ], best


@style.styled
def draw(contenders, label, title, path):
    """Dots of what each contender took, a line per network.

    contenders: their names -> list of (line, value); label: of the values; path: of the figure, no ending.
    """
    figure = style.new_figure()
    axes = figure.subplots()
    lines = list(dict.fromkeys(line for points in contenders.values() for line, _ in points))
    for index, (name, points) in enumerate(contenders.items()):
        values, places = [value for _, value in points], [lines.index(line) for line, _ in points]
        axes.plot(values, places, label=name, linestyle="", **style.series_style(index).mark)
    axes.set_yticks(range(len(lines)), lines)
    axes.invert_yaxis()
    axes.margins(y=0.2)
    axes.set_xlim(left=0)
    axes.set_xlabel(label)
    style.legend(figure, axes.get_legend_handles_labels()[0])
    style.save(figure, title, path.with_suffix(".svg"), path.with_suffix(".png"))


def main():
    """Measure, print, write and draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--torch-python", default=str(BENCH.parent / ".venv-bench/bin/python"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--batches", type=int, default=24, help="batches of 64 images in an epoch")
    parser.add_argument("--cores", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--networks", nargs="*", default=None, help="names as in the table; all by default")
    parser.add_argument("--output", type=Path, default=BENCH.parent / "results/bench")
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    print(machine(), flush=True)
    table = []
    with open(arguments.output / "engine.log", "w") as log:
        for network, (family, width) in study.networks().items():
            if arguments.networks and network not in arguments.networks:
                continue
            macs = counts.totals(study.layers_of(family, width), study.SHAPE)["macs"]
            batches = arguments.batches if macs < LARGE else 4
            with tempfile.TemporaryDirectory() as folder:
                study.write_arrays(Path(folder), batches * study.BATCH)
                contenders = commands(folder, family, width, arguments.cores, arguments.torch_python)
                speeds, input_ms = measure(contenders, (batches, study.BATCH), arguments.rounds, log)
            rows, best = rows_of(network, speeds)
            table += rows
            for row in rows:
                print("  ".join(f"{row[name]!s:>14}" for name in COLUMNS), flush=True)
            step_ms = 1000 * study.BATCH * arguments.cores / median(speeds["widthwise"])
            print(f"  {best}; input and augmentation: {input_ms:.1f} of {step_ms:.1f} ms a step", flush=True)
    write_csv(arguments.output / "engine.csv", COLUMNS, map(itemgetter(*COLUMNS), table))
    points = {
        label: [(row["network"], row["images_per_second"]) for row in table if row["contender"] == name]
        for name, label in NAMES.items()
    }
    title = "Training speed beside plain Keras and PyTorch"
    draw(points, "Training speed on all cores (images per second)", title, arguments.output / "engine")


if __name__ == "__main__":
    main()
