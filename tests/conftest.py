"""What all tests share: the package on the path, its environment, the real data where they are.

At the end of a run it is told which parts took part that need more than Python: where one is not installed,
its tests are skipped, and a green run is not a full one. With CI set, as every CI system does, they fail.
"""

import os
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]

from widthwise.training import environment  # noqa: E402

environment.enter(threads=1)  # whatever the user's account sets, before anything imports Keras or matplotlib
for name in [name for name in os.environ if name.startswith("SNAKEMAKE_")]:
    del os.environ[name]

REAL_PARTS = {"browser": "a browser", "slurm": "Slurm", "terminal": "tmux", "fer2013_csv": "the real data"}


@pytest.fixture(scope="session")
def root():
    """The project's top folder."""
    return ROOT


@pytest.fixture(scope="session")
def without():
    """A function that skips a test for a reason (str): what it needs is not installed. In CI it fails."""
    return pytest.fail if os.environ.get("CI") else pytest.skip


@pytest.fixture(scope="session")
def browser(tmp_path_factory, without):
    """The driver of a headless Chromium."""
    import browsing

    driver = browsing.chromium(tmp_path_factory.mktemp("chromium"))
    if driver is None:
        without("no chromium with chromedriver here (on Debian: apt-get install chromium-driver)")
    yield driver
    driver.quit()


@pytest.fixture(scope="session")
def fer2013_csv():
    """The real data set, beside the checkout or where FER2013_CSV says."""
    path = Path(os.environ.get("FER2013_CSV", ROOT.parent / "shared/data/fer2013/fer2013.csv.xz"))
    if not path.exists():
        pytest.skip(f"the real data set is not there: {path}")
    return path


def pytest_collection_modifyitems(items):
    """Note which real part a test needs, by its fixtures; the note travels with the test's report.

    The longest come first, so that the workers of a run end at about the same time.
    """
    items.sort(key=lambda item: item.path.parent.name != "workflow")
    for item in items:
        item.user_properties += [("needs", part) for part in REAL_PARTS if part in item.fixturenames]


def pytest_terminal_summary(terminalreporter):
    """Tell which real parts took part."""
    passed = Counter(
        part for report in terminalreporter.getreports("passed") for _, part in report.user_properties
    )
    terminalreporter.section("real parts")
    for part, name in REAL_PARTS.items():
        tests = f"{passed[part]} tests passed with it" if passed[part] else "took no part"
        terminalreporter.line(f"{name}: {tests}")
