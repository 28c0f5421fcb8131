"""What every script of a rule does around its work, in a process of its own as Snakemake starts it."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from widthwise.plumbing import provenance

SCRIPT = """
import os, signal, sys, time
from types import SimpleNamespace
from widthwise.plumbing.errors import UserError
from widthwise.plumbing.job import job

class Output(list):
    def items(self):
        return [("result", self[0]), ("others", self[1:-1]), ("recorded", self[-1])]

def failed(output, reason):
    open(output.result, "w").write(f"nothing: {{reason}}")

snakemake = SimpleNamespace(
    rule="work",
    wildcards=SimpleNamespace(**{wildcards}),
    log=["logs/deep/work.log"],
    input=[],
    output=Output(["out/result.txt", *{others}, "out/work.recorded.json"]),
    params=SimpleNamespace(ingredients={{"code": {{}}, "settings": {{"a": 1}}}}),
    resources=SimpleNamespace(last_attempt={last}),
)
with job(snakemake, failed={failed}) as output:
    open(output.result, "w").write("done")
    {body}
"""

TINY = {"dataset": "tiny"}


@pytest.fixture
def start(tmp_path, root):
    """Start a job whose body is a line of Python, in a folder of its own (Popen)."""
    (tmp_path / "out").mkdir()

    def start(body="pass", failed="failed", last=0, others=(), wildcards=TINY, **options):
        program = SCRIPT.format(body=body, failed=failed, last=last, others=list(others), wildcards=wildcards)
        surroundings = {"PYTHONPATH": str(root / "scripts"), "WIDTHWISE_SNAKEMAKE": str(os.getpid())}
        return subprocess.Popen(
            [sys.executable, "-c", program],
            cwd=tmp_path,
            env={**os.environ, **surroundings},
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )

    return start


@pytest.fixture
def run(start, tmp_path):
    """Run such a job to its end: (exit code, what the terminal got, the result or None, its retry note)."""

    def run(body="pass", **options):
        process = start(body, **options)
        _, told = process.communicate(timeout=60)
        result, record = tmp_path / "out/result.txt", tmp_path / "out/work.recorded.json"
        found = result.read_text() if result.exists() else None
        retry = json.loads(record.read_text())["retry"] if record.exists() else None
        assert not list(tmp_path.rglob(".part-*"))
        return process.returncode, told, found, retry

    return run


@pytest.mark.parametrize("failed", ["failed", "None"])
def test_what_ends_well_is_published_and_recorded(run, tmp_path, failed):
    assert run(failed=failed) == (0, "", "done", None)
    assert provenance.reason(tmp_path / "out/work.recorded.json", {"code": {}, "settings": {"a": 2}})
    assert (tmp_path / "logs/deep/work.log").read_text().startswith("--- ")


@pytest.mark.parametrize("others", [[], ["out/a.txt"], ["out/a.txt", "out/b.txt"]])
def test_an_output_may_be_several(run, tmp_path, others):
    write = "[open(path, 'w').write('more') for path in output.others]"
    assert run(write, others=others)[0] == 0
    assert all((tmp_path / path).read_text() == "more" for path in others)


@pytest.mark.parametrize("failed", ["failed", "None"])
def test_a_failure_that_may_pass_is_one_line_and_leaves_nothing(run, tmp_path, failed):
    code, told, result, _ = run("1 / 0", failed=failed)
    assert (code, result) == (1, None)
    assert told == "work tiny: ZeroDivisionError: division by zero (log: logs/deep/work.log)\n"
    assert "Traceback" in (tmp_path / "logs/deep/work.log").read_text()


@pytest.mark.parametrize(
    ("wildcards", "name"),
    [
        ({"recipe": "short", "family": "plain", "width": "0.2", "seed": "3"}, "short/plain/w0.2/seed3"),
        ({"teachers": "short-plain-w0.2-1a2b3c4d", "seed": "3"}, "short-plain-w0.2-1a2b3c4d/seed3"),
    ],
)
def test_a_failure_names_which_of_the_jobs_it_was(run, wildcards, name):
    assert run("1 / 0", wildcards=TINY | wildcards)[1].startswith(f"work {name}: ZeroDivisionError")


def test_the_last_attempt_records_the_failure(run):
    code, told, result, retry = run("1 / 0", last=1)
    assert (code, told) == (0, "")
    assert result == "nothing: ZeroDivisionError: division by zero"
    assert retry == "the last attempt failed: ZeroDivisionError: division by zero"


def test_a_job_without_which_nothing_goes_on_fails_on_the_last_attempt_too(run):
    code, _, result, _ = run("1 / 0", failed="None", last=1)
    assert (code, result) == (1, None)


def test_a_mistake_is_not_tried_again(run):
    assert run("raise UserError('a.py: 5 outputs, expected 7')")[::2] == (
        0,
        "nothing: a.py: 5 outputs, expected 7",
    )


def test_a_kill_is_told_and_on_the_last_attempt_recorded(run, tmp_path):
    killed = "os.kill(os.getpid(), signal.SIGKILL)"
    code, told, result, _ = run(killed)
    assert (code, result) == (1, None) and "killed by signal 9 (out of memory?)" in told
    code, _, result, retry = run(killed, last=1)
    assert (code, result) == (0, "nothing: killed by signal 9 (out of memory?)")
    assert "killed by signal 9" in retry


def test_a_failure_that_cannot_be_recorded_is_one(run):
    code, told, result, _ = run("1 / 0", last=1, failed="lambda output, reason: None")
    assert (code, result) == (1, None) and "did not write out/result.txt" in told


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_it_records_no_failure(start, tmp_path, number):
    process = start("open('begun', 'w'); time.sleep(60)", last=1)
    deadline = time.monotonic() + 30
    while not (tmp_path / "begun").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(number)
    process.communicate(timeout=30)
    assert process.returncode == 143
    assert not (tmp_path / "out/work.recorded.json").exists()


def test_killed_itself_it_takes_its_child_along(start, tmp_path):
    process = start("open('begun', 'w').write(str(os.getpid())); time.sleep(60)")
    deadline = time.monotonic() + 60
    while not (tmp_path / "begun").exists() or not (tmp_path / "begun").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.kill()
    process.communicate(timeout=60)  # its stderr ends when the child has ended
    assert not (tmp_path / "out/result.txt").exists()
    assert "is gone; this job ends with it" in (tmp_path / "logs/deep/work.log").read_text()


def test_the_umask_decides_who_may_write_a_log(start, tmp_path):
    start(umask=0o002).communicate(timeout=60)
    assert (tmp_path / "logs/deep/work.log").stat().st_mode & 0o777 == 0o664
    assert (tmp_path / "logs/deep").stat().st_mode & 0o070 == 0o070


def test_a_log_that_cannot_be_written_is_one_line(run, tmp_path):
    (tmp_path / "logs").write_text("no folder")
    code, told, result, _ = run()
    assert (code, result) == (1, None) and told.count("\n") == 1
    assert told.startswith("work tiny: [Errno ") and "logs/deep" in told


@pytest.mark.parametrize(("number", "says"), [(28, "No space left on device"), (122, "quota exceeded")])
def test_a_full_disk_is_named(run, number, says):
    assert f"{says}: 'out'" in run(f"raise OSError({number}, 'x')")[1]
