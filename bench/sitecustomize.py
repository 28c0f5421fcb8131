"""What a Python process spends its core-seconds on: imported as one starts, see core_seconds.py.

A thread looks now and then. What was spent since the last time goes to what the main thread is at, by the
names of the functions that it is in, the innermost first.
"""

import atexit
import json
import os
import re
import sys
import threading
import time
from collections import Counter

FILE = os.environ.get("WIDTHWISE_COUNTED")
EVERY = 0.05  # seconds; each look costs some 50 microseconds
PHASES = {
    **dict.fromkeys(("_find_and_load", "import_module"), "imports"),
    **dict.fromkeys(("init_train_state", "build", "load_model", "as_tflite"), "model"),
    **dict.fromkeys(("trace_function", "get_concrete_function"), "tracing"),
    **dict.fromkeys(("publish", "record", "save_checkpoint", "save_model", "write_history"), "saving"),
}
spent, counted = Counter(), 0.0


def phase(frame):
    """What a process is at that is in this frame (str)."""
    if "widthwise" not in sys.modules:
        return "start"
    while frame:
        if frame.f_code.co_name in PHASES:
            return PHASES[frame.f_code.co_name]
        frame = frame.f_back
    return "work"


def count():
    """Count what was spent since the last time."""
    global counted
    now = time.process_time()
    spent[phase(sys._current_frames()[threading.main_thread().ident])] += now - counted
    counted = now


def watch():
    """Count until the end."""
    while not ending.wait(EVERY):
        count()


def begin():
    """Count from here: in a new process, or in the child of a fork, whose CPU time begins anew."""
    global counted, ending, watcher
    spent.clear()
    counted = 0.0
    ending = threading.Event()  # a new one: the fork may have come while the watcher held the old one's lock
    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()


def end():
    """Write what was counted as one line of JSON."""
    ending.set()
    watcher.join()
    count()
    command = " ".join(sys.orig_argv)
    script = re.search(r"/tmp\w+\.(\w+)\.py$", command)
    rule = script[1] if script else "train" if "supervision" in command else "snakemake"
    with open(FILE, "a") as file:
        file.write(json.dumps([rule, spent]) + "\n")


if FILE:
    begin()
    os.register_at_fork(after_in_child=begin)
    atexit.register(end)
