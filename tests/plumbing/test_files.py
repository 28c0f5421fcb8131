"""Files written whole: what the umask grants, folders that cannot be forced to disk, full disks."""

import errno
import os
import re
import shutil
from types import SimpleNamespace

import pytest

from widthwise.plumbing import files


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o002, 0o664), (0o077, 0o600)])
def test_a_text_is_for_whom_the_umask_says(tmp_path, umask, mode):
    before = os.umask(umask)
    try:
        files.write_text(tmp_path / "new/text.txt", "words")
    finally:
        os.umask(before)
    assert (tmp_path / "new/text.txt").stat().st_mode & 0o777 == mode


def test_a_file_of_somebody_else_is_replaced_and_nothing_is_left_beside_it(tmp_path, monkeypatch):
    (tmp_path / "text.txt").write_text("theirs")
    for name in ("chmod", "utime", "chown"):  # what only its owner may do

        def refused(*_, **__):
            raise PermissionError(errno.EPERM, "Operation not permitted")

        monkeypatch.setattr(os, name, refused)
    files.write_text(tmp_path / "text.txt", "mine")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["mine"]


def fsync_that_says(number):
    def fsync(descriptor):
        raise OSError(number, os.strerror(number))

    return fsync


@pytest.mark.parametrize("number", [errno.EINVAL, errno.EBADF, errno.ENOTSUP])
def test_a_folder_that_cannot_be_forced_to_disk_is_no_error(tmp_path, monkeypatch, number):
    monkeypatch.setattr(os, "fsync", fsync_that_says(number))
    files.sync(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match=re.escape(os.strerror(number))):
        files.sync(tmp_path / "file")


@pytest.mark.parametrize("free", [0, 1 << 30])
def test_numpy_that_could_not_write_all_has_met_a_full_disk(tmp_path, monkeypatch, free):
    """It says how many values it wrote, and has no error number."""
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=free))
    says = "No space left on device: 'there'" if not free else "100 requested and 7 written"
    with pytest.raises(OSError, match=says), files.naming_full("there"):
        raise OSError("100 requested and 7 written")


def test_a_broken_disk_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "fsync", fsync_that_says(errno.EIO))
    with pytest.raises(OSError, match="Input/output error"):
        files.sync(tmp_path)


def test_a_full_disk_is_named_and_the_old_text_stays(tmp_path, monkeypatch):
    files.write_text(tmp_path / "text.txt", "old")
    monkeypatch.setattr(os, "fsync", fsync_that_says(errno.ENOSPC))
    with pytest.raises(OSError, match=f"No space left on device: '{re.escape(str(tmp_path))}'"):
        files.write_text(tmp_path / "text.txt", "new")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


def test_a_folder_takes_the_place_of_an_older_one_or_leaves_it(tmp_path):
    for name in ("new", "old"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "text.txt").write_text(name)
    with pytest.raises(OSError):
        files.replace_folder(tmp_path / "nowhere", tmp_path / "old")
    assert (tmp_path / "old/text.txt").read_text() == "old"
    files.replace_folder(tmp_path / "new", tmp_path / "old")
    assert (tmp_path / "old/text.txt").read_text() == "new"
    files.replace_folder(tmp_path / "old", tmp_path / "first")
    assert [path.name for path in tmp_path.iterdir()] == ["first"]
