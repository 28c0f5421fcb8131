"""One finished tiny study for all tests that edit it and plan again, on any worker of a run."""

import fcntl
import os
import shutil

import pytest

from workflow.project import Project


@pytest.fixture(scope="session")
def finished(tmp_path_factory, root):
    """A project whose tiny study has run; never changed."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent  # which all workers share
    with open(folder / "finished.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (folder / "finished/done").exists():
            return Project.of(folder / "finished/project")
        shutil.rmtree(folder / "finished", ignore_errors=True)
        project = Project(folder / "finished/project", root)
        project.snakemake()
        (folder / "finished/done").touch()
        return project


@pytest.fixture
def project(finished, tmp_path):
    """A copy of the finished project with all its file times, to change at will."""
    return Project.of(shutil.copytree(finished.folder, tmp_path / "project", symlinks=True))
