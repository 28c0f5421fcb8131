"""The command that labels faces and test sets, with a stand-in for an exported model.

The stand-in knows dark from light: its probabilities are softmax(mean, 127.5) of a picture's pixels.
The photograph of a face is the one that matplotlib carries.
"""

import csv
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from PIL import Image

from made_up_pictures import challenge_csv, pixels, png, write
from widthwise.export import annotation, prediction
from widthwise.plumbing.errors import UserError

PHOTOGRAPH = Path(matplotlib.get_data_path(), "sample_data/grace_hopper.jpg")
FACE = (160, 110, 370, 325)  # what is surely of the face: left, top, right, bottom
LABELS = ("dark", "light")
DARK, LIGHT = np.full((48, 48), 9, np.uint8), np.full((48, 48), 240, np.uint8)


def convert(path, channels):
    """Write the stand-in of a model as a .tflite file."""
    import keras
    import tensorflow as tf

    inputs = keras.Input((48, 48, channels))
    mean = keras.layers.GlobalAveragePooling2D()(inputs)
    dense = keras.layers.Dense(2)
    outputs = keras.layers.Softmax()(dense(mean))
    dense.set_weights([np.array([[0.0, 0.02 / channels]] * channels), np.array([0.02 * 127.5, 0.0])])
    path.write_bytes(tf.lite.TFLiteConverter.from_keras_model(keras.Model(inputs, outputs)).convert())
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("labels.txt", "\n".join(LABELS) + "\n")
    return path


@pytest.fixture(scope="session")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    return {color: convert(folder / f"{color}.tflite", n) for color, n in (("grey", 1), ("rgb", 3))}


@pytest.fixture
def predict(root, models, tmp_path):
    """Run the command in tmp_path, with a TensorFlow that cannot be imported."""
    write(tmp_path / "blocked", dict.fromkeys(["tensorflow.py", "keras.py"], "raise ImportError('blocked')"))
    blocked, scripts = str(tmp_path / "blocked"), str(root / "scripts")
    program = (
        f"import runpy, sys; sys.path[:0] = [{blocked!r}, {scripts!r}];"
        f"runpy.run_path({scripts + '/predict.py'!r}, run_name='__main__')"
    )

    def call(*arguments, model=models["grey"]):
        command = [sys.executable, "-c", program, model, *arguments]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)

    return call


def said(result):
    """The lines on standard error, without LiteRT's own."""
    return [line for line in result.stderr.splitlines() if not line.startswith("INFO: ")]


def table(folder):
    with open(folder / "predictions.csv", newline="") as file:
        return list(csv.DictReader(file))


def is_the_face(row, scale=1):
    """Whether the row's box covers the face and is not twice its size."""
    x, y, width, height = (int(row[name]) / scale for name in ("x", "y", "width", "height"))
    left, top, right, bottom = FACE
    covers = x <= left and y <= top and x + width >= right and y + height >= bottom
    return covers and width < 2 * (right - left)


def test_a_picture_is_labelled_and_annotated(predict, tmp_path):
    result = predict(PHOTOGRAPH)
    assert (result.returncode, said(result)) == (0, [])
    folder = tmp_path / "grace_hopper-predictions"
    assert sorted(path.name for path in folder.iterdir()) == ["grace_hopper.png", "predictions.csv"]
    (row,) = table(folder)
    assert list(row) == [
        "file",
        "face",
        "x",
        "y",
        "width",
        "height",
        "label",
        *(f"probability_{label}" for label in LABELS),
    ]
    assert (row["file"], row["face"]) == ("grace_hopper.jpg", "1")
    assert is_the_face(row)
    left, top, side = int(row["x"]), int(row["y"]), int(row["width"])
    with Image.open(PHOTOGRAPH) as picture, Image.open(folder / "grace_hopper.png") as drawn:
        mean = np.asarray(picture.convert("L").crop((left, top, left + side, top + side))).mean()
        assert drawn.size == picture.size
        change = np.abs(np.asarray(drawn, int) - np.asarray(picture, int)).sum(axis=2)
    assert float(row["probability_light"]) == pytest.approx(
        1 / (1 + np.exp(-0.02 * (mean - 127.5))), abs=0.01
    )
    assert row["label"] == LABELS[float(row["probability_light"]) > 0.5]
    assert change[top + side // 4 : top + 3 * side // 4, left].min() > 0  # the frame
    assert change[top + side // 2, left + side // 2] == 0


def test_a_model_that_is_of_no_use_on_faces_says_so(predict, models, tmp_path):
    model = tmp_path / "drawn.tflite"
    model.write_bytes(models["grey"].read_bytes())
    with zipfile.ZipFile(model, "a") as archive:
        archive.writestr("warning.txt", "trained on drawings\n")
    result = predict(PHOTOGRAPH, model=model)
    assert result.returncode == 0 and said(result) == [f"{model}: trained on drawings"]
    assert said(predict(PHOTOGRAPH, "--output", "again")) == []
    warned, plain = (
        np.asarray(Image.open(tmp_path / folder / f"{PHOTOGRAPH.stem}.png"))
        for folder in (f"{PHOTOGRAPH.stem}-predictions", "again")
    )
    foot = warned.shape[0] - 20
    assert (warned[foot:, -1] == 0).all() and not (plain[foot:, -1] == 0).all()
    assert (warned[: foot - 20] == plain[: foot - 20]).all()


def with_files(model, path, **texts):
    """A copy of a model with more files in it, or others than it had."""
    with zipfile.ZipFile(model) as archive:
        inside = {name: archive.read(name) for name in archive.namelist()}
        start = min(entry.header_offset for entry in archive.infolist())
    path.write_bytes(model.read_bytes()[:start])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (inside | {f"{name}.txt": text for name, text in texts.items()}).items():
            archive.writestr(name, text)
    return path


def test_a_model_of_something_else_than_faces_takes_whole_pictures(predict, models, tmp_path):
    write(tmp_path / "goods", {f"{n}.png": png(np.full((90, 70), 250 - n, np.uint8)) for n in range(2)})
    model = with_files(models["grey"], tmp_path / "goods.tflite", pictures="whole\n")
    result = predict("goods", model=model)
    assert (result.returncode, said(result)) == (0, [])
    assert result.stdout == "goods-predictions: labelled 2 of 2 pictures\n"
    assert [row["width"] for row in table(tmp_path / "goods-predictions")] == ["70", "70"]
    result = predict("goods", "--faces", "--output", "none", model=model)
    assert result.returncode == 1 and not (tmp_path / "none").exists()
    assert said(result)[-1] == "predict.py: goods: no picture has a face that was found; nothing was written"


def test_what_a_model_says_commands_no_terminal(predict, models, tmp_path):
    model = with_files(models["grey"], tmp_path / "m.tflite", warning="beware\x1b[2J", labels="a\x07\nb\n")
    result = predict(PHOTOGRAPH, model=model)
    assert result.returncode == 0 and said(result) == [f"{model}: beware\\x1b[2J"]
    assert table(tmp_path / "grace_hopper-predictions")[0]["label"] in ("a\\x07", "b")


@pytest.mark.parametrize(
    ("labels", "says"),
    [
        ("a\nb\nc\n", "3 class names in labels.txt for 2 outputs"),
        ("a\na\n", "class name 'a'; expected plain names that differ"),
        ("=1+1\nb\n", "class name '=1+1'"),
        ("a\n" * 10**7, "labels.txt in it has more than 65,536 bytes"),
    ],
)
def test_other_labels_than_outputs_are_one_line(models, tmp_path, labels, says):
    with pytest.raises(UserError, match=re.escape(says)):
        prediction.Classifier(with_files(models["grey"], tmp_path / "m.tflite", labels=labels))


def test_letters_that_no_font_has_are_told_from_those_that_some_have(capsys):
    assert annotation.has_letters("happy 97 %") and not annotation.has_letters("\U000f0000")
    assert prediction.drawable(("happy", "\U000f0000")) == ["happy", "class 1"]
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(
        "no font on this machine has the letters of these classes; on pictures class 1 is "
    )


def test_a_label_is_drawn_in_a_font_that_has_its_letters():
    label = "счастье"
    if not annotation.has_letters(label):
        pytest.skip("no font with Cyrillic letters here")
    size, box = (400, 400), [(50, 200, 350, 350)]
    words, boxes = (
        np.asarray(annotation.annotated(Image.new("RGB", size), box, [text]))
        for text in (label, "\U000f0000" * len(label))
    )
    assert (words != boxes).any()


def test_names_that_a_spreadsheet_would_compute(predict, tmp_path):
    write(tmp_path / "p", {"=1+1.png": png(DARK), "-5.png": png(LIGHT), "5.png": png(LIGHT)})
    assert predict("p").returncode == 0
    assert {row["file"] for row in table(tmp_path / "p-predictions")} == {"./-5.png", "./=1+1.png", "5.png"}
    formula = '"=HYPERLINK(""x"")"'
    write(tmp_path, {"t.csv": f"id,feature\n-5,{pixels(DARK)}\n{formula},{pixels(DARK)}\n"})
    result = predict("--test-set", "t.csv")
    assert result.returncode == 1 and not (tmp_path / "submission.csv").exists()
    (line,) = said(result)
    assert "id '=HYPERLINK(\"x\")' is a formula to spreadsheets; expected plain ids" in line


def test_help_without_docstrings(root):
    command = [sys.executable, "-OO", root / "scripts/predict.py", "--help"]
    assert "--test-set" in subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("color", ["grey", "rgb"])
def test_a_folder_of_every_kind_of_picture(predict, models, tmp_path, color):
    pictures = tmp_path / "pictures"
    (pictures / "deep").mkdir(parents=True)
    with Image.open(PHOTOGRAPH) as photograph:
        photograph.save(pictures / "colour.png")
        grey = photograph.convert("L")
        grey.save(pictures / "grey.png")
        Image.fromarray(np.asarray(grey, np.uint16) * 257).save(pictures / "sixteen.png")
        photograph.convert("RGBA").save(pictures / "deep" / "alpha.png")
        exif = Image.Exif()
        exif[0x0112] = 6  # to be turned clockwise
        turned = photograph.transpose(Image.Transpose.ROTATE_90)
        turned.save(pictures / "colour.jpg", exif=exif, quality=95)
        photograph.resize((4 * 512, 4 * 600)).save(pictures / "large.webp")
    result = predict("pictures", "--output", "out", model=models[color])
    assert (result.returncode, said(result)) == (0, [])
    rows = {row["file"]: row for row in table(tmp_path / "out")}
    assert sorted(rows) == sorted(
        ["colour.jpg", "colour.png", "deep/alpha.png", "grey.png", "large.webp", "sixteen.png"]
    )
    for name, row in rows.items():
        assert is_the_face(row, 4 if name == "large.webp" else 1), name
        assert float(row["probability_light"]) == pytest.approx(
            float(rows["colour.png"]["probability_light"]), abs=0.03
        ), name
    drawn = {str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*.png")}
    assert drawn == {
        *("colour.jpg.png", "colour.png.png", "deep/alpha.png", "grey.png", "large.png", "sixteen.png"),
    }


def test_what_cannot_be_read_or_has_no_face_is_said_and_the_rest_goes_on(predict, tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (200, 200), np.uint8)
    files = {"a.jpg": PHOTOGRAPH.read_bytes()[:3000], "b.png": b"text", "c.png": png(noise)}
    write(tmp_path / "mixed", files | {"d.jpg": PHOTOGRAPH.read_bytes(), "notes.txt": "no picture"})
    (tmp_path / "mixed" / "e.png").symlink_to("nowhere")
    result = predict("mixed")
    assert result.returncode == 1
    a, b, c, e, last = said(result)
    assert a.startswith("mixed/a.jpg: unreadable") and b.startswith("mixed/b.png: unreadable (no picture)")
    assert c.startswith("mixed/c.png: no face found") and "--whole" in c
    assert e.startswith("mixed/e.png: unreadable (No such file")
    assert last == "predict.py: mixed: 3 of 5 pictures could not be read"
    assert [row["file"] for row in table(tmp_path / "mixed-predictions")] == ["d.jpg"]
    assert result.stdout == "mixed-predictions: labelled 1 face in 1 of 5 pictures\n"


def test_nothing_is_left_where_no_picture_could_be_read(predict, tmp_path):
    write(tmp_path, {"bad.png": b"text"})
    result = predict("bad.png", "--output", "out")
    assert result.returncode == 1 and len(said(result)) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.png", "blocked"]


def test_a_picture_that_is_a_face(predict, tmp_path):
    files = {
        "dark.png": png(np.full((48, 48), 20, np.uint8)),
        "light.png": png(np.full((90, 70), 250, np.uint8)),
    }
    write(tmp_path / "crops", files)
    assert "light.png: no face found" in predict("crops", "--output", "some").stderr
    assert [row["file"] for row in table(tmp_path / "some")] == ["dark.png"]  # no larger than the model's
    assert predict("crops", "--whole", "--output", "all").returncode == 0
    rows = table(tmp_path / "all")
    boxes = [[row[name] for name in ("label", "x", "y", "width", "height")] for row in rows]
    assert boxes == [["dark", "0", "0", "48", "48"], ["light", "0", "0", "70", "90"]]
    with Image.open(tmp_path / "all" / "dark.png") as drawn:
        assert min(drawn.size) >= 400  # enough to read the text


@pytest.mark.parametrize("arguments", [["crop.png"], ["--test-set", "test.csv"]])
def test_nothing_is_overwritten(predict, tmp_path, arguments):
    picture = np.zeros((48, 48), np.uint8)
    write(tmp_path, {"crop.png": png(picture), "test.csv": f"pixels\n{pixels(picture)}\n", "out": "precious"})
    result = predict(*arguments, "--output", "out")
    assert result.returncode == 1
    assert said(result) == ["predict.py: out: is there already; expected a new name after --output"]
    assert (tmp_path / "out").read_text() == "precious"


TEST_SETS = {
    "ids": ({"t.csv": f"id,feature\n7,{pixels(LIGHT)}\nx,{pixels(DARK)}\n"}, "t.csv", "7,1\nx,0\n"),
    "no ids": ({"t.csv": f"pixels\n{pixels(DARK)}\n{pixels(LIGHT)}\n"}, "t.csv", "0,0\n1,1\n"),
    "labels": ({"t.csv": f"emotion,pixels\n0,{pixels(LIGHT)}\n"}, "t.csv", "0,1\n"),
    "beside training": (
        {
            "d/train.csv": f"label,feature\n0,{pixels(DARK)}\n",
            "d/test.csv": f"id,feature\n5,{pixels(LIGHT)}\n",
        },
        "d",
        "5,1\n",
    ),
    "pictures": ({"d/b.png": png(LIGHT), "d/a.png": png(DARK)}, "d", "a.png,0\nb.png,1\n"),
    "test folder": ({"d/train/sad/1.png": png(DARK), "d/test/2.png": png(LIGHT)}, "d", "2.png,1\n"),
}


@pytest.mark.parametrize("form", TEST_SETS)
def test_a_test_set(predict, tmp_path, form):
    files, source, expected = TEST_SETS[form]
    write(tmp_path, files)
    result = predict("--test-set", source)
    assert (result.returncode, said(result)) == (0, [])
    assert (tmp_path / "submission.csv").read_text() == "id,label\n" + expected


@pytest.mark.parametrize(
    ("files", "source", "says"),
    [
        ({"t.csv": "id,feature\n0,1 2 x 4\n"}, "t.csv", "line 2, feature: value 3 is 'x'"),
        ({}, "none.csv", "none.csv: there is no such file"),
        ({"d/1.csv": challenge_csv(), "d/2.csv": challenge_csv()}, "d", "found 2 tables (1.csv, 2.csv)"),
        ({"d/x/1.png": png(DARK), "d/y/1.png": png(DARK)}, "d", "lie in 2 folders (x, y, ...)"),
        ({"t.csv": f"id,feature\n7,{pixels(DARK)}\n7,{pixels(LIGHT)}\n"}, "t.csv", "id '7' is there more"),
    ],
)
def test_a_wrong_test_set_is_one_line(predict, tmp_path, files, source, says):
    write(tmp_path, files)
    result = predict("--test-set", source)
    assert result.returncode == 1 and len(said(result)) == 1 and says in said(result)[0]
    assert not (tmp_path / "submission.csv").exists()


@pytest.mark.parametrize(
    ("content", "says"),
    [(None, "No such file"), (b"", "labels"), (b"TFL3" * 99, "labels"), ("zip", "no such model")],
)
def test_a_wrong_model_is_one_line(predict, tmp_path, content, says):
    model = tmp_path / "bad.tflite"
    if content == "zip":
        model.write_bytes(b"no model " * 9)
        with zipfile.ZipFile(model, "a") as archive:
            archive.writestr("labels.txt", "a\nb\n")
    elif content is not None:
        model.write_bytes(content)
    result = predict(PHOTOGRAPH, model=model)
    assert result.returncode == 1
    (line,) = said(result)
    assert line.startswith(f"predict.py: {model}: ") and says in line and "Traceback" not in line


@pytest.mark.parametrize("arguments", [[], ["a.png", "--test-set", "t.csv"], ["a.png", "b.png"]])
def test_either_a_picture_or_a_test_set(predict, models, arguments):
    result = predict(*arguments)
    assert result.returncode == 2
    (line,) = said(result)
    found = " ".join([str(models["grey"]), *arguments[:2]])
    assert line.startswith(f"predict.py: found {found}, expected one picture, one folder or --test-set")


@pytest.mark.parametrize("option", ["--whole", "--faces"])
def test_a_test_set_is_taken_whole(predict, option):
    result = predict("--test-set", "t.csv", option)
    assert result.returncode == 2
    (line,) = said(result)
    assert (
        line == "predict.py: found --whole or --faces with --test-set, whose pictures are always taken whole"
    )


def test_a_missing_package_is_one_line(root, tmp_path):
    command = [sys.executable, "-S", root / "scripts/predict.py", "a.png"]  # -S: without installed packages
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert result.returncode == 1
    (line,) = said(result)
    assert line.startswith("predict.py: found no package ") and "requirements-predict.txt" in line


def test_the_model_of_the_repository_is_used_where_none_is_named(root, models, tmp_path):
    shutil.copytree(root / "scripts", tmp_path / "scripts")
    write(tmp_path, {"crop.png": png(LIGHT)})
    command = [sys.executable, tmp_path / "scripts/predict.py", "--output", "out", "crop.png"]
    missing = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert missing.returncode == 1 and not (tmp_path / "out").exists()
    (line,) = said(missing)
    assert line.startswith(f"predict.py: {tmp_path / 'models'}: found no model; expected one int8 file")
    (tmp_path / "models").mkdir()
    shutil.copy(models["grey"], tmp_path / "models/small-int8.tflite")
    subprocess.run(command, cwd=tmp_path, check=True)
    assert [row["label"] for row in table(tmp_path / "out")] == ["light"]
    shutil.copy(models["grey"], tmp_path / "models/other-int8.tflite")
    (line,) = said(subprocess.run(command, cwd=tmp_path, capture_output=True, text=True))
    assert "found other-int8.tflite, small-int8.tflite; expected one int8 file" in line


def test_the_model_of_the_repository_is_what_the_readme_says(root):
    subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=root / "models", check=True)
    (study,) = re.findall(r"scripts/ship.py results/(\S+)", (root / "models/README.md").read_text("utf-8"))
    with (root / "docs" / study / "exports.csv").open(newline="") as file:
        small = [
            row for row in csv.DictReader(file) if row["format"] == "int8" and int(row["bytes"]) <= 100_000
        ]
    best = max(small, key=lambda row: float(row["accuracy_validation"]))
    recipe, family, width, _ = best["run"].split("/")
    name = f"{recipe}-{family}-{width}"
    assert {path.name for path in (root / "models").iterdir()} == {
        *("README.md", "SHA256SUMS", f"{name}.md"),
        *(f"{name}-{each}.tflite" for each in ("int8", "float16")),
    }
    assert (root / f"models/{name}-int8.tflite").stat().st_size == int(best["bytes"])
    readme = " ".join((root / "README.md").read_text("utf-8").split())
    accuracy = f"{float(best['accuracy_private']):.1%}".replace("%", " %")
    params, size = (f"{int(best[each]):,}" for each in ("params", "bytes"))
    assert f"It has {params} parameters and takes {size} bytes (int8); {accuracy} of PrivateTest" in readme
    card = (root / f"models/{name}.md").read_text("utf-8")
    private = next(line for line in card.splitlines() if line.startswith("| PrivateTest |"))
    interval = re.search(r"PrivateTest are labelled rightly \(95 % interval ([\d.–]+)\)", readme)[1]
    assert private.endswith(f"| {accuracy} ({interval}) |")


def test_the_model_of_the_repository_labels_a_face(root, tmp_path):
    command = [sys.executable, root / "scripts/predict.py", PHOTOGRAPH, "--output", tmp_path / "out"]
    subprocess.run(command, check=True)
    (row,) = table(tmp_path / "out")
    chances = {name: float(value) for name, value in row.items() if name.startswith("probability_")}
    assert is_the_face(row) and len(chances) == 7 and sum(chances.values()) == pytest.approx(1, abs=0.02)
    assert row["label"] in ("neutral", "happy")  # a portrait, hardly smiling
    (name,) = (root / "models").glob("*-float16.tflite")
    with Image.open(PHOTOGRAPH) as picture:
        box = tuple(int(row[key]) for key in ("x", "y", "width", "height"))
        left, top, width, height = box
        other = prediction.Classifier(name).judge(
            picture.convert("RGB"), [(left, top, left + width, top + height)]
        )
    assert other[0] == pytest.approx(list(chances.values()), abs=0.1)
