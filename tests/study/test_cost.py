"""The rule for what a training will take, beside what the published study took."""

import csv
import shutil

import pytest
import yaml

from widthwise.study.planning import Plan
from widthwise.study.runs import Run


@pytest.fixture
def published(root, tmp_path, monkeypatch):
    """(plan, runs) of the FER2013 study: what its preset says, and its table of runs."""
    config = yaml.safe_load((root / "config.yaml").read_text())
    preset = yaml.safe_load((root / "presets/fer2013.yaml").read_text())
    rows = list(csv.DictReader((root / "docs/fer2013/runs.csv").open()))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data/fer2013").mkdir(parents=True)
    shutil.copy(root / "docs/fer2013/runs.csv", tmp_path / "data/fer2013")  # any file, for the plan's source
    return Plan(config | preset | {"datasets": config["datasets"]}), rows


def test_fer2013_takes_what_the_rule_says_within_a_factor_of_two(published):
    plan, rows = published
    expected = taken = 0.0
    for row in rows:
        run = Run(row["recipe"], row["family"], float(row["width"]), int(row["seed"]))
        expected += plan.assumed_rows * int(row["epochs"]) * plan.picture_seconds([run])
        taken += float(row["seconds"])
    assert len(rows) >= 18
    assert 0.5 < expected / taken < 2
