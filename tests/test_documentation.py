"""What README, docs and contributing guide name is there: links, paths, commands, targets, options."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from widthwise.evaluation import metrics
from widthwise.networks import architectures, check, counts
from widthwise.report import figures
from widthwise.report.figures import curves

ROOT = Path(__file__).parents[1]
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "results/README.md",
    ROOT / "models/README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
FOLDERS = "bench|docs|envs|presets|profiles|report|rules|schemas|scripts|tests"
PATH = re.compile(rf"(?<![\w/.-])(?:\.\./)?((?:{FOLDERS})/[\w./*-]*\w|\w+\.(?:yaml|txt|in))(?![\w<{{*])")
# By the examples of the docs, or told apart from paths by nothing.
INVENTED = {"A.yaml", "B.yaml", "study.yaml", "shapes.yaml", "rules/confidence.smk", "scripts/confidence.py"}


def words(page):
    """All code of a page: what stands between backticks or in blocks, one string."""
    text = page.read_text(encoding="utf-8")
    blocks = re.findall(r"```.*?```|^    .*$", text, re.DOTALL | re.MULTILINE)
    return "\n".join([*blocks, *re.findall(r"`([^`\n]+)`", text)])


@pytest.fixture(params=PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def page(request):
    return request.param


def test_links_lead_somewhere(page):
    links = re.findall(r"\]\(((?!http)[^)#]+)\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_paths_are_there(page):
    named = set(PATH.findall(words(page))) - INVENTED
    assert sorted(path for path in named if not [*ROOT.glob(path)]) == []


def test_targets_of_make_are_there(page):
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?:^ *|`)make ([a-z][\w-]*)", words(page), re.MULTILINE)) <= targets


def test_targets_of_snakemake_are_rules(page):
    rules = "".join(path.read_text() for path in (ROOT / "rules").glob("*.smk"))
    for target in re.findall(r"snakemake ([a-z_]+)(?![\w/])", words(page)):
        assert re.search(rf"^(?:rule|checkpoint|use rule \w+ as) {target}\b", rules, re.MULTILINE), target


def test_scripts_take_the_options_that_are_written(page):
    for script, arguments in re.findall(r"(scripts/\w+\.py)((?:\\\n|[^\n`])*)", words(page)):
        own = re.split(r" -- |#", arguments)[0]
        for option in re.findall(r"(--[a-z][\w-]*)", own):
            assert option in (ROOT / script).read_text(), f"{script} {option}"


def test_every_page_is_named_by_the_readme():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [page.name for page in PAGES[1:] if f"({page.relative_to(ROOT).as_posix()})" not in readme] == []


def test_the_tree_of_the_readme_is_that_of_the_repository():
    [tree] = re.findall(
        r"^```\n(Snakefile.*?)```", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE
    )
    folder = {"": ROOT, "  ": ROOT / "scripts/widthwise"}
    named = [
        folder[indent] / name
        for indent, entries in re.findall(r"^( *)([^\s,]+(?:, [^\s,]+)*)", tree, re.MULTILINE)
        for name in entries.split(", ")
    ]
    assert [path for path in named if not [*path.parent.glob(path.name)]] == []
    packages = {path.name for path in folder["  "].iterdir() if path.is_dir()} - {"__pycache__"}
    assert packages == {path.name for path in named if path.parent == folder["  "]}


def example(start):
    """The Python of docs/extending.md that starts so."""
    text = (ROOT / "docs/extending.md").read_text(encoding="utf-8")
    [found] = [
        block for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if block.startswith(start)
    ]
    return found


def test_the_architecture_of_the_docs_is_right(tmp_path, monkeypatch):
    (tmp_path / "squeezed.py").write_text(example('"""Plain convolutions'))
    monkeypatch.setattr(architectures, "__path__", [str(tmp_path)])
    monkeypatch.setattr("sys.dont_write_bytecode", True)
    network = check.network("squeezed", 0.5, 7, (48, 48, 1))
    assert counts.layer_table(network, (48, 48, 1))[-1].output == (7,)


def test_the_figure_of_the_docs_is_drawn():
    entry = eval(example("Figure("), vars(figures))
    assert entry.function == "curves.best_epoch" and entry.inputs == ("runs", "manifest")
    module = dict(vars(curves))
    exec(example("@style.styled"), module)
    row = {"recipe": "short", "family": "plain", "params": 7000, "status": "finished", "best_epoch": 3}
    drawn = module[entry.name](pd.DataFrame([row]), {"dataset": "faces", "stand_in": False})
    assert [line.get_ydata().tolist() for line in drawn.axes[0].lines] == [[3]]


def test_the_metric_of_the_docs_is_registered(monkeypatch):
    monkeypatch.setattr(metrics, "METRICS", dict(metrics.METRICS))
    exec(example("@metric"), {"metric": metrics.metric})
    probabilities = np.array([[0.5, 0.3, 0.2], [0.5, 0.3, 0.2]])
    assert metrics.METRICS["top_two"].function(np.array([1, 2]), None, probabilities, 3) == 0.5
