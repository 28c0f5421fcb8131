"""What the documentation tells to type works as it is written."""

import csv
import re
import subprocess
import sys

import pytest

from workflow.project import Project


@pytest.mark.slow
def test_the_example_of_your_own_pictures(tmp_path, root):
    text = (root / "docs" / "your-own-pictures.md").read_text(encoding="utf-8")
    project = Project(tmp_path / "project", root)
    (project / ".venv").symlink_to(sys.prefix)
    for content, name in re.findall(r"```(?:python|yaml)\n(# (\S+)\n.*?)```", text, re.DOTALL):
        (project / name).write_text(content)
    [commands] = re.findall(r"```bash\n(.*?)```", text, re.DOTALL)
    done = subprocess.run(
        ["bash", "-e", "-c", commands], cwd=project.folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (project / "results/shapes/report.html").exists()
    with open(project / "labelled/predictions.csv", newline="") as file:
        labels = [row["label"] for row in csv.DictReader(file)]
    assert len(labels) == 100
    assert set(labels) <= {"circle", "cross", "square"}


def test_the_stage_of_the_docs_runs_alone(project, root):
    text = (root / "docs" / "extending.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    rule, script = (next(block for block in blocks if words in block) for words in ("rule conf", "with job"))
    (project / "rules/confidence.smk").write_text(rule)
    (project / "scripts/confidence.py").write_text(script)
    include = 'include: "rules/compare.smk"\n'
    project.replace("Snakefile", include, include + 'include: "rules/confidence.smk"\n')
    assert project.run("results/tiny/confidence.csv") == {"confidence tiny"}
    with open(project / "results/tiny/confidence.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 3
    assert all(1 / 7 <= float(row["confidence"]) <= 1 for row in rows)
    assert project.run("results/tiny/confidence.csv") == set()
