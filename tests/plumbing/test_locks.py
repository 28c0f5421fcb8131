"""Locks, and file systems that have none."""

import errno
import fcntl
import os

import pytest

from widthwise.plumbing import locks


def test_one_holds_a_lock_or_several_share_it(tmp_path):
    path = tmp_path / "lock"
    with path.open("w") as one, path.open() as two, path.open() as three:
        assert locks.take(one) and not locks.take(two, shared=True)
        one.close()
        assert locks.take(two, shared=True) and locks.take(three, shared=True)


@pytest.mark.parametrize("number", [errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP])
def test_without_locks_one_line_says_so_and_work_goes_on(tmp_path, monkeypatch, capsys, number):
    def flock(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", flock)
    for name in "ab":
        with (tmp_path / name).open("w") as file:
            assert locks.take(file)
    assert capsys.readouterr().err == (
        f"{tmp_path}: the file system has no locks ({os.strerror(number)}); "
        "nothing keeps a second one from working here\n"
    )


def test_another_error_is_one(tmp_path, monkeypatch):
    def flock(*_):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(fcntl, "flock", flock)
    with (tmp_path / "a").open("w") as file, pytest.raises(OSError, match="Input/output"):
        locks.take(file)
