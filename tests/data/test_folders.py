"""How folders of pictures are understood: one table of cases, made of tiny drawn pictures."""

import io
import os
import tarfile
import unicodedata
import zipfile

import numpy as np
import pytest
from PIL import Image

from made_up_pictures import folder_files, png, tar, write, zipped
from widthwise.data import readers
from widthwise.data.readers import members, pictures
from widthwise.plumbing.errors import UserError
from widthwise.plumbing.files import walk_once

NOISE = np.random.default_rng(7).integers(0, 256, (400, 16, 16), np.uint8)
NFC, NFD = (unicodedata.normalize(form, "caf\u00e9") for form in ("NFC", "NFD"))


def some(*folders, count=2):
    """{path: PNG} of ``count`` pictures in each folder, no two alike."""
    places = [f"{folder}/{number}.png" for folder in folders for number in range(count)]
    return {place: png(NOISE[row]) for row, place in enumerate(places)}


def encoded(picture, form, **options):
    stream = io.BytesIO()
    picture.save(stream, form, **options)
    return stream.getvalue()


def read(folder, files):
    return readers.read(write(folder, files), None, 16, "grey")


TWO = some("cup", "jar")
SPLIT = some("train/cup", "train/jar", "test/cup", "test/jar")


@pytest.mark.parametrize(
    ("files", "classes", "splits", "told"),
    [
        (some("car", "bus", "train"), ["bus", "car", "train"], {"training": 6}, "The folder train holds"),
        (some("test tube", "cup"), ["cup", "test tube"], {"training": 4}, "The folder test tube holds"),
        (
            some("train/private car", "train/bus", "test/private car", "test/bus"),
            ["bus", "private car"],
            {"training": 4, "test": 4},
            None,
        ),
        (some("A", "a", "B", "b"), ["A", "a", "B", "b"], {"training": 8}, "upper and lower case alone: A, a"),
        (
            SPLIT | {"all.zip": zipped(SPLIT)},
            ["cup", "jar"],
            {"training": 4, "test": 4},
            "copies of others, left aside: 8 (all.zip/test/cup of test/cup, ...)",
        ),
        (
            TWO | {"cup.zip": zipped({"0.png": TWO["cup/0.png"]})},
            ["cup", "jar"],
            {"training": 4},
            "left aside: 1 (cup.zip of cup)",
        ),
        (
            TWO | {f"backup/{name}": content for name, content in TWO.items()},
            ["cup", "jar"],
            {"training": 4},
            "left aside: 4 (backup/cup of cup, ...)",
        ),
        (
            some(f"train/{NFC}", "train/jar", f"test/{NFD}", "test/jar"),
            [NFC, "jar"],
            {"training": 4, "test": 4},
            None,
        ),
        (
            some("train/cup", "train/jar", "extra"),
            ["cup", "jar"],
            {"training": 4},
            "outside of class folders, left aside: 2 (extra/0.png, extra/1.png)",
        ),
        (
            TWO | {"cup/notes.txt": "x"},
            ["cup", "jar"],
            {"training": 4},
            "no pictures, left aside: 1 (cup/notes",
        ),
        (
            TWO | {"cup/0.heic": b"\0\0\0\x18ftypheic"},
            ["cup", "jar"],
            {"training": 4},
            "cup/0.heic: unreadable",
        ),
        (
            TWO | {"cup/lab.tif": encoded(Image.new("LAB", (16, 16), (120, 20, 20)), "tiff")},
            ["cup", "jar"],
            {"training": 4},
            "cup/lab.tif: holds Lab colours; expected",
        ),
        (
            TWO | {"cup/wide.png": png(np.tile(NOISE[9], (1, 3)))},
            ["cup", "jar"],
            {"training": 5},
            "far from square, squeezed into one: 1 (cup/wide.png)",
        ),
        (
            some("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral", "contempt", count=1),
            ["angry", "contempt", "disgust", "fear", "happy", "neutral", "sad", "surprise"],
            {"training": 8},
            "there are others (contempt)",
        ),
    ],
)
def test_folders_that_are_understood(tmp_path, files, classes, splits, told):
    found = read(tmp_path, files)
    assert found.classes == classes
    assert {split: found.splits.count(split) for split in set(found.splits)} == splits
    assert len(found.notes) == (told is not None) and (told or "") in "".join(found.notes), found.notes


@pytest.mark.parametrize(
    ("files", "told"),
    [
        (some("cup"), "found one class (cup)"),
        (
            some("apple/healthy", "pear/healthy", "pear/sick"),
            "class healthy lies in apple/healthy and in pear/",
        ),
        (some("train/a/x", "train/y", "test/b/x", "test/y"), "class x lies in"),
        (some(NFC, NFD, "jar"), "differ in Unicode form alone"),
        (some("cup", "cup ", "jar"), "differ by blanks alone"),
        (
            some("train/cup", "train/jar", "test/cup ", "test/jar"),
            "'cup ' has no rows in Training (which has 'cup'",
        ),
        (some("train/Cup", "train/jar", "test/cup"), "class cup has no rows in Training (which has 'Cup'"),
        (some("a\nb", "jar"), r"the class folder a\nb has a control character"),
        (some("a\x1b[31m", "jar"), r"the class folder a\x1b[31m has a control character"),
        (some("cup", "cup/more", "jar"), "the folder cup holds pictures, and so does cup/more"),
        (
            TWO | {"pan/0.npy": b"x"},
            "pan lies beside the class folders, but none of its 1 files is a picture",
        ),
        (
            TWO | {"pan/0.jxl": b"\xff\x0a"},
            "class pan: none of the 1 pictures of the folder pan could be read",
        ),
        ({"data.csv.xz": b"\xfd7zXX broken"}, "is called .xz, but does not begin like such a file"),
    ],
)
def test_folders_that_are_refused(tmp_path, files, told):
    with pytest.raises(UserError) as caught:
        read(tmp_path, files)
    assert told in str(caught.value)
    assert str(caught.value).isprintable()


def test_pictures_beside_a_table_of_pixels_are_named(tmp_path):
    table = "label,pixels\n" + "".join(f"{n % 2},{' '.join(map(str, NOISE[n].ravel()))}\n" for n in range(4))
    found = read(tmp_path / "pixels", TWO | {"train.csv": table})
    assert found.sources[0] == "train.csv:2"
    assert "Picture files beside train.csv, left aside: 4 (cup/0.png" in found.notes[0]
    found = read(tmp_path / "names", TWO | {"labels.csv": "label,feature\n0,cup/0.png\n"})
    assert found.classes == ["cup", "jar"] and "labels.csv" in found.notes[0]


# What a picture file may be


GREY = Image.fromarray(NOISE[0])
KNOWN = ("jpeg", "png", "bmp", "gif", "webp", "tiff", "ppm", "avif", "jpeg2000")


@pytest.mark.parametrize("form", KNOWN)
def test_pictures_are_known_by_their_content(tmp_path, form):
    files = TWO | {"pan/0": encoded(GREY, form), "pan/1.txt": encoded(GREY.rotate(90), form)}
    assert read(tmp_path, files).classes == ["cup", "jar", "pan"]
    assert members.pictures_below(tmp_path / "pan") == [tmp_path / "pan/0", tmp_path / "pan/1.txt"]


def test_tga_is_known_by_its_ending(tmp_path):
    assert read(tmp_path, TWO | {"pan/0.tga": encoded(GREY, "tga")}).classes == ["cup", "jar", "pan"]


@pytest.mark.parametrize("form", ["eps", "pcx", "sgi", "ico"])
def test_no_other_decoder_runs(tmp_path, form):
    (tmp_path / "1.jpg").write_bytes(encoded(GREY.convert("RGB"), form))
    with pytest.raises(UserError, match="unreadable"):
        pictures.opened(tmp_path / "1.jpg", "1.jpg")


def ink(mode):
    """A black square on transparent ground, whose hidden colour is black, too."""
    picture = Image.new("LA", (16, 16), (0, 0))
    picture.paste((0, 255), (4, 4, 12, 12))
    return picture.convert(mode) if mode != "P" else picture.convert("RGBA").quantize(4)


@pytest.mark.parametrize("mode", ["LA", "RGBA", "P"])
def test_transparent_ground_is_white(tmp_path, mode):
    picture, done = pictures.decoded(io.BytesIO(encoded(ink(mode), "png")), "ink.png")
    grey = pictures.fitted(picture, 16, "grey")[..., 0]
    assert (grey[0, 0], grey[8, 8], done) == (255, 0, {pictures.TRANSPARENT})


@pytest.mark.parametrize(
    ("picture", "told"),
    [
        (Image.fromarray(NOISE[0].astype(np.uint16) << 4), "12 of its 16 bits"),
        (Image.fromarray(NOISE[0].astype(np.int32)), "32-bit integers"),
        (Image.fromarray(NOISE[0].astype(np.float32)), "32-bit floating-point numbers"),
        (Image.new("LAB", (16, 16), (120, 20, 20)), "Lab colours"),
    ],
)
def test_values_without_a_rule_are_refused_by_name(picture, told):
    with pytest.raises(UserError, match=f"x.tif: .*{told}"):
        pictures.opened(io.BytesIO(encoded(picture, "tiff")), "x.tif")


def test_sixteen_bits_are_divided_by_256():
    picture, done = pictures.decoded(
        io.BytesIO(encoded(Image.fromarray(NOISE[0].astype(np.uint16) * 257), "tiff")), "x.tif"
    )
    assert np.array_equal(np.asarray(picture), NOISE[0])
    assert done == {pictures.SIXTEEN_BITS}


# Walking


def test_each_real_folder_is_walked_once_under_its_own_name(tmp_path):
    write(tmp_path / "in" / "set", some("cup", "jar"))
    (tmp_path / "in" / "set" / "a").symlink_to(".")
    (tmp_path / "in" / "set" / "b").symlink_to("..")
    (tmp_path / "in" / "set" / "alias").symlink_to("cup")
    walked = list(walk_once(tmp_path / "in" / "set"))
    assert [os.path.relpath(root, tmp_path / "in" / "set") for root, _, _ in walked] == [".", "cup", "jar"]
    assert read(tmp_path / "in" / "set", {}).classes == ["cup", "jar"]


def test_a_folder_that_cannot_be_read_is_named(tmp_path, monkeypatch):
    write(tmp_path, TWO)
    scandir = os.scandir

    def refusing(path):
        if str(path).endswith("jar"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    with monkeypatch.context() as patched, pytest.raises(UserError) as caught:
        patched.setattr(os, "scandir", refusing)
        read(tmp_path, {})
    assert str(caught.value).endswith("jar: the folder cannot be read (Permission denied)")


# Archives from anywhere


def linked(*targets):
    """A tar of links to the given names, called by their numbers."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("file"))
        for number, target in enumerate(targets):
            entry = tarfile.TarInfo(str(number))
            entry.type, entry.linkname = tarfile.SYMTYPE, target
            archive.addfile(entry)
    return stream.getvalue()


def with_pax(**headers):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
        entry = tarfile.TarInfo("a.png")
        entry.pax_headers = headers
        archive.addfile(entry)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (linked("1", "0"), "its links lead in a circle"),
        (linked(*["file"] * 21), "holds more than 21 links"),
        (with_pax(path="a\0b"), "holds a NUL"),
        (with_pax(comment="x" * 70_000), "a header of 70,"),
        (tar({str(number): b"" for number in range(51)}), "51 members of hardly any content"),
    ],
)
def test_archives_that_are_refused(tmp_path, monkeypatch, content, told):
    monkeypatch.setattr(members, "EMPTY_MEMBERS", 50)
    monkeypatch.setattr(members, "LINKS", 20)
    with pytest.raises(UserError) as caught:
        read(tmp_path, {"data.tar": content})
    assert told in str(caught.value)


def test_a_zipped_link_is_read_no_further_than_a_name(tmp_path, monkeypatch):
    entry = zipfile.ZipInfo("link")
    entry.external_attr, entry.compress_type = 0o120777 << 16, zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(entry, b"x" * 10**6)
        for name, content in folder_files(("cat", "dog"), splits=("",), side=16).items():
            archive.writestr(name, content)
    taken = []
    whole = zipfile.ZipExtFile.read
    monkeypatch.setattr(zipfile.ZipExtFile, "read", lambda self, n=-1: taken.append(n) or whole(self, n))
    assert readers.read(tmp_path / "a.zip", None, 16, "grey").classes == ["cat", "dog"]
    assert taken and min(taken) > 0


def test_a_full_temporary_folder_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "small"))
    (tmp_path / "small").mkdir()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(members._Budget, "copy", full)
    with pytest.raises(UserError, match=r"cannot be unpacked into .*/small \(No space left"):
        read(tmp_path / "set", {"data.zip": zipped(TWO)})
