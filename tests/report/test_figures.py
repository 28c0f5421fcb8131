"""Figures: every one from every kind of study, nothing overlapping, files that stand in one page."""

import itertools
import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from functools import cache, cached_property

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.text import Text
from PIL import Image

import made_up
from widthwise.evaluation.results import read
from widthwise.report import style, units
from widthwise.report.figures import (
    SECTIONS,
    balance,
    common,
    confusions,
    curves,
    differences,
    drawing,
    planned_figures,
    scatter,
    sizes,
)

REFERENCES = [
    {"name": "distilled MobileNetV2", "params": 102709, "accuracy": 0.7091, "split": "private", "note": ""},
    {"name": "mini_XCEPTION", "params": 58423, "accuracy": 0.6556, "split": "private", "note": "measured"},
    {"name": "separable CNN", "params": 173000, "accuracy": 0.6857, "split": "private", "note": ""},
    {"name": "small MobileNet", "params": 73511, "accuracy": 0.6438, "split": "pooled", "note": ""},
    {"name": "large CNN", "params": 22614919, "accuracy": 0.6835, "split": "pooled", "note": ""},
    {"name": "read off a plot", "params": 73511, "accuracy": 0.648, "split": "validation", "note": ""},
]
EXTRAS = {
    "references": REFERENCES,
    "human_agreement": {"accuracy": 0.65, "plus_minus": 0.05},
    "size_limits": [225_000, 650_000],
}
BENCHMARK = pd.DataFrame({"s": [30.0], "max_rss": [700.0]})
LABELS = {"cnn": "CNN", "mobilenet": "MobileNet", "plain": "Plain control"}


class Study:
    """What the figures of a made-up study are drawn from."""

    def __init__(self, root):
        self.root = root
        self.manifest = json.loads((root / "data/manifest.json").read_text("utf-8"))
        self.comparison = read(root / "comparison.json")
        self.runs, self.summary = (pd.read_csv(root / f"{name}.csv") for name in ("runs", "summary"))
        paths = sorted(root.glob("runs/**/metrics.json"))
        self.metrics = [json.loads(path.read_text("utf-8")) for path in paths]
        images, labels = (np.load(root / f"data/{name}.npy") for name in ("images", "labels"))
        self.histories = drawing.read_by_run(sorted(root.glob("runs/**/history.csv")))
        self.contents = {
            "images": images,
            "labels": labels,
            "manifest": self.manifest,
            "comparison": self.comparison,
            "runs": self.runs,
            "summary": self.summary,
            "exports": pd.read_csv(root / "exports.csv"),
            "metrics": self.metrics,
            "histories": self.histories,
            "benchmarks": dict.fromkeys(self.histories, BENCHMARK),
        }

    @cached_property
    def figures(self):
        """{name: Figure}: all of them, in English."""
        return self.draw("en")

    def draw(self, language, only=None):
        families = sorted(set(self.summary.family))
        compared = ["families", *["recipes"] * bool(self.comparison.recipe_effects)]
        planned = [figure for section in SECTIONS for figure in planned_figures(section, families, compared)]
        report = {"samples": True, **EXTRAS}
        return {
            figure.name: drawing.draw(figure, self.contents, report, language)
            for figure in planned
            if only in (None, figure.name)
        }


STUDIES = {
    "three families": {"story": "crossing"},
    "failures": {
        "story": "ahead",
        "broken": {
            ("plain", 1, 0): "failed",
            **{("cnn", 0, seed): "diverged" for seed in (0, 1, 2)},
            ("mobilenet", 2, 1): "absent",
        },
    },
    "one seed, one family, unlabelled test": {
        "story": "ahead",
        "seeds": (0,),
        "only": ("mobilenet",),
        "splits": {"training": 200, "validation": 100},
        "unlabelled": 20,
    },
    "one test split": {
        "story": "ahead",
        "only": ("mobilenet",),
        "splits": {"training": 200, "validation": 100, "private": 100},
    },
    "eight recipes": {
        "story": "inconclusive",
        "only": ("plain",),
        "recipes": ("base", "b" * 20, *(f"label-smoothing-{index}" for index in range(6))),
    },
    "two recipes, real data": {"story": "inconclusive", "recipes": ("quick", "long"), "stand_in": False},
}


@pytest.fixture(scope="module")
def studies(tmp_path_factory):
    """Makes a study of ``STUDIES`` by name, each once."""
    return cache(lambda name: Study(made_up.study(tmp_path_factory.mktemp("study"), **STUDIES[name])))


LARGEST = "eight recipes"


@pytest.fixture(
    scope="module",
    params=[pytest.param(name, marks=pytest.mark.slow if name == LARGEST else ()) for name in STUDIES],
)
def study(request, studies):
    return studies(request.param)


@pytest.fixture(scope="module")
def three_families(studies):
    return studies("three families")


def written(figure):
    return {text for text, _ in visible_texts(figure)}


def visible_texts(figure):
    """(text, bounding box in pixels) of all that is seen: no lines to labels, no ticks beyond an axis."""
    figure.draw_without_rendering()
    artists = [*figure.texts, *(text for legend in figure.legends for text in legend.get_texts())]
    for axes in filter(Axes.get_visible, figure.axes):
        artists += [
            *axes.texts,
            axes.title,
            axes._left_title,
            axes._right_title,
            axes.xaxis.label,
            axes.yaxis.label,
        ]
        for axis, limits in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
            ticks = axis.get_major_ticks()
            artists += [tick.label1 for tick in ticks if min(limits) <= tick.get_loc() <= max(limits)]
    seen = [artist for artist in artists if artist.get_visible() and artist.get_text().strip()]
    return [(artist.get_text(), Text.get_window_extent(artist)) for artist in seen]


def misplaced(figure):
    """Pairs of texts that cover one another by more than a pixel, and texts that the figure's edge cuts."""
    found, edge = visible_texts(figure), figure.bbox
    overlapping = [
        (one, other)
        for (one, a), (other, b) in itertools.combinations(found, 2)
        if min(a.x1, b.x1) - max(a.x0, b.x0) > 1 and min(a.y1, b.y1) - max(a.y0, b.y0) > 1
    ]
    cut = [
        text
        for text, box in found
        if box.x0 < edge.x0 - 1 or box.x1 > edge.x1 + 1 or box.y0 < edge.y0 - 1 or box.y1 > edge.y1 + 1
    ]
    return overlapping, cut


def test_no_text_overlaps_or_is_cut(study):
    for name, figure in study.figures.items():
        assert (name, *misplaced(figure)) == (name, [], [])


def test_no_text_overlaps_or_is_cut_in_chinese(three_families):
    for name, figure in three_families.draw("zh-TW").items():
        assert (name, *misplaced(figure)) == (name, [], [])


def test_stand_in_data_are_called_so_on_every_figure(study):
    said = units.term("stand_in")
    for name, figure in study.figures.items():
        assert any(said in text for text in written(figure)) == study.manifest["stand_in"], name
        assert any("made-up" in text for text in written(figure)), name


def test_text_is_legible_at_phone_width(three_families):
    at_390_pixels = (390 - 26) / (72 * style.WIDTH)  # less what is around a figure in the page
    for name, figure in three_families.figures.items():
        assert figure.get_figwidth() == style.WIDTH, name
        sizes = [item.get_fontsize() for item in figure.findobj(lambda item: hasattr(item, "get_fontsize"))]
        assert min(sizes) * at_390_pixels > 10, name


def test_axes_have_units(three_families):
    figures = three_families.figures
    assert {"Parameters", "Test accuracy (%)"} <= written(figures["params_vs_accuracy"])
    assert {"Training time (s)", "Test accuracy (%)"} <= written(figures["seconds_vs_accuracy"])
    assert "TFLite file (B)" in written(figures["bytes_vs_accuracy"])
    assert "Difference in accuracy (points)" in written(figures["family_difference"])
    assert {"Loss (nats)", "Accuracy (%)", "Epoch"} <= written(figures["learning_curves"])
    assert {"Training time (s)", "Peak memory of the job (MB)"} <= written(figures["training_cost"])


def named_points(figure):
    """{what a point says: its y in data coordinates} of the points that can be hovered over."""
    points = figure.findobj(lambda artist: str(artist.get_gid()).startswith("point-"))
    return {point.get_label(): float(point.get_ydata()[0]) for point in points}


def test_points_stand_at_the_means_in_per_cent(three_families):
    points = named_points(three_families.figures["params_vs_accuracy"])
    for row in three_families.summary.itertuples():
        (height,) = (
            height
            for said, height in points.items()
            if said.startswith(f"{LABELS[row.family]} w{row.width:g}, {row.params:,} parameters")
        )
        assert height == pytest.approx(100 * row.accuracy_pooled)


def test_failed_networks_are_marked_and_not_drawn_as_zero(studies):
    study = studies("failures")  # every run of the smallest CNN diverged
    width = study.summary.loc[study.summary.seeds == 0, "width"].item()
    for name in ("params_vs_accuracy", "params_vs_macro_f1", "params_vs_validation_cnn"):
        figure = study.figures[name]
        points = named_points(figure)
        assert points and not any(f"CNN w{width:g}," in said for said in points)
        assert min(points.values()) > 20
        assert "failed run" in written(figure)


def test_series_beside_one_another_stay_near_their_place(three_families):
    """At most 2.5 points aside: a network below a size limit must not appear beyond it."""
    figure = scatter.tradeoff(many_networks(6, 3), "params", "accuracy_pooled", three_families.manifest)
    figure.draw_without_rendering()
    (axes,) = figure.axes
    for point in figure.findobj(lambda artist: str(artist.get_gid()).startswith("point-")):
        at = point.get_xydata()[0]
        moved = point.get_transform().transform(at)[0] - axes.transData.transform(at)[0]
        assert abs(moved) * 72 / figure.dpi < 2.6


def test_a_single_seed_has_no_interval(studies):
    for figure in studies("one seed, one family, unlabelled test").figures.values():
        assert units.term("seed_interval") not in written(figure)


def test_every_metric_has_a_figure_of_its_means(three_families):
    for metric, label in (
        ("macro_f1", "Test macro F1 (%)"),
        ("balanced_accuracy", "Test balanced accuracy (%)"),
    ):
        figure = three_families.figures[f"params_vs_{metric}"]
        assert label in written(figure)
        expected = sorted(100 * three_families.summary[f"{metric}_pooled"])
        assert sorted(named_points(figure).values()) == pytest.approx(expected)
        assert "225 kB" in written(figure) and not any("human" in text for text in written(figure))


def test_the_list_of_figures_is_light_to_read(root):
    program = (
        "import sys; from widthwise.report import figures;"
        "print({'matplotlib', 'pandas', 'numpy'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=root / "scripts", capture_output=True, text=True
    )
    assert done.stdout.strip() == "set()", done.stderr


def test_settings_of_the_user_change_no_byte(tmp_path, root):
    """A matplotlibrc and a notebook's backend, as an import of matplotlib finds them."""
    (tmp_path / "matplotlibrc").write_text(
        "text.usetex: True\nfont.size: 20\nfigure.dpi: 50\nsavefig.dpi: 30\n"
    )
    program = (
        "import sys, pandas as pd; from widthwise.report import style;"
        "from widthwise.report.figures import curves;"
        "runs = pd.DataFrame([['a', 'cnn', 1.0, 1, 'finished', 9, 1.0]],"
        " columns=['recipe', 'family', 'width', 'seed', 'status', 'params', 'seconds']);"
        "took = {'a/cnn/w1/seed1': pd.DataFrame({'max_rss': [2.0]})};"
        "figure = curves.training_cost(took, runs, {'dataset': 'd', 'stand_in': True});"
        "style.save(figure, 'cost', sys.argv[1] + '.svg', sys.argv[1] + '.png')"
    )
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MPL", "MATPLOTLIB"))}
    hostile = {"MPLBACKEND": "module://matplotlib_inline.backend_inline", "MATPLOTLIBRC": str(tmp_path)}
    for name, settings in (("clean", {}), ("hostile", hostile)):
        environment = {**clean, **settings, "PYTHONPATH": str(root / "scripts")}
        subprocess.run([sys.executable, "-c", program, str(tmp_path / name)], env=environment, check=True)
    for kind in ("svg", "png"):
        assert (tmp_path / f"clean.{kind}").read_bytes() == (tmp_path / f"hostile.{kind}").read_bytes()


def test_intervals_of_several_seeds_are_drawn(three_families):
    figure = three_families.figures["params_vs_accuracy"]
    row = three_families.summary.iloc[0]
    ends = {round(float(at), 6) for line in figure.axes[0].lines for at in line.get_ydata()}
    assert {round(100 * row.accuracy_pooled_low, 6), round(100 * row.accuracy_pooled_high, 6)} <= ends
    assert units.term("seed_interval") in written(figure)


def test_references_agreement_and_limits_are_labelled(three_families):
    figures = three_families.figures
    test_figure, validation = (written(figures[f"params_vs_{y}"]) for y in ("accuracy", "validation"))
    assert {"225 kB", "650 kB", "human agreement 65 ± 5 %", "size limit (float16)"} <= test_figure
    assert {"a: distilled MobileNetV2 (PrivateTest)", "d: small MobileNet", *"abcde"} <= test_figure
    assert "a: read off a plot" in validation
    assert not any("small MobileNet" in text for text in validation)
    limits = {at for line in figures["params_vs_accuracy"].axes[0].lines for at in line.get_xdata()}
    assert {225_000 / 2, 650_000 / 2} <= limits


def test_exported_files_stand_at_their_bytes_and_accuracy_with_the_limits(three_families):
    figure = three_families.figures["bytes_vs_accuracy"]
    files = pd.read_csv(three_families.root / "exports.csv")
    points = figure.findobj(lambda artist: str(artist.get_gid()).startswith("point-"))
    drawn = sorted((int(point.get_xdata()[0]), float(point.get_ydata()[0])) for point in points)
    expected = sorted(zip(files.bytes, 100 * files.accuracy_pooled, strict=True))
    np.testing.assert_allclose(drawn, expected)
    assert {"225 kB", "650 kB", "size limit", "float32", "float16", "int8"} <= written(figure)
    assert {225_000, 650_000} <= {at for line in figure.axes[0].lines for at in line.get_xdata()}


def test_no_two_kinds_of_exported_files_look_the_same(studies):
    study = studies("two recipes, real data")
    figure, files = study.figures["bytes_vs_accuracy"], study.contents["exports"]
    points = figure.findobj(lambda artist: str(artist.get_gid()).startswith("point-"))
    looks = {
        (
            point.get_color(),
            point.get_marker(),
            point.get_fillstyle(),
            point.get_markerfacecolor(),
        )
        for point in points
    }
    assert len(looks) == len(files.drop_duplicates(["recipe", "family", "format"])) == 18


def test_a_missing_labelled_test_set_leaves_validation(studies):
    study = studies("one seed, one family, unlabelled test")
    assert common.final_column(study.summary) == "accuracy_validation"
    assert "Validation accuracy (%)" in written(study.figures["params_vs_accuracy"])


def test_verdicts_of_differences_show_as_shapes(three_families):
    figure = differences.family_difference(three_families.comparison)
    markers = {
        point.get_label().rsplit(", ", 1)[1]: (point.get_marker(), point.get_markerfacecolor())
        for point in figure.findobj(lambda artist: str(artist.get_gid()).startswith("point-"))
    }
    assert markers["the first is ahead"][0] == "^"
    assert markers["the first is behind"][0] == "v"
    for pair in three_families.comparison.pairs:
        for budget in pair.budgets:
            difference = budget.splits[three_families.comparison.final].difference
            title = f"{LABELS[pair.family]} − {LABELS[pair.control]}"
            start = f"{title}, {units.number('params', budget.params)}"
            (height,) = (at for said, at in named_points(figure).items() if said.startswith(start))
            assert height == pytest.approx(100 * difference)


def test_what_two_recipes_say_of_a_pair_stands_side_by_side(studies):
    comparison = studies("two recipes, real data").comparison
    small = [
        replace(pair, budgets=[budget for budget in pair.budgets if budget.params < 100_000])
        for pair in comparison.pairs
    ]
    figure = differences.family_difference(replace(comparison, pairs=small))
    titles = [axes.get_title(loc="left").split("\n") for axes in figure.axes]
    assert [recipe for _, recipe in titles] == 3 * ["(quick)", "(long)"]
    assert all(left == right for (left, _), (right, _) in zip(titles[::2], titles[1::2], strict=True))
    assert misplaced(figure) == ([], [])  # few ticks over one decade


def test_effects_of_recipes_stand_at_their_differences(tmp_path):
    gains = {"base": 0, "helpful": 0.2, "harmful": -0.2}
    study = Study(made_up.study(tmp_path, only=["plain"], recipes=gains, gains=gains))
    figure = study.figures["recipe_effects"]
    points = figure.findobj(lambda artist: str(artist.get_gid()).startswith("point-"))
    drawn = {
        point.get_label().rsplit(":", 1)[0]: (float(point.get_xdata()[0]), point.get_marker())
        for point in points
    }
    for effect in study.comparison.recipe_effects:
        for other, marker in zip(effect.others, "^v", strict=True):
            name = f"Plain control w{effect.base.width:g}, {other.member.recipe} − base"
            difference = other.splits["validation"].difference
            assert drawn[name] == (pytest.approx(100 * difference), marker)
    assert misplaced(figure) == ([], [])


def test_the_confusion_is_that_of_the_best_network_on_validation(three_families):
    figure = confusions.confusion_matrices(three_families.metrics, three_families.manifest)
    for axes, family in zip(figure.axes, ["cnn", "mobilenet", "plain"], strict=False):
        table = three_families.summary[three_families.summary.family == family]
        best = table.loc[table.accuracy_validation.idxmax()]
        assert axes.get_title(loc="left").startswith(f"{LABELS[family]}\nw{best.width:g}, ")
        mine = [
            run for run in three_families.metrics if (run["family"], run["width"]) == (family, best.width)
        ]
        counts = np.sum([run["splits"]["pooled"]["confusion"] for run in mine], axis=0)
        shown = np.asarray(axes.get_images()[0].get_array())
        np.testing.assert_allclose(shown, 100 * counts / counts.sum(axis=1, keepdims=True))


def test_learning_curves_are_the_histories(three_families):
    figure = curves.learning_curves(three_families.histories, three_families.runs, three_families.manifest)
    drawn = [tuple(np.round(line.get_ydata(), 6)) for axes in figure.axes for line in axes.lines]
    for history in three_families.histories.values():
        assert tuple(np.round(history.loss_training, 6)) in drawn
        assert tuple(np.round(100 * history.accuracy_validation, 6)) in drawn


def test_costs_are_those_of_the_runs_and_of_the_benchmark_files(tmp_path, three_families):
    run, *others = three_families.runs.itertuples()
    path = tmp_path / f"{run.recipe}/{run.family}/w{run.width:g}/seed{run.seed}.tsv"
    path.parent.mkdir(parents=True)
    path.write_text("s\th:m:s\tmax_rss\tmax_vms\n12.5\t0:00:12\t640.25\t-\n", "utf-8")
    costs = curves.training_costs(drawing.READERS["benchmarks"]([path]), three_families.runs)
    first, *rest = costs.to_dict("records")
    assert first == {
        **{name: getattr(run, name) for name in ("recipe", "family", "params", "seconds")},
        "max_rss": 640.25,
        "failed": 0,
    }
    assert len(rest) == len(others) and all(np.isnan(row["max_rss"]) for row in rest)


def test_a_recipe_looks_the_same_in_every_figure(three_families):
    """Also where the training jobs of another ran elsewhere, and left no benchmark here."""
    runs, manifest = three_families.runs, three_families.manifest
    runs = pd.concat([runs.assign(recipe="first"), runs.assign(recipe="second")])
    for took in (
        {},
        {curves._run_name(run): BENCHMARK for run in runs[runs.recipe == "second"].itertuples()},
    ):
        figure = curves.training_cost(took, runs, manifest)
        labels = [text.get_text() for text in figure.legends[0].get_texts()]
        assert sum("(first)" in label for label in labels) == sum("(second)" in label for label in labels) > 0


def test_no_finished_run_at_all_is_said(three_families):
    summary, runs = three_families.summary.copy(), three_families.runs.assign(status="failed")
    empty = [name for name in summary if name.startswith("accuracy")]
    summary[[*empty, "seconds"]], summary["failed"], summary["seeds"] = np.nan, summary.seeds, 0
    metrics = [run | {"status": "failed", "splits": {}} for run in three_families.metrics]
    manifest, said = three_families.manifest, units.term("no_runs")
    figures = [
        scatter.family_scatter(runs, summary, "cnn", manifest),
        *(
            scatter.tradeoff(summary, x, "accuracy_validation", manifest, **EXTRAS)
            for x in ("params", "seconds")
        ),
        scatter.pareto_front(summary, replace(three_families.comparison, pareto=[]), manifest),
        curves.learning_curves({}, runs, manifest),
        sizes.exported(pd.read_csv(three_families.root / "exports.csv").head(0), manifest),
        confusions.confusion_matrices(metrics, manifest),
        confusions.recall_by_class(metrics, manifest),
        curves.training_cost(three_families.contents["benchmarks"], runs, manifest),
    ]
    for figure in figures:
        assert said in written(figure)
        assert not misplaced(figure)[0]


def many_networks(families, widths):
    """A summary of many families at shared parameter counts, as a sweep by budgets has."""
    rows = []
    for index, width in itertools.product(range(families), np.geomspace(0.1, 4, widths).round(3)):
        params = int(70_000 * width**1.9) + index
        accuracy = 0.5 + 0.05 * np.log(width) + 0.015 * index
        row = {"recipe": "long", "family": f"family{index}", "width": width, "params": params, "failed": 0}
        row |= {"macs": params * 200, "bytes": params * 4, "seconds": 10 + params / 1e4, "seeds": 3}
        for name in ("accuracy_validation", "accuracy_pooled"):
            row |= {name: accuracy, f"{name}_low": accuracy - 0.02, f"{name}_high": accuracy + 0.02}
        rows.append(row)
    return pd.DataFrame(rows)


def many_files(summary):
    """Every network of a summary in the three formats."""
    sizes = {"float32": 4, "float16": 2, "int8": 1}
    exports = summary.assign(
        **{f"accuracy_{half}": summary.accuracy_pooled for half in ("public", "private")}
    )
    parts = [
        exports.assign(format=kind, bytes=size * exports.params + 10_000) for kind, size in sizes.items()
    ]
    return pd.concat(parts, ignore_index=True)


@pytest.mark.parametrize(("families", "widths"), [(6, 12), (6, 1), (1, 12), (1, 1)])
def test_many_families_and_widths_have_room(three_families, families, widths):
    summary, manifest = many_networks(families, widths), three_families.manifest
    runs = summary.assign(seed=1, status="finished")
    for figure in (
        scatter.tradeoff(summary, "params", "accuracy_pooled", manifest, **EXTRAS),
        sizes.exported(many_files(summary), manifest, size_limits=EXTRAS["size_limits"]),
        scatter.family_scatter(runs, summary, "family0", manifest),
    ):
        assert misplaced(figure) == ([], [])


def test_families_have_styles_in_their_order_that_differ_without_colour():
    styles = [style.series_style(index) for index in range(6)]
    assert len({each.marker for each in styles}) == len({each.line for each in styles}) == 6
    table = many_networks(6, 1)
    of_all = {one.family: one.style for one in common.all_series(table)}
    assert [of_all[family] for family in sorted(of_all)] == styles


def test_under_two_recipes_a_family_keeps_its_look_but_for_being_hollow(studies):
    looks = {}
    for one in common.all_series(studies("two recipes, real data").summary, paired=True):
        looks.setdefault(one.family, []).append(one.style)
    assert len(looks) == 3
    for filled, hollow in looks.values():
        assert not filled.hollow and hollow == replace(filled, hollow=True)
    assert len({filled.color for filled, _ in looks.values()}) == 3


def simulated(color, kind):
    """A colour as seen by the colour-blind, linear RGB: Machado, Oliveira & Fernandes (2009), severity 1."""
    matrix = {
        "protanopia": "0.152286 1.052583 -0.204868 0.114503 0.786281 0.099216 -0.003882 -0.048116 1.051998",
        "deuteranopia": "0.367322 0.860646 -0.227968 0.280085 0.672501 0.047413 -0.011820 0.042940 0.968881",
        "tritanopia": "1.255528 -0.076749 -0.178779 -0.078411 0.930809 0.147602 0.004733 0.691367 0.303900",
    }[kind]
    channels = np.array([int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)])
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return np.clip(np.array(matrix.split(), float).reshape(3, 3) @ linear, 0, 1)


@pytest.mark.parametrize("kind", ["protanopia", "deuteranopia", "tritanopia"])
def test_colours_stay_apart_for_the_colour_blind(kind):
    seen = [simulated(style.series_style(index).color, kind) for index in range(6)]
    for one, other in itertools.combinations(seen, 2):
        assert np.abs(one - other).max() > 0.08


def saved(figure, name, folder, stem=""):
    svg, png = folder / f"{stem}{name}.svg", folder / f"{stem}{name}.png"
    style.save(figure, name, svg, png)
    return svg, png


def test_files_are_the_same_each_time_and_complete(tmp_path, three_families):
    first, second = (
        saved(
            three_families.draw("en", "params_vs_accuracy")["params_vs_accuracy"],
            "params_vs_accuracy",
            tmp_path,
            stem,
        )
        for stem in ("one-", "two-")
    )
    for one, two in zip(first, second, strict=True):
        assert one.read_bytes() == two.read_bytes()
    text = first[0].read_text("utf-8")
    assert "dc:date" not in text
    assert "<text" not in text  # drawn as shapes: the same without the font
    with Image.open(first[1]) as image:
        assert image.width == round(style.WIDTH * style.DPI)


def test_figures_of_one_page_share_no_ids(tmp_path, three_families):
    seen = set()
    figures = three_families.figures
    for name in ("params_vs_accuracy", "params_vs_validation", "learning_curves", "confusion_matrices"):
        svg, _ = saved(figures[name], name, tmp_path)
        ElementTree.parse(svg)
        text = svg.read_text("utf-8")
        ids = re.findall(r'\bid="([^"]*)"', text)
        assert len(ids) == len(set(ids))
        assert not seen & set(ids)
        assert set(re.findall(r'(?:href="#|url\(#)([^")]+)', text)) <= set(ids)
        assert "\n*{" not in text  # a style that would reach the rest of the page
        seen |= set(ids)


def test_points_tell_their_run_in_the_svg(tmp_path, three_families):
    svg, _ = saved(three_families.figures["params_vs_accuracy"], "params_vs_accuracy", tmp_path)
    root = ElementTree.parse(svg).getroot()
    points = [item for item in root.iter() if item.get("class") == "point"]
    shown = [item for item in REFERENCES if item["split"] != "validation"]
    assert len(points) == len(three_families.summary) + len(shown)
    for point in points:
        assert point.get("tabindex") == "0"
        assert point.get("aria-label") == point[0].text
    said = [point.get("aria-label") for point in points]
    assert any(re.fullmatch(r"MobileNet w1, 73,511 parameters: \d\d\.\d % \(.*\)", text) for text in said)


def test_names_with_signs_of_mathematics_or_markup_are_written_as_they_are(tmp_path, three_families):
    table = many_networks(1, 3).replace({"family0": "a<b> $x_1$ & co"})
    figure = scatter.tradeoff(table, "params", "accuracy_pooled", three_families.manifest)
    assert "a<b> $x_1$ & co" in written(figure)
    svg, _ = saved(figure, "params_vs_accuracy", tmp_path)
    said = [item.get("aria-label") or "" for item in ElementTree.parse(svg).getroot().iter()]
    assert any(text.startswith("a<b> $x_1$ & co w0.1") for text in said)


def test_chinese_without_a_font_for_it_falls_back_to_english(three_families, monkeypatch, caplog):
    monkeypatch.setattr(style, "cjk_font", lambda: None)
    figure = scatter.tradeoff(
        three_families.summary, "params", "accuracy_pooled", three_families.manifest, "zh-TW"
    )
    assert "Test accuracy (%)" in written(figure)
    assert "font" in caplog.text


def test_a_font_installed_after_matplotlib_listed_the_fonts_is_found(monkeypatch, without):
    if style.cjk_font() is None:
        without("no font with Chinese characters is installed")
    manager = style.font_manager.fontManager
    files = {font.fname for font in manager.ttflist if font.name in style.CJK_FONTS}
    monkeypatch.setattr(manager, "ttflist", [font for font in manager.ttflist if font.fname not in files])
    assert style.cjk_font.__wrapped__() in style.CJK_FONTS


def test_chinese_labels_where_there_is_a_font(three_families, without):
    if style.cjk_font() is None:
        without("no font with Chinese characters is installed")
    figure = scatter.tradeoff(
        three_families.summary, "params", "accuracy_pooled", three_families.manifest, "zh-TW"
    )
    assert "測試準確率 (%)" in written(figure)


@pytest.mark.parametrize("shape", [(48, 48, 1), (32, 32, 3)])
def test_class_balance_shows_the_pictures_and_the_counts(shape):
    labels = np.repeat(np.arange(3, dtype=np.int16), [5, 1, 3])
    images = np.zeros((9, *shape), np.uint8) + np.arange(1, 10, dtype=np.uint8)[:, None, None, None] * 20
    splits = {"training": {"start": 0, "stop": 9, "per_class": [5, 1, 3]}}
    splits["validation"] = {"start": 9, "stop": 9, "per_class": [2, 0, 1]}
    manifest = {"dataset": "pictures", "stand_in": False, "classes": ["cat", "dog", "ox"], "splits": splits}
    figure = balance.class_balance(images, labels, manifest)
    sheet = np.asarray(figure.axes[0].get_images()[0].get_array())
    assert set(np.unique(sheet)) == {20, 40, 60, 80, 120, 140, 160, 180, 255}  # at most four of a class
    assert {"cat", "dog", "ox", "7", "1", "4", "Training", "Validation"} <= written(figure)
    assert "PublicTest" not in written(figure)
    assert misplaced(figure) == ([], [])
    figure = balance.class_balance(images, labels, manifest, samples=False)
    assert not any(axes.get_images() for axes in figure.axes)
    assert {"cat", "dog", "ox", "7", "1", "4"} <= written(figure)
    assert misplaced(figure) == ([], [])


@pytest.mark.parametrize(
    "names",
    [
        ["class 0", "class 1"],
        [f"class {index}" for index in range(62)],
        ["Tomato_Yellow_Leaf_Curl_Virus", "Pepper__bell___Bacterial_spot", "ok"],
    ],
    ids=["two", "many", "long"],
)
def test_any_number_and_length_of_class_names_can_be_drawn(names):
    classes = len(names)
    confusion = (np.eye(classes, dtype=int) * 5).tolist()
    scores = {
        "confusion": confusion,
        "accuracy": 1.0,
        "per_class": [{"class": name, "recall": 1.0} for name in names],
    }
    run = {"recipe": "long", "family": "cnn", "width": 1.0, "seed": 1, "params": 100, "status": "finished"}
    metrics = [run | {"splits": {"validation": scores}}]
    split = {"start": 0, "stop": classes, "per_class": [1] * classes}
    manifest = {"dataset": "pictures", "stand_in": False, "classes": names, "splits": {"training": split}}
    images = np.zeros((classes, 8, 8, 1), np.uint8)
    for figure in (
        balance.class_balance(images, np.arange(classes), manifest),
        confusions.confusion_matrices(metrics, manifest),
        confusions.recall_by_class(metrics, manifest),
    ):
        assert misplaced(figure) == ([], [])
