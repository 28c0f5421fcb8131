"""What would run and why, in words; and mistakes in one line."""

import runpy
import subprocess
import sys

import pytest

from workflow.project import Project

TINY = ("--", "--configfile", "presets/tiny.yaml")
FAMILY = "scripts/widthwise/networks/architectures/plain.py"


@pytest.fixture(scope="module")
def source(tmp_path_factory, root):
    """A project that has not run; some tests change one file of it and take that back."""
    return Project(tmp_path_factory.mktemp("explain") / "project", root)


def explain(project, *arguments, cwd=None):
    """(exit code, stdout, stderr) of explain.py."""
    command = [sys.executable, project / "scripts/explain.py", *arguments]
    done = subprocess.run(command, cwd=cwd or project.folder, capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


@pytest.fixture(scope="module")
def functions(root):
    """The names that the script defines."""
    return runpy.run_path(str(root / "scripts/explain.py"))


def test_help_is_help(source):
    code, told, _ = explain(source, "--help")
    assert code == 0 and told.startswith("usage: python scripts/explain.py")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--quick",), "--quick: unknown option"),
        (("--", "--configfile", "none.yaml"), "No such file or directory: 'none.yaml'"),
        (("--", "--configfile", "broken.yaml"), "Config file is not valid JSON or YAML"),
        (("--", "nothing.txt", *TINY[1:]), "No rule to produce nothing.txt"),
    ],
)
def test_a_mistake_is_one_line(source, arguments, says):
    (source / "broken.yaml").write_text("a: [1\nb: }")
    code, told, error = explain(source, *arguments)
    assert (code, told, error.count("\n")) == (1, "", 1) and says in error
    assert error.startswith("explain.py: ")


def test_a_mistake_in_a_family_is_one_line(source):
    text = (source / FAMILY).read_text()
    (source / FAMILY).write_text("def network(:\n")
    code, _, error = explain(source, *TINY)
    (source / FAMILY).write_text(text)
    assert (code, error) == (1, f"explain.py: {FAMILY}:1: SyntaxError: invalid syntax\n")


def test_another_folder_is_one_line(source, tmp_path):
    code, _, error = explain(source, cwd=tmp_path)
    assert code == 1 and error.count("\n") == 1 and "No Snakefile found" in error


def test_names_are_filtered_and_reasons_are_in_words(source):
    code, told, _ = explain(source, "prepare", *TINY)
    assert (code, told.splitlines()) == (
        0,
        [
            "prepare tiny: there is no record of how it was made",
            "What follows the preparation runs only where the content of the data has changed.",
            "up to 3 trainings: about 1 core-minute of training (by multiply-adds and activations)",
        ],
    )


def test_reasons_name_what_runs_first(functions):
    records = [
        f"results/tiny/.provenance/evaluate/tiny/plain/w0.1/seed{seed}.recorded.json" for seed in "1234"
    ]
    dry_run = (
        "Job 3: train tiny/plain/w0.1/seed1\nReason: Updated input files: .snakemake/widthwise/changed\n"
        f"Job 2: aggregate tiny\nReason: Input files updated by another job: {', '.join(records)}\n"
        "localrule all: \nReason: Forced execution\n"
    )
    assert functions["reasons"](dry_run, {"train tiny/plain/w0.1/seed1": "a.py changed"})[:2] == [
        ("train tiny/plain/w0.1/seed1", "a.py changed"),
        (
            "aggregate tiny",
            "evaluate tiny/plain/w0.1/seed1 runs first; evaluate tiny/plain/w0.1/seed2 runs first; "
            "evaluate tiny/plain/w0.1/seed3 runs first; and 1 more",
        ),
    ]
