"""What every script of a rule does around its work: log, clear errors, whole files, provenance."""

import os
import shutil
import signal
import sys
import threading
import time
import traceback
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import psutil

from widthwise.plumbing import provenance
from widthwise.plumbing.errors import UserError
from widthwise.plumbing.files import sync

OWNER = "WIDTHWISE_SNAKEMAKE"  # variable that holds the process id of the Snakemake that starts jobs


class Parts:
    """Paths beside a job's outputs, by the same names and numbers, to be renamed at the end."""

    def __init__(self, paths, names, terminal):
        """paths: final paths of the outputs; names: dict from an output's name to its path(s).

        terminal: a text file, what stderr was before the log took it.
        """
        self._terminal = terminal
        self._final = [Path(path) for path in paths]
        self._parts = [path.with_name(f".part-{path.name}") for path in self._final]
        by_path = dict(zip(map(str, paths), map(str, self._parts), strict=True))
        for name, path in names.items():
            setattr(self, name, by_path.get(str(path)))
        self.key = None  # names the folder for the state of what the job is made of
        self.retry = None  # set to a reason when the job should run again the next time

    def say(self, line):
        """Print a line to the log and to the terminal."""
        for file in (sys.stdout, self._terminal):
            print(line, file=file, flush=True)

    def __getitem__(self, index):
        return str(self._parts[index])

    def publish(self):
        """Force every part to disk and rename it into its place."""
        missing = [final for part, final in zip(self._parts, self._final, strict=True) if not part.exists()]
        if missing:
            raise RuntimeError(f"the job did not write {', '.join(map(str, missing))}")
        for part, final in zip(self._parts, self._final, strict=True):
            for path in (*part.rglob("*"), part):
                sync(path)
            os.replace(part, final)
            sync(final.parent)

    def discard(self):
        """Remove what was half-written."""
        for part in self._parts:
            if part.is_dir():
                shutil.rmtree(part)
            else:
                part.unlink(missing_ok=True)


@contextmanager
def job(snakemake):
    """Run the body of a rule's script; yields ``Parts``, the paths to write the outputs to.

    All that the body prints is appended to the rule's log. When it ends well, the outputs are renamed into
    place and their provenance is recorded. A UserError ends the process with one line, anything
    else with one line and the traceback in the log.
    """
    log = Path(snakemake.log[0])
    terminal = _send_output_to(log)
    print(f"--- {datetime.now():%Y-%m-%d %H:%M:%S} {_name(snakemake)}", flush=True)
    _end_with_snakemake()
    *outputs, recorded = snakemake.output
    parts = Parts(outputs, dict(snakemake.output.items()), terminal)
    parts.discard()  # what a kill left
    upstream = provenance.digests(path for path in snakemake.input if path.endswith(".recorded.json"))
    made_of = provenance.as_run(snakemake.params.ingredients)
    parts.key = provenance.state_key(made_of, upstream)
    try:
        yield parts
        parts.publish()
        provenance.record(recorded, made_of, upstream, outputs, parts.retry)
    except BaseException as error:
        parts.discard()
        if not isinstance(error, Exception):
            raise
        message = " ".join(str(error).split()) or type(error).__name__
        if not isinstance(error, UserError | OSError):
            traceback.print_exc()
            message = f"{type(error).__name__}: {message}"
        print(message, file=sys.stderr, flush=True)
        print(f"{_name(snakemake)}: {message} (log: {log})", file=terminal, flush=True)
        sys.exit(1)


def _name(snakemake):
    which = snakemake.wildcards
    if hasattr(which, "family"):
        return f"{snakemake.rule} {which.recipe}/{which.family}/w{which.width}/seed{which.seed}"
    if hasattr(which, "recipe"):
        return f"{snakemake.rule} {which.recipe}/seed{which.seed}"
    return f"{snakemake.rule} {which.dataset}"


def _send_output_to(log):
    """Point stdout and stderr of this process and its children at the log; return the old stderr."""
    log.parent.mkdir(parents=True, exist_ok=True)
    terminal = os.fdopen(os.dup(2), "w", encoding="utf-8", errors="replace")
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for stream in (1, 2):
        os.dup2(descriptor, stream)
    os.close(descriptor)
    sys.stdout.reconfigure(line_buffering=True)
    return terminal


def _end_with_snakemake():
    """End this process when the Snakemake that started it is gone, killed without a chance to tell.

    Otherwise the orphan would write into the results of the next invocation.
    """
    gone = "Snakemake is gone; this job ends with it"
    try:
        owner = psutil.Process(int(os.environ[OWNER]))
    except psutil.NoSuchProcess:
        sys.exit(gone)

    def watch():
        while owner.is_running() and owner.status() != psutil.STATUS_ZOMBIE:
            time.sleep(1)
        print(gone, file=sys.stderr, flush=True)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()
