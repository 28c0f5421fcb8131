"""One finished tiny study for all tests that edit it and plan again."""

import shutil

import pytest

from workflow.project import Project


@pytest.fixture(scope="session")
def finished(tmp_path_factory, root):
    """A project whose tiny study has run; never changed."""
    project = Project(tmp_path_factory.mktemp("finished") / "project", root)
    project.snakemake()
    return project


@pytest.fixture
def project(finished, tmp_path):
    """A copy of the finished project with all its file times, to change at will."""
    copy = tmp_path / "project"
    shutil.copytree(finished.folder, copy, symlinks=True)
    clone = Project.__new__(Project)
    clone.folder = copy
    return clone
