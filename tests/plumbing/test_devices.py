"""Leases of devices, held by real processes over made-up device ids."""

import os
import signal
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest

from widthwise.plumbing import devices
from widthwise.plumbing.errors import UserError

HOLDER = """
import sys
from widthwise.plumbing import devices
with devices.lease(int(sys.argv[1])) as variables:
    print(variables["CUDA_VISIBLE_DEVICES"], flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def machine(monkeypatch, tmp_path):
    """A machine with devices 3, 5 and one named by its UUID, and a place for locks of its own."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,5,GPU-7f2a")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)  # read TMPDIR again
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)


@pytest.fixture
def hold():
    """Start a process that leases some devices and holds them; returns it with the line it prints first."""
    started = []

    def start(count=1):
        scripts = Path(devices.__file__).parents[2]
        started.append(
            subprocess.Popen(
                [sys.executable, "-c", HOLDER, str(count)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env={**os.environ, "PYTHONPATH": str(scripts)},
            )
        )
        return started[-1], started[-1].stdout.readline().strip()

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_jobs_beside_each_other_get_different_devices(hold):
    assert {hold()[1] for _ in range(3)} == {"3", "5", "GPU-7f2a"}


def test_two_devices_for_one_job(hold):
    assert {hold(1)[1], hold(2)[1]} == {"3", "5,GPU-7f2a"}


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_job_gives_its_device_back(hold, end):
    holders = dict(reversed(hold()) for _ in range(3))
    holders["5"].send_signal(end)
    holders["5"].wait()
    assert hold()[1] == "5"


def test_a_job_waits_until_a_device_is_free(hold):
    holders = dict(reversed(hold()) for _ in range(3))
    lines = []

    def log(line):
        lines.append(line)
        holders["GPU-7f2a"].kill()

    with devices.lease(1, log) as variables:
        assert variables["CUDA_VISIBLE_DEVICES"] == "GPU-7f2a"
    assert lines == ["waiting for 1 of the devices 3, 5, GPU-7f2a"]


def test_a_waiting_job_holds_nothing(hold):
    first, second = hold(1)[0], hold(1)[0]

    def log(line):
        assert hold(1)[1] == "GPU-7f2a"  # the one free device is there for others while two are awaited
        first.kill()
        second.kill()

    with devices.lease(2, log) as variables:
        assert variables["CUDA_VISIBLE_DEVICES"] == "3,5"


def test_a_lease_ends_with_its_block():
    for _ in range(2):
        with devices.lease(3) as variables:
            assert variables["CUDA_VISIBLE_DEVICES"] == "3,5,GPU-7f2a"


def test_a_job_without_devices_sees_none():
    with devices.lease(0) as variables:
        assert variables["CUDA_VISIBLE_DEVICES"] == ""


@pytest.mark.parametrize("visible", ["", "-1", "4"])
def test_too_few_devices_is_a_clear_error(monkeypatch, visible):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    expected = f"gpu: 2 asked for, .*CUDA_VISIBLE_DEVICES={visible}\\)"
    with pytest.raises(UserError, match=expected), devices.lease(2):
        pass


def test_slurm_jobs_number_their_devices_each_for_itself(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    with ExitStack() as leases:
        for job in ("41", "42"):  # two jobs on one node, both with a "device 0"
            monkeypatch.setenv("SLURM_JOB_ID", job)
            variables = leases.enter_context(devices.lease(1, log=pytest.fail))
            assert variables["CUDA_VISIBLE_DEVICES"] == "0"


def others_file(folder):
    folder.write_text("")


def link(folder):
    (folder.parent / "elsewhere").mkdir(mode=0o700)
    folder.symlink_to("elsewhere")


def open_to_others(folder):
    folder.mkdir()
    folder.chmod(0o770)


def somebody_elses(folder):
    folder.mkdir(mode=0o700)
    os.chown(folder, 1234, 1234)


@pytest.mark.parametrize("made", [others_file, link, open_to_others, somebody_elses])
def test_a_folder_of_locks_that_others_made_is_refused(tmp_path, made):
    if made is somebody_elses and os.getuid() != 0:
        pytest.skip("only root gives files away")
    folder = tmp_path / f"widthwise-{os.getuid()}"
    made(folder)
    with pytest.raises(UserError, match=f"^{folder}: found .* expected a folder"), devices.lease(1):
        pass
    assert not list(tmp_path.glob("*/*"))
