"""Training in a process of its own: in the right environment, ended with its starter, its end recorded.

This side needs no TensorFlow. The other side, ``python -m widthwise.plumbing.supervision TASK.json``,
loads the training by name: what starts and watches a training decides none of its numbers.
"""

import gc
import importlib
import json
import os
import signal
import subprocess
import sys
import threading
import traceback
from pathlib import Path
from types import FrameType

from widthwise.plumbing import checkpoint, records
from widthwise.plumbing.errors import UserError
from widthwise.plumbing.job import STOP_SIGNALS, killed_by
from widthwise.plumbing.records import Progress, TrainingTask

TRAINING = "widthwise.training.loop"  # the module whose ``train`` is run
STOPPED = 128 + signal.SIGTERM  # exit code of a training that was told to stop: 143
STOPPED_LINE = "training stopped by a signal; the next start resumes from its checkpoint"
MISTAKE = 2  # exit code after a UserError: another attempt would meet it again


def train(task: TrainingTask, environment: dict[str, str], last_attempt: bool) -> str:
    """Train one run in a child process; returns how it ended: "finished", "diverged" or "failed".

    environment: all variables of the child process; last_attempt: nobody will try again: a
    training that fails is then recorded as "failed", with an empty file as its model; one that fails
    by a UserError always is. Raises UserError where it fails and will be tried again, and
    SystemExit(143) where SIGTERM or SIGINT stopped it: its checkpoint is saved.
    """
    code, last_line = _run_child(task, environment)
    if code == 0:
        return json.loads(Path(task["training"]).read_text())["status"]
    if code == STOPPED or -code in STOP_SIGNALS:
        raise SystemExit(STOPPED)
    reason = killed_by(-code) if code < 0 else last_line or f"ended with exit code {code}"
    if not (last_attempt or code == MISTAKE):
        raise UserError(f"training failed: {reason}")
    _record_failure(task, reason)
    return "failed"


def _run_child(task: TrainingTask, environment: dict[str, str]) -> tuple[int, str]:
    """Run the training; returns (exit code, or minus the signal that killed it; last line of stderr)."""
    file = Path(task["state"]) / "task.json"
    records.write_json(file, task)
    # The child's stdin is a pipe that nobody writes to: it ends when this process does, however it ends.
    child = subprocess.Popen(
        [sys.executable, "-m", "widthwise.plumbing.supervision", str(file)],
        env={**environment, "PYTHONPATH": str(Path(__file__).parents[2])},
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    )
    assert child.stderr is not None
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


def _record_failure(task: TrainingTask, reason: str) -> None:
    """Write the outputs of a run that failed: what its last checkpoint says, and no model."""
    _, record = checkpoint.load(task["state"])
    progress = Progress(**record or {})
    progress.status = "failed"
    Path(task["model"]).write_bytes(b"")
    records.write_history(task["history"], progress.history)
    records.write_training(task["training"], task, progress, reason, None)
    if Path(task["status"]).exists():
        status = json.loads(Path(task["status"]).read_text())
        records.write_json(task["status"], status | {"state": "failed"})


def main(task_file: str) -> int:
    """Train in this process until done, or until SIGTERM, SIGINT, or the end of the starting process.

    Returns the exit code: 0, 143 where it was told to stop, or after one line on stderr 2 for a mistake of
    the user's, 1 for anything else.
    """
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # the log tells each epoch as it ends
    stop, training_has_begun = threading.Event(), threading.Event()
    ending = threading.Lock()  # a signal and the end of the starter may come at once: one of them says so

    def request_stop(number: int | None = None, frame: FrameType | None = None) -> None:
        stop.set()
        # Still loading: there is nothing to save yet.
        if not training_has_begun.is_set() and ending.acquire(blocking=False):
            print(STOPPED_LINE, file=sys.stderr, flush=True)
            os._exit(STOPPED)

    def stopping() -> bool:
        training_has_begun.set()
        return stop.is_set()

    def watch_starter() -> None:
        os.read(0, 1)  # not sys.stdin, whose lock a thread may not hold as the interpreter ends
        request_stop()

    for number in STOP_SIGNALS:
        signal.signal(number, request_stop)
    threading.Thread(target=watch_starter, daemon=True).start()
    task = json.loads(Path(task_file).read_text())

    # Keras imports these where it can, a fifth of the start-up, for drawings and tables nobody asks for here.
    sys.modules.update(matplotlib=None, pandas=None)
    gc.disable()  # a sixth: what TensorFlow makes as it is imported all stays
    training = importlib.import_module(TRAINING)
    gc.freeze()
    gc.enable()

    try:
        training.train(task, stopping)
    except training.Stopped:
        print(STOPPED_LINE, file=sys.stderr)
        return STOPPED
    except (UserError, OSError) as error:
        print(error, file=sys.stderr)
        return MISTAKE if isinstance(error, UserError) else 1
    except Exception as error:
        traceback.print_exc()
        print(f"{type(error).__name__}: {' '.join(str(error).split())}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
