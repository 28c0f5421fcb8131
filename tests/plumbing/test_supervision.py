"""Training in a process of its own: killed, stopped, orphaned, failing."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

import small_study
from widthwise.plumbing import supervision
from widthwise.plumbing.errors import UserError

ENVIRONMENT = dict(os.environ)
SUPERVISE = """
import json, os, sys
from widthwise.plumbing import supervision
from widthwise.plumbing.errors import UserError
try:
    print(supervision.train(json.loads(sys.argv[1]), dict(os.environ), False))
except UserError as error:
    sys.exit(f"UserError: {error}")
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return small_study.write_data(tmp_path_factory.mktemp("data"))


def epochs_done(task):
    path = Path(task["history"])
    return len(path.read_text().splitlines()) - 1 if path.exists() else 0


def start(task, root):
    """Start a supervised training and wait for a few epochs; returns (supervisor, pid of the child)."""
    before = epochs_done(task)
    supervisor = subprocess.Popen(
        [sys.executable, "-c", SUPERVISE, json.dumps(task)],
        env={**os.environ, "PYTHONPATH": str(root / "scripts")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 120
    while epochs_done(task) < before + 3:
        assert supervisor.poll() is None and time.monotonic() < deadline, supervisor.stderr.read()
        time.sleep(0.005)
    return supervisor, json.loads(Path(task["status"]).read_text())["pid"]


def wait_until_gone(pid):
    deadline = time.monotonic() + 30
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.slow
def test_killed_stopped_and_orphaned_it_ends_where_the_undisturbed_run_ends(data, tmp_path, root):
    undisturbed, task = (
        small_study.task(data, tmp_path / name, "mobilenet", 0.1, epochs=30)
        for name in ("quiet", "disturbed")
    )
    assert supervision.train(undisturbed, ENVIRONMENT, last_attempt=False) == "finished"

    supervisor, child = start(task, root)
    os.kill(child, signal.SIGKILL)
    assert supervisor.wait(30) == 1
    assert "training failed: killed by signal 9 (out of memory?)" in supervisor.stderr.read()
    assert "epoch 1/30: loss" in supervisor.stdout.read()  # told as it ended, not at the end of all

    supervisor, child = start(task, root)
    supervisor.terminate()
    assert supervisor.wait(30) == 143
    assert (
        "training stopped by a signal; the next start resumes from its checkpoint" in supervisor.stderr.read()
    )
    wait_until_gone(child)

    supervisor, child = start(task, root)
    supervisor.kill()
    supervisor.wait(30)

    # The orphan ends by itself, and its successor waits for it rather than train beside it.
    assert supervision.train(task, ENVIRONMENT, last_attempt=False) == "finished"
    wait_until_gone(child)
    assert small_study.outcome(undisturbed) == small_study.outcome(task)
    assert json.loads(Path(task["training"]).read_text())["resumed"] == 3


def test_a_failure_is_raised_and_on_the_last_attempt_recorded(data, tmp_path, capfd):
    task = small_study.task(data, tmp_path, optimizer="guesswork")
    with pytest.raises(UserError, match="training failed: KeyError: 'guesswork'"):
        supervision.train(task, ENVIRONMENT, last_attempt=False)
    assert "Traceback" in capfd.readouterr().err
    assert not Path(task["training"]).exists()

    assert supervision.train(task, ENVIRONMENT, last_attempt=True) == "failed"
    record = json.loads(Path(task["training"]).read_text())
    assert (record["status"], record["reason"]) == ("failed", "KeyError: 'guesswork'")
    assert (record["run"], record["epochs"], record["best_epoch"]) == (task["run"], 0, None)
    assert Path(task["model"]).read_bytes() == b""
    assert Path(task["history"]).read_text().startswith("epoch,seconds,")
    assert len(Path(task["history"]).read_text().splitlines()) == 1


def test_a_mistake_of_the_user_is_one_line_and_not_tried_again(data, tmp_path, capfd):
    (tmp_path / "seed0.npy").touch()
    task = small_study.task(
        data, tmp_path, distillation={"hard_labels": 0.1, "temperature": 3, "epochs": None}
    )
    task["soft_targets"] = str(tmp_path / "seed0.npy")
    assert supervision.train(task, ENVIRONMENT, last_attempt=False) == "failed"
    assert "seed0.npy: it is empty" in json.loads(Path(task["training"]).read_text())["reason"]
    assert "Traceback" not in capfd.readouterr().err


# A training that loads until it is told to begin, and then saves where it is told to stop.
PRETENDED = """
import sys, time
from pathlib import Path

class Stopped(Exception): pass

def train(task, stopping):
    print("loads", flush=True)
    while not Path(task["begin"]).exists():
        time.sleep(0.01)
    stopping()
    print("trains", flush=True)
    while not stopping():
        time.sleep(0.01)
    Path(task["saved"]).touch()
    raise Stopped
"""
TRAIN_PRETENDED = """
import sys
from widthwise.plumbing import supervision
supervision.TRAINING = "pretended"
sys.exit(supervision.main(sys.argv[1]))
"""


@pytest.mark.parametrize("number", supervision.STOP_SIGNALS)
@pytest.mark.parametrize("when", ["loads", "trains"])
def test_a_signal_to_the_process_group_stops_a_training_at_once(tmp_path, root, number, when):
    (tmp_path / "pretended.py").write_text(PRETENDED)
    task = {name: str(tmp_path / name) for name in ("begin", "saved")}
    (tmp_path / "task.json").write_text(json.dumps(task))
    if when == "trains":
        Path(task["begin"]).touch()
    process = subprocess.Popen(
        [sys.executable, "-c", TRAIN_PRETENDED, str(tmp_path / "task.json")],
        env={**os.environ, "PYTHONPATH": f"{root / 'scripts'}:{tmp_path}"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while process.stdout.readline().strip() != when:
        assert process.poll() is None
    os.killpg(process.pid, number)
    assert process.communicate()[1].strip() == supervision.STOPPED_LINE
    assert process.returncode == supervision.STOPPED
    assert Path(task["saved"]).exists() == (when == "trains")
