"""Whether the fast paths of ``fast`` train to the accuracies of plain Keras layers.

python bench/same_accuracy.py results/expressions

Trains small networks of the default study's recipe on its prepared data, with both forward passes, dropout
included, for several seeds, in turns. Prints a row per training and, per network, the mean difference of the
last validation accuracy beside the spread over seeds. Rounding makes any two trainings drift apart, so
only the spread says what a difference is worth.
"""

import argparse
import itertools
import os
import sys
import tempfile
from pathlib import Path
from statistics import mean, stdev

import yaml

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "scripts")]

from widthwise.study.config import complete  # noqa: E402
from widthwise.training import environment  # noqa: E402

NETWORKS = (("mobilenet", 0.5), ("plain", 0.2), ("cnn", 0.0306))
SEEDS = (1, 2, 3)


def plain_logits(net, network, images, noise=None):
    """As ``fast.logits``, by the layers that Keras has."""
    import keras

    return keras.Model(net.inputs, net.layers[-1].input)(images, training=noise is not None)


def accuracy(loop, place, run, settings):
    """Train one run (dict); its last validation accuracy."""
    with tempfile.TemporaryDirectory() as folder:
        task = {"run": run, "dataset": "bench", "settings": settings}
        task |= {name: str(place / f"data/{name}.npy") for name in ("images", "labels")}
        task |= {"manifest": str(place / "data/manifest.json"), "state": f"{folder}/state"}
        task |= {"model": f"{folder}/model.keras", "history": f"{folder}/history.csv"}
        task |= {"training": f"{folder}/training.json", "status": f"{folder}/status.json"}
        loop.train(task, log=lambda line: None)
        return float(Path(task["history"]).read_text().splitlines()[-1].split(",")[-1])


def main():
    """Train and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path, help="results/<dataset> of a study whose data are prepared")
    place = parser.parse_args().results
    environment.enter(len(os.sched_getaffinity(0)))
    from widthwise.networks import fast
    from widthwise.training import loop

    recipe = complete(yaml.safe_load((ROOT / "config.yaml").read_text()))["recipes"]["quick"]
    settings = recipe | {"dropout": 0.1}
    passes = {"fast": fast.logits, "plain Keras": plain_logits}
    for family, width in NETWORKS:
        found = {name: [] for name in passes}
        for seed, (name, logits) in itertools.product(SEEDS, passes.items()):
            fast.logits = logits
            run = {"recipe": "quick", "family": family, "width": width, "seed": seed}
            found[name].append(accuracy(loop, place, run, settings))
            print(f"{family} w{width} seed{seed} {name:<12} {found[name][-1]:.3f}", flush=True)
        difference = mean(found["fast"]) - mean(found["plain Keras"])
        spread = max(stdev(values) for values in found.values())
        print(
            f"{family} w{width}: fast - plain {difference:+.3f}, standard deviation over seeds {spread:.3f}"
        )


if __name__ == "__main__":
    main()
