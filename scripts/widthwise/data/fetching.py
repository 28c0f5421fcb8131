"""Fetching a public data set from Kaggle."""

import shutil
from pathlib import Path

from widthwise.plumbing.errors import UserError


def fetch(handle, destination):
    """Download a public Kaggle data set into the folder ``destination``, which must not exist.

    handle: "owner/name". No account is needed for public data sets; kagglehub keeps no copy of its own.
    Raises UserError where it cannot be fetched, saying what to do instead.
    """
    import kagglehub  # it sets up a client at import

    destination = Path(destination)
    try:
        kagglehub.dataset_download(handle, output_dir=str(destination))
    except Exception as error:  # no network, no such data set, consent wanted: kagglehub raises what it meets
        shutil.rmtree(destination, ignore_errors=True)
        reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise UserError(
            f"{handle}: cannot be fetched from Kaggle ({reason}); download"
            f" https://www.kaggle.com/datasets/{handle} by hand, put the file or folder where `path` of this"
            " data set in the config points to, and run again"
        ) from None
    if not any(destination.rglob("*")):
        raise UserError(f"{handle}: Kaggle sent no files; expected a data set of pictures")
