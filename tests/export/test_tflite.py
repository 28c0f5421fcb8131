"""Exported models: they answer what Keras answers, know their classes, and are chosen by validation."""

import json
import re
import shutil
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest

import small_study
from widthwise.evaluation import aggregation
from widthwise.evaluation.evaluation import evaluate
from widthwise.export import litert, tflite
from widthwise.networks import architectures, model
from widthwise.training.loop import train

SIDE = 16
RUN = "runs/short/plain/w0.1/seed0"


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A trained network in a study's folders, with its exports; the folder."""
    root = tmp_path_factory.mktemp("study")
    data = small_study.write_data(root / "data", SIDE)
    manifest = json.loads((data / "manifest.json").read_text())
    manifest |= {"stand_in": True, "source": "drawn", "source_sha256": None, "notes": ["A note."]}
    manifest["left_out"] = {"constant": 1, "test_duplicates": 2}
    manifest["splits"]["training"]["per_class"] = [30, 28, 12]
    (data / "manifest.json").write_text(json.dumps(manifest))
    task = small_study.task(data, root / RUN, "plain", 0.1, epochs=40)
    train(task, log=lambda line: None)
    evaluate(
        *(task[name] for name in ("model", "training", "images", "labels", "manifest")),
        duplicates=data / "duplicates.csv",
        metrics=root / RUN / "metrics.json",
        predictions=root / RUN / "predictions.csv",
    )
    aggregation.aggregate([root / RUN / "metrics.json"], root / "runs.csv", root / "summary.csv")
    run_export(root, root)
    return root


def run_export(root, into):
    tflite.export(
        root / "runs.csv",
        root / "data/images.npy",
        root / "data/manifest.json",
        into / "exports",
        into / "exports.csv",
    )


def exported(study, kind):
    return litert.Model(study / f"exports/short-plain-w0.1-{kind}.tflite")


def names_and_ranges(content):
    """What a file says of its tensors that running it does not need."""
    from tensorflow.lite.tools import flatbuffer_utils

    tensors = flatbuffer_utils.convert_bytearray_to_object(bytearray(content)).subgraphs[0].tensors
    ranges = {str(each.quantization.max) for each in tensors if each.quantization}
    return ({each.name for each in tensors} | ranges) - {None, b"", "None"}


def on_xnnpack(found):
    """Whether LiteRT has handed a model's layers to XNNPACK."""
    return found._interpreter._get_ops_details()[-1]["op_name"] == "DELEGATE"


def stored(content):
    """Where in a file things start: ({values of quantisation: set of places}, places of the weights)."""
    from tensorflow.lite.python import schema_py_generated as schema

    content = np.frombuffer(content, np.uint8)
    file = schema.Model.GetRootAs(content, 0)

    def place(array):
        return array.ctypes.data - content.ctypes.data

    quantisation = {}
    tensors = (file.Subgraphs(0).Tensors(index) for index in range(file.Subgraphs(0).TensorsLength()))
    for each in filter(None, (tensor.Quantization() for tensor in tensors)):
        for values in (each.ZeroPointAsNumpy(), each.ScaleAsNumpy()):
            if isinstance(values, np.ndarray):
                quantisation.setdefault((values.dtype, values.tobytes()), set()).add(place(values))
    buffers = (file.Buffers(index).DataAsNumpy() for index in range(file.BuffersLength()))
    return quantisation, [place(values) for values in buffers if isinstance(values, np.ndarray)]


def test_files_share_equal_zero_points_and_scales_and_align_weights():
    network = architectures.network("mobilenet", 0.25, 3)
    net = model.build(network, (16, 16, 1))
    pictures = np.random.default_rng(0).integers(0, 256, (5, 16, 16, 1), dtype=np.uint8)
    for kind, content in tflite.convert(network, net, pictures, ["a", "b", "c"]).items():
        quantisation, weights = stored(content)
        assert all(len(places) == 1 for places in quantisation.values())
        assert weights and all(place % 16 == 0 for place in weights), kind
        assert (len(quantisation) > 10) == (kind == "int8")


@pytest.mark.parametrize("family", architectures.names())
@pytest.mark.parametrize("channels", [1, pytest.param(3, marks=pytest.mark.slow)])
def test_float_files_compute_what_keras_computes(tmp_path, family, channels):
    keras.utils.set_random_seed(0)
    network = architectures.network(family, 0.1, 3, 0.1, (32, 32, channels))
    net = model.build(network, (32, 32, channels))
    dice = np.random.default_rng(0)
    for layer in net.layers:
        if isinstance(layer, keras.layers.BatchNormalization):  # else they are nearly the identity
            layer.moving_mean.assign(dice.normal(0, 0.1, layer.moving_mean.shape))
            layer.moving_variance.assign(dice.uniform(0.5, 2, layer.moving_variance.shape))
            layer.gamma.assign(dice.uniform(-1, 2, layer.gamma.shape))
            layer.beta.assign(dice.normal(0, 0.5, layer.beta.shape))
    pictures = dice.integers(0, 256, (20, 32, 32, channels), dtype=np.uint8)
    expected = net.predict_on_batch(pictures)
    for kind, content in tflite.convert(network, net, pictures, ["a", "b", "c"]).items():
        (tmp_path / kind).write_bytes(content)
        found = litert.Model(tmp_path / kind)
        assert names_and_ranges(content) == set()
        assert found.labels == ("a", "b", "c") and found.input_shape == (32, 32, channels)
        assert found.warning == ""
        assert on_xnnpack(found) or family == "mobilenetv2se", kind  # its scales leave maps near 0 untrained
        probabilities = found.probabilities(pictures)
        assert probabilities.shape == (20, 3) and probabilities.dtype == np.float32
        atol = {"float32": 1e-5, "float16": 1e-3, "int8": 0.05}[kind]
        np.testing.assert_allclose(probabilities, expected, atol=atol)


def test_the_table_says_what_the_files_are(study):
    table = pd.read_csv(study / "exports.csv").set_index("format")
    assert [table.index.name, *table] == ["format", *(name for name in tflite.COLUMNS if name != "format")]
    keras_answers = json.loads((study / RUN / "metrics.json").read_text())
    for kind in tflite.FORMATS:
        row = table.loc[kind]
        assert row.bytes == (study / f"exports/short-plain-w0.1-{kind}.tflite").stat().st_size
        assert row.run == "short/plain/w0.1/seed0" and row.params == keras_answers["params"]
        assert row.latency_ms > 0
    for split in ("validation", "public", "private", "pooled"):
        accuracy = keras_answers["splits"][split]["accuracy"]
        assert table.loc["float32", f"accuracy_{split}"] == pytest.approx(accuracy)
    assert table.loc["float32", "agreement"] == 1
    assert table.bytes["int8"] < table.bytes["float16"] < table.bytes["float32"]


def test_a_network_that_cannot_be_exported_is_named_and_the_others_are_exported(study, tmp_path, capfd):
    runs = pd.read_csv(study / "runs.csv")
    pd.concat([runs, runs.assign(family="broken")]).to_csv(tmp_path / "runs.csv", index=False)
    place = tmp_path / RUN
    shutil.copytree(study / RUN, place)
    broken = shutil.copytree(study / RUN, Path(str(place).replace("/plain/", "/broken/")))
    (broken / "model.keras").write_bytes(b"PK no model")
    data = study / "data/images.npy", study / "data/manifest.json"
    retry = tflite.export(tmp_path / "runs.csv", *data, tmp_path / "exports", tmp_path / "exports.csv")
    assert retry.startswith("not exported: short/broken/w0.1/seed0 (") and "\n" not in retry
    assert "Traceback" in capfd.readouterr().err
    assert pd.read_csv(tmp_path / "exports.csv").family.tolist() == ["plain"] * 3
    names = {path.name for path in (study / "exports").iterdir()}
    assert {path.name for path in (tmp_path / "exports").iterdir()} == names


def test_files_of_drawn_pictures_warn(study):
    for kind in tflite.FORMATS:
        assert exported(study, kind).warning == tflite.DRAWN


def test_files_of_real_pictures_do_not_warn(study, tmp_path):
    manifest = json.loads((study / "data/manifest.json").read_text()) | {"stand_in": False}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    data = study / "data/images.npy", tmp_path / "manifest.json"
    tflite.export(study / "runs.csv", *data, tmp_path / "exports", tmp_path / "exports.csv")
    assert litert.Model(tmp_path / "exports/short-plain-w0.1-int8.tflite").warning == ""
    assert "stand-in" not in (tmp_path / "exports/short-plain-w0.1.md").read_text()


def test_the_integer_file_is_integer_and_agrees(study):
    found = exported(study, "int8")
    interpreter = found._interpreter
    kinds = {interpreter.get_input_details()[0]["dtype"], interpreter.get_output_details()[0]["dtype"]}
    assert kinds == {np.uint8}
    assert not any(its["dtype"] == np.float32 for its in interpreter.get_tensor_details())
    row = pd.read_csv(study / "exports.csv").set_index("format").loc["int8"]
    assert row.accuracy_pooled > 0.6 and row.agreement > 0.85


def test_the_same_models_give_the_same_files(study, tmp_path):
    run_export(study, tmp_path)
    names = [path.name for path in (study / "exports").glob("*.tflite")]
    assert len(names) == 3
    for name in names:
        assert (tmp_path / "exports" / name).read_bytes() == (study / "exports" / name).read_bytes(), name


def test_the_card_has_the_figures(study):
    card = (study / "exports/short-plain-w0.1.md").read_text()
    for row in pd.read_csv(study / "exports.csv").to_dict("records"):
        assert f"| {row['bytes']:,} | {100 * row['agreement']:.1f} %" in card
        assert f"{100 * row['accuracy_private']:.1f} % (" in card
    assert "| test | 28 |" in card and "| left | " in card
    assert "the rarest has 12 training pictures" in card
    assert "| learning_rate | 0.01 |" in card and "A note." in card
    assert "stand-in" in card and "FER2013" not in card
    assert "Not for decisions about people" not in card  # there are no people in these pictures


def card(study, manifest, language="en"):
    """The card of the study's network, were it measured on validation alone and trained on other data."""
    training, metrics = (
        json.loads((study / RUN / f"{name}.json").read_text()) for name in ("training", "metrics")
    )
    manifest = json.loads((study / "data/manifest.json").read_text()) | {"stand_in": False} | manifest
    rows = pd.read_csv(study / "exports.csv").to_dict("records")
    validation = metrics["splits"]["validation"]
    for each, name in zip(validation["per_class"], manifest["classes"], strict=True):
        each["class"] = name
    found = {kind: {"validation": validation} for kind in tflite.FORMATS}
    return tflite.card("x", rows, found, training, manifest, language)


def test_the_card_tells_of_faces_and_of_fer2013_what_is_known(study):
    faces = {"classes": ["happy", "sad", "neutral"]}
    for manifest, told, known in (
        ({"dataset": "fer2013-quick"} | faces, True, True),
        ({"dataset": "mine"} | faces, True, False),
        ({"dataset": "animals"}, False, False),
    ):
        said = card(study, manifest)
        assert ("Not for decisions about people" in said) == ("groups of people" in said) == told
        assert ("searching the web" in said) == known
        assert "stand-in" not in said and "no labelled test split" in said


def test_names_in_the_card_are_text(study):
    names = ["a|b *c*", "<script>x</script>\n# y", "Tomato_Yellow_Leaf_Curl_Virus_of_1999"]
    said = card(study, {"classes": names, "source": "[x](y)"})
    assert r"| a\|b \*c\* |" in said
    assert r"\<script\>x\</script\> \# y" in said and "\n# y" not in said
    assert r"Tomato\_Yellow\_Leaf\_Curl\_Virus\_of\_1999" in said
    assert r"\[x\](y)" in said


def test_the_card_is_written_in_each_language_with_the_same_numbers(study, tmp_path):
    english, chinese = (card(study, {}, language) for language in ("en", "zh-TW"))
    assert "模型卡" in chinese and "Model card" not in chinese
    numbers = [sorted(re.findall(r"\d(?:[\d,.]*\d)?", said)) for said in (english, chinese)]
    assert numbers[0] == numbers[1]


def test_validation_alone_chooses_the_seed():
    runs = pd.DataFrame(
        [
            ("r", "plain", 0.5, 1, "finished", 0.5, 0.9),
            ("r", "plain", 0.5, 2, "finished", 0.6, 0.1),
            ("r", "plain", 0.5, 3, "finished", 0.6, 0.8),
            ("r", "plain", 0.5, 4, "failed", 0.9, 0.9),
            ("r", "plain", 1.0, 1, "diverged", 0.9, 0.9),
            ("r", "cnn", 0.5, 7, "finished", 0.2, 0.2),
        ],
        columns=["recipe", "family", "width", "seed", "status", "accuracy_validation", "accuracy_pooled"],
    )
    found = tflite.chosen(runs)
    assert found[["family", "seed"]].to_numpy().tolist() == [["cnn", 7], ["plain", 2]]


def test_a_study_without_a_finished_run_exports_nothing(study, tmp_path):
    shutil.copytree(study / "data", tmp_path / "data")
    pd.read_csv(study / "runs.csv").assign(status="failed").to_csv(tmp_path / "runs.csv", index=False)
    run_export(tmp_path, tmp_path)
    assert list((tmp_path / "exports").iterdir()) == []
    assert pd.read_csv(tmp_path / "exports.csv").columns.tolist() == tflite.COLUMNS


def test_a_file_that_is_no_labelled_model_is_refused(tmp_path):
    (tmp_path / "x.tflite").write_bytes(b"nothing")
    with pytest.raises(ValueError, match=r"x\.tflite: there is no labels\.txt in it"):
        litert.Model(tmp_path / "x.tflite")


@pytest.mark.parametrize(
    ("labels", "whole"),
    [
        (["angry", "happy", "sad", "other"], False),
        (["Anger", "Happiness", "fear"], False),
        (["bus", "sad"], True),
    ],
)
def test_a_file_says_whether_its_pictures_are_no_faces(labels, whole):
    assert litert.of_faces(labels) is not whole
