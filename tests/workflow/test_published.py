"""The numbers that the docs give of finished studies are those of the studies' own tables."""

import csv
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
VERDICTS = {"ahead": "MobileNet ahead", "behind": "MobileNet behind", "inconclusive": "cannot tell"}


def table(page, heading):
    """The lines of the table under a heading, its own head left out."""
    text = (DOCS / page).read_text(encoding="utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return [line for line in text.splitlines() if line.startswith("| ")][1:]


def compared(dataset):
    """The row of each size at which a study compares MobileNet with the plain control."""
    found = json.loads((DOCS / dataset / "comparison.json").read_text("utf-8"))
    for pair in found["pairs"]:
        if (pair["family"], pair["control"]) != ("mobilenet", "plain"):
            continue
        for size in pair["budgets"]:
            change = size["splits"][found["final"]]
            family, control = (f"{100 * change[name]:.1f} %" for name in ("family", "control"))
            points = "{:+.1f} ({:+.1f} to {:+.1f})".format(
                *(100 * change[name] for name in ("difference", "low", "high"))
            ).replace("-", "−")
            verdict = VERDICTS[change["verdict"]]
            yield f"| {dataset} | {size['params']:,} | {family} | {control} | {points} | {verdict} |"


def test_the_verdicts_of_all_data_sets():
    expected = [row for dataset in ("fer2013", "fashion-mnist", "digits") for row in compared(dataset)]
    assert table("does-it-travel.md", "The same question of three data sets") == expected


def test_fashion_mnist_beside_published_results():
    with (DOCS / "fashion-mnist/summary.csv").open(newline="") as file:
        ours = [
            f"| {row['family']}, width {row['width']} | {int(row['params']):,} |"
            f" {100 * float(row['accuracy_pooled']):.1f} % |"
            for row in csv.DictReader(file)
        ]
    rows = table("does-it-travel.md", "Beside published results")
    assert sorted(row.rsplit(" | ", 1)[0] + " |" for row in rows if "this study" in row) == sorted(ours)
    published = [row for row in rows if "this study" not in row]
    assert len(published) >= 3 and all(re.search(r"\]\(https://", row) for row in published)


@pytest.mark.parametrize("tables", [True, False])
def test_a_finished_study_is_published(finished, tmp_path, root, tables):
    destination = tmp_path / "docs/tiny"
    command = [sys.executable, root / "scripts/publish.py", "results/tiny", destination]
    subprocess.run([*command, *["--tables"] * tables], cwd=finished.folder, check=True)
    there = {path.name for path in destination.iterdir()}
    assert {"runs.csv", "summary.csv", "comparison.json", "exports.csv"} <= there
    assert ("report.html" in there) == ("params_vs_accuracy.png" in there) == ("trained" in there) == (not tables)
    if not tables:
        run = "tiny/plain/w0.1/seed1"
        assert (destination / f"trained/runs/{run}/model.keras").exists()
        assert (destination / f"trained/.provenance/train/{run}.recorded.json").exists()
