"""A made-up study: a whole results/<dataset>/ tree with known differences between the families.

Nothing is trained: each run's right and wrong answers are drawn from the accuracy that its family is
given at its parameter count, with images that are easy or hard for every network alike.

From the command line, to look at: ``PYTHONPATH=scripts python tests/made_up.py FOLDER [STORY]``.
"""

import hashlib
import json
import sys
import zlib
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import norm

from widthwise.evaluation import aggregation, comparison, evaluation
from widthwise.export import tflite
from widthwise.networks import architectures, budgets, counts

CLASSES = ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"]
SHAPE = (48, 48, 1)
BUDGETS = (6_671, 21_143, 73_511, 271_943)  # the MobileNet's at widths .25, .5, 1, 2
SPLITS = {"training": 700, "validation": 300, "public": 400, "private": 400}
SETTINGS = {"epochs": 12, "batch_size": 64, "optimizer": "adam", "learning_rate": 0.002, "schedule": "cosine"}


def curve(level, slope, saturation=np.inf):
    """Accuracy by parameters: ``level`` at 10,000, ``slope`` more per factor of ten until ``saturation``."""
    return lambda params: level + slope * np.log10(min(params, saturation) / 10_000)


STORIES = {  # what is true of each family
    "ahead": {"mobilenet": curve(0.55, 0.06), "plain": curve(0.40, 0.06), "cnn": curve(0.35, 0.06)},
    "behind": {"mobilenet": curve(0.40, 0.05), "plain": curve(0.55, 0.05), "cnn": curve(0.52, 0.08)},
    "inconclusive": dict.fromkeys(["mobilenet", "plain", "cnn"], curve(0.50, 0.06)),
    "crossing": {"mobilenet": curve(0.58, 0.02), "plain": curve(0.42, 0.25), "cnn": curve(0.36, 0.16, 2e6)},
    "levels off": {
        "mobilenet": curve(0.45, 0.25, 40_000),
        "plain": curve(0.40, 0.15),
        "cnn": curve(0.35, 0.10),
    },
}


@cache
def networks():
    """(family, width) of every network in the sweep: three families at like counts, and the large CNN."""
    widths = {
        "mobilenet": [0.25, 0.5, 1.0, 2.0],
        "plain": [budgets.width_for_budget("plain", budget, 7, SHAPE) for budget in BUDGETS],
        "cnn": [*(budgets.width_for_budget("cnn", budget, 7, SHAPE) for budget in BUDGETS[1:]), 1.0],
    }
    return [(family, width) for family, its_widths in widths.items() for width in its_widths]


def study(
    folder,
    story="ahead",
    dataset="made-up",
    recipes=("quick",),
    seeds=(0, 1, 2),
    only=None,
    broken=None,
    splits=SPLITS,
    unlabelled=0,
    stand_in=True,
    random=0,
    gains=None,
):
    """Write ``folder``/results/<dataset>/ up to comparison.json; returns its Path.

    story: a key of ``STORIES``; only: the families in the sweep (all, if None); broken: {(family, rank of its
    width, seed): "failed" | "diverged" | "absent"}; splits: labelled rows per split (leave public and
    private out for a data set whose test rows are all unlabelled); gains: {recipe: what it adds to each
    accuracy, or {family: that}}.
    """
    random = np.random.default_rng(random)
    root = Path(folder) / "results" / dataset
    (root / "data").mkdir(parents=True)
    labels = _write_data(root / "data", dataset, splits, unlabelled, stand_in, random)
    difficulty = {split: random.normal(size=len(values)) for split, values in labels.items()}
    ranks, planned = {}, []
    for family, width in networks():
        rank = ranks[family] = ranks.get(family, -1) + 1
        if only and family not in only:
            continue
        for recipe, seed in ((recipe, seed) for recipe in recipes for seed in seeds):
            run = {"recipe": recipe, "family": family, "width": width, "seed": seed}
            state = (broken or {}).get((family, rank, seed), "finished")
            path = f"runs/{recipe}/{family}/w{width:g}/seed{seed}"
            size = counts.totals(architectures.network(family, width, len(CLASSES)), SHAPE)
            planned.append(run | {"params": size["params"], "epochs": SETTINGS["epochs"], "path": path})
            if state != "absent":
                gain = (gains or {}).get(recipe, 0)
                gain = gain.get(family, 0) if isinstance(gain, dict) else gain
                accuracy = STORIES[story][family](size["params"]) + gain
                _write_run(root / path, dataset, run, size, state, accuracy, labels, difficulty, random)
    _write_json(root / "sweep.json", {"dataset": dataset, "stand_in": stand_in, "runs": planned})
    metrics = sorted(root.glob("runs/**/metrics.json"))
    aggregation.aggregate(metrics, root / "runs.csv", root / "summary.csv")
    _write_exports(root)
    compare(root)
    return root


def _write_exports(root):
    """exports.csv: each format keeps the run's accuracy, but for int8, which loses a point."""
    formats = {"float32": (4, 0.0), "float16": (2, 0.0), "int8": (1, 0.01)}
    rows = []
    for run in tflite.chosen(pd.read_csv(root / "runs.csv")).to_dict("records"):
        for kind, (width, loss) in formats.items():
            name = f"{run['recipe']}/{run['family']}/w{run['width']:g}/seed{run['seed']}"
            row = run | {
                "run": name,
                "format": kind,
                "bytes": width * run["params"] + 12_000,
                "agreement": 1 - 3 * loss,
            }
            row |= {f"accuracy_{split}": run[f"accuracy_{split}"] - loss for split in aggregation.SPLITS}
            rows.append(row | {"latency_ms": run["macs"] / 2e7})
    pd.DataFrame(rows, columns=tflite.COLUMNS).to_csv(root / "exports.csv", index=False)


def settings(recipe):
    """A recipe's settings, by its name: "a+b" has those of "a" and one more, others another warm-up."""
    first, *steps = recipe.split("+")
    return SETTINGS | {"warmup_epochs": zlib.crc32(first.encode())} | dict.fromkeys(steps, 1)


def compare(root):
    """Compare a made-up study's runs (anew); its comparison.json as a dict."""
    metrics = sorted(root.glob("runs/**/metrics.json"))
    planned = json.loads((root / "sweep.json").read_text())["runs"]
    recipes = {run["recipe"]: settings(run["recipe"]) for run in planned}
    comparison.compare(
        metrics,
        [path.with_name("predictions.csv") for path in metrics],
        root / "sweep.json",
        root / "data/manifest.json",
        root / "data/duplicates.csv",
        root / "comparison.json",
        recipes,
    )
    return json.loads((root / "comparison.json").read_text())


def _write_json(path, content):
    path.write_text(json.dumps(content, indent=1), "utf-8")


def _write_data(folder, dataset, splits, unlabelled, stand_in, random):
    rows = splits | {"unlabelled": unlabelled}
    labels = {
        split: random.choice(7, size, p=[0.14, 0.02, 0.14, 0.25, 0.17, 0.11, 0.17])
        for split, size in splits.items()
    }
    images = random.integers(0, 256, (sum(rows.values()), 6, 6, 1), dtype=np.uint8)
    np.save(folder / "images.npy", images.repeat(8, axis=1).repeat(8, axis=2))
    everything = [*labels.values(), np.full(unlabelled, -1)]
    np.save(folder / "labels.npy", np.concatenate(everything).astype(np.int16))
    names = [split for split, size in rows.items() for _ in range(size)]
    table = pd.DataFrame(
        {"row": range(len(names)), "split": names, "source": "drawn", "id": range(len(names))}
    )
    table.to_csv(folder / "rows.csv", index=False)
    copies = [
        {"row": list(names).index(split) + 3, "split": split, "duplicate_of": 5, "split_of": "training"}
        | {"kind": kind, "similarity": similarity}
        for split, kind, similarity in [("validation", "near", 0.98), ("private", "exact", 1.0)]
        if split in splits
    ]
    columns = ["row", "split", "duplicate_of", "split_of", "kind", "similarity"]
    pd.DataFrame(copies, columns=columns).to_csv(folder / "duplicates.csv", index=False)
    manifest = {"dataset": dataset, "stand_in": stand_in, "source": "made up", "source_sha256": None}
    manifest |= {
        "image_shape": SHAPE,
        "classes": CLASSES,
        "splits": {},
        "notes": ["splits were made here (seed 0)"],
    }
    manifest |= {"left_out": {"constant": 2, "test_duplicates": 1}, "found": {"constant": 2}}
    start = 0
    for split, size in rows.items():
        per_class = np.bincount(labels.get(split, np.empty(0, int)), minlength=7).tolist()
        digest = hashlib.sha256(split.encode()).hexdigest()
        manifest["splits"][split] = {
            "start": start,
            "stop": start + size,
            "digest": digest,
            "per_class": per_class,
        }
        start += size
    _write_json(folder / "manifest.json", manifest)
    return labels


def _write_run(path, dataset, run, size, state, accuracy, labels, difficulty, random):
    path.mkdir(parents=True)
    finished = state == "finished"
    reason = (
        None if finished else {"diverged": "loss is not finite in epoch 3", "failed": "out of memory"}[state]
    )
    epochs = SETTINGS["epochs"] if finished else 3
    seconds = round(20 + size["macs"] / 1e6, 1)
    common = {"dataset": dataset, "status": state, "reason": reason, "epochs": epochs, "seconds": seconds}
    common |= {"best_epoch": epochs if finished else None, "images_per_second": round(7e3 / seconds, 1)}
    versions = {"python": "3.11.2", "tensorflow": "2.21.0", "keras": "3.15.0", "numpy": "2.4.6"}
    training = common | {
        "run": run,
        "settings": settings(run["recipe"]),
        "peak_memory_mb": 900.0,
        "versions": versions,
        "resumed": 0,
    }
    _write_json(path / "training.json", training)
    _history(epochs, seconds, accuracy, finished, random).to_csv(path / "history.csv", index=False)
    accuracy += random.normal(0, 0.006)
    tables = {}
    if finished:
        tables = {
            split: _answers(split, values, difficulty[split], accuracy, random)
            for split, values in labels.items()
            if split != "training"
        }
    columns = ["split", "row", "label", "predicted", *(f"p{index}" for index in range(7))]
    predictions = pd.concat(tables.values()) if tables else pd.DataFrame(columns=columns)
    start = len(labels["training"])
    predictions.assign(row=range(start, start + len(predictions))).to_csv(
        path / "predictions.csv", index=False
    )
    if {"public", "private"} & set(tables):
        tables["pooled"] = pd.concat([tables[split] for split in ("public", "private") if split in tables])
    splits = {split: _scores(table) for split, table in tables.items()}
    stored = {"bytes": 4 * size["params"] + 30_000, "classes": CLASSES}
    _write_json(path / "metrics.json", common | run | size | stored | {"splits": splits})


def _history(epochs, seconds, accuracy, finished, random):
    epoch = np.arange(1, epochs + 1)
    learnt = 1 - np.exp(-epoch / (epochs / 3))
    rate = 0.002 * np.cos(epoch / epochs * np.pi / 2)
    validation = 1 / 7 + (accuracy - 1 / 7) * learnt + random.normal(0, 0.005, epochs)
    table = {"epoch": epoch, "seconds": epoch / epochs * seconds, "images_per_second": 7e3 / seconds}
    table |= {
        "learning_rate": rate,
        "loss_training": 2 - 1.2 * learnt,
        "accuracy_training": validation + 0.03,
    }
    table |= {"loss_validation": 2 - 1.1 * learnt, "accuracy_validation": validation}
    table = pd.DataFrame(table).round(4)
    if not finished:
        table.loc[table.index[-1], ["loss_training", "loss_validation"]] = np.nan
    return table


def _answers(split, labels, difficulty, accuracy, random):
    noise = random.normal(size=len(labels))
    right = norm.ppf(np.clip(accuracy, 0.02, 0.98)) > np.sqrt(0.6) * difficulty + np.sqrt(0.4) * noise
    predicted = np.where(right, labels, (labels + random.integers(1, 7, len(labels))) % 7)
    logits = random.normal(size=(len(labels), 7))
    logits[np.arange(len(labels)), predicted] = logits.max(axis=1) + 0.5
    chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    table = pd.DataFrame(chances.round(4), columns=[f"p{index}" for index in range(7)])
    for name, column in [("predicted", predicted), ("label", labels), ("row", 0), ("split", split)]:
        table.insert(0, name, column)
    return table


def _scores(table):
    probabilities = table[[f"p{index}" for index in range(7)]].to_numpy()
    scores = evaluation.scores(table.label.to_numpy(int), probabilities, CLASSES, np.zeros(len(table), bool))
    without = {"accuracy_no_duplicates": scores["accuracy"] - 0.001, "rows_no_duplicates": len(table) - 1}
    return scores | without


if __name__ == "__main__":
    print(study(*sys.argv[1:]))
