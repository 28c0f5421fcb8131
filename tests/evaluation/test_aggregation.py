import json

import pandas as pd
import pytest

import made_up
from widthwise.evaluation import aggregation
from widthwise.evaluation.statistics import Spread, t_interval


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return made_up.study(tmp_path_factory.mktemp("study"), broken={("plain", 0, 1): "diverged"})


def test_a_row_per_run_in_order(root):
    runs = pd.read_csv(root / "runs.csv")
    assert list(runs.columns) == aggregation.COLUMNS
    assert len(runs) == 36
    assert runs[aggregation.RUN].equals(runs[aggregation.RUN].sort_values(aggregation.RUN))


def test_a_run_that_failed_has_counts_but_no_accuracy(root):
    runs = pd.read_csv(root / "runs.csv")
    failed = runs[runs.status == "diverged"]
    assert len(failed) == 1
    assert failed.params.notna().all()
    assert failed[list(aggregation.UNITS)].isna().all(axis=None)


def test_summary_has_means_and_intervals_over_finished_seeds(root):
    runs, summary = pd.read_csv(root / "runs.csv"), pd.read_csv(root / "summary.csv")
    assert len(summary) == 12
    row = summary[(summary.family == "plain") & summary.failed.eq(1)].iloc[0]
    values = runs[(runs.family == "plain") & (runs.width == row.width)].accuracy_pooled.dropna()
    assert row.seeds == len(values) == 2
    assert row.accuracy_pooled == pytest.approx(values.mean())
    interval = row.accuracy_pooled_low, row.accuracy_pooled_high
    alike = summary[summary.params.between(row.params / 1.1, row.params * 1.1)]
    runs = runs.merge(alike[aggregation.NETWORK], on=aggregation.NETWORK)
    seeds = [group.accuracy_pooled.dropna() for _, group in runs.groupby(aggregation.NETWORK)]
    freedom = sum(len(each) - 1 for each in seeds)
    pooled = sum(each.var() * (len(each) - 1) for each in seeds) / freedom
    spread = Spread(max(pooled, values.var()), freedom)
    assert len(seeds) > 1 and interval == pytest.approx(t_interval(values, spread=spread))


def test_every_metric_of_every_split_is_summed_up(root):
    runs, summary = pd.read_csv(root / "runs.csv"), pd.read_csv(root / "summary.csv")
    for metric in ("accuracy", "macro_f1", "balanced_accuracy"):
        for split in ("validation", "public", "private", "pooled"):
            name = f"{metric}_{split}"
            assert summary[name].mean() == pytest.approx(
                runs.groupby(aggregation.NETWORK)[name].mean().mean()
            )
            low, high = summary[f"{name}_low"], summary[f"{name}_high"]
            assert ((low < summary[name]) & (summary[name] < high)).all()
    one = json.loads(next(root.glob("runs/**/mobilenet/w1/seed0/metrics.json")).read_text())
    row = runs[(runs.family == "mobilenet") & (runs.width == 1) & (runs.seed == 0)].iloc[0]
    assert row.balanced_accuracy_private == pytest.approx(one["splits"]["private"]["balanced_accuracy"])


def test_one_seed_has_no_interval(tmp_path):
    summary = pd.read_csv(made_up.study(tmp_path, seeds=(0,), only=["cnn"]) / "summary.csv")
    assert summary.accuracy_validation.notna().all()
    assert summary.accuracy_validation_low.isna().all()


def test_a_data_set_without_labelled_test_rows(tmp_path):
    root = made_up.study(tmp_path, splits={"training": 99, "validation": 99}, unlabelled=9, only=["cnn"])
    runs = pd.read_csv(root / "runs.csv")
    assert runs.accuracy_validation.notna().all()
    assert runs[["accuracy_public", "accuracy_private", "accuracy_pooled"]].isna().all(axis=None)


def test_no_run_gives_empty_tables(tmp_path):
    aggregation.aggregate([], tmp_path / "runs.csv", tmp_path / "summary.csv")
    assert pd.read_csv(tmp_path / "runs.csv").empty


def test_no_number_of_one_run_stops_the_collection(root, tmp_path, capsys):
    """A family that forgets to round its channels; metrics of a version that had fewer of them."""
    paths = sorted(root.glob("runs/*/*/*/seed0/metrics.json"))[:2]
    odd, other = (json.loads(path.read_text()) for path in paths)
    odd["params"] = 170.2
    del odd["splits"]["pooled"]["macro_f1"]
    (tmp_path / "odd.json").write_text(json.dumps(odd))
    aggregation.aggregate([tmp_path / "odd.json", paths[1]], tmp_path / "runs.csv", tmp_path / "summary.csv")
    runs = pd.read_csv(tmp_path / "runs.csv").set_index("width")
    assert pd.isna(runs.params[odd["width"]]) and runs.params[other["width"]] == other["params"]
    assert pd.isna(runs.macro_f1_pooled[odd["width"]])
    assert "params is 170.2, expected a whole number" in capsys.readouterr().out
