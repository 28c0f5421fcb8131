"""The rule for what a training will take, beside what the published study took."""

import csv

import yaml

from widthwise.study.planning import Plan
from widthwise.study.runs import Run

PICTURES = 25_014  # for training, as the README says


def test_fer2013_takes_what_the_rule_says_within_a_factor_of_two(root, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config, preset = (
        yaml.safe_load((root / name).read_text()) for name in ("config.yaml", "presets/fer2013.yaml")
    )
    plan = Plan(config | preset)
    expected = taken = 0.0
    with (root / "docs/fer2013/runs.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        run = Run(row["recipe"], row["family"], float(row["width"]), int(row["seed"]))
        expected += PICTURES * int(row["epochs"]) * plan.picture_seconds([run])
        taken += float(row["seconds"])
    assert len(rows) >= 18
    assert 0.5 < expected / taken < 2
