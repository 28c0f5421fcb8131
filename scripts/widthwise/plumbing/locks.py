"""Locks that the kernel frees with the process that holds them, however that ends."""

import errno
import fcntl
import sys
from functools import cache
from pathlib import Path
from typing import IO

# What file systems without locks answer: Lustre as it is often mounted, NFS without its lock daemon.
NO_LOCKS = {errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOTSUP}


def take(file: IO, shared: bool = False) -> bool:
    """Lock an open file without waiting; whether that went well, that is, whether nobody else holds it.

    shared: let others have a shared lock of it, too. Where its file system has no locks, one line on
    standard error says so, and work goes on as if nobody else held it.
    """
    try:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in NO_LOCKS:
            raise
        _say_once(Path(file.name).parent, error.strerror)
    return True


@cache
def _say_once(folder: Path, reason: str) -> None:
    print(
        f"{folder}: the file system has no locks ({reason}); nothing keeps a second one from working here",
        file=sys.stderr,
        flush=True,
    )
