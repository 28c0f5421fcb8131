"""IDX files and .npz: every layout that circulates, and a line for every way they are broken."""

import io
import struct

import numpy as np
import pytest

from made_up_pictures import PACKINGS, faces, folder_files, pixels, read, refused, write
from widthwise.data import readers

CODES = {"u1": 0x08, "i1": 0x09, "i2": 0x0B, "i4": 0x0C, "f4": 0x0D, "f8": 0x0E}


def idx(array):
    kind = array.dtype.str[1:]
    head = bytes([0, 0, CODES[kind], array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return head + array.astype(f">{kind}").tobytes()


def npz(**arrays):
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)
    return stream.getvalue()


def split(rows, classes=3, side=20, seed=0, color=False):
    images, labels = faces(rows, classes, side, seed)
    if color:
        images = np.random.default_rng(seed).integers(0, 256, (rows, side, side, 3), np.uint8)
    return images, labels.astype(np.uint8)


TRAIN, TEST = split(9), split(6, seed=1)
IDX = {
    "train-images-idx3-ubyte": idx(TRAIN[0]),
    "train-labels-idx1-ubyte": idx(TRAIN[1]),
    "t10k-images-idx3-ubyte": idx(TEST[0]),
    "t10k-labels-idx1-ubyte": idx(TEST[1]),
}
KERAS = {"x_train": TRAIN[0], "y_train": TRAIN[1], "x_test": TEST[0], "y_test": TEST[1]}


def assert_read(found):
    """TRAIN as Training and TEST as the one labelled test split, each row in its place."""
    by_split = {
        each: [row for row, own in enumerate(found.splits) if own == each] for each in set(found.splits)
    }
    assert set(by_split) == {"training", "test"}
    for name, (images, labels) in {"training": TRAIN, "test": TEST}.items():
        assert np.array_equal(found.images[by_split[name], ..., 0], images)
        assert found.labels[by_split[name]].tolist() == labels.tolist()
    assert (found.classes, found.picture_size) == (["0", "1", "2"], (20, 20))


@pytest.mark.parametrize("packing", [None, "each", "zip", "tar.gz"])
def test_idx_files(tmp_path, packing):
    files = IDX
    if packing == "each":
        files = {f"{name}.gz": PACKINGS["gz"]({"": content}) for name, content in IDX.items()}
    elif packing:
        files = {"mnist.download": PACKINGS[packing]({f"a/{name}": each for name, each in IDX.items()})}
    assert_read(read(write(tmp_path, files)))
    assert_read(read(tmp_path, classes=None))


@pytest.mark.parametrize("dtype", ["uint8", "int64", ">i4"])
def test_npz_as_keras_writes_it(tmp_path, dtype):
    content = npz(**{name: np.asarray(array, dtype) for name, array in KERAS.items()})
    assert_read(read(write(tmp_path, {"mnist.npz": content}) / "mnist.npz"))
    assert_read(read(tmp_path))


def test_npz_as_medmnist_writes_it(tmp_path):
    parts = {"train": split(9, color=True), "val": split(3, seed=2, color=True), "test": split(6, color=True)}
    arrays = {}
    for name, (images, labels) in parts.items():
        arrays |= {f"{name}_images": images, f"{name}_labels": labels[:, None]}
    found = read(write(tmp_path, {"path.npz": npz(**arrays)}), color="rgb")
    assert {each: found.splits.count(each) for each in set(found.splits)} == {
        "training": 9,
        "validation": 3,
        "test": 6,
    }
    row = found.splits.index("validation")
    assert np.array_equal(found.images[row : row + 3], parts["val"][0])
    assert found.sources[row] == "path.npz/val_images.npy[0]"


def test_pictures_of_other_sizes_flat_rows_and_labels_from_one(tmp_path):
    images, labels = split(9)
    found = read(write(tmp_path / "a", {"a.npz": npz(x=images.reshape(9, -1), y=labels + 1)}), classes=None)
    assert np.array_equal(found.images[..., 0], images)
    assert (found.classes, found.labels.tolist()) == (["1", "2", "3"], labels.tolist())
    assert "begin at 1" in " ".join(found.notes)
    found = read(
        write(tmp_path / "b", {"b.npz": npz(x=images[:, :, :10], y=labels)}), image_size=16, color="rgb"
    )
    assert found.images.shape == (9, 16, 16, 3)
    assert "10 x 20" in found.notes[0]


def test_a_test_split_without_labels_is_unlabelled(tmp_path):
    files = {name: content for name, content in IDX.items() if "t10k-labels" not in name}
    found = read(write(tmp_path, files))
    assert found.splits.count("unlabelled") == 6
    assert [each for each in found.ids if each] == list("012345")
    ids, images = readers.read_unlabelled(tmp_path, 20, "grey")
    assert ids == list("012345")
    assert np.array_equal(images[..., 0], TEST[0])


def test_copies_and_other_forms_beside_the_arrays_are_told(tmp_path):
    copy = {"again/train-images-idx3-ubyte": IDX["train-images-idx3-ubyte"]}
    table = "label,pixels\n" + "".join(f"0,{pixels(each)}\n" for each in TRAIN[0])
    found = read(
        write(tmp_path, IDX | copy | {"train.csv": table, "sprite.png": folder_files()["train/sad/0.png"]})
    )
    assert_read(found)
    told = " ".join(found.notes)
    assert "again/train-images" in told and "train.csv" in told and "sprite.png" in told
    (tmp_path / "again/train-images-idx3-ubyte").write_bytes(idx(255 - TRAIN[0]))
    refused(tmp_path, "train-images-idx3-ubyte and again/", "both hold images")


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (
            {"train-images-idx3-ubyte": IDX["train-images-idx3-ubyte"][:-1]},
            ["promises 9 x 20 x 20", "3,599 follow"],
        ),
        ({"train-images-idx3-ubyte": IDX["train-images-idx3-ubyte"] + b"x"}, ["3,601 follow"]),
        ({"train-images-idx3-ubyte": IDX["train-images-idx3-ubyte"][:9]}, ["within its header"]),
        (
            {"train-images-idx3-ubyte": b"\0\0\x08\x03" + b"\xff" * 12},
            ["promises 4,294,967,295 x", "0 follow"],
        ),
        ({"train-images-idx3-ubyte": b"<!DOCTYPE html>"}, ["no array", "<!DOCTYPE"]),
        ({"train-images-idx3-ubyte": b""}, ["empty"]),
        ({"train-images-idx3-ubyte": idx(TRAIN[0].astype(">f4") / 255)}, ["holds >f4", "multiply"]),
        ({"train-images-idx3-ubyte": idx(TRAIN[0].astype(">i2") + 200)}, ["picture 0", "0 to 255"]),
        ({"train-images-idx3-ubyte": idx(np.zeros((9, 5, 5, 2), np.uint8))}, ["9 x 5 x 5 x 2"]),
        ({"train-labels-idx1-ubyte": idx(TRAIN[1][:8])}, ["8 labels for the 9 pictures"]),
        ({"train-labels-idx1-ubyte": idx(TRAIN[1].astype(">f8"))}, ["holds >f8", "whole numbers"]),
        (
            {"train-labels-idx1-ubyte": idx(TRAIN[1].astype(np.int8) - 1)},
            ["label 0 (from 0) is -1", "0 to 2"],
        ),
        ({"t10k-labels-idx1-ubyte": idx(TEST[1] + 1)}, ["t10k", "label 2 (from 0) is 3", "0 to 2"]),
        ({"train-labels-idx1-ubyte": idx(np.eye(9, dtype=np.uint8))}, ["9 x 9", "one label a picture"]),
    ],
)
def test_a_broken_idx_file_is_one_line(tmp_path, changed, told):
    refused(write(tmp_path, IDX | changed), next(iter(changed))[:4], *told)


def test_arrays_that_are_missing(tmp_path):
    for name in list(IDX)[:2]:
        refused(write(tmp_path / name, {other: IDX[other] for other in IDX if other != name}), "of Training")
    files = {name: content for name, content in IDX.items() if name != "t10k-images-idx3-ubyte"}
    refused(write(tmp_path / "c", files), "t10k-labels", "no pictures beside")


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"x_train": np.array([object()] * 9)}, ["x_train", "Python objects"]),
        ({"y_train": np.array(list("abcabcabc"))}, ["y_train", "<U1", "numbers"]),
        ({"x_train": TRAIN[0] / 255}, ["x_train", "float64", "multiply"]),
        ({"x_train": TRAIN[0] > 99}, ["x_train", "bool"]),
        ({"x_train": TRAIN[0][:, :19, 0]}, ["x_train", "19 values a row", "square"]),
        ({"x_train": np.zeros((9, 3, 20, 20), np.uint8)}, ["9 x 3 x 20 x 20"]),
        ({"x_train": np.zeros((0, 20, 20), np.uint8)}, ["0 x 20 x 20", "one row"]),
        ({"y_train": TRAIN[1] * 2}, ["label 2 (from 0) is 4"]),
    ],
)
def test_a_broken_npz_is_one_line(tmp_path, changed, told):
    source = write(tmp_path, {"a.npz": npz(**KERAS | changed)}) / "a.npz"
    refused(source, str(source), *told)


def test_labels_with_a_gap(tmp_path):
    labels = np.where(TRAIN[1] == 2, 5, TRAIN[1])
    refused(write(tmp_path, {"a.npz": npz(**KERAS | {"y_train": labels})}), "Training has no 2", classes=None)


def test_pictures_that_would_fill_the_memory(tmp_path):
    many = np.zeros((2_000_000, 1, 1), np.uint8)
    source = write(tmp_path, {"a.npz": npz(x=many, y=many[:, 0])})
    refused(source, "2,000,000 pictures of 512 x 512", "memory", image_size=512, color="rgb")
