"""Trained networks as files to ship: TFLite in three formats, measured as LiteRT runs them.

Of each network (recipe, family, width) one seed is exported, the best on validation; test pictures
choose nothing. Every file takes raw pixels, 0 to 255, of shape (1, height, width, channels) and gives
class probabilities (1, classes), and has the class names in it; see ``litert``:

    float32  computes what Keras computes
    float16  the same with weights stored in half the bytes
    int8     integers throughout: pixels uint8, weights and activations int8, probabilities uint8 (1/256)
"""

import functools
import io
import json
import re
import time
import traceback
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import flatbuffers
import jinja2
import numpy as np
import pandas as pd

from widthwise.evaluation.aggregation import NETWORK
from widthwise.evaluation.evaluation import scores
from widthwise.evaluation.metrics import EVALUATED, SPLITS, evaluated_splits, final_split
from widthwise.evaluation.statistics import wilson_interval
from widthwise.export import folding
from widthwise.export.limits import limits
from widthwise.export.litert import LABELS, PICTURES, WARNING, WHOLE, Model, of_faces
from widthwise.networks import architectures
from widthwise.report import catalogues, units
from widthwise.study.runs import Run, export_name

FORMATS = ("float32", "float16", "int8")
COLUMNS = [
    *["run", *NETWORK, "seed", "params", "format", "bytes"],
    *[f"accuracy_{split}" for split in SPLITS],
    *["agreement", "latency_ms"],
]
CALIBRATION = 300  # training pictures that show the converter the range of every activation
CALLS = 200  # of each model, to measure its latency
DRAWN = "trained on pictures that a program drew: of no use on real pictures"


def chosen(runs):
    """The run of each network to export: the finished one with the best validation accuracy.

    runs: a table as of ``aggregation.runs_table``. At a tie the smallest seed; a network without a
    finished run is left out. Returns the rows, sorted by recipe, family and width (DataFrame).
    """
    finished = runs[runs.status == "finished"]
    best = finished.sort_values(
        [*NETWORK, "accuracy_validation", "seed"], ascending=[True] * 3 + [False, True]
    )
    return best.drop_duplicates(NETWORK)


def convert(network, model, pictures, labels, warning=None):
    """A Keras model as TFLite: {format: bytes}, the same bytes for the same input.

    model: ``keras.Model`` of ``network`` (``networks.model.build``); pictures: uint8
    (rows, height, width, channels), what int8 is calibrated on; labels: class names;
    warning: what whoever uses the files should be told (str or None).
    """
    import tensorflow as tf

    folded = folding.fold(network, model)
    exact, rounded = _frozen(folded, pictures), _frozen(folding.equalise(folded, pictures), pictures)
    found = {}
    for kind in FORMATS:
        frozen = rounded if kind == "int8" else exact
        converter = tf.lite.TFLiteConverter.from_concrete_functions([frozen])
        if kind != "float32":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if kind == "float16":
            converter.target_spec.supported_types = [tf.float16]
        if kind == "int8":
            converter.representative_dataset = lambda: ([each[None].astype(np.float32)] for each in pictures)
            converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
            converter.inference_input_type = converter.inference_output_type = tf.uint8
        found[kind] = _to_ship(converter.convert(), labels, warning)
    return found


def _frozen(folded, pictures):
    """A folded network as a function with the weights in its graph: converts faster than a SavedModel."""
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    model = folding.build(folded, pictures.shape[1:])
    traced = tf.function(lambda pictures: model(pictures, training=False)).get_concrete_function(
        tf.TensorSpec((1, *pictures.shape[1:]), tf.float32)
    )
    return convert_variables_to_constants_v2(traced)


def _to_ship(content, labels, warning):
    """A model's bytes without what no interpreter needs, and with the class names as an associated file.

    The names of tensors and the ranges that calibration found were 9 % of the int8 MobileNet of 73,511
    parameters and 35 % of that of 6,671. Of what was left, 17 % and 25 % were zero points of channels, all
    of them 0: one vector of each length stays. The associated files are a ZIP archive behind the model.
    """
    from tensorflow.lite.tools import flatbuffer_utils

    model = flatbuffer_utils.read_model_from_bytearray(bytearray(content))
    flatbuffer_utils.strip_strings(model)
    model.metadata = None  # the converter's version
    buffers, number = [model.buffers[0]], {}
    for tensor in (each for graph in model.subgraphs for each in graph.tensors):
        if tensor.quantization:
            tensor.quantization.min = tensor.quantization.max = None
        content = model.buffers[tensor.buffer]
        if content.data is None:
            tensor.buffer = 0  # by TFLite's schema, that of all that is computed
        else:
            if tensor.buffer not in number:
                number[tensor.buffer] = len(buffers)
                buffers.append(content)
            tensor.buffer = number[tensor.buffer]
    model.buffers = buffers
    builder = _EqualVectorsOnce()
    builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
    file = io.BytesIO(builder.Output())
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr(zipfile.ZipInfo(LABELS), "".join(f"{label}\n" for label in labels))
        if warning:
            archive.writestr(zipfile.ZipInfo(WARNING), f"{warning}\n")
        if not of_faces(labels):
            archive.writestr(zipfile.ZipInfo(PICTURES), f"{WHOLE}\n")
    return file.getvalue()


class _EqualVectorsOnce(flatbuffers.Builder):
    """Writes a FlatBuffer in which equal vectors are one, and weights are aligned as TFLite's schema asks."""

    def __init__(self):
        super().__init__()
        self._written = {}

    def CreateNumpyVector(self, values):
        """The offset of an array's values, of those that were written before where they are equal."""
        key = values.dtype, values.tobytes()
        if key not in self._written:
            self._written[key] = super().CreateNumpyVector(values)
        return self._written[key]

    def StartVector(self, size, count, alignment):
        """Begin a vector; bytes are the weights, for which the schema says ``force_align: 16``."""
        return super().StartVector(size, count, 16 if size == 1 else alignment)


def calibration_pictures(images, manifest):
    """Training pictures drawn by a fixed seed: uint8 (``CALIBRATION`` at most, height, width, channels)."""
    start, stop = (manifest["splits"]["training"][end] for end in ("start", "stop"))
    drawn = np.random.default_rng(0).permutation(np.arange(start, stop))[:CALIBRATION]
    return images[np.sort(drawn)]


def measure(model, images, predictions, classes):
    """How an exported model answers: ({split: ``evaluation.scores``}, agreement with the stored model).

    model: ``litert.Model``; images: uint8 (rows, height, width, channels), all of the data set;
    predictions: the run's predictions.csv (DataFrame), which says what the stored model answers. Agreement is
    the fraction of the pooled test pictures, or of validation without them, that get the same class.
    """
    probabilities = model.probabilities(images[predictions.row])
    parts_of = evaluated_splits([split for split in EVALUATED if (predictions.split == split).any()])
    found = {}
    for split, parts in parts_of.items():
        here = predictions.split.isin(parts).to_numpy()
        labels = predictions.label.to_numpy()[here]
        found[split] = scores(labels, probabilities[here], classes, np.zeros(here.sum(), bool))
    final = predictions.split.isin(parts_of[final_split(parts_of)]).to_numpy()
    return found, float((probabilities.argmax(axis=1) == predictions.predicted)[final].mean())


def latencies(models, image):
    """Median milliseconds of each model for one picture, one thread (list of float).

    image: uint8 (height, width, channels). The models take turns, so that whatever else the machine
    does meets all of them.
    """
    seconds = np.empty((CALLS, len(models)))
    for call in range(CALLS):
        for column, model in enumerate(models):
            begin = time.perf_counter()
            model.probabilities(image[None])
            seconds[call, column] = time.perf_counter() - begin
    return (1000 * np.median(seconds, axis=0)).tolist()


@dataclass
class Exported:
    """A network's files, and how they answer.

    rows: of exports.csv, the latency left out until all are timed; models: in the same order;
    found: {format: {split: scores}}.
    """

    run: Any  # its row of runs.csv
    rows: list[dict[str, Any]]
    models: list[Model]
    found: dict[str, dict[str, dict]]


def export(runs, images, manifest, folder, table, languages=("en",)):
    """Export the best seed of every network; write the files, a model card each, and exports.csv.

    Returns why it should be tried again: the networks that could not be exported; None where all were.

    runs: path of runs.csv, with the folders of the runs beside it; images, manifest: paths of the
    prepared data; folder: to be made, for the files; table: path of the CSV file to write (``COLUMNS``);
    languages: of the cards, the first in ``<stem>.md`` and others in ``<stem>.<language>.md``.
    """
    import keras
    import tensorflow as tf

    tf.config.set_visible_devices([], "GPU")  # converting needs none
    place, folder = Path(runs).parent / "runs", Path(folder)
    folder.mkdir()
    manifest = json.loads(Path(manifest).read_text("utf-8"))
    images = np.load(images, mmap_mode="r")
    calibration = calibration_pictures(images, manifest)
    exported, failures = [], []
    for run in chosen(pd.read_csv(runs)).itertuples():
        try:
            exported.append(_export_one(run, place, images, manifest, calibration, folder))
        except Exception as error:
            traceback.print_exc()
            failures.append(f"{_name(run)} ({type(error).__name__}: {' '.join(str(error).split())})")
            for kind in FORMATS:
                (folder / f"{export_name(run)}-{kind}.tflite").unlink(missing_ok=True)
        keras.backend.clear_session()
    rows = [row for each in exported for row in each.rows]
    models = [model for each in exported for model in each.models]
    for row, latency in zip(rows, latencies(models, images[0]), strict=True):
        row["latency_ms"] = latency
    pd.DataFrame(rows, columns=COLUMNS).to_csv(table, index=False)
    for each in exported:
        training = json.loads((place / _name(each.run) / "training.json").read_text("utf-8"))
        for number, language in enumerate(languages):
            file = folder / f"{export_name(each.run)}{f'.{language}' if number else ''}.md"
            text = card(export_name(each.run), each.rows, each.found, training, manifest, language)
            file.write_text(text, "utf-8")
    if not failures:
        return None
    reason = f"not exported: {'; '.join(failures)}"
    print(reason)
    return reason


def _export_one(run, place, images, manifest, calibration, folder):
    """Write the files of one network, and measure them: ``Exported``. place: folder of the runs."""
    import keras

    classes, warning = manifest["classes"], DRAWN if manifest["stand_in"] else None
    predictions = pd.read_csv(place / _name(run) / "predictions.csv")
    keras_model = keras.models.load_model(place / _name(run) / "model.keras", compile=False)
    network = architectures.network(run.family, run.width, len(classes), image_shape=images.shape[1:])
    exported = Exported(run, [], [], {})
    for kind, content in convert(network, keras_model, calibration, classes, warning).items():
        file = folder / f"{export_name(run)}-{kind}.tflite"
        file.write_bytes(content)
        model = Model(file)
        scored, agreement = measure(model, images, predictions, classes)
        row = {"run": _name(run), **{column: getattr(run, column) for column in (*NETWORK, "seed", "params")}}
        row |= {"format": kind, "bytes": len(content), "agreement": agreement}
        row |= {f"accuracy_{split}": its["accuracy"] for split, its in scored.items()}
        exported.rows.append(row)
        exported.models.append(model)
        exported.found[kind] = scored
        print(
            f"{_name(run)} {kind}: {len(content):,} B, validation {row['accuracy_validation']:.4f}, "
            f"agreement {agreement:.4f}"
        )
    return exported


def _name(run):
    """The name of a run by its row of runs.csv."""
    return Run(run.recipe, run.family, run.width, run.seed).name


def card(title, rows, found, training, manifest, language="en"):
    """The model card of one exported network in its three formats (str, Markdown).

    title: the files' name; rows: its rows of exports.csv (dicts); found: {format: {split: scores}};
    training: its training.json; manifest: of the data; language: one of ``catalogues.LANGUAGES``.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters |= {"percent": lambda share: f"{100 * share:.1f} %", "thousands": "{:,}".format}
    environment.filters["plain"] = plain
    say = functools.partial(catalogues.fill, language, "card")
    splits = units.shown_splits(found["float32"])
    return environment.get_template("model_card.md.j2").render(
        say=say,
        title=title,
        rows=rows,
        found=found,
        splits=splits,
        names={split: say(f"split {split}") for split in splits},
        final="pooled" if "pooled" in splits else "validation",
        interval=lambda its: wilson_interval(its["correct"], its["rows"]),
        training=training,
        manifest=manifest,
        limits=limits(say, manifest, plain),
        calibration=CALIBRATION,
        calls=CALLS,
    )


def plain(text):
    """Text from outside, such as a class's name, as one line of Markdown that shows it and nothing else."""
    return re.sub(r"([\\`*_\[\]<>|~&#$])", r"\\\1", " ".join(str(text).split()))
