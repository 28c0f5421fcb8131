import csv
import hashlib
import json
import os
import random
from types import SimpleNamespace

import numpy as np
import pytest

from made_up_pictures import EMOTIONS, challenge_csv, challenge_rows, faces, folder_files, pixels, png, write
from widthwise.data import preparation
from widthwise.plumbing.errors import UserError

OUTPUTS = {
    "images": "images.npy",
    "labels": "labels.npy",
    "rows": "rows.csv",
    "duplicates": "duplicates.csv",
    "manifest": "manifest.json",
}


def settings(**changes):
    return {
        "generator": None,
        "classes": 7,
        "image_size": 48,
        "color": "grey",
        "validation_fraction": 0.25,
        "training_fraction": 1.0,
        "seed": 0,
        "leave_out": {"constant": True, "test_duplicates": True},
        "rows": {"training": 140, "public": 70, "private": 70},
    } | changes


class Prepared:
    """What was written, read back."""

    def __init__(self, source, folder, **changes):
        folder.mkdir(exist_ok=True)
        self.output = SimpleNamespace(**{name: str(folder / file) for name, file in OUTPUTS.items()})
        preparation.prepare("mine", settings(**changes), source, self.output)
        self.images = np.load(self.output.images, mmap_mode="r", allow_pickle=False)
        self.labels = np.load(self.output.labels, allow_pickle=False)
        self.manifest = json.loads((folder / "manifest.json").read_text())
        self.rows, self.duplicates = (
            list(csv.DictReader((folder / file).open(newline=""))) for file in ("rows.csv", "duplicates.csv")
        )
        self.bytes = {file: (folder / file).read_bytes() for file in OUTPUTS.values()}
        self.splits = self.manifest["splits"]

    def part(self, split):
        return slice(self.splits[split]["start"], self.splits[split]["stop"])

    def size(self, split):
        return self.splits[split]["stop"] - self.splits[split]["start"]


@pytest.fixture
def challenge(tmp_path):
    """A challenge CSV: 56 Training rows, 28 rows of each test split, equal numbers of each class."""
    return write(tmp_path / "source", {"fer2013.csv": challenge_csv(challenge_rows(28))}) / "fer2013.csv"


def test_everything_that_is_written(challenge, tmp_path):
    made = Prepared(challenge, tmp_path / "data")
    assert list(made.splits) == ["training", "validation", "public", "private"]
    assert [made.size(split) for split in made.splits] == [42, 14, 28, 28]
    assert made.images.shape == (112, 48, 48, 1)
    assert (made.images.dtype, made.labels.dtype) == (np.uint8, np.int16)
    by_source = {f"fer2013.csv:{line}": row for line, row in enumerate(challenge_rows(28), start=2)}
    for number, row in enumerate(made.rows):
        label, picture, usage = by_source.pop(row["source"])
        assert int(row["row"]) == number
        assert made.labels[number] == label
        assert np.array_equal(made.images[number, ..., 0], picture)
        expected = {
            "Training": ("training", "validation"),
            "PublicTest": ("public",),
            "PrivateTest": ("private",),
        }
        assert row["split"] in expected[usage]
        assert number in range(made.splits[row["split"]]["start"], made.splits[row["split"]]["stop"])
    assert not by_source
    for split, told in made.splits.items():
        assert told["per_class"] == np.bincount(made.labels[made.part(split)]).tolist()
    assert made.splits["validation"]["per_class"] == [2] * 7
    assert made.manifest["classes"] == list(EMOTIONS)
    assert made.manifest["image_shape"] == [48, 48, 1]
    assert (made.manifest["dataset"], made.manifest["stand_in"]) == ("mine", False)
    assert made.manifest["source"] == str(challenge)
    assert len(made.manifest["source_sha256"]) == 64
    assert made.manifest["left_out"] == {"constant": 0, "test_duplicates": 0}
    assert made.duplicates == []


def test_the_same_source_and_seed_give_the_same_bytes(challenge, tmp_path):
    first, again = (Prepared(challenge, tmp_path / name).bytes for name in "ab")
    assert first == again
    other = Prepared(challenge, tmp_path / "c", seed=1)
    assert other.bytes["rows.csv"] != first["rows.csv"]


def test_digests_follow_the_content_of_their_split_alone(challenge, tmp_path):
    rows = challenge_rows(28)
    rows[-1] = (rows[-1][0], 255 - rows[-1][1], rows[-1][2])
    changed = write(tmp_path / "changed", {"fer2013.csv": challenge_csv(rows)}) / "fer2013.csv"
    one, other = (Prepared(source, tmp_path / name) for source, name in ((challenge, "a"), (changed, "b")))
    differing = [
        split for split in one.splits if one.splits[split]["digest"] != other.splits[split]["digest"]
    ]
    assert differing == ["private"]


def test_the_file_system_s_order_makes_no_difference(tmp_path, monkeypatch):
    files = folder_files(("cat", "dog"), splits=("train", "test"), per_class=8, side=20)
    one = Prepared(write(tmp_path / "one", files), tmp_path / "a", classes=2)
    walk = os.walk

    def shuffled(*arguments, **options):
        for root, folders, names in walk(*arguments, **options):
            random.Random(1).shuffle(folders)
            random.Random(2).shuffle(names)
            yield root, folders, names

    monkeypatch.setattr(os, "walk", shuffled)
    other = Prepared(tmp_path / "one", tmp_path / "b", classes=2)
    assert one.bytes == other.bytes


def test_a_single_test_split_is_private(tmp_path):
    source = write(tmp_path / "source", folder_files(("cat", "dog"), per_class=8))
    made = Prepared(source, tmp_path / "data", classes=2)
    assert {split: made.size(split) for split in made.splits} == {
        "training": 12,
        "validation": 4,
        "private": 16,
    }
    assert any("private" in note for note in made.manifest["notes"])


def test_test_splits_are_made_where_there_are_none(tmp_path):
    source = write(tmp_path / "source", folder_files(("cat", "dog"), splits=("",), per_class=40, side=16))
    made = Prepared(source, tmp_path / "data", classes=2, image_size=16)
    assert {split: told["per_class"] for split, told in made.splits.items()} == {
        "training": [24, 24],
        "validation": [8, 8],
        "public": [4, 4],
        "private": [4, 4],
    }
    assert any(
        "made here from Training, 10% each" in note and "seed 0" in note for note in made.manifest["notes"]
    )


def test_unlabelled_pictures_come_last_with_their_ids(tmp_path):
    images, labels = faces(140, side=16)
    train = "label,feature\n" + "".join(
        f"{label},{pixels(each)}\n" for label, each in zip(labels, images, strict=True)
    )
    test = "id,feature\n" + "".join(
        f"{100 + row},{pixels(each)}\n" for row, each in enumerate(faces(5, side=16, seed=1)[0])
    )
    made = Prepared(
        write(tmp_path / "source", {"train.csv": train, "test.csv": test}), tmp_path / "data", image_size=16
    )
    assert list(made.splits) == ["training", "validation", "public", "private", "unlabelled"]
    assert made.labels[made.part("unlabelled")].tolist() == [-1] * 5
    assert [row["id"] for row in made.rows[made.part("unlabelled")]] == ["100", "101", "102", "103", "104"]
    assert made.splits["unlabelled"]["per_class"] == [0] * 7
    assert not any(row["id"] for row in made.rows[: made.part("unlabelled").start])


def test_an_id_that_a_spreadsheet_would_compute_is_refused(tmp_path):
    """It would stand in every submission."""
    images, labels = faces(70, side=16)
    rows = [f"{label},{pixels(each)}\n" for label, each in zip(labels, images, strict=True)]
    test = f"id,feature\n-7,{pixels(images[0])}\n=HYPERLINK(1),{pixels(images[1])}\n"
    source = write(tmp_path / "source", {"train.csv": "label,feature\n" + "".join(rows), "test.csv": test})
    with pytest.raises(UserError, match=r"source: id '=HYPERLINK\(1\)' is a formula to spreadsheets"):
        Prepared(source, tmp_path / "data", image_size=16)
    assert not list((tmp_path / "data").glob("*"))


def test_the_source_s_own_validation_split_is_kept(tmp_path):
    source = write(
        tmp_path / "source", folder_files(("cat", "dog"), splits=("train", "val", "test"), per_class=5)
    )
    made = Prepared(source, tmp_path / "data", classes=2)
    assert all(row["source"].startswith("val/") for row in made.rows[made.part("validation")])
    assert made.size("training") == made.size("validation") == 10


def test_a_part_of_training_is_nested_in_larger_parts(tmp_path, challenge):
    whole, half, less = (
        Prepared(challenge, tmp_path / name, training_fraction=part)
        for name, part in (("a", 1.0), ("b", 0.5), ("c", 0.34))
    )
    sources = [{row["source"] for row in made.rows[made.part("training")]} for made in (whole, half, less)]
    assert [len(each) for each in sources] == [42, 21, 14]
    assert sources[2] < sources[1] < sources[0]
    for split in ("validation", "public", "private"):
        assert whole.splits[split]["digest"] == half.splits[split]["digest"]
    assert any("Only 21 of 42 training rows" in note for note in half.manifest["notes"])


# Constant pictures and copies


@pytest.fixture
def with_copies(tmp_path):
    """Two constant Training rows, a constant PublicTest row, one Training copy of a PrivateTest row."""
    rows = challenge_rows(28)
    flat = np.full((48, 48), 9, np.uint8)
    rows[0], rows[1], rows[56] = (0, flat, "Training"), (1, flat + 1, "Training"), (0, flat + 2, "PublicTest")
    rows[2] = (2, rows[-1][1], "Training")
    return write(tmp_path / "source", {"fer2013.csv": challenge_csv(rows)}) / "fer2013.csv"


def test_constant_pictures_and_copies_are_left_out_of_training(with_copies, tmp_path):
    made = Prepared(with_copies, tmp_path / "data")
    assert made.manifest["left_out"] == {"constant": 2, "test_duplicates": 1}
    assert made.manifest["found"]["constant"] == 2
    assert made.manifest["found"]["constant_in_test"] == 1
    assert made.manifest["found"]["exact_duplicates_of_test"] == 1
    assert {"fer2013.csv:2", "fer2013.csv:3", "fer2013.csv:4"}.isdisjoint(row["source"] for row in made.rows)
    assert (made.size("public"), made.size("private")) == (28, 28)
    assert made.duplicates == []


def test_they_stay_where_the_config_says_so(with_copies, tmp_path):
    made = Prepared(with_copies, tmp_path / "data", leave_out={"constant": False, "test_duplicates": False})
    assert made.manifest["left_out"] == {"constant": 0, "test_duplicates": 0}
    assert made.manifest["found"]["constant"] == 2
    assert made.manifest["found"]["exact_duplicates_of_test"] == 1
    assert len(made.images) == 112
    by_source = {row["source"]: row for row in made.rows}
    assert by_source["fer2013.csv:4"]["split"] in ("training", "validation")
    if by_source["fer2013.csv:4"]["split"] == "training":
        (copy,) = made.duplicates
        assert copy == {
            "row": by_source["fer2013.csv:113"]["row"],
            "split": "private",
            "duplicate_of": by_source["fer2013.csv:4"]["row"],
            "split_of": "training",
            "kind": "exact",
            "similarity": "1.0",
        }


def test_training_copies_of_validation_pictures_are_left_out_too(tmp_path):
    rows = challenge_rows(28)
    rows[:56] = rows[:28] + rows[:28]
    source = write(tmp_path / "source", {"fer2013.csv": challenge_csv(rows)})
    made = Prepared(source, tmp_path / "data")
    shown = {split: {each.tobytes() for each in made.images[made.part(split)]} for split in made.splits}
    assert shown["training"].isdisjoint(shown["validation"])
    assert (
        made.manifest["found"]["exact_duplicates_of_validation"]
        == made.manifest["left_out"]["test_duplicates"]
        > 0
    )


def test_a_test_split_that_copies_training(tmp_path):
    files = folder_files(("cat", "dog"), splits=("train",), per_class=4)
    files |= {name.replace("train", "test"): content for name, content in files.items()}
    with pytest.raises(UserError, match=r"none of the 8 Training pictures .* 8 are exact copies of held-out"):
        Prepared(write(tmp_path / "source", files), tmp_path / "data", classes=2)


def test_only_constant_pictures(tmp_path):
    files = {
        f"{name}/{grey}.png": png(np.full((16, 16), grey, np.uint8)) for name in "ab" for grey in range(9)
    }
    with pytest.raises(UserError, match=r"14 are of one single value"):
        Prepared(write(tmp_path / "source", files), tmp_path / "data", classes=2)


def test_copies_within_a_split_stay_and_are_said(tmp_path):
    files = folder_files(("cat", "dog"), splits=("train", "test"), per_class=6)
    files["train/cat/copy.png"] = files["train/dog/copy.png"] = files["train/cat/1.png"]
    made = Prepared(write(tmp_path / "source", files), tmp_path / "data", classes=2)
    assert made.manifest["found"]["exact_duplicates_within"]["training"] == 2
    assert (
        "Exact copies within the source's training split: 2, 1 under another class." in made.manifest["notes"]
    )


def test_a_data_set_is_described_without_writing(tmp_path):
    source = write(tmp_path / "source", folder_files(("cat", "dog"), per_class=8, side=16))
    said = preparation.describe(source, 16, "grey")
    assert said.startswith(
        f"{source}: 2 classes (cat, dog); pictures of 16 x 16 grey: training 14, validation 2"
    )
    assert "private 16; left out of training: 0 of one single value, 0 copies" in said
    assert "\n" not in said


def test_an_eighth_number_beside_the_emotions_is_said(tmp_path):
    rows = [(7 if number == 4 else row[0], *row[1:]) for number, row in enumerate(challenge_rows(28))]
    source = write(tmp_path / "source", {"fer.csv": challenge_csv(rows)})
    made = Prepared(source, tmp_path / "data", classes=None)
    assert any("Labels go beyond" in note and "fer.csv:6" in note for note in made.manifest["notes"])


# Drawn data


def test_drawn_data_say_that_they_are_a_stand_in(tmp_path):
    made = Prepared(None, tmp_path / "data", generator="expressions", image_size=24, color="rgb")
    assert made.manifest["stand_in"] is True
    assert made.manifest["source_sha256"] is None
    assert "drawn" in made.manifest["source"]
    assert any("stand-in" in note for note in made.manifest["notes"])
    assert made.images.shape[1:] == (24, 24, 3)
    assert made.size("training") + made.size("validation") == 140
    assert {row["source"] for row in made.rows} == {"drawn"}


# Mistakes


@pytest.mark.parametrize("count", [2, 3])
def test_too_few_rows_for_every_split(tmp_path, count):
    files = folder_files(("cat", "dog"), splits=("",), per_class=count)
    with pytest.raises(UserError, match=r"source: .*(training|validation)"):
        Prepared(write(tmp_path / "source", files), tmp_path / "data", classes=2)
    assert list((tmp_path / "data").iterdir()) == []


def test_nothing_is_written_on_a_mistake(tmp_path):
    source = write(tmp_path / "source", {"fer.csv": challenge_csv() + "0,1 2 3,Training\n"})
    with pytest.raises(UserError, match=r"fer\.csv: line 30, pixels: found 3 values"):
        Prepared(source, tmp_path / "data")
    assert list((tmp_path / "data").iterdir()) == []


def test_a_class_that_only_constant_pictures_had(tmp_path):
    rows = [
        (label, np.zeros((48, 48), np.uint8) if label == 3 else picture, usage)
        for label, picture, usage in challenge_rows()
    ]
    source = write(tmp_path / "source", {"fer.csv": challenge_csv(rows)})
    with pytest.raises(UserError, match="class happy has no rows left in training"):
        Prepared(source, tmp_path / "data")


def test_a_test_split_that_lacks_a_class_is_noted(tmp_path):
    rows = [row for row in challenge_rows(28) if row[0] != 1 or row[2] != "PublicTest"]
    made = Prepared(write(tmp_path / "source", {"fer.csv": challenge_csv(rows)}), tmp_path / "data")
    assert "The public split has no rows of disgust." in made.manifest["notes"]


def test_stratified_takes_its_part_of_every_class():
    labels = np.repeat([0, 1, 2], [100, 10, 2])
    rows = np.arange(1000, 1112)
    chosen = preparation.stratified(rows, labels, 0.1, 0)
    assert np.bincount(labels[chosen - 1000]).tolist() == [10, 1, 1]
    assert chosen.tolist() == sorted(chosen)
    assert set(chosen) < set(preparation.stratified(rows, labels, 0.4, 0))
    assert set(chosen) != set(preparation.stratified(rows, labels, 0.1, 1))


@pytest.mark.slow
def test_real_fer2013(fer2013_csv, tmp_path):
    made = Prepared(fer2013_csv, tmp_path / "data", validation_fraction=0.1)
    assert (made.size("public"), made.size("private")) == (3589, 3589)
    assert made.images[0, 0, :6, 0].tolist() == [70, 80, 82, 72, 58, 58]
    assert [made.splits[split]["digest"][:8] for split in ("training", "validation")] == [
        "4cbb3e41",
        "61d264ea",
    ]
    assert hashlib.sha256(made.bytes["duplicates.csv"]).hexdigest()[:8] == "7b56d7d2"
    assert made.manifest["found"]["exact_duplicates_within"]["training"] == 1237
    assert made.manifest["left_out"]["constant"] >= 8
    assert made.manifest["found"]["exact_duplicates_of_test"] > 500
    assert all(copy["kind"] == "near" for copy in made.duplicates)
    assert (
        "The source's rows per split and class are those of the published FER2013." in made.manifest["notes"]
    )
