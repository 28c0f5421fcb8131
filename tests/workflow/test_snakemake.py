"""Snakemake's own ways of use: as a module, from Python, from another folder."""

import os
import subprocess
import sys

import pytest
import yaml

from workflow.project import Project, jobs

DATA = "results/tiny/data/manifest.json"
OUTER = """
configfile: "study.yaml"

module widthwise:
    snakefile: "project/Snakefile"
    config: config

use rule * from widthwise{prefix}

rule outer:
    default_target: True
    input: "results/tiny/report.html"
"""


@pytest.fixture
def project(tmp_path, root):
    """A project that has not run."""
    return Project(tmp_path / "project", root)


def run(folder, *arguments):
    command = [sys.executable, *map(str, arguments)]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout + result.stderr


@pytest.mark.parametrize("prefix", [pytest.param("", marks=pytest.mark.slow), " as faces_*"])
def test_as_a_module_of_another_workflow(project, tmp_path, prefix):
    """Without our profile, under Snakemake's own triggers: what is up to date does not run again."""
    (tmp_path / "Snakefile").write_text(OUTER.format(prefix=prefix))
    (tmp_path / "study.yaml").write_text((project / "presets/tiny.yaml").read_text())
    snakemake = ("-m", "snakemake", "--cores", 1)
    assert jobs(run(tmp_path, *snakemake, DATA)) == {"prepare tiny"}
    assert "Nothing to be done" in run(tmp_path, *snakemake, DATA)
    planned = jobs(run(tmp_path, *snakemake, "--dry-run"))
    assert {"train tiny/plain/w0.1/seed1", "report tiny"} <= planned and "prepare tiny" not in planned


def test_called_from_python(project):
    """Jobs know the process that started them by its id, not by its name."""
    program = "import sys; from snakemake.cli import main; main(sys.argv[1:])"
    assert "prepare tiny" in run(
        project.folder, "-c", program, DATA, "--cores", 1, "--configfile", "presets/tiny.yaml"
    )
    assert (project / DATA).exists()


def test_from_another_folder(project, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    options = ("--cores", 1, "--configfile", project / "presets/tiny.yaml")
    run(tmp_path, "-m", "snakemake", DATA, "-s", project / "Snakefile", "--directory", elsewhere, *options)
    assert (elsewhere / DATA).exists() and not (project / "results").exists()


def test_a_mistyped_path_is_told_though_the_default_one_has_a_handle(project):
    given = ("results/fer2013/data/manifest.json", "--dry-run", "--config", "dataset=fer2013")
    assert project.would_run(*given, preset=None) == {"fetch fer2013", "prepare fer2013"}
    told = project.snakemake(*given, "datasets={fer2013: {path: fer2031.csv}}", preset=None, fails=True)
    said = "widthwise: datasets.fer2013.path: fer2031.csv does not exist; "
    assert told.strip().splitlines()[-1].startswith(said)


def test_braces_in_the_path_of_the_project_are_refused_in_one_line(root, tmp_path):
    project = Project(tmp_path / "a{b}c", root)
    told = project.snakemake(DATA, fails=True).strip().splitlines()[-1]
    assert told == f"widthwise: {project.folder}: found braces in the path, expected none"


@pytest.mark.slow
def test_results_that_cannot_be_written_are_read_and_planned(project):
    """Nothing to be done is said of them; a dry run plans what changed; making that is refused."""
    project.snakemake(DATA)
    for name in ("sweep.json", ".lock"):
        (project / f"results/tiny/{name}").unlink()
    everything = [project / "results", *(project / "results").rglob("*")]
    without_rights = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []

    def snakemake(*arguments, fails=False):
        command = [*without_rights, sys.executable, "-m", "snakemake", DATA, "--cores", "1", *arguments]
        command += ["--configfile", "presets/tiny.yaml"]
        done = subprocess.run(command, cwd=project.folder, capture_output=True, text=True)
        assert bool(done.returncode) == fails, done.stdout + done.stderr
        return done.stdout + done.stderr

    for path in everything:
        path.chmod(path.stat().st_mode & ~0o222)
    try:
        assert "Nothing to be done" in snakemake()
        project.replace("presets/tiny.yaml", "training: 280", "training: 210")
        assert "prepare tiny" in jobs(snakemake("--dry-run"))
        told = snakemake(fails=True).strip().splitlines()
        assert told[-1].startswith("widthwise: results/tiny: cannot be written; ")
        assert "Errno" not in "".join(told)
        assert {*(project / "results").rglob("*")} == {*everything[1:]}
    finally:
        for path in everything:
            path.chmod(path.stat().st_mode | 0o200)


def test_a_file_system_without_locks_is_told_in_one_line_and_used(project, tmp_path, monkeypatch):
    (tmp_path / "sitecustomize.py").write_text(
        "import errno, fcntl, os\n"
        "def flock(*_): raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))\n"
        "fcntl.flock = flock\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    told = [line for line in project.snakemake(DATA).splitlines() if "has no locks" in line]
    assert len(told) == 1 and told[0].startswith("results/tiny: ")
    assert (project / DATA).exists()


def test_a_job_ends_with_the_snakemake_that_started_it(project):
    """A job whose owner is gone says so and changes nothing."""
    gone = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True
    )
    program = (
        "from widthwise.plumbing.job import _end_with_snakemake\n_end_with_snakemake()\nprint('still here')\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program],
        cwd=project / "scripts",
        env={**os.environ, "WIDTHWISE_SNAKEMAKE": gone.stdout.strip()},
        capture_output=True,
        text=True,
    )
    assert "still here" not in result.stdout and "Snakemake is gone" in result.stderr


@pytest.mark.slow
def test_two_that_start_together_record_what_each_was_given(project):
    """The second is refused; what the first one made is recorded as made of the first one's settings."""
    preset = yaml.safe_load((project / "presets/tiny.yaml").read_text())
    preset["datasets"]["tiny"]["seed"] = 1
    (project / "presets/other.yaml").write_text(yaml.safe_dump(preset))
    first = project.start(DATA)
    second = project.start(DATA, preset="presets/other.yaml")
    told = [process.communicate()[0] for process in (first, second)]
    assert sorted([first.returncode, second.returncode]) == [0, 1], told
    winner = "presets/tiny.yaml" if first.returncode == 0 else "presets/other.yaml"
    loser = {"presets/tiny.yaml", "presets/other.yaml"} - {winner}
    assert "another Snakemake is at work" in told[first.returncode == 0]
    assert "prepare tiny" not in project.would_run(DATA, preset=winner)
    assert "prepare tiny" in project.would_run(DATA, preset=loser.pop())
