"""Training in a process of its own: in the right environment, ended with its starter, its end recorded.

This side needs no TensorFlow. The other side,
``python -m widthwise.plumbing.supervision TASK.json``, imports it.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import traceback
from pathlib import Path

from widthwise.plumbing import records, state
from widthwise.plumbing.errors import UserError
from widthwise.training.environment import environment

STOPPED = 128 + signal.SIGTERM  # exit code of a training that was told to stop: 143
STOPPED_LINE = "training stopped as told; its state is kept and the next start goes on from it"
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
FRESH = {"status": "failed", "epoch": 0, "best_epoch": None, "seconds": 0.0, "history": [], "resumed": 0}


def train(task, threads, last_attempt):
    """Train one run in a child process; returns how it ended: "finished", "diverged" or "failed".

    task: see ``loop.train``; threads: CPU cores that it may use (int); last_attempt: bool, nobody
    will try again: a training that fails is then recorded as "failed", with an empty file as its model.
    Raises UserError where it fails and will be tried again, and SystemExit(143) where it was told to
    stop by SIGTERM or SIGINT: its state is kept.
    """
    code, last_line = _run_child(task, threads)
    if code == 0:
        return json.loads(Path(task["training"]).read_text())["status"]
    if code == STOPPED or -code in STOP_SIGNALS:
        raise SystemExit(STOPPED)
    if code < 0:
        reason = f"killed by signal {-code}" + (" (out of memory?)" if -code == signal.SIGKILL else "")
    else:
        reason = last_line or f"ended with exit code {code}"
    if not last_attempt:
        raise UserError(f"training failed: {reason}")
    _record_failure(task, reason)
    return "failed"


def _run_child(task, threads):
    """Run the training; returns (exit code, or minus the signal that killed it; last line of stderr)."""
    file = Path(task["state"]) / "task.json"
    records.write_json(file, task)
    # The child's stdin is a pipe that nobody writes to: it ends when this process does, however it ends.
    child = subprocess.Popen(
        [sys.executable, "-m", "widthwise.plumbing.supervision", str(file)],
        env={**environment(threads), "PYTHONPATH": str(Path(__file__).parents[2])},
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    )
    before = {number: signal.signal(number, lambda *_: child.terminate()) for number in STOP_SIGNALS}
    last_line = ""
    try:
        for line in child.stderr:
            print(line, end="", file=sys.stderr, flush=True)
            last_line = line.strip() or last_line
        return child.wait(), last_line
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _record_failure(task, reason):
    """Write the outputs of a run that failed: what its last state says, and no model."""
    _, standing = state.load(task["state"]) or ({}, FRESH)
    Path(task["model"]).write_bytes(b"")
    records.write_history(task["history"], standing["history"])
    records.write_training(task["training"], task, standing | {"status": "failed"}, reason, None)
    if Path(task["status"]).exists():
        status = json.loads(Path(task["status"]).read_text())
        records.write_json(task["status"], status | {"state": "failed"})


def main(task_file):
    """Train in this process until done, or until SIGTERM, SIGINT, or the end of the starting process.

    Exits with 0, with 143 where it was told to stop, or with 1 after one line on stderr.
    """
    stop, ready = threading.Event(), threading.Event()

    def told_to_stop(*_):
        stop.set()
        if not ready.is_set():  # TensorFlow is still being imported: there is nothing to save yet
            print(STOPPED_LINE, file=sys.stderr, flush=True)
            os._exit(STOPPED)

    def watch_starter():
        os.read(0, 1)  # not sys.stdin, whose lock a thread may not hold as the interpreter ends
        told_to_stop()

    for number in STOP_SIGNALS:
        signal.signal(number, told_to_stop)
    threading.Thread(target=watch_starter, daemon=True).start()
    task = json.loads(Path(task_file).read_text())

    # Keras imports it where it can, a tenth of the start-up, for drawings that nobody asks for here.
    sys.modules["matplotlib"] = None
    from widthwise.training import loop  # imports TensorFlow, which the supervising side does without

    ready.set()
    try:
        loop.train(task, stop.is_set)
    except loop.Stopped:
        print(STOPPED_LINE, file=sys.stderr)
        return STOPPED
    except (UserError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except Exception as error:
        traceback.print_exc()
        print(f"{type(error).__name__}: {' '.join(str(error).split())}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
