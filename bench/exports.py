"""The exported models beside each other and the TFLite model that the package ``fer`` ships, in one run.

python bench/exports.py results/fer2013-quick

All are asked for the same test pictures and then timed in turns, one picture and one thread. Writes
results/bench/exports.csv: model, bytes, accuracy_public, accuracy_private; points_lost, percentage points
of both together that the same network's float32 file has more, and chance, two standard errors of that;
latency_ms, and as ratio_to_float32 and ratio_to_fer. `make bench-exports` installs ``fer`` in .venv-bench;
only the file in it is used, and without it, or on other data, the rest is compared.
"""

import argparse
import json
import re
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from ai_edge_litert.interpreter import Interpreter
from PIL import Image
from rich.progress import track

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "scripts")]

from widthwise.export import litert  # noqa: E402

PLACE = ROOT / "results/bench"
FER = "lib/python*/site-packages/fer/data/emotion_model_quantized.tflite"
SPLITS = ("public", "private")
ROUNDS = 200


class Fer:
    """The model of ``fer``: grey 64x64 pictures from -1 to 1, FER2013's classes in FER2013's order."""

    def __init__(self, path):
        """path: of its .tflite file."""
        self._interpreter = Interpreter(str(path), num_threads=1)
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._output = self._interpreter.get_output_details()[0]["index"]

    def probabilities(self, images):
        """As ``litert.Model.probabilities``; resizing the picture is part of its work."""
        values = []
        for image in images:
            large = Image.fromarray(image[..., 0]).resize((64, 64), Image.Resampling.BILINEAR)
            scaled = (np.asarray(large, np.float32) / 255 - 0.5) * 2
            self._interpreter.set_tensor(self._input, scaled[None, ..., None])
            self._interpreter.invoke()
            values.append(self._interpreter.get_tensor(self._output)[0])
        return np.array(values)


def main():
    """Print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path, help="results/<dataset> of a finished study")
    results = parser.parse_args().results
    if not (results / "exports.csv").exists():
        sys.exit(f"exports.py: {results}/exports.csv is not there; expected a finished study")
    table = measured(results)
    PLACE.mkdir(parents=True, exist_ok=True)
    table.to_csv(PLACE / "exports.csv")
    print(table.to_string())


def measured(results):
    """The table of a study's exported models, and ``fer`` where it can be compared: a row of each, by name.

    results: results/<dataset>.
    """
    manifest = json.loads((results / "data/manifest.json").read_text())
    images, labels = (np.load(results / f"data/{name}.npy", mmap_mode="r") for name in ("images", "labels"))
    paths = {path.stem: path for path in sorted((results / "exports").glob("*.tflite"))}
    models = {name: litert.Model(path) for name, path in paths.items()}
    fer = next((ROOT / ".venv-bench").glob(FER), None)
    if fer and manifest["dataset"].startswith("fer2013"):
        paths["fer"], models["fer"] = fer, Fer(fer)
    rows, answers = {}, {}
    for name, model in track(models.items(), description="accuracy"):
        right = answered(model, images, labels, manifest["splits"])
        accuracies = {f"accuracy_{split}": each.mean() for split, each in right.items()}
        rows[name] = {"bytes": paths[name].stat().st_size, **accuracies}
        answers[name] = np.concatenate([[], *right.values()])
    table = pd.DataFrame(rows).T.rename_axis("model")
    float32 = {name: re.sub("-(int8|float16)$", "-float32", name) for name in models}
    lost = {name: 100 * (answers[float32[name]] - answers[name]) for name in models}
    table["points_lost"] = pd.Series({name: each.mean() for name, each in lost.items()})
    table["chance"] = pd.Series({name: 2 * each.std() / len(each) ** 0.5 for name, each in lost.items()})
    table["latency_ms"] = pd.Series(latencies(models, images))
    table["ratio_to_float32"] = table.latency_ms / table.latency_ms[float32.values()].to_numpy()
    if "fer" in models:
        table["ratio_to_fer"] = table.latency_ms / table.latency_ms["fer"]
    return table.astype({"bytes": int}).round(4)


def answered(model, images, labels, splits):
    """{test split: whether the model is right (bool, of each picture)}.

    images, labels: of all splits; splits: {name: where its pictures start and stop}.
    """
    rows = {name: slice(splits[name]["start"], splits[name]["stop"]) for name in SPLITS if splits.get(name)}
    return {name: model.probabilities(images[each]).argmax(1) == labels[each] for name, each in rows.items()}


def latencies(models, images):
    """{model: milliseconds that it takes for one picture}, the median of ``ROUNDS``; all take turns."""
    times = {name: [] for name in models}
    for turn in track(range(ROUNDS), description="latency"):
        for name, model in models.items():
            begin = time.perf_counter()
            model.probabilities(images[turn : turn + 1])
            times[name].append(1e3 * (time.perf_counter() - begin))
    return {name: np.median(taken) for name, taken in times.items()}


if __name__ == "__main__":
    main()
