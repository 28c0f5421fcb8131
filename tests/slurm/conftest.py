"""The cluster for the tests in this folder."""

import pytest

from slurm import cluster


@pytest.fixture(scope="session")
def slurm(without):
    """A ``Slurm``; skips, saying why, where none can be started."""
    if reason := cluster.missing():
        without(f"no Slurm for the tests: {reason}")
    with cluster.started() as running:
        yield running
