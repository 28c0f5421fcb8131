"""Pictures as rows of a CSV: the challenge's one table, or a table for training and one for testing.

A row holds its values in one field (``pixels``) or in a column each (``pixel0``, ``pixel1``, ...).
"""

import csv
import math
import re
import warnings
from dataclasses import dataclass

import numpy as np

from widthwise.data.readers.pictures import (
    UNLABELLED,
    USAGES,
    Pictures,
    checksum,
    progress,
    require_classes,
    split_named,
)
from widthwise.data.readers.values import (
    IN_COLOR,
    MAXIMUM_CLASSES,
    class_names,
    fitted_values,
    picture_shape,
    require_memory,
)
from widthwise.plumbing.errors import UserError

COLUMNS = {
    "label": ("emotion", "label"),
    "pixels": ("pixels", "feature"),
    "usage": ("usage",),
    "id": ("id",),
}
PIXEL_COLUMN = re.compile(r"pixel_?(\d+)", re.ASCII | re.IGNORECASE)
VALUES = {form: value for value in range(256) for form in (f"{value}", f"{value:02}", f"{value:03}")}
LINE_CHARACTERS = 2**23  # a grey picture of 1,400 x 1,400, or one in colour of 800 x 800

csv.field_size_limit(LINE_CHARACTERS)  # the default, 131,072, is less than a picture of 200 x 200


@dataclass(frozen=True)
class Table:
    """A CSV's head.

    member: its file; delimiter: one character; names: of all columns; columns: where those of ``COLUMNS``
    are; values: where the columns of a value each are (a range, empty for a column of pixels).
    """

    member: object
    delimiter: str
    names: tuple[str, ...]
    columns: dict[str, int]
    values: range

    @property
    def holds_pictures(self):
        """Whether it has a column of pixels, or a column for each (bool)."""
        return "pixels" in self.columns or bool(self.values)

    @property
    def listed(self):
        """The first column names, for a message (str)."""
        names = [name[:40] for name in self.names[:8]]
        return ", ".join(names) + (", ..." if len(self.names) > 8 else "")

    def holds_numbers(self):
        """Whether the first row holds pictures, not the names of their files or what else is called so."""
        with open(self.member.path, encoding="utf-8-sig", errors="replace", newline="") as file:
            file.readline(LINE_CHARACTERS)
            return bool(self.values or re.search(r"\d\s+\d+\s+\d+\s+\d", file.readline(LINE_CHARACTERS)))

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
    with open(member.path, encoding="utf-8-sig", errors="replace", newline="") as file:
        line = file.readline(LINE_CHARACTERS)
    if "\0" in line or "\ufffd" in line or line.lstrip().startswith("<"):
        return None
    delimiter = max(",;\t", key=line.count)
    try:
        names = tuple(name.strip() for name in next(csv.reader([line], delimiter=delimiter), []))
    except csv.Error:
        return None
    lower = [name.lower() for name in names]
    columns = {
        column: lower.index(known)
        for column, synonyms in COLUMNS.items()
        for known in synonyms
        if known in lower
    }
    numbered = [place for place, name in enumerate(names) if PIXEL_COLUMN.fullmatch(name)]
    values = range(numbered[0], numbered[-1] + 1) if numbered and "pixels" not in columns else range(0)
    return Table(member, delimiter, names, columns, values)


def why_no_table(member):
    """What a file holds instead of a line of column names, for a message (str)."""
    with open(member.path, encoding="utf-8-sig", errors="replace", newline="") as file:
        line = file.readline(200).strip()
    if "\ufffd" in line:
        return "line 1 is no UTF-8 text"
    if "\0" in line:
        return "line 1 holds NUL bytes"
    if line.startswith("<"):
        return f"line 1 is {line[:40]!r}, the beginning of a web page or XML"
    return f"line 1 is {line[:40]!r}, no column names"


def read(source, tables, classes, image_size, color):
    """Read the pictures of one table with a Usage column, or else of all tables, into a ``Pictures``.

    tables: list of ``Table``; the rest as ``readers.read``. A table without a label column is the
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

    parts, shape = [], None
    for table, split in zip(tables, ["training"] if chosen else _splits(tables), strict=True):
        part = _Part(table, split, classes, image_size, color, shape)
        shape = part.shape
        parts.append(part)
    if len(shape) == 3:
        notes.append(IN_COLOR)
    labels = np.concatenate([part.labels for part in parts])
    result = Pictures(
        images=np.concatenate([part.images for part in parts]),
        labels=labels,
        splits=[split for part in parts for split in part.splits],
        sources=[line for part in parts for line in part.sources],
        ids=[each for part in parts for each in part.ids],
        classes=class_names(range(classes or int(labels.max()) + 1), shape),
        source_sha256=checksum(source, [table.member for table in tables]),
        picture_size=shape[:2],
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
    """The split that each table as a whole stands for, by its file's name."""
    splits = []
    for table in tables:
        if "label" not in table.columns:
            splits.append("unlabelled")
        else:
            splits.append(split_named(table.member.name.split("/")[-1]) or "training")
    named = [table.member.name for table, split in zip(tables, splits, strict=True) if split == "training"]
    if not named:
        found = ", ".join(
            f"{table.member.name} is {split}" for table, split in zip(tables, splits, strict=True)
        )
        raise UserError(
            f"{tables[0].member.shown}: by its name no table is for Training ({found}); expected one,"
            " such as train.csv beside test.csv, or a column Usage"
        )
    if len(named) > 1:
        raise UserError(
            f"{tables[0].member.shown}: found {len(named)} tables that could be Training"
            f" ({', '.join(named)}); expected one, such as train.csv beside test.csv"
        )
    return splits


class _Part:
    """The rows of one table. shape: of its pictures; None where the first row decides."""

    def __init__(self, table, split, classes, image_size, color, shape):
        _require_order(table)
        self.member, self.shape = table.member, shape
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
            require_memory(self.member.shown, len(labels), image_size, color)
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
        with open(table.member.path, encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            reader = csv.reader(self._lines(file), delimiter=table.delimiter, strict=True)
            try:
                for row in reader:
                    if reader.line_num > 1 and row:
                        if len(row) != len(table.names):
                            raise UserError(
                                f"{self.member.shown}: line {reader.line_num} has {len(row):,} fields;"
                                f" expected {len(table.names):,} ({table.listed})"
                            )
                        yield reader.line_num, row
            except csv.Error as error:
                raise UserError(f"{self.member.shown}: line {reader.line_num} is no CSV ({error})") from None

    def _lines(self, file):
        """Yield the lines of a file; UserError for what no line of a CSV holds."""
        number = 0
        while line := file.readline(LINE_CHARACTERS):
            number += 1
            place = f"{self.member.shown}: line {number}"
            if len(line) == LINE_CHARACTERS:
                raise UserError(
                    f"{place} is longer than {LINE_CHARACTERS:,} characters; expected one picture in a line"
                )
            if "\0" in line:
                raise UserError(f"{place} holds NUL bytes; expected text")
            if not line.isascii() and any("\ud800" <= each <= "\udfff" for each in line):
                raise UserError(f"{place} is no UTF-8 text; expected a CSV in UTF-8")
            yield line

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
        """A row's picture, its values line by line from the top: uint8 (image_size, image_size, channels)."""
        place = f"{self.member.shown}: line {line}"
        if table.values:
            values = _values_of_columns(row, table, place)
        else:
            column = table.columns["pixels"]
            place = f"{place}, {table.names[column]}"
            values = _values_of_field(row[column], place)
        self.shape = self.shape or picture_shape(values.size)
        if self.shape is None:
            side = self.image_size
            raise UserError(
                f"{place}: found {values.size:,} values; expected a square number,"
                f" such as {side**2:,} ({side} x {side}), or three times one"
            )
        if values.size != math.prod(self.shape):
            raise UserError(
                f"{place}: found {values.size:,} values;"
                f" expected {math.prod(self.shape):,} ({' x '.join(map(str, self.shape))})"
            )
        return fitted_values(values.reshape(self.shape), self.image_size, self.color)


def _require_order(table):
    """Raise UserError where columns of a value each are not in order, or a column of ours is there twice."""
    for column, synonyms in COLUMNS.items():
        found = [name for name in table.names if name.lower() in synonyms]
        if len(found) > 1:
            raise UserError(
                f"{table.member.shown}: line 1 has {len(found)} columns for the {column}"
                f" ({', '.join(found[:8])}); expected one"
            )
    first = PIXEL_COLUMN.fullmatch(table.names[table.values[0]])[1] if table.values else 0
    for number, column in enumerate(table.values, start=int(first != "0" * len(str(first)))):
        match = PIXEL_COLUMN.fullmatch(table.names[column])
        if not match or int(match[1]) != number:
            raise UserError(
                f"{table.member.shown}: line 1, column {column + 1} is {table.names[column][:40]!r};"
                f" expected pixel{number}, as the columns count on from pixel0 or pixel1"
            )


def _values_of_columns(row, table, place):
    """The values of a row with a column for each (uint8)."""
    try:
        return np.array([VALUES[row[column].strip()] for column in table.values], np.uint8)
    except KeyError:
        bad = next(column for column in table.values if row[column].strip() not in VALUES)
        raise UserError(
            f"{place}, {table.names[bad]}: found {row[bad][:20]!r}; expected an integer from 0 to 255"
        ) from None


def _values_of_field(text, place):
    """The values of a row with all in one field (uint8)."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            values = np.fromstring(text, np.int64, sep=" ")
    except (ValueError, DeprecationWarning):
        values = None
    if values is None or (values.size and (values.min() < 0 or values.max() > 255)):
        position, value = _first_bad_value(text)
        raise UserError(
            f"{place}: value {position} is {value[:20]!r}; expected an integer from 0 to 255"
        ) from None
    return values.astype(np.uint8)


def _first_bad_value(text):
    """(position from 1, token) of the first token that is no integer from 0 to 255."""
    for position, token in enumerate(text.split(), start=1):
        digits = token.lstrip("0") or "0"
        if not (digits.isascii() and digits.isdigit() and len(digits) <= 3 and int(digits) <= 255):
            return position, token
    return 1, text
