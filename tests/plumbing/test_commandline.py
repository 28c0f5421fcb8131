"""How a program of the command line ends, in a process of its own."""

import os
import signal
import subprocess
import sys

import pytest

PROGRAM = """
import tempfile, time
from widthwise.plumbing.commandline import run

def main():
    with tempfile.TemporaryDirectory(dir=".", prefix=".half-written."):
        print("begun", flush=True)
        time.sleep(60)

run(main, "work.py")
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_program_that_is_stopped_says_nothing_and_leaves_nothing(tmp_path, root, number, code):
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(root / "scripts")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A suite in the background of a script ignores Ctrl-C, and what it starts would, too.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stdout.readline() == "begun\n" and list(tmp_path.iterdir())
    process.send_signal(number)
    assert process.communicate(timeout=60) == ("", "")
    assert process.returncode == code and not list(tmp_path.iterdir())
