"""The report: one self-contained HTML page that answers the four questions.

Everything it says comes from files that other jobs wrote; it has no clock and no network, so the same
inputs give the same bytes. Its sections are in ``sections/``, its sentences in ``languages/``, its look in
report.html.j2, .css and .js.
"""

import json
import re
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from markupsafe import Markup

from widthwise.evaluation import results
from widthwise.report import captions, html, units
from widthwise.report.findings import answer
from widthwise.report.findings import recipes as findings
from widthwise.report.language import Language, count
from widthwise.report.parts import Cell, Section, Study, Table, sizes, verdict
from widthwise.report.sections import choice, data, questions, recipes

HERE = Path(__file__).parent


def write(
    comparison: str | Path,
    runs: str | Path,
    exports: str | Path,
    manifest: str | Path,
    trainings: Sequence[str | Path],
    figures: Sequence[str | Path],
    output: str | Path,
    language: str = "en",
    human_agreement: dict | None = None,
    references: Sequence[dict] = (),
    size_limits: Sequence[int] = (),
    samples: bool = True,
    try_page: str = "try.html",
) -> None:
    """Write report.html.

    comparison, runs, exports, manifest: paths of comparison.json, runs.csv, exports.csv, manifest.json;
    trainings: paths of the runs' training.json; figures: paths of SVG files, shown where ``captions`` puts
    them; language: one of ``catalogues.LANGUAGES``; human_agreement, references, size_limits, samples:
    as in the configuration's ``report``; try_page: where the page lies, from here, that runs a network.
    """
    study = Study(
        Language(language),
        results.read(comparison),
        json.loads(Path(manifest).read_text("utf-8")),
        pd.read_csv(runs),
        pd.read_csv(exports),
        [json.loads(Path(path).read_text("utf-8")) for path in sorted(map(str, trainings))],
        human_agreement,
        references,
        size_limits,
        samples,
        try_page,
    )
    script = (HERE / "report.js").read_text("utf-8")
    page = html.template(HERE / "report.html.j2").render(
        say=study.say,
        title=captions.title(study.say, study.result),
        stand_in=study.result.stand_in,
        subtitle=subtitle(study),
        headline=answer.headline(study.say, study.result, study.runs),
        verdicts=verdicts(study),
        sections=all_sections(study, figures),
        runs=data.all_runs(study),
        methods=data.methods(study),
        provenance=data.provenance(study),
        try_page=try_page if len(study.exports) else None,
        style=Markup(html.STYLE.read_text("utf-8")),
        script=Markup(script),
        security_policy=html.security_policy(script),
    )
    Path(output).write_text(page, "utf-8")


def subtitle(study: Study) -> str:
    """What was trained on what, in one sentence."""
    say, result, manifest = study.say, study.result, study.manifest
    numbers = {
        "runs": result.runs.finished,
        "classes": len(manifest["classes"]),
        "rows": sum(sum(part["per_class"]) for part in manifest["splits"].values()),
        "seeds": max(len(member.seeds) for curve in result.curves for member in curve.members),
    }
    values = {name: count(number) for name, number in numbers.items()}
    epochs = study.runs.epochs[study.runs.status == "finished"].astype(int)
    low, high = count(epochs.min()), count(epochs.max())
    values["epochs"] = low if low == high else say("range", low=low, high=high)
    if "mobilenet" in result.families and answer.main_pairs(result):
        return say("subtitle", **values)
    families = say.joined([study.family(name) for name in result.families])
    return say("subtitle without pairs", families=families, **values)


def verdicts(study: Study) -> Table | None:
    """The verdicts at a glance, pairs of families by sizes; None where nothing is compared.

    Of several recipes, what they say of one pair stands side by side, the shorter training first.
    """
    say, epochs = study.say, findings.epochs(study.runs)
    pairs = [pair for pair in answer.first_pairs(study.result) if pair.budgets]
    if not pairs:
        return None
    controls = list(dict.fromkeys(pair.control for pair in pairs))
    pairs.sort(key=lambda pair: (controls.index(pair.control), epochs[pair.recipe], pair.recipe))
    rows = []
    for size in sizes(budget.params for pair in pairs for budget in pair.budgets):
        row = [Cell(units.short(sum(size) / len(size)), kind="number")]
        for pair in pairs:
            budget = next((budget for budget in pair.budgets if budget.params in size), None)
            missing = Cell(units.MISSING, kind="verdict")
            row.append(verdict(say, budget.splits[study.final]) if budget else missing)
        rows.append(row)
    caption = say("caption verdicts", split=say.split(study.final))
    columns = [recipes.versus(study, pair) for pair in pairs]
    if len({pair.recipe for pair in pairs}) > 1:
        trained = (findings.with_epochs(say, pair.recipe, epochs) for pair in pairs)
        columns = list(map(say("colon").join, zip(columns, trained, strict=True)))
    return Table(caption, [study.heading("params"), *columns], rows)


def all_sections(study: Study, figures: Sequence[str | Path]) -> list[Section]:
    """The sections of the page, in order; those without content are left out."""
    others = [family for family in study.result.families if family not in study.controls]
    sections = [
        questions.large(study),
        questions.curves(study, "mobilenet", others),
        questions.curves(study, "plain", study.controls),
        questions.equal(study),
        choice.choice(study),
        recipes.effects(study),
        study.section("training"),
        study.section("errors"),
        data.data(study),
        study.section("other"),
    ]
    shown = _by_section(study, figures)
    for section in sections:
        section.figures = shown.get(section.id, [])
    sections = [section for section in sections if section.sentences or section.figures or section.tables]
    sections.sort(key=lambda section: captions.order(study.result).index(section.id))
    numbered = [section for section in sections if section.id in captions.QUESTIONS]
    for number, section in enumerate(numbered, start=1):
        section.number = number
    return sections


def _by_section(study: Study, paths: Sequence[str | Path]) -> dict[str, list[dict]]:
    """The figures of each section, in order; unknown ones under "other"."""
    ranked: dict[str, list] = {}
    for path in paths:
        about = captions.about(Path(path).stem, study.say, study.result, study.samples)
        alt = study.say("alt", title=about.title, caption=about.caption)
        figure = {"svg": inline_svg(path, alt), "title": about.title, "caption": about.caption}
        ranked.setdefault(about.section, []).append((about.rank, about.title, figure))
    return {
        section: [figure for *_, figure in sorted(figures, key=lambda ranked: ranked[:2])]
        for section, figures in ranked.items()
    }


def inline_svg(path: str | Path, alt: str) -> Markup:
    """An SVG file as markup inside an HTML page, named by ``alt``.

    Its points can be focused, so it is a group with a name and not one image.
    """
    text = Path(path).read_text("utf-8")
    text = text[text.index("<svg") :]
    opening, rest = text.split(">", 1)
    opening = re.sub(r'\s(role|aria-label)="[^"]*"', "", opening)
    return Markup(opening) + Markup(' role="group" aria-label="{}">').format(alt) + Markup(rest)
