"""What the page's sections are made of: the study that they speak of, sentences, tables and their cells."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import compress

import pandas as pd

from widthwise.evaluation.comparison import CONTROLS
from widthwise.evaluation.results import Change, Comparison, Member
from widthwise.report import captions, units
from widthwise.report.language import Language


@dataclass(frozen=True)
class Study:
    """The files of a finished study, and how its report speaks.

    manifest: of the data; runs, exports: runs.csv and exports.csv;
    trainings: training.json of every run; human_agreement, references, size_limits, samples: as
    in the configuration's ``report``; try_page: where the page lies that runs a network.
    """

    say: Language
    result: Comparison
    manifest: dict
    runs: pd.DataFrame
    exports: pd.DataFrame
    trainings: list[dict]
    human_agreement: dict | None
    references: Sequence[dict]
    size_limits: Sequence[int]
    samples: bool
    try_page: str

    @property
    def final(self) -> str:
        """The split that verdicts are given on."""
        return self.result.final

    @property
    def splits(self) -> list[str]:
        """The splits to show: of test splits, the two halves and both together, or the only one."""
        return units.shown_splits(self.result.splits)

    @property
    def controls(self) -> list[str]:
        """The families that others are set against."""
        return sorted(family for family in self.result.families if family in CONTROLS)

    def family(self, name: str) -> str:
        """What a family is called by itself."""
        return units.family(name, self.say.name)

    def split(self, name: str) -> str:
        """What a split of the data is called by itself."""
        return units.split(name, self.manifest["splits"], self.say.name)

    def section(self, name: str) -> "Section":
        """An empty section of the page, see ``captions.PAGE``."""
        return Section(name, captions.heading(name, self.say, self.result))

    def heading(self, name: str) -> str:
        """A column's heading: the quantity with its unit."""
        return units.axis_label(name, self.say.name)


@dataclass
class Cell:
    """A cell: what it says, the value to sort by, and a class for its look."""

    text: str
    value: float | None = None
    kind: str = ""
    more: tuple[str, ...] = ()  # small lines below


@dataclass
class Table:
    """A table of the page: ``columns`` are headings, each row a list of ``Cell`` or str."""

    caption: str
    columns: list[str]
    rows: list[list]
    summary: str = ""  # where it is folded away, what unfolds it

    def __post_init__(self) -> None:
        """Make a cell of every plain text."""
        self.rows = [[cell if isinstance(cell, Cell) else Cell(cell) for cell in row] for row in self.rows]

    def kind(self, column: int) -> str:
        """The look of a column's heading, as of its first cell."""
        return "number" if self.rows and self.rows[0][column].kind == "number" else ""


@dataclass
class Section:
    """A part of the page, in order: sentences, figures and tables."""

    id: str
    title: str
    sentences: list[str] = field(default_factory=list)
    figures: list[dict] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    number: int | None = None  # of a question


def without_empty(table: Table) -> Table:
    """A table without the columns that have nothing in any row."""
    kept = [
        any(row[column].text not in ("", units.MISSING) for row in table.rows)
        for column in range(len(table.columns))
    ]
    rows = [list(compress(row, kept)) for row in table.rows]
    return replace(table, columns=list(compress(table.columns, kept)), rows=rows)


def cell(name: str, value: float | None) -> Cell:
    """A quantity's value as ``units`` writes it, sorted by its value."""
    missing = units.is_missing(value)
    return Cell(units.number(name, value), None if missing else float(value), "number")


def nothing() -> Cell:
    """The cell of a number that there is not."""
    return Cell(units.MISSING, kind="number")


def mean(member: Member, split: str) -> Cell:
    """A network's mean accuracy, with its interval over seeds beside it."""
    return with_interval("accuracy", member.accuracy[split], *(member.interval[split] or ()))


def with_interval(name: str, value: float, low: float | None = None, high: float | None = None) -> Cell:
    """A quantity's mean with its interval, where it has one, beside it."""
    text = units.number(name, value)
    if not units.is_missing(low):
        text += f" ({units.number(name, low)}–{units.number(name, high)})"
    return Cell(text, float(value), "number")


def ends(interval: Sequence[float]) -> dict[str, str]:
    """The ends of an interval of accuracies in per cent, under "low" and "high"."""
    return dict(zip(("low", "high"), (units.number("accuracy", end) for end in interval), strict=True))


def p_value(p: float | None) -> str:
    """A p value with three decimals, "<0.001" below, "–" where there is none."""
    if p is None:
        return units.MISSING
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def verdict(say: Language, change: Change, difference: bool = True) -> Cell:
    """A verdict, with the difference in points and its interval if they are wanted."""
    text, more = say(f"verdict {change.verdict}"), []
    if difference:
        text = f"{say.signed(change.difference)} {text}"
        more.append(say("interval", **say.interval(change.low, change.high)))
    if change.verdict == "inconclusive" and change.detectable is not None:
        more.append(say("could tell", least=say.least(change.detectable)))
    if change.reason == "one seed":
        more.append(say("one seed only"))
    return Cell(text, change.difference, f"verdict {change.verdict}", tuple(more))


def difference_columns(say: Language) -> list[str]:
    """The headings of the cells of ``difference_cells``."""
    return [say(name) for name in ("difference column", "p column", "holm column", "verdict column")]


def difference_cells(say: Language, change: Change) -> list[Cell]:
    """A difference with its interval, p values and verdict."""
    interval = say("interval", **say.interval(change.low, change.high))
    return [
        Cell(f"{say.signed(change.difference)} ({interval})", change.difference, "number"),
        *(Cell(p_value(p), p, "number") for p in (change.p, change.p_holm)),
        verdict(say, change, difference=False),
    ]


def sizes(counts: Iterable[int]) -> list[set[int]]:
    """Parameter counts in sets of those within 10 % of the set's least, ascending."""
    sets: list[set[int]] = []
    for params in sorted(set(counts)):
        if sets and params <= 1.1 * min(sets[-1]):
            sets[-1].add(params)
        else:
            sets.append({params})
    return sets
