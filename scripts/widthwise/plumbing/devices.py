"""A GPU of its own for each training job on one machine.

Snakemake counts GPUs (``--resources gpu=4``) but does not say which one a job gets. A job takes its
devices by locking a file for each; the kernel frees the locks when the process ends, however it ends.
"""

import fcntl
import os
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

from widthwise.plumbing.errors import UserError

VISIBLE = "CUDA_VISIBLE_DEVICES"
POLL = 0.5  # seconds between two looks for a free device


def ids():
    """The devices to share out (list of str): those in CUDA_VISIBLE_DEVICES, else all NVIDIA ones here."""
    if VISIBLE in os.environ:
        return [name for name in os.environ[VISIBLE].split(",") if name not in ("", "-1")]
    return [str(index) for index in range(len(list(Path("/dev").glob("nvidia[0-9]*"))))]


@contextmanager
def lease(count, log=print):
    """Hold ``count`` devices (int) that no other lease holds; yields the variables that select them.

    The variables (dict of str) belong into the environment of the process that trains, before it
    loads TensorFlow. With a count of 0 they hide every device. Waits while others hold the devices,
    and calls ``log`` once with a line saying so. Raises UserError where there are fewer than ``count``.
    """
    devices = ids()
    if count > len(devices):
        raise UserError(
            f"gpu: {count} asked for, found {', '.join(devices) or 'no device'} "
            f"({VISIBLE}={os.environ.get(VISIBLE, 'not set')})"
        )
    with ExitStack() as locks:
        held = _lock(devices, count, locks)
        if len(held) < count:
            log(f"waiting for {count} of the devices {', '.join(devices)}")
        while len(held) < count:
            time.sleep(POLL)
            held = _lock(devices, count, locks)
        # The order of nvidia-smi; CUDA's own starts with the fastest card.
        yield {VISIBLE: ",".join(held), "CUDA_DEVICE_ORDER": "PCI_BUS_ID"}


def _lock(devices, count, locks):
    """The first ``count`` free devices (list of str), their locks kept open on ``locks``; [] if too few."""
    held = []
    with ExitStack() as found:
        for device in devices:
            if len(held) == count:
                break
            file = found.enter_context(open(_folder() / f"{device.replace('/', '_')}.lock", "a"))
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            held.append(device)
        if len(held) < count:
            return []
        locks.enter_context(found.pop_all())
    return held


def _folder():
    """Where the locks of this user on this machine lie (Path); a Slurm job has a folder of its own.

    Slurm may number each job's devices from 0: the same name then means another card in another job.
    """
    owner = f"widthwise-{os.getuid()}"
    folder = Path(tempfile.gettempdir(), owner, os.environ.get("SLURM_JOB_ID", "devices"))
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder
