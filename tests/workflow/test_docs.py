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
