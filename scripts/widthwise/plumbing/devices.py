"""A GPU of its own for each training job on one machine.

Snakemake counts GPUs (``--resources gpu=4``) but does not say which one a job gets. A job takes its
devices by locking a file for each; the kernel frees the locks when the process ends, however it ends.
"""

import os
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from widthwise.plumbing import locks
from widthwise.plumbing.errors import UserError

VISIBLE = "CUDA_VISIBLE_DEVICES"
POLL = 0.5  # seconds between two looks for a free device


def ids() -> list[str]:
    """The devices to share out: those in CUDA_VISIBLE_DEVICES, else all NVIDIA ones here."""
    if VISIBLE in os.environ:
        return [name for name in os.environ[VISIBLE].split(",") if name not in ("", "-1")]
    return [str(index) for index in range(len(list(Path("/dev").glob("nvidia[0-9]*"))))]


@contextmanager
def lease(count: int, log: Callable[[str], None] = print) -> Iterator[dict[str, str]]:
    """Hold ``count`` devices that no other lease holds; yields the variables that select them.

    The variables belong into the environment of the process that trains, before it
    loads TensorFlow. With a count of 0 they hide every device. Waits while others hold the devices,
    and calls ``log`` once with a line saying so. Raises UserError where there are fewer than ``count``,
    or where the folder of the locks is not this user's alone.
    """
    devices = ids()
    if count > len(devices):
        raise UserError(
            f"gpu: {count} asked for, found {', '.join(devices) or 'no device'} "
            f"({VISIBLE}={os.environ.get(VISIBLE, 'not set')})"
        )
    with ExitStack() as held_open:
        held = _lock(devices, count, held_open)
        if len(held) < count:
            log(f"waiting for {count} of the devices {', '.join(devices)}")
        while len(held) < count:
            time.sleep(POLL)
            held = _lock(devices, count, held_open)
        # The order of nvidia-smi; CUDA's own starts with the fastest card.
        yield {VISIBLE: ",".join(held), "CUDA_DEVICE_ORDER": "PCI_BUS_ID"}


def _lock(devices: list[str], count: int, held_open: ExitStack) -> list[str]:
    """The first ``count`` free devices (list of str), their locks on ``held_open``; [] if too few."""
    held = []
    with ExitStack() as found:
        for device in devices:
            if len(held) == count:
                break
            file = found.enter_context(open(_folder() / f"{device.replace('/', '_')}.lock", "a"))
            if locks.take(file):
                held.append(device)
        if len(held) < count:
            return []
        held_open.enter_context(found.pop_all())
    return held


def _folder() -> Path:
    """Where the locks of this user on this machine lie (Path); a Slurm job has a folder of its own.

    Slurm may number each job's devices from 0: the same name then means another card in another job.
    """
    top = Path(tempfile.gettempdir(), f"widthwise-{os.getuid()}")
    with suppress(FileExistsError):
        top.mkdir(mode=0o700)
    # The name can be foreseen: whoever made it first, with a link perhaps, would say where we write.
    found = top.lstat()
    mine = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()
    if not mine or stat.S_IMODE(found.st_mode) & 0o077:
        raise UserError(
            f"{top}: found {stat.filemode(found.st_mode)} of user {found.st_uid}; expected a folder "
            f"(drwx------) of user {os.getuid()} for the locks of devices: remove it, or set TMPDIR"
        )
    folder = top / os.environ.get("SLURM_JOB_ID", "devices")
    folder.mkdir(exist_ok=True)
    return folder
