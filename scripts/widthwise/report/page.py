"""The report: one self-contained HTML page that answers the four questions.

Everything it says comes from files that other jobs wrote; it has no clock and no network, so the same
inputs give the same bytes. Sentences come from ``words``, the look from report.html.j2, .css and .js.
"""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

import jinja2
import pandas as pd
from markupsafe import Markup

from widthwise.evaluation.comparison import CONTROLS, NEGLIGIBLE, SMALL
from widthwise.report import captions, findings, units
from widthwise.report.findings import count

HERE = Path(__file__).parent
RUN_COLUMNS = [
    *["recipe", "family", "width", "seed", "status", "params", "macs", "epochs", "seconds"],
    *["accuracy_validation", "accuracy_public", "accuracy_private", "accuracy_pooled"],
]
COUNTS = ["params", "trainable_params", "non_trainable_params", "macs"]


@dataclass
class Cell:
    """A cell: what it says, the value to sort by, and a class for its look."""

    text: str
    value: float | None = None
    kind: str = ""
    more: tuple = ()  # small lines below


@dataclass
class Table:
    """A table of the page: ``columns`` are headings, each row a list of ``Cell`` or str."""

    caption: str
    columns: list
    rows: list
    summary: str = ""  # where it is folded away, what unfolds it

    def __post_init__(self):
        """Make a cell of every plain text."""
        self.rows = [[one if isinstance(one, Cell) else Cell(one) for one in row] for row in self.rows]

    def kind(self, column):
        """The look of a column's heading, as of its first cell (str)."""
        return "number" if self.rows and self.rows[0][column].kind == "number" else ""


@dataclass
class Section:
    """A part of the page, in order: sentences, figures and tables."""

    id: str
    title: str
    sentences: list = field(default_factory=list)
    figures: list = field(default_factory=list)
    tables: list = field(default_factory=list)
    notes: list = field(default_factory=list)


def cell(name, value):
    """A number's cell, written as ``units`` does; sorted by its value."""
    missing = units.is_missing(value)
    return Cell(units.number(name, value), None if missing else float(value), "number")


class Page:
    """All parts of the page, made from the study's files; see ``write`` for the arguments."""

    def __init__(self, files, figures, language, human_agreement, references, size_limits):
        self.result, self.manifest, self.runs, self.exports, self.trainings = files
        self.size_limits = sorted(size_limits)
        self.say = findings.Language(language)
        self.final = self.result["final"]
        self.human_agreement, self.references = human_agreement, references
        self.figures = self._figures(figures)
        self.title = self.say("title", dataset=self.result["dataset"])
        self.subtitle = self._subtitle()
        self.headline = findings.headline(self.say, self.result, self.runs)
        self.verdicts = self._verdicts()

    def _subtitle(self):
        splits = self.manifest["splits"]
        numbers = {"runs": self.result["runs"]["finished"], "classes": len(self.manifest["classes"])}
        numbers["rows"] = sum(sum(part["per_class"]) for part in splits.values())
        numbers["seeds"] = max(len(one["seeds"]) for its in self.result["curves"] for one in its["members"])
        values = {name: count(number) for name, number in numbers.items()}
        if findings.main_pairs(self.result):
            return self.say("subtitle", **values)
        families = self.say.joined([units.family(name, self.say.name) for name in self.result["families"]])
        return self.say("subtitle without pairs", families=families, **values)

    def heading(self, name):
        """A column's heading: the quantity with its unit (str)."""
        return units.axis_label(name, self.say.name)

    def sections(self):
        """The sections of the page, in order; those without content are left out."""
        controls = [family for family in self.result["families"] if family in CONTROLS]
        others = [family for family in self.result["families"] if family not in CONTROLS]
        sections = [
            self._large(),
            self._curves("mobilenet", others),
            self._curves("plain", sorted(controls)),
            self._equal(),
            self._choice(),
            self._recipes(),
            Section("training", self.say("section training")),
            Section("errors", self.say("section errors")),
            self._data(),
            Section("other", self.say("section other")),
        ]
        for section in sections:
            section.figures = self.figures.get(section.id, [])
        return [its for its in sections if its.sentences or its.figures or its.tables]

    def _figures(self, paths):
        """The figures by section; unknown ones under "other"."""
        found = {}
        for path in paths:
            about = captions.about(Path(path).stem, self.say, self.result)
            alt = self.say("alt", title=about.title, caption=about.caption)
            figure = {"svg": inline_svg(path, alt), "title": about.title, "caption": about.caption}
            found.setdefault(about.section, []).append((about.rank, figure))
        return {
            section: [figure for _, figure in sorted(ranked, key=lambda pair: pair[0])]
            for section, ranked in found.items()
        }

    def _verdicts(self):
        """The verdicts at a glance: a Table of pairs by sizes, or None where nothing is compared."""
        pairs = [found for found in findings.main_pairs(self.result) if found["budgets"]]
        if not pairs:
            return None
        rows = []
        for size in _sizes(pairs):
            row = [Cell(units.short(sum(size) / len(size)), kind="number")]
            for found in pairs:
                its = next((one["splits"] for one in found["budgets"] if one["params"] in size), None)
                row.append(
                    self._verdict_cell(its[self.final]) if its else Cell(units.MISSING, kind="verdict")
                )
            rows.append(row)
        caption = self.say("caption verdicts", split=self.say.split(self.final))
        return Table(caption, [self.heading("params"), *map(self._versus, pairs)], rows)

    def _versus(self, found):
        return " – ".join(units.family(found[name], self.say.name) for name in ("family", "control"))

    def _verdict_cell(self, its, difference=True):
        text = self.say(f"verdict {its['verdict']}")
        text = f"{self.say.signed(its['difference'])} {text}" if difference else text
        unclear = its["verdict"] == "inconclusive" and its["detectable"] is not None
        more = (self.say("could tell", least=self.say.least(its)),) if unclear else ()
        return Cell(text, its["difference"], f"verdict {its['verdict']}", more)

    def _large(self):
        section = Section("large", self.say("question large"))
        networks = self.result["networks"]
        for found in self.result["large_small"]:
            section.sentences += findings.large_small(self.say, found, networks, self.final)
            pair = found["small"], found["large"]
            columns = [self.say("quantity"), *(self.say.label(self.say.network(one)) for one in pair)]
            rows = [[self.heading(name), *(cell(name, one[name]) for one in pair)] for name in COUNTS]
            for split in self.result["splits"]:
                rows.append(
                    [self.heading(f"accuracy_{split}"), *(self._accuracy(one, split) for one in pair)]
                )
            section.tables.append(Table(self.say("caption large"), columns, rows))
        section.tables += [self._layers(network) for network in networks]
        section.sentences = section.sentences or [self.say("no large")]
        return section

    def _accuracy(self, member, split):
        """The cell of a mean with its intervals over seeds and over images."""
        more = [self.say("over images", **_ends(member["images"][split]))]
        if member["interval"][split]:
            more.insert(0, self.say("over seeds", **_ends(member["interval"][split])))
        value = member["accuracy"][split]
        return Cell(units.number("accuracy", value), value, "number", tuple(more))

    def _mean(self, member, split):
        """The cell of a mean with its interval over seeds beside it."""
        text = units.number("accuracy", member["accuracy"][split])
        if member["interval"][split]:
            text += " ({low}–{high})".format(**_ends(member["interval"][split]))
        return Cell(text, member["accuracy"][split], "number")

    def _layers(self, network):
        names = ["params", "trainable_params", "non_trainable_params", "macs"]
        columns = [self.say("layer column"), self.say("output column"), *map(self.heading, names)]
        rows = [
            [row["layer"], Cell("×".join(map(str, row["output"])), kind="number")]
            + [cell(name, row[name]) for name in names]
            for row in network["layers"]
        ]
        name = self.say.network(network)
        caption = self.say("caption layers", network=name, params=count(network["params"]))
        return Table(caption, columns, rows, summary=self.say("show layers", network=name))

    def _curves(self, section_id, families):
        names = self.say.joined([units.family(name, self.say.name) for name in families or [SMALL]])
        section = Section(section_id, self.say(f"question {section_id}", families=names))
        for its in self.result["curves"]:
            recipe, family = its["recipe"], its["family"]
            if family not in families:
                continue
            plateau = its["splits"]["validation"]
            sentences = findings.curve(self.say, its["members"], plateau, "validation")
            section.sentences.append(self._under(recipe, sentences))
            section.tables.append(self._networks(recipe, family, its["members"]))
        section.sentences = section.sentences or [self.say("no family")]
        return section

    def _under(self, recipe, sentences):
        """Sentences as one text that names its recipe where there are several (str)."""
        text = self.say.text(sentences)
        if len(self.result["recipes"]) == 1:
            return text
        return self.say.label(self.say("recipe", recipe=recipe)) + self.say("colon") + text

    def _networks(self, recipe, family, members):
        splits = [split for split in ("validation", "pooled") if split in self.result["splits"]]
        accuracies = [f"accuracy_{split}" for split in splits]
        columns = [*map(self.heading, ["width", "params", *accuracies, "macs", "seeds"])]
        rows = []
        for one in members:
            row = [cell(name, one[name]) for name in ("width", "params")]
            row += [self._mean(one, split) for split in splits]
            rows.append([*row, cell("macs", one["macs"]), cell("seeds", len(one["seeds"]))])
        caption = self.say("caption networks", family=self.say.family(family))
        return Table(caption + self.say("comma") + self.say("recipe", recipe=recipe), columns, rows)

    def _equal(self):
        section = Section("equal", self.say("question equal"))
        for found in self.result["pairs"]:
            sentences = [
                findings.pair(self.say, found, self.final),
                findings.crossing(self.say, found, self.final),
            ]
            sentences += findings.why(self.say, found, self.final)
            section.sentences.append(self._under(found["recipe"], sentences))
            if found["budgets"]:
                section.tables.append(self._budgets(found))
        for found in self.result["recipe_pairs"]:
            section.sentences += findings.recipe_pair(self.say, found, self.final)
        section.sentences = section.sentences or [self.say("no pair")]
        section.sentences += findings.claims(self.say, self.result)
        return section

    def _budgets(self, found):
        say = self.say
        columns = [self.heading("params")]
        columns += [units.family(found[name], say.name) for name in ("family", "control")]
        rows = []
        for budget in found["budgets"]:
            its = budget["splits"][self.final]
            accuracies = (cell("accuracy", its[name]) for name in ("family", "control"))
            rows.append([cell("params", budget["params"]), *accuracies, *self._difference(its)])
        caption = say("caption budgets", **self._names(found))
        return Table(self.say.label(caption), [*columns, *self._difference_columns()], rows)

    def _difference_columns(self):
        names = ("difference column", "p column", "holm column", "verdict column")
        return [self.say(name) for name in names]

    def _difference(self, its):
        """The cells below ``_difference_columns`` (list). its: a DIFFERENCE."""
        low, high = self.say.signed(its["low"]), self.say.signed(its["high"])
        difference = f"{self.say.signed(its['difference'])} ({self.say('interval', low=low, high=high)})"
        cells = [Cell(difference, its["difference"], "number")]
        cells += [Cell(p_value(its[name]), its[name], "number") for name in ("p", "p_holm")]
        return [*cells, self._verdict_cell(its, difference=False)]

    def _recipes(self):
        section = Section("recipes", self.say("section recipes"))
        columns = [
            self.say("recipe column"),
            self.heading("accuracy_validation"),
            *self._difference_columns(),
        ]
        for found in self.result["recipe_effects"]:
            section.sentences.append(findings.recipe_effect(self.say, found))
            base = found["base"]
            nothing = Cell(units.MISSING, kind="number")
            rows = [[base["recipe"], self._mean(base, "validation"), nothing, nothing, nothing, ""]]
            for other in found["others"]:
                recipe = other["member"]["recipe"]
                row = [Cell(recipe, more=tuple(self._changes(base["recipe"], recipe)))]
                row.append(self._mean(other["member"], "validation"))
                rows.append([*row, *self._difference(other["splits"]["validation"])])
            caption = self.say("caption recipes", network=self.say.network(base), base=base["recipe"])
            section.tables.append(Table(self.say.label(caption), columns, rows))
        return section

    def _changes(self, base, recipe):
        """The settings in which a recipe differs from another (list of str)."""
        before, after = (
            _flat(next(one["settings"] for one in self.trainings if one["run"]["recipe"] == name))
            for name in (base, recipe)
        )
        return [
            self.say("instead of", name=name, value=_written(value), base=_written(before.get(name)))
            for name, value in after.items()
            if before.get(name) != value
        ]

    def _names(self, found):
        names = {name: self.say.family(found[name]) for name in ("family", "control")}
        recipe = self.say("recipe", recipe=found["recipe"])
        return names | {"split": self.say.split(self.final), "recipe": recipe}

    def _choice(self):
        section = Section("choice", self.say("section choice"))
        section.sentences = findings.choice(self.say, self.result, self.human_agreement)
        if len(self.exports):
            section.sentences.append(self.say("exported"))
            table, commands = self._exports()
            section.tables.append(table)
            section.notes += commands
        if self.references:
            columns = [self.say("name column"), self.heading("params"), self.heading("accuracy")]
            columns += [self.say("split column"), self.say("note column")]
            rows = [
                [
                    *[one["name"], cell("params", one["params"]), cell("accuracy", one["accuracy"])],
                    *[self.say.split(one["split"]), one["note"]],
                ]
                for one in self.references
            ]
            section.tables.append(Table(self.say("caption references"), columns, rows))
            section.notes.append(self.say("references note"))
            if {"public", "private"} <= set(self.result["splits"]) and not self.result["stand_in"]:
                section.notes.append(self.say("own halves"))
        return section

    def _exports(self):
        """The file to take within each size: a Table, and the commands that copy them out (list).

        The best by validation; at a tie the smallest.
        """
        say, files = self.say, self.exports
        names = [f"accuracy_{split}" for split in self.result["splits"]] + ["agreement", "latency_ms"]
        columns = [say("limit column"), say("model column")]
        columns += map(self.heading, ["bytes", *names])
        sizes = [(say("limit at most", limit=count(limit)), limit) for limit in self.size_limits]
        if not sizes:
            sizes.append((say("limit smallest"), files.bytes.min()))
        sizes.append((say("limit none"), files.bytes.max()))
        rows, commands = [], {}
        for text, limit in sizes:
            fitting = files[files.bytes <= limit]
            if fitting.empty:
                rows.append(
                    [
                        Cell(text, kind="name"),
                        units.MISSING,
                        *(cell(name, None) for name in ("bytes", *names)),
                    ]
                )
                continue
            order = fitting.sort_values(["accuracy_validation", "bytes"], ascending=[False, True])
            file = order.iloc[0].to_dict()
            row = [Cell(text, kind="name")]
            recipe = f"{file['recipe']}, " if len(self.result["recipes"]) > 1 else ""
            which = f"{recipe}w{file['width']:g}, {file['format']}"
            row.append(Cell(units.family(file["family"], say.name), kind="name", more=(which,)))
            rows.append(row + [cell(name, file[name]) for name in ("bytes", *names)])
            stem = "{recipe}-{family}-w{width:g}".format(**file)  # as in ``export.name``
            stem = f"results/{self.result['dataset']}/exports/{stem}"
            command = f"cp {stem}-{file['format']}.tflite {stem}.md ."
            commands.setdefault(command, []).append(text)
        lines = [
            Markup("{}<code>{}</code>").format(say.label(say.joined(sizes)) + say("colon"), command)
            for command, sizes in commands.items()
        ]
        return Table(say("caption exports"), columns, rows), lines

    def _data(self):
        section = Section("data", self.say("section data"))
        pooled = self.runs.accuracy_pooled - self.runs.accuracy_pooled_no_duplicates
        section.sentences = findings.leak(self.say, self.result, pooled.tolist())
        section.sentences.append(findings.missing(self.say, self.result["runs"]))
        left_out = self.manifest["left_out"]
        numbers = {"constant": count(left_out["constant"]), "copies": count(left_out["test_duplicates"])}
        section.sentences.append(self.say("left out", **numbers))
        classes = self.manifest["classes"]
        columns = [self.say("split column"), self.heading("rows"), *classes]
        columns += [self.say("exact column"), self.say("near column")]
        rows = []
        for split, part in self.manifest["splits"].items():
            size, copies = part["stop"] - part["start"], self.result["leak"].get(split)
            if size:
                per_class = [cell("rows", number) for number in part["per_class"]]
                row = [units.term(split, self.say.name), cell("rows", size), *per_class]
                rows.append(row + [cell("rows", copies and copies[kind]) for kind in ("exact", "near")])
        section.tables.append(Table(self.say("caption leak"), columns, rows))
        section.notes = list(self.manifest["notes"])
        return section

    def methods(self):
        """How the figures were made: sentences (list)."""
        say, splits = self.say, self.result["splits"]
        sentences = [say("method selection", rows=count(splits["validation"]))]
        if "pooled" in splits:
            sentences.append(say("method pooled", rows=count(splits["pooled"])))
        return [
            *sentences,
            say("method seeds"),
            *findings.spread_checks(say, self.result["spread_checks"]),
            say("method difference"),
            say("method holm"),
            say("method crossing"),
            say("method plateau", negligible=say("points", value=f"{100 * NEGLIGIBLE:g}")),
        ]

    def all_runs(self):
        """The table of runs (``Table``)."""
        names = [name for name in RUN_COLUMNS if self.runs[name].notna().any()]
        texts = {"recipe": "recipe column", "family": "family column", "status": "status column"}
        columns = [self.say(texts[name]) if name in texts else self.heading(name) for name in names]
        rows = []
        for run in self.runs.to_dict("records"):
            row = []
            for name in names:
                value = None if pd.isna(run[name]) else run[name]
                if name == "status":
                    row.append(Cell(self.say(f"status {value}"), kind=f"status {value}"))
                else:
                    row.append(value if name in texts else cell(name, value))
            rows.append(row)
        return Table(self.say("caption runs"), columns, rows)

    def provenance(self):
        """Where the page comes from: sentences (list) and tables (list)."""
        sha256 = self.manifest["source_sha256"]
        sentences = [self.say("data source", source=self.manifest["source"])]
        sentences.append(self.say("checksum", sha256=sha256) if sha256 else self.say("no checksum"))
        versions, settings = {}, {}
        for training in self.trainings:
            for package, version in training["versions"].items():
                versions.setdefault(package, set()).add(str(version))
            settings[training["run"]["recipe"]] = training["settings"]
        rows = [[package, ", ".join(sorted(found))] for package, found in sorted(versions.items())]
        tables = [Table(self.say("version"), [self.say("name column"), self.say("version")], rows)]
        for recipe, its in sorted(settings.items()):
            rows = [[name, json.dumps(value, sort_keys=True)] for name, value in sorted(its.items())]
            caption = self.say("caption recipe") + self.say("colon") + recipe
            tables.append(Table(caption, [self.say("setting"), self.say("value")], rows))
        return sentences, tables


def _flat(settings):
    """Settings without levels: {"augmentation.flip": True}; a distillation counts as one setting."""
    flat = {}
    for name, value in settings.items():
        if isinstance(value, dict) and name != "distillation":
            flat |= {f"{name}.{inner}": its for inner, its in value.items()}
        else:
            flat[name] = value
    return flat


def _written(value):
    """A setting's value as a person writes it (str)."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {_written(inner)}" for name, inner in value.items())
    return value if isinstance(value, str) else json.dumps(value)


def _ends(interval):
    return dict(zip(("low", "high"), (units.number("accuracy", end) for end in interval), strict=True))


def _sizes(pairs):
    """The sizes at which several pairs are compared: sets of counts within 10 % of the set's least (list)."""
    sizes = []
    for params in sorted({budget["params"] for found in pairs for budget in found["budgets"]}):
        if sizes and params <= 1.1 * min(sizes[-1]):
            sizes[-1].add(params)
        else:
            sizes.append({params})
    return sizes


def p_value(p):
    """A p value with three decimals, "<0.001" below, "–" where there is none (str)."""
    if p is None:
        return units.MISSING
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def inline_svg(path, alt):
    """An SVG file as markup inside an HTML page, named by ``alt`` (Markup).

    Its points can be focused, so it is a group with a name and not one image.
    """
    text = Path(path).read_text("utf-8")
    text = text[text.index("<svg") :]
    opening, rest = text.split(">", 1)
    opening = re.sub(r'\s(role|aria-label)="[^"]*"', "", opening)
    return Markup(opening) + Markup(' role="group" aria-label="{}">').format(alt) + Markup(rest)


def write(
    comparison,
    runs,
    exports,
    manifest,
    trainings,
    figures,
    output,
    language="en",
    human_agreement=None,
    references=(),
    size_limits=(),
):
    """Write report.html.

    comparison, runs, exports, manifest: paths of comparison.json, runs.csv, exports.csv, manifest.json;
    trainings: paths of the runs' training.json; figures: paths of SVG files, shown where ``captions`` puts
    them; language: "en" or "zh-TW"; human_agreement, references, size_limits: as in the configuration's
    ``report``.
    """
    result, data = (json.loads(Path(path).read_text("utf-8")) for path in (comparison, manifest))
    training = [json.loads(Path(path).read_text("utf-8")) for path in sorted(map(str, trainings))]
    files = result, data, pd.read_csv(runs), pd.read_csv(exports), training
    page = Page(files, figures, language, human_agreement, references, size_limits)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    style, script = (Markup((HERE / f"report.{kind}").read_text("utf-8")) for kind in ("css", "js"))
    template = environment.get_template("report.html.j2")
    Path(output).write_text(template.render(page=page, say=page.say, style=style, script=script), "utf-8")
