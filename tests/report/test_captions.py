"""What the page and Snakemake's report say of each figure: from the message catalogues, in every language."""

import json
import re
from dataclasses import asdict, fields, replace
from html import unescape
from types import SimpleNamespace

import pytest
from docutils.core import publish_parts

from widthwise.evaluation.results import Comparison
from widthwise.report import captions
from widthwise.report.catalogues import LANGUAGES
from widthwise.report.figures import SECTIONS, planned_figures
from widthwise.report.language import Language

FAMILIES = ["mobilenet", "a_new_one_", "plain"]
COMPARED = ["families", "recipes"]
PLANNED = [figure.name for section in SECTIONS for figure in planned_figures(section, FAMILIES, COMPARED)]
KNOWN = {"dataset": "my_*data*_", "stand_in": True, "final": "pooled", "families": FAMILIES}
KNOWN |= {"pairs": [], "recipe_effects": [], "large_small": [], "curves": []}
RESULT = Comparison(**dict.fromkeys(field.name for field in fields(Comparison)) | KNOWN)


@pytest.fixture
def comparison(tmp_path):
    path = tmp_path / "comparison.json"
    path.write_text(json.dumps(asdict(RESULT)))
    return path


@pytest.mark.parametrize("language", LANGUAGES)
def test_snakemakes_report_shows_each_figure_with_the_title_and_caption_of_the_page(comparison, language):
    say = Language(language)
    for name in PLANNED:
        shown, expected = (
            captions.for_snakemake(name, comparison, language, True),
            captions.about(name, say, RESULT),
        )
        assert expected.section in captions.PAGE and expected.section != "other"
        assert shown["title"] == expected.title
        body = publish_parts(shown["caption"], writer_name="html")["body"]
        assert unescape(re.sub("<.*?>", "", body)).strip() == expected.caption  # nothing taken for markup
        assert shown["category"].endswith(captions.heading(expected.section, say, RESULT))
    page = captions.for_snakemake("report", comparison, language, True)
    assert page["title"] == say("title", dataset=RESULT.dataset) and say("answer") in page["category"]


def test_snakemakes_report_is_chinese_in_chinese(comparison):
    for name in PLANNED:
        for text in captions.for_snakemake(name, comparison, "zh-TW", True).values():
            assert re.search("[\u4e00-\u9fff]", text), (name, text)


def test_the_categories_of_snakemakes_report_are_in_the_order_of_the_page(comparison):
    names = ("report", *PLANNED)
    shown = {captions.for_snakemake(name, comparison, "en", True)["category"] for name in names}
    assert sorted(shown) == [
        "0. The answer",
        "2. MobileNet and a_new_one_: accuracy by parameters",
        "3. Plain networks: accuracy by parameters",
        "4. All networks side by side",
        "5. Which network to take",
        "6. What the training settings change",
        "7. How the networks learnt",
        "8. Which classes are told apart",
        "9. The data, and copies across splits",
    ]


def test_recipes_come_first_where_a_study_compares_nothing_else():
    say, alone = Language("en"), replace(RESULT, recipe_effects=["an effect"])
    assert captions.title(say, alone) == f"What each recipe buys: {RESULT.dataset}"
    assert captions.order(alone)[0] == "recipes" and set(captions.order(alone)) == set(captions.PAGE)
    pairs = {"pairs": [SimpleNamespace(budgets=["a size"])]}
    several = {"curves": [SimpleNamespace(members=["one width", "another"])]}
    for others in (pairs, several, {"large_small": ["MobileNet and CNN"]}):
        result = replace(alone, **others)
        assert captions.title(say, result) == f"How accuracy grows with size: {RESULT.dataset}"
        assert captions.order(result) == captions.PAGE
    assert captions.heading("equal", say, replace(alone, **pairs)) == "At equal size: what differs, and why"
