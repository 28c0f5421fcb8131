"""Labels and units: every quantity in both languages, values as people read them."""

import pandas as pd
import pytest

from widthwise.evaluation import aggregation
from widthwise.report import units
from widthwise.report.catalogues import LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", units.QUANTITIES)
def test_every_quantity_has_a_label_in_every_language(name, language):
    assert units.label(name, language)
    assert units.axis_label(name, language).startswith(units.label(name, language))


def test_every_measured_column_of_the_results_is_a_quantity():
    described_elsewhere = {"dataset", "recipe", "family", "status"}
    for name in set(aggregation.COLUMNS) - described_elsewhere:
        assert units.axis_label(name) and units.number(name, 0.5)


@pytest.mark.parametrize(
    ("name", "value", "language", "expected"),
    [
        ("params", 73511, "en", "73,511"),
        ("accuracy_pooled", 0.64377, "en", "64.4 %"),
        ("seconds", 94.3, "en", "94 s"),
        ("seconds", 94.3, "zh-TW", "94 秒"),
        ("seconds", 0, "en", "0 s"),
        ("width", 0.25, "en", "0.25"),
        ("difference", -0.0123, "en", "-1.2 points"),
        ("seconds", None, "en", "–"),
        ("accuracy_pooled", float("nan"), "en", "–"),
    ],
)
def test_values_as_people_read_them(name, value, language, expected):
    assert units.text(name, value, language) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.25, "0.25"), (950, "950"), (1000, "1k"), (73511, "73.5k"), (999_600, "1M"), (22_614_919, "22.6M")],
)
def test_short_numbers(value, expected):
    assert units.short(value) == expected


def test_a_metric_on_a_split_is_called_by_both():
    assert units.label("accuracy_validation") == "Validation accuracy"
    assert units.label("balanced_accuracy_public", "zh-TW") == "PublicTest 平衡準確率"
    assert units.text("macro_f1_pooled", 0.5) == "50.0 %"
    assert units.label("f1") == "F1" and units.label("macro_f1_pooled") == "Test macro F1"


def test_one_test_split_is_the_test():
    both, one = ["training", "public", "private", "pooled"], ["training", "private", "pooled"]
    assert units.shown_splits(both) == both and units.shown_splits(one) == ["training", "pooled"]
    assert [units.split("private", splits) for splits in (both, one)] == ["PrivateTest", "Test"]


def test_axis_labels_carry_the_unit():
    assert units.axis_label("seconds") == "Training time (s)"
    assert units.axis_label("accuracy_validation", "zh-TW") == "驗證準確率 (%)"
    assert units.axis_label("params") == "Parameters"


def test_unknown_language_is_refused():
    with pytest.raises(ValueError, match="zh-TW"):
        units.label("params", "xx")


@pytest.mark.parametrize("value", [None, float("nan"), pd.NA])
def test_missing_values_are_a_dash(value):
    assert units.number("accuracy", value) == units.text("accuracy", value) == units.MISSING
