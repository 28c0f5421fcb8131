import io
import os
import re
import tarfile
import zipfile
from functools import partial

import numpy as np
import pytest
from PIL import Image

import made_up_pictures
from made_up_pictures import (
    ARCHIVES,
    EMOTIONS,
    PACKINGS,
    USAGES,
    challenge_csv,
    challenge_rows,
    faces,
    folder_files,
    pixels,
    png,
    tar,
    write,
    zipped,
)
from widthwise.data import readers
from widthwise.data.readers import fer2013, members, pictures
from widthwise.plumbing.errors import UserError

SPLIT_OF = {"Training": "training", "PublicTest": "public", "PrivateTest": "private"}


read = partial(made_up_pictures.read, classes=7, image_size=48)
refused = partial(made_up_pictures.refused, classes=7, image_size=48)


def assert_is_challenge(found, name="fer2013.csv"):
    rows = challenge_rows()
    assert found.classes == list(EMOTIONS)
    assert np.array_equal(found.images[..., 0], [picture for _, picture, _ in rows])
    assert found.images.shape[3] == 1
    assert found.images.dtype == np.uint8
    assert found.labels.tolist() == [label for label, _, _ in rows]
    assert found.splits == [SPLIT_OF[usage] for _, _, usage in rows]
    assert found.sources == [f"{name}:{line}" for line in range(2, len(rows) + 2)]


# Tables


@pytest.mark.parametrize(
    "header",
    ["emotion,pixels,Usage", "emotion, Usage, pixels", "Usage,emotion,pixels", "\ufeffemotion,pixels,Usage"],
)
def test_challenge_csv_with_any_order_of_columns(tmp_path, header):
    bom = "\ufeff" if header.startswith("\ufeff") else ""
    text = bom + challenge_csv(header=header.removeprefix("\ufeff"))
    assert_is_challenge(read(write(tmp_path, {"fer2013.csv": text}) / "fer2013.csv"))


def test_quotes_carriage_returns_and_blank_lines_make_no_difference(tmp_path):
    lines = challenge_csv().splitlines()
    text = "\r\n".join([lines[0]] + [re.sub(",(.*),", r',"\1",', line) for line in lines[1:]] + ["", ""])
    assert_is_challenge(read(write(tmp_path, {"fer2013.csv": text}) / "fer2013.csv"))


@pytest.mark.parametrize("packing", PACKINGS)
def test_challenge_csv_in_an_archive_whatever_it_is_called(tmp_path, packing):
    source = tmp_path / "fer2013.csv"  # the name says nothing of the packing
    source.write_bytes(PACKINGS[packing]({"fer2013.csv": challenge_csv()}))
    assert_is_challenge(read(source))


def test_challenge_csv_nested_beside_other_files(tmp_path):
    files = {
        "fer2013/fer2013.csv": challenge_csv(),
        "fer2013/README": "read me",
        "fer2013/fer2013.bib": "@x{}",
    }
    source = tmp_path / "archive"
    source.write_bytes(PACKINGS["tar.gz"](files))
    assert_is_challenge(read(source), "fer2013/fer2013.csv")


def test_the_bundle_of_the_challenge_is_read_once(tmp_path):
    """Its zip holds the same pictures as one table, as train and test tables, and in a tar.gz."""
    labelled = "emotion,pixels\n" + "".join(f"{row[0]},{pixels(row[1])}\n" for row in challenge_rows())
    files = {
        "icml_face_data.csv": challenge_csv(header="emotion, Usage, pixels"),
        "train.csv": labelled,
        "test.csv": "pixels\n" + pixels(faces(1)[0]),
        "example_submission.csv": "emotion\n0\n",
        "fer2013.tar.gz": PACKINGS["tar.gz"]({"fer2013/fer2013.csv": challenge_csv()}),
    }
    source = tmp_path / "bundle.zip"
    source.write_bytes(zipped(files))
    found = read(source)
    assert_is_challenge(found, "icml_face_data.csv")
    assert "train.csv" in found.notes[0]


@pytest.mark.parametrize("header", ["label,feature", "emotion,pixels"])
@pytest.mark.parametrize("packing", [None, *ARCHIVES])
def test_course_style_train_and_unlabelled_test(tmp_path, header, packing):
    images, labels = faces(21)
    unseen, _ = faces(3, seed=5)
    train = (
        header
        + "\n"
        + "".join(f"{label},{pixels(each)}\n" for label, each in zip(labels, images, strict=True))
    )
    test = "id,feature\n" + "".join(f"{9 - row},{pixels(each)}\n" for row, each in enumerate(unseen))
    files = {"train.csv": train, "test.csv": test}
    if packing:
        source = tmp_path / "data"
        source.write_bytes(PACKINGS[packing](files))
    else:
        source = write(tmp_path / "folder", files)
    found = read(source)
    assert found.splits == ["unlabelled"] * 3 + ["training"] * 21
    assert np.array_equal(found.images[..., 0], np.concatenate([unseen, images]))
    assert found.labels.tolist() == [-1, -1, -1, *labels]
    assert found.ids[:4] == ["9", "8", "7", ""]


def test_unlabelled_rows_without_ids_are_numbered(tmp_path):
    images, labels = faces(7)
    train = "emotion,pixels\n" + "".join(
        f"{label},{pixels(each)}\n" for label, each in zip(labels, images, strict=True)
    )
    source = write(
        tmp_path, {"train.csv": train, "test.csv": "pixels\n" + "\n".join(map(pixels, images[:2]))}
    )
    assert read(source).ids[:3] == ["0", "1", ""]


def test_each_table_compressed_by_itself(tmp_path):
    images, labels = faces(7)
    train = "emotion,pixels\n" + "".join(
        f"{label},{pixels(each)}\n" for label, each in zip(labels, images, strict=True)
    )
    files = {
        "train.csv.gz": PACKINGS["gz"]({"": train}),
        "test.csv.zip": zipped({"test.csv": "pixels\n" + pixels(images[0])}),
    }
    found = read(write(tmp_path, files))
    assert sorted(found.splits) == ["training"] * 7 + ["unlabelled"]


def test_a_labelled_test_table_is_a_test_split(tmp_path):
    images, labels = faces(7)
    table = "emotion,pixels\n" + "".join(
        f"{label},{pixels(each)}\n" for label, each in zip(labels, images, strict=True)
    )
    found = read(write(tmp_path, {"train.csv": table, "test.csv": table}))
    assert set(found.splits) == {"training", "test"}


def test_other_classes_and_sizes_in_a_table(tmp_path):
    images, labels = faces(9, classes=3, side=20)
    table = "label;pixels\n" + "".join(
        f"{label};{pixels(each)}\n" for label, each in zip(labels, images, strict=True)
    )
    source = write(tmp_path, {"data.csv": table}) / "data.csv"
    found = read(source, classes=None, image_size=20)
    assert found.classes == ["0", "1", "2"]
    assert np.array_equal(found.images[..., 0], images)
    assert read(source, classes=3, image_size=32, color="rgb").images.shape == (9, 32, 32, 3)


# Folders


@pytest.mark.parametrize("packing", [None, *ARCHIVES])
@pytest.mark.parametrize("prefix", ["", "fer2013/"])
def test_split_and_class_folders(tmp_path, packing, prefix):
    files = {prefix + name: content for name, content in folder_files().items()}
    stray = {
        ".DS_Store": b"\0",
        "__MACOSX/train/._0.png": b"\0",
        f"{prefix}train/angry/Thumbs.db": b"\0",
        "README.md": "x",
    }
    if packing:
        source = tmp_path / "data"
        source.write_bytes(PACKINGS[packing](files | stray))
    else:
        source = write(tmp_path / "folder", files | stray)
    found = read(source)
    assert found.classes == list(EMOTIONS)
    assert found.sources == sorted(files)
    assert found.splits == [
        {"test": "test", "train": "training"}[name.removeprefix(prefix).split("/")[0]]
        for name in sorted(files)
    ]
    assert [EMOTIONS[label] for label in found.labels] == [name.split("/")[-2] for name in sorted(files)]
    decoded = [np.asarray(Image.open(io.BytesIO(files[name]))) for name in sorted(files)]
    assert np.array_equal(found.images[..., 0], decoded)


def test_file_names_decide_the_split(tmp_path):
    picture = png(faces(1)[0][0])
    files = {f"train/{name}/Training_{number}.jpg": picture for name in EMOTIONS for number in range(2)}
    files |= {
        f"test/{name}/{usage}_7.jpg": picture for name in EMOTIONS for usage in ("PublicTest", "PrivateTest")
    }
    found = read(write(tmp_path, files))
    assert sorted(
        set(zip((source.split("/")[-1].split("_")[0] for source in found.sources), found.splits, strict=True))
    ) == [
        ("PrivateTest", "private"),
        ("PublicTest", "public"),
        ("Training", "training"),
    ]


@pytest.mark.parametrize("name", ["validation", "val", "Valid"])
def test_a_validation_folder(tmp_path, name):
    found = read(write(tmp_path, folder_files(splits=("train", name))))
    assert found.splits.count("validation") == found.splits.count("training") == 21


def test_numeric_class_names_are_ordered_by_value(tmp_path):
    names = [str(number) for number in range(12)]
    found = read(write(tmp_path, folder_files(names, splits=("train",))), classes=12)
    assert found.classes == names
    assert {
        source.split("/")[1]: label for source, label in zip(found.sources, found.labels, strict=True)
    } == {name: int(name) for name in names}


def test_seven_numbered_classes_of_48_pixels_are_the_emotions(tmp_path):
    found = read(write(tmp_path, folder_files(list("0123456"))))
    assert found.classes == list(EMOTIONS)


def test_emotions_are_numbered_like_fer2013_whatever_their_form(tmp_path):
    names = ("Anger", "disgusted", "fearful", "Happiness", "sadness", "surprised", "Neutral")
    found = read(write(tmp_path, folder_files(names)))
    assert found.classes == list(EMOTIONS)
    assert {
        source.split("/")[1]: label for source, label in zip(found.sources, found.labels, strict=True)
    } == {name: number for number, name in enumerate(names)}


@pytest.mark.parametrize(("color", "channels"), [("grey", 1), ("rgb", 3)])
def test_bare_class_folders_of_colour_pictures_of_another_size(tmp_path, color, channels):
    source = write(tmp_path, folder_files(("cat", "dog", "Owl"), splits=("",), side=70, color=True))
    found = read(source, classes=3, image_size=32, color=color)
    assert found.classes == ["cat", "dog", "Owl"]
    assert found.images.shape == (9, 32, 32, channels)
    assert set(found.splits) == {"training"}


def test_grey_levels_survive_every_mode(tmp_path):
    """A 16-bit picture is scaled, a palette resolved, transparency ignored."""
    grey = Image.fromarray(np.full((48, 48), 100, np.uint8))
    deep = Image.fromarray(np.full((48, 48), 100 * 257, np.uint16))
    for name, picture in {"a": grey, "b": deep, "c": grey.convert("P"), "d": grey.convert("RGBA")}.items():
        (tmp_path / name).mkdir()
        picture.save(tmp_path / name / "0.png")
    assert np.unique(read(tmp_path, classes=4).images).tolist() == [100]


def test_unlabelled_test_pictures(tmp_path):
    files = folder_files(("cat", "dog"), splits=("train",)) | {"test/b.png": png(faces(1)[0][0])}
    found = read(write(tmp_path, files), classes=2)
    assert found.splits == ["unlabelled"] + ["training"] * 6
    assert (found.labels[0], found.ids[0]) == (-1, "b.png")


def test_pictures_outside_of_class_folders_are_left_aside(tmp_path):
    files = folder_files(("cat", "dog"), splits=("",)) | {"sample.png": png(faces(1)[0][0])}
    found = read(write(tmp_path, files), classes=2)
    assert len(found.images) == 6
    assert "sample.png" in found.notes[0]


def test_linked_folders_are_followed_and_circles_end(tmp_path):
    real = write(tmp_path / "real", folder_files(("cat", "dog"), splits=("",)))
    source = tmp_path / "source"
    source.mkdir()
    (source / "data").symlink_to(real)
    (real / "cat" / "round").symlink_to(source)
    assert len(read(source, classes=2).images) == 6


def test_a_link_to_nowhere(tmp_path):
    source = write(tmp_path / "source", folder_files(("cat", "dog"), splits=("",)))
    (source / "cat" / "9.png").symlink_to(tmp_path / "nowhere")
    refused(source, "cat/9.png", "broken link", classes=2)


def test_file_names_in_an_odd_encoding(tmp_path):
    source = write(tmp_path / "source", folder_files(("cat", "dog"), splits=("",)))
    (source / "cat" / "0.png").rename(source / "cat" / os.fsdecode(b"\xe9.png"))
    found = read(source, classes=2)
    assert "cat/\\xe9.png" in found.sources


def test_checksum_follows_content(tmp_path):
    files = folder_files(("cat", "dog"), splits=("",))
    first = read(write(tmp_path / "a", files), classes=2).source_sha256
    assert read(write(tmp_path / "b", dict(reversed(files.items()))), classes=2).source_sha256 == first
    changed = files | {"cat/0.png": files["cat/1.png"]}
    assert read(write(tmp_path / "c", changed), classes=2).source_sha256 != first


# FER2013's counts


def look_alike(changes=0):
    labels = np.concatenate(
        [np.repeat(np.arange(7), counts) for counts in list(fer2013.PUBLISHED.values())[:3]]
    )
    splits = np.repeat(["training", "public", "private"], [28709, 3589, 3589])
    keep = np.ones(len(labels), bool)
    keep[:changes] = False
    return readers.pictures.Pictures(
        None, labels[keep].astype(np.int16), splits[keep].tolist(), [], [], list(EMOTIONS), None, (48, 48)
    )


def test_published_counts_are_recognised_and_differences_named():
    assert "are those of the published FER2013" in fer2013.comparison(look_alike())
    altered = fer2013.comparison(look_alike(changes=5))
    assert "training angry 3,990 rows, published 3,995" in altered
    assert "public" not in altered
    resized = look_alike()
    resized.picture_size = (96, 96)
    assert "pictures are 96 x 96" in fer2013.comparison(resized)


def test_other_data_are_not_compared_with_fer2013(tmp_path):
    assert fer2013.comparison(read(write(tmp_path, folder_files()))) is None


# Mistakes in tables


def broken(line, text_of_row):
    """A challenge CSV in which one line (as an editor counts) is replaced."""
    lines = challenge_csv().splitlines()
    lines[line - 1] = text_of_row
    return "\n".join(lines) + "\n"


GOOD = pixels(faces(1)[0])


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (f"0,{GOOD.rsplit(' ', 1)[0]},Training", ["pixels", "2,303", "2,304"]),
        (f"0,{GOOD} 7,Training", ["pixels", "2,305", "2,304"]),
        (f"0,{pixels(np.zeros((47, 47), int))},Training", ["pixels", "2,209", "2,304"]),
        ("0,,Training", ["pixels", "found 0", "2,304"]),
        (f"0,256 {GOOD.split(' ', 1)[1]},Training", ["pixels", "value 1 ", "'256'", "0 to 255"]),
        (f"0,{GOOD.rsplit(' ', 1)[0]} -1,Training", ["pixels", "value 2304 ", "'-1'"]),
        (f"0,1.5 {GOOD.split(' ', 1)[1]},Training", ["pixels", "'1.5'", "integer"]),
        (f"0,x {GOOD.split(' ', 1)[1]},Training", ["pixels", "'x'"]),
        (f"0,nan {GOOD.split(' ', 1)[1]},Training", ["pixels", "'nan'"]),
        (f"0,{'9' * 9000} {GOOD.split(' ', 1)[1]},Training", ["pixels", "value 1 "]),
        (f"0,{'9' * 30} {GOOD.split(' ', 1)[1]},Training", ["pixels", "value 1 "]),
        (f"7,{GOOD},Training", ["emotion", "'7'", "0 to 6"]),
        (f"-1,{GOOD},Training", ["emotion", "'-1'"]),
        (f",{GOOD},Training", ["emotion", "''"]),
        (f"0,{GOOD},Testing", ["Usage", "'Testing'", "Training, PublicTest, PrivateTest"]),
        (f"0,{GOOD}", ["2 fields", "expected 3"]),
        (f"0,{GOOD},Training,9", ["4 fields", "expected 3"]),
        (f'0,"{GOOD},Training', ["no CSV"]),
    ],
)
def test_a_bad_row_is_named(tmp_path, row, told):
    source = write(tmp_path, {"fer.csv": broken(5, row)}) / "fer.csv"
    message = refused(source, str(source), *told)
    assert "line 5" in message or "no CSV" in message


def test_a_bad_first_row_is_measured_against_the_next_square(tmp_path):
    source = write(tmp_path, {"fer.csv": broken(2, f"0,{GOOD} 7,Training")})
    refused(source, "fer.csv", "line 2", "2,305", "2,304 (48 x 48)")


def test_a_row_that_is_no_text_is_named(tmp_path):
    lines = challenge_csv().encode().splitlines()
    lines[8] = lines[8].replace(b"Training", b"Tra\xefning")
    refused(write(tmp_path, {"fer.csv": b"\n".join(lines)}), "line 9", "UTF-8")
    refused(write(tmp_path, {"fer.csv": challenge_csv().encode("utf-16")}), "fer.csv", "UTF-8")


@pytest.mark.parametrize("usage", USAGES)
def test_a_split_without_rows(tmp_path, usage):
    rows = [row for row in challenge_rows() if row[2] != usage]
    refused(write(tmp_path, {"fer.csv": challenge_csv(rows)}), "fer.csv", f"Usage {usage}")


def test_a_class_without_rows(tmp_path):
    rows = [row for row in challenge_rows() if row[0] != 2 or row[2] != "Training"]
    source = write(tmp_path, {"fer.csv": challenge_csv(rows)})
    refused(source, "fear", "no rows in Training")
    refused(source, "fer.csv: line", "emotion: found 3, but label 2 has no rows in Training", classes=None)


def test_a_label_beyond_the_others(tmp_path):
    rows = challenge_rows()
    rows[4] = (9, *rows[4][1:])
    source = write(tmp_path, {"fer.csv": challenge_csv(rows)})
    refused(source, "line 6, emotion: found 9, but label 7 has no rows", classes=None)


def test_missing_columns(tmp_path):
    refused(
        write(tmp_path / "a", {"fer.csv": "emotion,Usage\n0,Training\n"}),
        "fer.csv",
        "emotion, Usage",
        "pixels",
    )
    refused(
        write(tmp_path / "b", {"fer.csv": f"pixels,Usage\n{GOOD},Training\n"}), "line 1", "emotion or label"
    )


def test_empty_files(tmp_path):
    for name, content in {"fer.csv": "", "fer.csv.gz": PACKINGS["gz"]({"": ""}), "fer.xz": b""}.items():
        source = write(tmp_path, {name: content}) / name
        refused(source, str(source), "empty")
    refused(write(tmp_path, {"head.csv": "emotion,pixels,Usage\n"}) / "head.csv", "head.csv", "no rows")
    (tmp_path / "nothing").mkdir()
    refused(tmp_path / "nothing", "nothing", "the folder is empty")
    refused(tmp_path / "missing", "missing", "no such file")


def test_two_training_tables(tmp_path):
    table = "emotion,pixels\n" + "".join(f"{row[0]},{pixels(row[1])}\n" for row in challenge_rows())
    refused(write(tmp_path, {"one.csv": table, "two.csv": table}), "one.csv", "two.csv", "expected one")


# Mistakes in folders


def test_pictures_that_cannot_be_read(tmp_path):
    files = folder_files(("cat", "dog"), splits=("",))
    for broken_content in (files["cat/1.png"][:900], b"no picture", b""):
        source = write(tmp_path, files | {"cat/1.png": broken_content})
        found = read(source, classes=2)
        assert "cat/1.png" not in found.sources and len(found.images) == 5
        assert "could not be read, left aside: 1 " in found.notes[0]
        assert "cat/1.png: unreadable" in found.notes[0]


def test_a_picture_that_claims_to_be_enormous(tmp_path):
    files = folder_files(("cat", "dog"), splits=("",))
    stream = io.BytesIO()
    Image.new("1", (9000, 9000)).save(stream, "png")
    found = read(write(tmp_path, files | {"cat/1.png": stream.getvalue()}), classes=2)
    assert "cat/1.png: has 9,000 x 9,000 pixels; expected at most 64,000,000" in found.notes[0]


def test_a_large_photograph_is_halved_while_decoding(tmp_path, monkeypatch):
    monkeypatch.setattr(pictures, "MAXIMUM_PIXELS", 2000)
    Image.linear_gradient("L").resize((80, 60)).save(tmp_path / "large.jpg")
    Image.linear_gradient("L").resize((200, 100)).save(tmp_path / "larger.jpg")
    assert pictures.opened(tmp_path / "large.jpg", "large.jpg").size == (40, 30)
    with pytest.raises(UserError, match="200 x 100 pixels; expected at most"):
        pictures.opened(tmp_path / "larger.jpg", "larger.jpg")


def test_folders_without_pictures_or_classes(tmp_path):
    source = write(tmp_path / "a", folder_files(("cat", "dog"), splits=("",)))
    (source / "owl").mkdir()
    refused(source, "owl", "holds no pictures", classes=None)
    refused(write(tmp_path / "b", {"a.png": png(faces(1)[0][0])}), "a.png", "one folder per class")
    refused(write(tmp_path / "c", {"notes.txt": "nothing"}), "notes.txt", "no pictures")
    refused(
        write(tmp_path / "d", folder_files(("cat", "dog"), splits=("test",))),
        "no labelled training",
        classes=2,
    )


def test_as_many_classes_as_configured(tmp_path):
    refused(
        write(tmp_path, folder_files(("cat", "dog"), splits=("",))),
        "2 classes (cat, dog)",
        "expected 3",
        classes=3,
    )


def test_a_class_that_training_lacks(tmp_path):
    files = folder_files(("cat", "dog"))
    files = {name: content for name, content in files.items() if not name.startswith("train/dog")}
    refused(write(tmp_path, files), "dog", "no rows in Training", classes=2)


# Mistakes in archives


@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize("part", [0.3, 0.9])
def test_truncated_archives(tmp_path, packing, part):
    content = PACKINGS[packing]({"fer2013.csv": challenge_csv()})
    source = tmp_path / "fer2013.download"
    source.write_bytes(content[: int(part * len(content))])
    refused(source, str(source), "truncated or damaged")


def test_a_tar_that_ends_between_two_files(tmp_path):
    content = tar({"a.csv": challenge_csv(), "b.txt": "x"})
    cut = content.index(b"b.txt")
    source = write(tmp_path, {"a.tar": content[:cut]}) / "a.tar"
    refused(source, "truncated")


@pytest.mark.parametrize(
    "name", ["../evil.csv", "/tmp/evil.csv", "a/../../evil.csv", "..\\evil.csv", "C:\\evil.csv"]
)
def test_members_that_point_outside(tmp_path, name):
    for packing in ("zip", "tar", "tar.gz"):
        source = tmp_path / "data"
        source.write_bytes(PACKINGS[packing]({"fer2013.csv": challenge_csv(), name: "evil"}))
        refused(source, str(source), name.replace("\\", "/"), "points outside")


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE])
@pytest.mark.parametrize("target", ["/etc/passwd", "../../secret"])
def test_links_that_point_outside(tmp_path, kind, target):
    entry = tarfile.TarInfo("train.csv")
    entry.type, entry.linkname = kind, target
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        archive.addfile(entry)
    refused(tmp_path / "a.tar", "a.tar", target, "points outside")


def test_zipped_link_that_points_outside(tmp_path):
    entry = zipfile.ZipInfo("train.csv")
    entry.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(entry, "/etc/passwd")
    refused(tmp_path / "a.zip", "a.zip", "/etc/passwd", "points outside")


def test_links_within_a_tar_are_resolved(tmp_path):
    content = challenge_csv().encode()
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        entry = tarfile.TarInfo("data/fer.csv.txt")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
        link = tarfile.TarInfo("fer2013.csv")
        link.type, link.linkname = tarfile.SYMTYPE, "data/fer.csv.txt"
        archive.addfile(link)
    assert_is_challenge(read(tmp_path / "a.tar"))


def test_an_archive_that_unpacks_to_absurd_size(tmp_path, monkeypatch):
    monkeypatch.setattr(members, "BOMB_BYTES", 10_000)
    source = tmp_path / "bomb.gz"
    source.write_bytes(PACKINGS["gz"]({"": b"\0" * 10_000_000}))
    refused(source, "bomb.gz", "unpacks to more than")


def test_archives_without_end(tmp_path):
    content = challenge_csv()
    for _ in range(6):
        content = PACKINGS["gz"]({"": content})
    source = write(tmp_path, {"deep": content}) / "deep"
    refused(source, "deep", "archives lie in each other")


def test_reading_leaves_nothing_behind(tmp_path, monkeypatch):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    source = tmp_path / "data.zip"
    source.write_bytes(zipped({"fer2013.csv": challenge_csv()}))
    read(source)
    source.write_bytes(source.read_bytes()[:-100])
    refused(source)
    assert list(scratch.iterdir()) == []
