"""Pictures as rows of a CSV: the challenge's one table, or a table for training and one for testing."""

import csv
import math
import re
import warnings
from dataclasses import dataclass

import numpy as np
from PIL import Image

from widthwise.data.readers.pictures import (
    EMOTION_SIDE,
    EMOTIONS,
    UNLABELLED,
    USAGES,
    Pictures,
    checksum,
    fitted,
    progress,
    require_classes,
    split_named,
)
from widthwise.plumbing.errors import UserError

COLUMNS = {
    "label": ("emotion", "label"),
    "pixels": ("pixels", "feature"),
    "usage": ("usage",),
    "id": ("id",),
}
HEADER_BYTES = 2**16
MAXIMUM_CLASSES = 1000  # where the config does not say how many there are

csv.field_size_limit(2**30)  # the default, 131,072 characters, is less than a picture of 200 x 200


@dataclass(frozen=True)
class Table:
    """A CSV's head: its file, its delimiter, its column names, and where the columns of ``COLUMNS`` are."""

    member: object
    delimiter: str
    names: tuple[str, ...]
    columns: dict[str, int]

    @property
    def holds_pictures(self):
        """Whether it has a column of pixels (bool)."""
        return "pixels" in self.columns

    @property
    def listed(self):
        """The first column names, for a message (str)."""
        return ", ".join(self.names[:8]) + (", ..." if len(self.names) > 8 else "")

    def require(self, column):
        """Raise UserError where a column of ``COLUMNS`` is missing."""
        if column not in self.columns:
            raise UserError(
                f"{self.member.shown}: line 1 has the columns {self.listed};"
                f" expected one called {' or '.join(COLUMNS[column])}"
            )


def header(member):
    """The ``Table`` whose column names a file's first line gives; None where it is no table of text."""
    if not re.search(rb"[,;\t]|pixels|feature", member.head, re.IGNORECASE):
        return None
    with open(member.path, "rb") as file:
        line = file.readline(HEADER_BYTES)
    try:
        line = line.decode("utf-8-sig")
        delimiter = max(",;\t", key=line.count)
        names = tuple(name.strip() for name in next(csv.reader([line], delimiter=delimiter), []))
    except (UnicodeDecodeError, csv.Error):
        return None
    if "\0" in line:
        return None
    lower = [name.lower() for name in names]
    columns = {
        column: lower.index(known)
        for column, synonyms in COLUMNS.items()
        for known in synonyms
        if known in lower
    }
    return Table(member, delimiter, names, columns)


def read(source, tables, classes, image_size, color):
    """Read the pictures of one table with a Usage column, or else of all tables, into a ``Pictures``.

    tables: list of ``Table``; the rest as ``datasets.read``. A table without a label column is the
    unlabelled test set, unless it is alone.
    """
    notes = []
    tables = [table for table in tables if table.holds_pictures]
    whole = [table for table in tables if {"usage", "label"} <= table.columns.keys()]
    chosen = min(whole, key=lambda table: (table.member.name.count("/"), table.member.name), default=None)
    if chosen:
        others = [table.member.name for table in tables if table is not chosen]
        if others:
            notes.append(
                f"{chosen.member.name} was read, which has every split; left aside: {', '.join(others)}"
            )
        tables = [chosen]
    elif all("label" not in table.columns for table in tables):
        tables[0].require("label")

    parts, side = [], None
    for table, split in zip(tables, _splits(tables), strict=True):
        part = _Part(table, split, classes, image_size, color, side)
        side = part.side
        parts.append(part)
    labels = np.concatenate([part.labels for part in parts])
    result = Pictures(
        images=np.concatenate([part.images for part in parts]),
        labels=labels,
        splits=[split for part in parts for split in part.splits],
        sources=[line for part in parts for line in part.sources],
        ids=[each for part in parts for each in part.ids],
        classes=_class_names(classes or int(labels.max()) + 1, side),
        source_sha256=checksum(source, [table.member for table in tables]),
        picture_size=(side, side),
        notes=notes,
    )
    if chosen:
        for usage, split in USAGES.items():
            if split not in result.splits:
                raise UserError(
                    f"{chosen.member.shown}: no row has Usage {usage}; expected rows of every Usage"
                )
    if not classes:
        _require_no_gap(result, tables)
    require_classes(source, result.labels, result.splits, result.classes, classes)
    return result


def read_unlabelled(source, tables, image_size, color):
    """Read the one table without labels, or the only table there is, whatever labels it has.

    Returns (list of ids, uint8 images); the rest as ``read``. Without a column of ids they count from 0.
    """
    tables = [table for table in tables if table.holds_pictures]
    chosen = [table for table in tables if "label" not in table.columns] or tables
    if len(chosen) > 1:
        names = ", ".join(table.member.name for table in chosen)
        raise UserError(f"{source}: found {len(chosen)} tables ({names}); expected one, the test set")
    part = _Part(chosen[0], "unlabelled", None, image_size, color, None)
    return part.ids, part.images


def _class_names(classes, side):
    """The seven emotions for seven classes of 48 x 48 pictures, else the numbers."""
    return (
        list(EMOTIONS)
        if (classes, side) == (len(EMOTIONS), EMOTION_SIDE)
        else [str(i) for i in range(classes)]
    )


def _require_no_gap(result, tables):
    """Raise UserError, naming the first row beyond it, where Training leaves out a number between labels."""
    taught = set(result.labels[np.asarray(result.splits) == "training"].tolist())
    gap = next(number for number in range(len(taught) + 1) if number not in taught)
    beyond = np.flatnonzero(result.labels > gap)
    if taught and beyond.size:
        row = beyond[0]
        name, line = result.sources[row].rsplit(":", 1)
        table = next(table for table in tables if table.member.name == name)
        raise UserError(
            f"{table.member.shown}: line {line}, {table.names[table.columns['label']]}: found"
            f" {result.labels[row]}, but label {gap} has no rows in Training; expected labels from 0 on"
            " without a gap"
        )


def _splits(tables):
    """The split that each table as a whole stands for; a Usage column overrules it."""
    splits = []
    for table in tables:
        if "label" not in table.columns:
            splits.append("unlabelled")
        else:
            splits.append(split_named(table.member.name.split("/")[-1]) or "training")
    named = [table.member.shown for table, split in zip(tables, splits, strict=True) if split == "training"]
    if len(named) != 1:
        raise UserError(
            f"{tables[0].member.shown}: found {len(named)} tables that could be Training"
            f" ({', '.join(named)}); expected one, such as train.csv beside test.csv"
        )
    return splits


class _Part:
    """The rows of one table."""

    def __init__(self, table, split, classes, image_size, color, side):
        self.member, self.side = table.member, side
        self.image_size, self.color = image_size, color
        self.splits, self.sources, self.ids = [], [], []
        labels, images = [], []
        largest = (classes or MAXIMUM_CLASSES) - 1
        known = {str(number): number for number in range(largest + 1)}
        usages = USAGES if split != "unlabelled" and "usage" in table.columns else None
        for line, row in progress(self._rows(table), f"rows of {table.member.name}"):
            if usages:
                split = self._known(usages, row, "usage", table, line, ", ".join(USAGES))
            label = UNLABELLED
            if split != "unlabelled":
                label = self._known(known, row, "label", table, line, f"a number from 0 to {largest}")
            labels.append(label)
            images.append(self._picture(row, table, line))
            self.splits.append(split)
            self.sources.append(f"{table.member.name}:{line}")
            own = row[table.columns["id"]].strip() if "id" in table.columns else ""
            self.ids.append(own or (str(len(labels) - 1) if split == "unlabelled" else ""))
        if not labels:
            raise UserError(f"{table.member.shown}: has column names but no rows; expected one per picture")
        self.labels = np.array(labels, np.int16)
        self.images = np.stack(images)

    def _rows(self, table):
        """Yield (line number in an editor, fields) of the rows below the column names."""
        with open(table.member.path, encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, delimiter=table.delimiter, strict=True)
            try:
                for row in reader:
                    if reader.line_num > 1 and row:
                        if len(row) != len(table.names):
                            raise UserError(
                                f"{self.member.shown}: line {reader.line_num} has {len(row)} fields;"
                                f" expected {len(table.names)} ({', '.join(table.names)})"
                            )
                        yield reader.line_num, row
            except csv.Error as error:
                raise UserError(f"{self.member.shown}: line {reader.line_num} is no CSV ({error})") from None
            except UnicodeDecodeError:
                raise UserError(
                    f"{self.member.shown}: line {_undecodable(table.member.path)} is no UTF-8 text;"
                    " expected a CSV in UTF-8"
                ) from None

    def _known(self, table_of_values, row, column, table, line, expected):
        """The meaning of a label or Usage field; UserError where it has none."""
        index = table.columns[column]
        value = row[index].strip()
        try:
            return table_of_values[value]
        except KeyError:
            raise UserError(
                f"{self.member.shown}: line {line}, {table.names[index]}: found {value[:40]!r};"
                f" expected {expected}"
            ) from None

    def _picture(self, row, table, line):
        """A row's grey values, line by line from the top, as uint8 (image_size, image_size, channels)."""
        column = table.columns["pixels"]
        text, name = row[column], table.names[column]
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                values = np.fromstring(text, np.int64, sep=" ")
        except (ValueError, DeprecationWarning):
            values = None
        if values is None or (values.size and (values.min() < 0 or values.max() > 255)):
            position, value = _first_bad_value(text)
            raise UserError(
                f"{self.member.shown}: line {line}, {name}: value {position} is {value[:20]!r};"
                " expected an integer from 0 to 255"
            )
        side = self.side or round(math.sqrt(values.size)) or self.image_size
        if values.size != side * side:
            raise UserError(
                f"{self.member.shown}: line {line}, {name}: found {values.size:,} values;"
                f" expected {side * side:,} ({side} x {side})"
            )
        self.side = side
        picture = values.astype(np.uint8).reshape(side, side)
        if side == self.image_size:
            return picture[..., None] if self.color == "grey" else np.repeat(picture[..., None], 3, axis=2)
        return fitted(Image.fromarray(picture), self.image_size, self.color)


def _first_bad_value(text):
    """(position from 1, token) of the first token that is no integer from 0 to 255."""
    for position, token in enumerate(text.split(), start=1):
        digits = token.lstrip("0") or "0"
        if not (digits.isascii() and digits.isdigit() and len(digits) <= 3 and int(digits) <= 255):
            return position, token
    return 1, text


def _undecodable(path):
    """The number of the first line that is no UTF-8."""
    with open(path, "rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode()
            except UnicodeDecodeError:
                return number
    return number
