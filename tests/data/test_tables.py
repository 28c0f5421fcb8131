"""CSVs with a column a pixel, and lines that say what is wrong with a CSV."""

import numpy as np
import pytest

from made_up_pictures import PACKINGS, challenge_csv, faces, folder_files, pixels, read, refused, write
from widthwise.data import readers
from widthwise.data.readers import tables


def wide(images, labels=None, first=0, form="pixel{}", label_last=False):
    """The text of a CSV with a column a pixel."""
    rows = [list(map(str, np.ravel(each))) for each in images]
    names = [form.format(number + first) for number in range(len(rows[0]))]
    lines = [names, *rows]
    if labels is not None:
        for line, label in zip(lines, ["label", *map(str, labels)], strict=True):
            line.insert(len(line) if label_last else 0, label)
    return "".join(",".join(line) + "\n" for line in lines)


IMAGES, LABELS = faces(9, 3, 20)
WIDE = wide(IMAGES, LABELS)


@pytest.mark.parametrize(
    "options", [{}, {"first": 1}, {"form": "pixel{:04}", "label_last": True}, {"form": "Pixel_{}"}]
)
def test_a_column_a_pixel(tmp_path, options):
    text = wide(IMAGES, LABELS, **options).replace(",5,", ", 005 ,")
    found = read(write(tmp_path, {"train.csv": text, "test.csv": wide(IMAGES[:2], **options)}))
    assert found.splits == ["unlabelled"] * 2 + ["training"] * 9
    assert np.array_equal(found.images[2:, ..., 0], IMAGES)
    assert found.labels.tolist() == [-1, -1, *LABELS]
    ids, images = readers.read_unlabelled(tmp_path, 20, "grey")
    assert ids == ["0", "1"]
    assert np.array_equal(images[..., 0], IMAGES[:2])


def test_three_times_a_square_is_colour_pixel_by_pixel(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (9, 20, 20, 3), np.uint8)
    source = write(tmp_path, {"hmnist.csv.gz": PACKINGS["gz"]({"": wide(images, LABELS)})})
    found = read(source, color="rgb")
    assert np.array_equal(found.images, images)
    assert "red, green and blue" in found.notes[0]
    assert read(source).images.shape == (9, 20, 20, 1)


def test_columns_beside_the_pictures_they_label(tmp_path):
    files = folder_files(("cat", "dog"), splits=("",), side=20)
    files |= {"labels.csv": "label,feature\n0,cat/0.png\n1,dog/0.png\n"}
    assert read(write(tmp_path, files), classes=2).classes == ["cat", "dog"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (WIDE.replace("pixel7,", "pixel9,"), ["line 1, column 9 is 'pixel9'", "pixel7"]),
        (WIDE.replace("pixel7,", ""), ["line 1, column 9 is 'pixel8'"]),
        (WIDE.replace("pixel7,", "x,"), ["line 1, column 9 is 'x'"]),
        (wide(IMAGES[:, :, :19], LABELS), ["line 2", "found 380 values", "square"]),
        (wide(IMAGES, LABELS, first=2), ["line 1, column 2 is 'pixel2'", "expected pixel1"]),
        (WIDE.replace("pixel0,", "pixel0,label,"), ["2 columns for the label (label, label)"]),
        (WIDE + "0,1,2\n", ["line 11 has 3 fields", "expected 401 (label, pixel0"]),
        (WIDE + "0," + ",".join(["256"] * 400), ["line 11, pixel0", "'256'"]),
        (WIDE + "0," + ",".join(["1"] * 399) + ",\n", ["line 11, pixel399", "''"]),
        (WIDE + "0," + ",".join(["0.5"] * 400), ["'0.5'"]),
        (WIDE + "0," + ",".join(["1_0"] * 400), ["'1_0'"]),
    ],
)
def test_broken_columns_of_pixels_are_one_line(tmp_path, text, told):
    refused(write(tmp_path, {"train.csv": text}) / "train.csv", "train.csv", *told)


@pytest.mark.parametrize("name", ["test.csv", "fer2013-public.csv", "fer2013_dev.csv"])
def test_a_table_with_every_usage_may_have_any_name(tmp_path, name):
    source = write(tmp_path, {name: challenge_csv()})
    assert set(read(source, 7, 48).splits) == {"training", "public", "private"}


def test_no_table_for_training(tmp_path):
    table = "emotion,pixels\n" + "".join(
        f"{label},{pixels(each)}\n" for label, each in zip(LABELS, IMAGES, strict=True)
    )
    refused(write(tmp_path, {"test.csv": table}), "no table is for Training (test.csv is test)")


@pytest.mark.parametrize("end", ["\r", "\r\n"])
def test_line_ends_of_other_systems(tmp_path, end):
    text = challenge_csv().replace("\n", end)
    source = write(tmp_path, {"fer.csv": text.encode()})
    found = read(source, 7, 48)
    assert found.sources[-1] == "fer.csv:29"
    broken = text.encode().replace(b"PrivateTest", b"Private\xffTest", 1)
    refused(write(tmp_path, {"fer.csv": broken}), "line 23 is no UTF-8", classes=7, image_size=48)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"<!DOCTYPE html>\n<p>\xc3\xa9, pixels</p>", ["'<!DOCTYPE html>'", "web page"]),
        (b"hello\n1\n", ["line 1 is 'hello', no column names"]),
        (b"emotion,pixels\0,Usage\n", ["line 1 holds NUL bytes"]),
        (b"emotion,pixels,Usage\n0,1 2\0 3,Training\n", ["line 2 holds NUL bytes"]),
        (b"\xff\xfee,pixels\n", ["line 1 is no UTF-8"]),
        (
            f"emotion,pixels,Usage\n0,{'7 ' * 200_001},Training\n".encode(),
            ["200,001 values", "2,304 (48 x 48)"],
        ),
    ],
)
def test_what_is_said_of_a_file_that_is_no_such_table(tmp_path, content, told):
    refused(write(tmp_path, {"fer.csv": content}) / "fer.csv", "fer.csv", *told, classes=7, image_size=48)


@pytest.mark.parametrize("quote", ["", '"'])
def test_a_line_without_end_is_not_read_to_its_end(tmp_path, monkeypatch, quote):
    monkeypatch.setattr(tables, "LINE_CHARACTERS", 100_000)
    text = f"emotion,pixels,Usage\n0,{quote}{'7 ' * 100_000}"
    refused(write(tmp_path, {"fer.csv": text}), "line 2 is longer than 100,000 characters", classes=7)


def test_a_header_without_end(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "LINE_CHARACTERS", 100_000)
    refused(write(tmp_path, {"fer.csv": "label," + "pixel0," * 100_000}), "fer.csv", "column 3 is 'pixel0'")
