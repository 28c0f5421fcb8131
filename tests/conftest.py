"""What all tests share: the package on the path, the real data where they are."""

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")


@pytest.fixture(scope="session")
def root():
    """The project's top folder."""
    return ROOT


@pytest.fixture(scope="session")
def fer2013_csv():
    """The real data set, beside the checkout or where FER2013_CSV says."""
    path = Path(os.environ.get("FER2013_CSV", ROOT.parent / "shared/data/fer2013/fer2013.csv.xz"))
    if not path.exists():
        pytest.skip(f"the real data set is not there: {path}")
    return path
