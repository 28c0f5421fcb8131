"""What every script of a rule does around its work: log, clear errors, whole files, provenance."""

import os
import shutil
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

import psutil

from widthwise.plumbing import provenance
from widthwise.plumbing.commandline import printable
from widthwise.plumbing.errors import UserError
from widthwise.plumbing.files import naming_full, sync

OWNER = "WIDTHWISE_SNAKEMAKE"  # variable that holds the process id of the Snakemake that starts jobs
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Parts:
    """Paths beside a job's outputs, by the same names and numbers, to be renamed at the end."""

    def __init__(self, paths: list[str], names: dict[str, Any], terminal: TextIO) -> None:
        """paths: final paths of the outputs; names: dict from an output's name to its path(s).

        terminal: a text file, what stderr was before the log took it.
        """
        self._terminal = terminal
        self._final = [Path(path) for path in paths]
        self._parts = [path.with_name(f".part-{path.name}") for path in self._final]
        by_path = dict(zip(map(str, paths), map(str, self._parts), strict=True))
        for name, path in names.items():
            parts = by_path.get(path) if isinstance(path, str) else [by_path[each] for each in path]
            setattr(self, name, parts)
        self.key: str | None = None  # names the folder for the state of what the job is made of
        self.retry: str | None = None  # set to a reason when the job should run again the next time

    def say(self, line: str) -> None:
        """Print a line to the log and to the terminal."""
        for file in (sys.stdout, self._terminal):
            print(line, file=file, flush=True)

    def __getitem__(self, index: int) -> str:
        return str(self._parts[index])

    def publish(self) -> None:
        """Force every part to disk and rename it into its place."""
        missing = [final for part, final in zip(self._parts, self._final, strict=True) if not part.exists()]
        if missing:
            raise RuntimeError(f"the job did not write {', '.join(map(str, missing))}")
        for part, final in zip(self._parts, self._final, strict=True):
            for path in (*part.rglob("*"), part):
                sync(path)
            os.replace(part, final)
            sync(final.parent)

    def discard(self) -> None:
        """Remove what was half-written."""
        for part in self._parts:
            if part.is_dir():
                shutil.rmtree(part)
            else:
                part.unlink(missing_ok=True)


@contextmanager
def job(snakemake: Any, failed: Callable[[Parts, str], None] | None = None) -> Iterator[Parts]:
    """Run the body of a rule's script; yields ``Parts``, the paths to write the outputs to.

    All that the body prints is appended to the rule's log. When it ends well, the outputs are renamed into
    place and their provenance is recorded. A UserError ends the process with one line, anything
    else with one line and the traceback in the log.

    failed: for a job without which the study can go on. It writes the outputs of a job that failed for the
    given reason, which then counts as done until the next invocation: on the last attempt, or at once after
    a UserError, which another attempt would meet again. The body runs in a child process, so that this
    holds for one that is killed, too.
    """
    log = Path(snakemake.log[0])
    try:
        terminal = _send_output_to(log)
    except OSError as error:
        sys.exit(f"{_name(snakemake)}: {error}")
    print(f"--- {datetime.now():%Y-%m-%d %H:%M:%S} {_name(snakemake)}", flush=True)
    killed = None
    if failed:
        killed = _go_on_in_a_child()
    else:
        _end_with_snakemake()
    *outputs, recorded = snakemake.output
    parts = Parts(outputs, dict(snakemake.output.items()), terminal)
    try:
        parts.discard()  # what a kill left
        upstream = provenance.digests(path for path in snakemake.input if path.endswith(".recorded.json"))
        made_of = provenance.as_run(snakemake.params.ingredients)
        parts.key = provenance.state_key(made_of, upstream)
        with naming_full(Path(outputs[0]).parent):
            try:
                if killed:
                    raise ChildProcessError(killed)
                yield parts
            except Exception as error:
                if not (failed and (isinstance(error, UserError) or snakemake.resources.last_attempt)):
                    raise
                reason = _told(error)
                parts.discard()
                failed(parts, reason)
                parts.retry = f"the last attempt failed: {reason}"
            parts.publish()
            provenance.record(recorded, made_of, upstream, outputs, parts.retry)
    except BaseException as error:
        parts.discard()
        if not isinstance(error, Exception):
            raise
        print(f"{_name(snakemake)}: {_told(error)} (log: {log})", file=terminal, flush=True)
        sys.exit(1)
    if killed:
        sys.exit()


def _told(error: Exception) -> str:
    """An error as one line, which is printed; with its traceback, unless it speaks for itself."""
    line = printable(" ".join(str(error).split())) or type(error).__name__
    if not isinstance(error, UserError | OSError):
        traceback.print_exc()
        line = f"{type(error).__name__}: {line}"
    print(line, file=sys.stderr, flush=True)
    return line


def killed_by(number: int) -> str:
    """What became of a process that a signal ended, in words."""
    guess: dict[int, str] = {signal.SIGKILL: " (out of memory?)", signal.SIGBUS: " (disk full?)"}
    return f"killed by signal {number}{guess.get(number, '')}"


def _name(snakemake: Any) -> str:
    which = snakemake.wildcards
    if hasattr(which, "family"):
        return f"{snakemake.rule} {which.recipe}/{which.family}/w{which.width}/seed{which.seed}"
    if hasattr(which, "teachers"):
        return f"{snakemake.rule} {which.teachers}/seed{which.seed}"
    return f"{snakemake.rule} {which.dataset}"


def _send_output_to(log: Path) -> TextIO:
    """Point stdout and stderr of this process and its children at the log; return the old stderr."""
    log.parent.mkdir(parents=True, exist_ok=True)
    terminal = os.fdopen(os.dup(2), "w", encoding="utf-8", errors="replace")
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    for stream in (1, 2):
        os.dup2(descriptor, stream)
    os.close(descriptor)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    return terminal


def _go_on_in_a_child() -> str | None:
    """Return None in a child process; this one waits for it, and ends as it does.

    Only where the child is killed does this process return: how it was killed (str).
    """
    this = os.getpid()
    child = os.fork()  # before there are threads, of this process or of NumPy
    if not child:
        _end_with(this, "the process that watches over it")
        return None
    for number in STOP_SIGNALS:
        signal.signal(number, lambda *_: os.kill(child, signal.SIGTERM))
    _end_with_snakemake()
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code < 0 and -code not in STOP_SIGNALS:
        return killed_by(-code)
    sys.exit(code if code >= 0 else 128 - code)


def _end_with_snakemake() -> None:
    _end_with(int(os.environ[OWNER]), "Snakemake")


def _end_with(process: int, name: str) -> None:
    """End this process when the one with this id, which started it, is gone without a chance to tell.

    Otherwise the orphan would write into the results of the next invocation.
    """
    gone = f"{name} is gone; this job ends with it"
    try:
        starter = psutil.Process(process)
    except psutil.NoSuchProcess:
        sys.exit(gone)

    def watch() -> None:
        while starter.is_running() and starter.status() != psutil.STATUS_ZOMBIE:
            time.sleep(1)
        print(gone, file=sys.stderr, flush=True)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()
