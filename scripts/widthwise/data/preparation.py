"""From a data set in any form to arrays that training maps into memory, and a manifest of them."""

import hashlib
import json
import os

import numpy as np

from widthwise.data import duplicates, fetching, readers, synthetic
from widthwise.data.readers import fer2013
from widthwise.data.readers.pictures import EMOTION_SIDE, EMOTIONS, SPLITS, UNLABELLED
from widthwise.data.readers.values import require_plain_ids
from widthwise.plumbing.commandline import printable
from widthwise.plumbing.errors import UserError
from widthwise.plumbing.files import write_csv

LEFT_OUT = ""
ROWS = ("row", "split", "source", "id")
DUPLICATES = ("row", "split", "duplicate_of", "split_of", "kind", "similarity")
HELD_OUT = 0.1  # of Training, for each of public and private, where a source has no labelled test


def prepare(dataset, settings, source, output):
    """Read or draw a data set, split it, and write it.

    dataset: its name; settings: its entry in the config, defaults filled in; source: path of a file,
    archive or folder, None for drawn data; output: paths as attributes images, labels, rows,
    duplicates, manifest. What they hold:

    images: uint8 (rows, height, width, channels), by split in the order training, validation, public,
    private, unlabelled; labels: int16 (rows,), -1 = unlabelled; rows: CSV, where each row came from;
    duplicates: CSV, validation and test rows that training has too; manifest: JSON, all there is to know.

    Returns the manifest (dict). The same source and settings give the same bytes. Raises UserError,
    before anything is written.
    """
    manifest, pictures, order, splits, copies = _prepared(dataset, settings, source)
    images, labels = pictures.images[order], pictures.labels[order]
    with open(output.images, "wb") as file:
        np.save(file, images, allow_pickle=False)
    with open(output.labels, "wb") as file:
        np.save(file, labels, allow_pickle=False)
    rows = zip(
        splits, (pictures.sources[row] for row in order), (pictures.ids[row] for row in order), strict=True
    )
    write_csv(output.rows, ROWS, ((row, *rest) for row, rest in enumerate(rows)))
    write_csv(
        output.duplicates,
        DUPLICATES,
        ((copy.row, splits[copy.row], copy.duplicate_of, "training", *copy[2:]) for copy in copies),
    )
    with open(output.manifest, "w", encoding="utf-8") as file:
        json.dump(manifest, file, indent=1, ensure_ascii=False)
        file.write("\n")
    return manifest


def describe(source, image_size, color):
    """What ``prepare`` would make of a file, archive or folder with the other settings' defaults (str).

    Writes nothing. Raises UserError as ``prepare``.
    """
    settings = {
        "generator": None,
        "classes": None,
        "image_size": image_size,
        "color": color,
        "validation_fraction": 0.1,
        "training_fraction": 1.0,
        "seed": 0,
        "leave_out": {"constant": True, "test_duplicates": True},
    }
    return understood(_prepared(str(source), settings, source)[0])


def understood(manifest):
    """What preparation made of a data set, in one line (str); manifest: the dict it wrote.

    Classes by name, pictures per split, what was left out, what else there is to know.
    """
    classes = manifest["classes"]
    listed = ", ".join(classes[:20]) + (", ..." if len(classes) > 20 else "")
    splits = ", ".join(
        f"{name} {part['stop'] - part['start']:,}" for name, part in manifest["splits"].items()
    )
    height, width, channels = manifest["image_shape"]
    left = manifest["left_out"]
    return " ".join(
        [
            f"{manifest['source']}: {len(classes)} classes ({listed});",
            f"pictures of {width} x {height} {'grey' if channels == 1 else 'RGB'}: {splits};",
            f"left out of training: {left['constant']:,} of one single value,",
            f"{left['test_duplicates']:,} copies of held-out ones.",
            *manifest["notes"],
        ]
    )


def _prepared(dataset, settings, source):
    """(manifest, ``Pictures``, its rows in the order of writing, the split of each, list of ``Copy``)."""
    if settings["generator"]:
        pictures = synthetic.draw(settings)
        name = f"drawn by {settings['generator']} (seed {settings['seed']})"
    else:
        pictures = readers.read(source, settings["classes"], settings["image_size"], settings["color"])
        name = printable(os.fsencode(source).decode("utf-8", "backslashreplace"))
        unlabelled = np.flatnonzero(pictures.labels == UNLABELLED)
        require_plain_ids(name, (pictures.ids[row] for row in unlabelled))
    notes = [*fetching.notes(source), *pictures.notes]
    if comparison := fer2013.comparison(pictures):
        notes.append(comparison)
    if pictures.picture_size == (EMOTION_SIDE, EMOTION_SIDE) and _one_number_more(pictures.classes):
        beyond = len(EMOTIONS)
        rows = np.count_nonzero(pictures.labels >= beyond)
        notes.append(
            f"Labels go beyond the seven emotions' {beyond - 1} (rows: {rows:,}, the first is"
            f" {pictures.sources[int(np.argmax(pictures.labels >= beyond))]}): classes are called by number."
        )

    splits = _test_splits(pictures, settings, notes)
    _note_repeated(pictures, splits, found := {}, notes)
    left_out = _clean_training(name, pictures, splits, settings, found)
    _make_validation(pictures, splits, settings, notes)
    left_out["test_duplicates"] += _leave_out_copies(pictures, splits, "validation", settings, found)
    _thin_training(pictures, splits, settings, notes)

    order = np.concatenate([np.flatnonzero(splits == split) for split in SPLITS])
    splits = splits[order]
    images, labels = pictures.images[order], pictures.labels[order]
    _complain_of_gaps(name, pictures.classes, labels, splits, left_out, notes)
    copies, near = duplicates.copies(
        images,
        np.flatnonzero(splits == "training"),
        np.flatnonzero(np.isin(splits, ("validation", "public", "private"))),
    )
    found["rows_with_copy_in_training"] = {
        split: sum(splits[copy.row] == split for copy in copies)
        for split in ("validation", "public", "private")
    }
    found["near_copies"] = near
    if near["threshold"] > duplicates.NEAR:
        notes.append(
            f"Near copies are pairs with a similarity of at least {near['threshold']:.3f}: different"
            f" pictures are alike here, half of the held-out ones reach {near['typical']:.3f}."
        )
    manifest = {
        "dataset": dataset,
        "stand_in": bool(settings["generator"]),
        "source": name,
        "source_sha256": pictures.source_sha256,
        "image_shape": list(images.shape[1:]),
        "classes": pictures.classes,
        "splits": _describe(images, labels, splits, len(pictures.classes)),
        "left_out": left_out,
        "found": found,
        "notes": notes,
    }
    return manifest, pictures, order, splits, copies


def stratified(rows, labels, fraction, seed):
    """A random part of every class.

    rows: row numbers; labels: of those rows; fraction: in [0, 1]; seed: int or sequence of ints.
    Returns the chosen rows, ascending. Of a class with several rows, at least one is chosen and one is
    not; a larger fraction chooses the same rows and more.
    """
    generator = np.random.Generator(np.random.PCG64(seed))
    chosen = []
    for label in np.unique(labels):
        members = generator.permutation(rows[labels == label])
        count = min(max(round(fraction * len(members)), 1), len(members) - 1)
        chosen.append(members[:count])
    return np.sort(np.concatenate(chosen))


def _test_splits(pictures, settings, notes):
    """The split of each row (array of str), with a public or private test split among them."""
    splits = np.array(pictures.splits, dtype="U10")
    if (splits == "test").any():
        if (splits == "private").any():
            first = pictures.sources[int(np.argmax(splits == "test"))]
            raise UserError(
                f"{first}: lies in a test split beside a private one; expected public and private"
            )
        splits[splits == "test"] = "private"
        notes.append("The source has one labelled test split; it is called private here.")
    if not np.isin(splits, ("public", "private")).any():
        for stream, split in enumerate(("public", "private")):
            training = np.flatnonzero(splits == "training")
            fraction = HELD_OUT / (1 - HELD_OUT * stream)
            chosen = stratified(training, pictures.labels[training], fraction, [settings["seed"], stream])
            splits[chosen] = split
        notes.append(
            "The source has no labelled test split: public and private were made here from Training,"
            f" {HELD_OUT:.0%} each, class by class (seed {settings['seed']})."
        )
    return splits


def _one_number_more(classes):
    """Whether classes are numbers, some few more than there are emotions."""
    return len(EMOTIONS) < len(classes) <= len(EMOTIONS) + 2 and all(map(str.isdecimal, classes))


def _note_repeated(pictures, splits, found, notes):
    """Count the exact copies within each split, which stay where they are."""
    found["exact_duplicates_within"] = {}
    for split in SPLITS:
        rows = np.flatnonzero(splits == split)
        copies, contradicting = duplicates.repeated(
            duplicates.keys(pictures.images[rows]), pictures.labels[rows]
        )
        found["exact_duplicates_within"][split] = copies
        if copies:
            other = f", {contradicting:,} under another class" if contradicting else ""
            notes.append(f"Exact copies within the source's {split} split: {copies:,}{other}.")


def _clean_training(name, pictures, splits, settings, found):
    """Take constant pictures and copies of test pictures out of training.

    Returns a dict of counts, what was left out; what was found goes into ``found``.
    """
    constant = duplicates.constant(pictures.images)
    training = splits == "training"
    in_training = constant & training
    found["constant"] = int(in_training.sum())
    found["constant_in_test"] = int((constant & np.isin(splits, ("public", "private"))).sum())
    left_out = {"constant": 0, "test_duplicates": 0}
    if settings["leave_out"]["constant"]:
        splits[in_training] = LEFT_OUT
        left_out["constant"] = found["constant"]
    left_out["test_duplicates"] = _leave_out_copies(pictures, splits, "test", settings, found)
    if not (splits == "training").any():
        raise UserError(
            f"{name}: none of the {training.sum():,} Training pictures can be learnt from"
            f" ({_why_left_out(left_out)}); expected pictures that differ, and others than those of the test"
        )
    return left_out


def _why_left_out(left_out):
    """Why pictures are no longer in training (str)."""
    return (
        f"{left_out['constant']:,} are of one single value,"
        f" {left_out['test_duplicates']:,} are exact copies of held-out pictures"
    )


def _leave_out_copies(pictures, splits, of, settings, found):
    """Take exact copies of test (or validation) pictures out of training; returns how many were."""
    training = np.flatnonzero(splits == "training")
    others = np.isin(splits, ("public", "private") if of == "test" else ("validation",))
    known = set(duplicates.keys(pictures.images[others]))
    copies = training[[key in known for key in duplicates.keys(pictures.images[training])]]
    found[f"exact_duplicates_of_{of}"] = len(copies)
    if not settings["leave_out"]["test_duplicates"]:
        return 0
    splits[copies] = LEFT_OUT
    return len(copies)


def _make_validation(pictures, splits, settings, notes):
    """Turn a part of training into validation, unless the source has a validation split of its own."""
    if (splits == "validation").any():
        notes.append("The validation split is the source's own.")
        return
    training = np.flatnonzero(splits == "training")
    seed = [settings["seed"], 2]
    splits[stratified(training, pictures.labels[training], settings["validation_fraction"], seed)] = (
        "validation"
    )


def _thin_training(pictures, splits, settings, notes):
    """Keep the configured fraction of training."""
    fraction = settings["training_fraction"]
    training = np.flatnonzero(splits == "training")
    if fraction < 1:
        kept = stratified(training, pictures.labels[training], fraction, [settings["seed"], 3])
        splits[np.setdiff1d(training, kept)] = LEFT_OUT
        notes.append(
            f"Only {len(kept):,} of {len(training):,} training rows are used"
            f" (training_fraction {fraction:g})."
        )


def _complain_of_gaps(name, classes, labels, splits, left_out, notes):
    """Raise UserError where training lacks a class or validation all rows; note a test split's gaps."""
    for split in ("training", "validation", "public", "private"):
        counts = np.bincount(labels[splits == split], minlength=len(classes))
        missing = [each for each, count in zip(classes, counts, strict=True) if count == 0]
        if missing and split == "training":
            raise UserError(
                f"{name}: class {missing[0]} has no rows left in training (of those left out,"
                f" {_why_left_out(left_out)}); expected some of every class"
            )
        if split == "validation" and not counts.any():
            raise UserError(
                f"{name}: too few rows for a validation split; expected two of some class in Training"
            )
        if missing and counts.any():
            notes.append(f"The {split} split has no rows of {', '.join(missing)}.")


def _describe(images, labels, splits, classes):
    """The manifest's entry for each split that has rows: its place, its digest, its rows per class."""
    described = {}
    for split in SPLITS:
        rows = np.flatnonzero(splits == split)
        if len(rows):
            part = slice(int(rows[0]), int(rows[-1]) + 1)
            digest = hashlib.sha256(images[part].tobytes() + labels[part].tobytes()).hexdigest()
            counts = np.bincount(labels[part][labels[part] != UNLABELLED], minlength=classes)
            described[split] = {
                "start": part.start,
                "stop": part.stop,
                "digest": digest,
                "per_class": counts.tolist(),
            }
    return described
