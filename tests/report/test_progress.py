"""The progress view, as its user sees it: printed, piped, and live in a terminal."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from widthwise.plumbing.errors import UserError
from widthwise.report import progress

COMMAND = [sys.executable, str(Path(progress.__file__).parents[2] / "watch.py")]
PICTURES = 1000


class Study:
    """A results folder as the jobs of a sweep leave it, written by hand."""

    def __init__(self, folder, seeds=(1, 2, 3), widths=(1,), families=("plain",)):
        self.folder = folder
        self.runs = [
            {
                "recipe": "quick",
                "family": family,
                "width": width,
                "seed": seed,
                "params": int(1000 * width),
                "picture_seconds": 0.005 * width,
                "epochs": 10,
            }
            for family in families
            for width in widths
            for seed in seeds
        ]
        self.plan()
        splits = {
            "training": {"start": 0, "stop": PICTURES},
            "validation": {"start": PICTURES, "stop": PICTURES},
        }
        self.write("data/manifest.json", {"splits": splits})

    def plan(self, **changes):
        """Write sweep.json."""
        content = {
            "dataset": "fer2013",
            "stand_in": False,
            "assumed_pictures": 4 * PICTURES,
            "soft_targets": [],
        }
        self.write("sweep.json", content | {"runs": self.runs} | changes)

    def write(self, path, content):
        path = self.folder / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))

    def place(self, index):
        run = self.runs[index]
        return f"runs/{run['recipe']}/{run['family']}/w{run['width']:g}/seed{run['seed']}"

    def beat(self, index, state="running", age=0, pid=None, host=None, **changes):
        """Write a run's status.json: half through its fourth epoch, at 100 images/s."""
        content = {
            "run": self.runs[index],
            "state": state,
            "host": host or socket.gethostname(),
            "pid": pid or os.getpid(),
            "started": "2026-01-01T00:00:00+00:00",
            "updated": time.time() - age,
            "epoch": 4,
            "epochs": 10,
            "step": 5,
            "steps": 10,
            "loss": 1.2345,
            "accuracy_validation": 0.4321,
            "images_per_second": 100.0,
        }
        self.write(f"{self.place(index)}/status.json", content | changes)

    def end(self, index, status="finished", reason=None, epochs=10, seconds=200.0, accuracy=0.5678):
        """Write what a run leaves when it ends: 20 s per epoch, at 50 images/s."""
        content = {"status": status, "reason": reason, "epochs": epochs, "seconds": seconds}
        self.write(f"{self.place(index)}/training.json", content | {"images_per_second": 50.0})
        if status == "finished":
            splits = {"validation": {"accuracy": accuracy}}
            self.write(f"{self.place(index)}/metrics.json", {"splits": splits})

    def states(self):
        return [run.state for run in progress.read(self.folder).runs]


def printed(folder, columns=80):
    """What the command prints into a pipe (str)."""
    return subprocess.run(
        [*COMMAND, str(folder)],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"COLUMNS": str(columns)},
    ).stdout


def test_the_states_of_runs(tmp_path):
    study = Study(tmp_path, seeds=range(6))
    study.beat(1)
    study.beat(2, "stopped")
    study.beat(3, "finished")
    study.end(3)
    study.end(4, "diverged", "the loss was not finite in epoch 4", epochs=4)
    study.end(5, "failed", "out of memory", epochs=0)
    assert study.states() == ["waiting", "running", "stopped", "done", "diverged", "failed"]


def test_a_training_without_sign_of_life_is_stopped(tmp_path):
    study = Study(tmp_path, seeds=range(4))
    ended = subprocess.Popen(["true"])
    ended.wait()
    study.beat(0, age=progress.SILENT + 5)
    study.beat(1, pid=ended.pid)
    study.beat(2, pid=ended.pid, host="another")  # its process number says nothing here
    study.beat(3, age=progress.SILENT + 5, host="another")
    assert study.states() == ["stopped", "stopped", "running", "stopped"]


def test_a_training_that_begins_anew_counts_as_running(tmp_path):
    study = Study(tmp_path, seeds=[1])
    study.end(0)
    study.beat(0)
    assert study.states() == ["running"]


def test_a_training_cleared_away_counts_as_waiting(tmp_path):
    study = Study(tmp_path, seeds=[1])
    study.beat(0, "finished", age=progress.SILENT + 5)
    assert study.states() == ["waiting"]


def test_a_file_cut_short_counts_as_absent(tmp_path):
    study = Study(tmp_path, seeds=[1])
    study.beat(0)
    (tmp_path / study.place(0) / "status.json").write_text('{"state": "runn')
    assert study.states() == ["waiting"]


def lefts(study):
    return [run.left for run in progress.read(study.folder).runs]


def test_time_left(tmp_path):
    study = Study(tmp_path / "study", seeds=(1, 2), widths=(1, 2), families=("plain", "cnn"))
    start = progress.START
    # Nothing is measured: by the rule.
    assert lefts(study) == pytest.approx([start + 50, start + 50, start + 100, start + 100] * 2)
    study.beat(0)  # 1000 pictures at 100/s: 10 s an epoch, twice the rule, 6.5 epochs to go
    expected = [65, *(start + left for left in (100, 200, 200, 100, 100, 200, 200))]
    assert lefts(study) == pytest.approx(expected)
    study.end(4)  # the first cnn: 20 s an epoch, four times the rule
    expected = [
        65,
        *(start + left for left in (100, 200, 200)),
        0,
        *(start + left for left in (200, 400, 400)),
    ]
    assert lefts(study) == pytest.approx(expected)


def test_the_speed_of_a_training_that_has_just_begun_does_not_count(tmp_path):
    study = Study(tmp_path / "study", seeds=(1, 2))
    study.beat(0, epoch=1, step=1, images_per_second=3.0)
    assert lefts(study) == pytest.approx([49.5, progress.START + 50])


def test_a_picture_of_validation_counts_for_a_third(tmp_path):
    study = Study(tmp_path / "study", seeds=[1])
    splits = {"training": {"start": 0, "stop": 1000}, "validation": {"start": 1000, "stop": 1300}}
    study.write("data/manifest.json", {"splits": splits})
    assert lefts(study) == pytest.approx([progress.START + 55])


def test_before_the_data_are_prepared_their_number_is_assumed_and_said(tmp_path):
    study = Study(tmp_path / "study", seeds=[1])
    (study.folder / "data/manifest.json").unlink()
    assert lefts(study) == pytest.approx([progress.START + 4 * 50])
    assert "for an assumed 30,000 pictures" in " ".join(printed(study.folder).split())
    study.plan(stand_in=True)  # how many are drawn is known
    assert "assumed" not in printed(study.folder)


def test_time_left_takes_speeds_from_other_studies_on_this_machine(tmp_path):
    old = Study(tmp_path / "results/old", seeds=[1, 2])
    old.end(0)  # four times the rule
    old.beat(0, "finished")
    new = Study(tmp_path / "results/new", seeds=[1], widths=[2])
    assert lefts(new) == pytest.approx([progress.START + 400])
    old.beat(0, "finished", host="another")
    old.end(1)  # without a word of where
    assert lefts(new) == pytest.approx([progress.START + 100])


def test_teachers_have_to_be_asked_too(tmp_path):
    study = Study(tmp_path / "study", seeds=[1])
    study.plan(soft_targets=[{"name": "taught/seed1", "epochs": 10, "picture_seconds": 0.002}])
    assert progress.read(study.folder).left == pytest.approx(progress.START + 50 + 20)
    study.write("answers/taught/seed1.npy", "")
    assert progress.read(study.folder).left == pytest.approx(progress.START + 50)
    again = progress.read(study.folder, anew=["taught/seed1"])
    assert again.left == pytest.approx(progress.START + 50 + 20)


def test_what_trains_anew_counts_whole(tmp_path):
    study = Study(tmp_path / "study", seeds=[1, 2])
    for index in range(2):
        study.end(index)  # 20 s an epoch
    assert progress.read(study.folder).left == 0
    again = progress.read(study.folder, anew=["quick/plain/w1/seed2"])
    assert [run.left for run in again.runs] == pytest.approx([0, progress.START + 200])


def test_time_left_of_the_sweep_counts_what_runs_side_by_side(tmp_path):
    study = Study(tmp_path / "study", seeds=range(6))
    study.beat(0)
    study.beat(1)
    assert progress.read(study.folder).left == pytest.approx(2 * 65 + 4 * (progress.START + 100))
    assert "about 5 min left" in printed(study.folder)  # 281 s, two at a time
    for index in range(2, 6):
        study.end(index)
    study.beat(0, epoch=10, step=10)
    assert "about 65 s left" in printed(study.folder)  # never less than the longest run


@pytest.mark.parametrize(("epochs", "amount"), [(10, "3 core-minutes"), (1000, "4.2 core-hours")])
def test_before_it_starts_it_tells_core_hours_and_how_they_are_known(tmp_path, epochs, amount):
    study = Study(tmp_path / "results/study")
    for run in study.runs:
        run["epochs"] = epochs
    study.plan()
    start = "fer2013: 0 done, 0 running, 3 waiting, 0 failed of 3 runs; nothing runs,"
    text = " ".join(printed(study.folder).split())
    assert text.startswith(f"{start} about {amount} of training (by multiply-adds and activations) to do")
    other = Study(tmp_path / "results/other", seeds=[1])
    other.beat(0, images_per_second=200.0)
    assert f"about {amount} of training (by measured speeds)" in " ".join(printed(study.folder).split())


def test_a_plan_of_an_older_version_is_one_line(tmp_path):
    (tmp_path / "sweep.json").write_text(json.dumps({"dataset": "fer2013", "stand_in": False, "runs": []}))
    with pytest.raises(UserError, match=r"sweep\.json: of an older version"):
        progress.read(tmp_path)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (99.4, "99 s"),
        (99.6, "2 min"),
        (3569, "59 min"),
        (3571, "1 h 00 min"),
        (86399, "1 d 00 h"),
        (200000, "2 d 07 h"),
    ],
)
def test_durations(seconds, text):
    assert progress.duration(seconds) == text


def test_piped_it_prints_once_as_plain_text(tmp_path):
    study = Study(tmp_path)
    study.beat(0)
    study.end(1)
    text = printed(tmp_path)
    assert text.splitlines()[0].startswith(
        "fer2013: 1 done, 1 running, 1 waiting, 0 failed of 3 runs; about 4 min"
    )
    assert re.search(r"^quick/plain/w1/seed1 running +3/10 1\.234 +43\.2 +100 +65 s$", text, re.M)
    assert re.search(r"^quick/plain/w1/seed2 done +10/10 +– +56\.8 +50 *$", text, re.M)
    assert re.search(r"^quick/plain/w1/seed3 waiting +0/10 +– +– +– +3 min$", text, re.M)
    assert "\x1b" not in text


def test_a_failed_run_tells_why_and_where_its_log_is(tmp_path):
    study = Study(tmp_path)
    study.end(1, "diverged", "the loss was not finite in epoch 4", epochs=4)
    text = " ".join(printed(tmp_path, columns=300).split())
    log = tmp_path / "logs/train/quick/plain/w1/seed2.log"
    assert f"quick/plain/w1/seed2 diverged: the loss was not finite in epoch 4 (log: {log})" in text


def test_drawn_data_are_called_made_up(tmp_path):
    study = Study(tmp_path)
    study.plan(dataset="expressions", stand_in=True)
    assert printed(tmp_path).startswith("expressions (made-up data): ")


def test_eighty_columns_hold_long_names_and_large_numbers(tmp_path):
    study = Study(tmp_path, seeds=[17], families=("mobilenet",), widths=(0.75,))
    study.beat(0, epochs=300, epoch=100, images_per_second=12345.0)
    lines = printed(tmp_path).splitlines()
    assert max(map(len, lines)) <= 80
    assert any(line.startswith("quick/mobilenet/w0.75/seed17 running ") for line in lines)


def test_of_hundreds_of_runs_it_shows_running_failed_and_recent_ones_and_sums_the_rest(tmp_path):
    study = Study(tmp_path, seeds=range(300))
    for index in range(100):
        study.end(index)
        os.utime(tmp_path / study.place(index) / "training.json", (index, index))
    study.end(50, "failed", "out of memory")
    study.beat(250)
    lines = printed(tmp_path).splitlines()
    assert len(lines) < 50
    names = [line.split()[0].rpartition("seed")[2] for line in lines if line.startswith("quick/")]
    assert names[:5] == ["50", "250", "50", "99", "98"]  # why one failed; then running, failed, recent
    shown = len(names) - 1
    assert lines[-1] == f"and {300 - shown} more: {99 - (shown - 2)} done, 199 waiting"


def test_a_folder_without_a_sweep_is_one_line_and_an_exit_code(tmp_path):
    ended = subprocess.run([*COMMAND, str(tmp_path / "none")], capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr.splitlines() == [
        f"watch.py: {tmp_path}/none/sweep.json: not found, expected the folder of a sweep, results/<dataset>"
    ]


def test_without_a_folder_it_takes_the_sweep_with_the_latest_news(tmp_path):
    with pytest.raises(UserError, match="found no sweep"):
        progress.latest(tmp_path)
    old, new = Study(tmp_path / "results/old"), Study(tmp_path / "results/new")
    for study, age in ((old, 100), (new, 50)):
        os.utime(study.folder / "sweep.json", (time.time() - age,) * 2)
    assert progress.latest(tmp_path / "results") == new.folder
    old.beat(0)
    assert progress.latest(tmp_path / "results") == old.folder


class Terminal:
    """The command in a terminal of 100 x 30 characters, and what its user sees there."""

    def __init__(self, socket_path, folder):
        self._tmux = ["tmux", "-S", str(socket_path), "-f", "/dev/null"]
        shell = f"{' '.join(COMMAND)} {folder}; echo exit $?; sleep 60"
        new = ["new-session", "-d", "-s", "watch", "-x", "100", "-y", "30", shell]
        # Not the LINES and COLUMNS of the terminal that the tests run in.
        env = {name: value for name, value in os.environ.items() if name not in ("LINES", "COLUMNS")}
        subprocess.run([*self._tmux, *new], check=True, env=env)

    def screen(self):
        command = [*self._tmux, "capture-pane", "-p", "-t", "watch"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    def see(self, pattern):
        """Wait until a line matches."""
        deadline = time.monotonic() + 30
        while not re.search(pattern, self.screen(), re.M):
            assert time.monotonic() < deadline, f"{pattern} in\n{self.screen()}"
            time.sleep(0.1)

    def press(self, key):
        subprocess.run([*self._tmux, "send-keys", "-t", "watch", key], check=True)

    def close(self):
        subprocess.run([*self._tmux, "kill-server"], check=False)


@pytest.fixture
def terminal(tmp_path, without):
    """A ``Terminal`` with the command watching tmp_path/study."""
    if not shutil.which("tmux"):
        without("tmux is not installed")
    opened = Terminal(tmp_path / "tmux", tmp_path / "study")
    yield opened
    opened.close()


@pytest.fixture
def study(tmp_path):
    """A ``Study`` of three runs, the first of which trains."""
    planned = Study(tmp_path / "study")
    planned.beat(0)
    return planned


def test_live_in_a_terminal(study, terminal):
    terminal.see(r"^fer2013: 0 done, 1 running, 2 waiting, 0 failed of 3 runs; about 5 min left$")
    terminal.see(r"^quick/plain/w1/seed1 running +3/10 ━+.* 1\.234 +43\.2 +100 +65 s$")
    study.beat(0, epoch=5)
    terminal.see(r"^quick/plain/w1/seed1 running +4/10 ")
    assert terminal.screen().count("fer2013:") == 1  # drawn in its place, not below
    for index in range(3):
        study.beat(index, "finished")
        study.end(index)
    terminal.see(r"^fer2013: 3 done, 0 running, 0 waiting, 0 failed of 3 runs$")
    terminal.see(r"^exit 0$")


def test_ctrl_c_ends_it_quietly(study, terminal):
    terminal.see(r"2 waiting")
    terminal.press("C-c")
    terminal.see(r"^exit 0$")
    assert "Traceback" not in terminal.screen()
