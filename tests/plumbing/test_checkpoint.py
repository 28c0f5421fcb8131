"""Checkpoints of a training on disk."""

import errno
import subprocess
import sys

import numpy as np
import pytest

from widthwise.plumbing import checkpoint

RECORD = {"epoch": 3, "history": [{"loss": 0.1}], "best_epoch": None, "sums": [1 / 3, 2e-17]}


def groups(value):
    return {
        "weights": [np.full((2, 3), value, np.float32), np.array(value)],
        "slots": [],
        "kept": [np.arange(4)],
    }


def same(first, second):
    return first.keys() == second.keys() and all(
        len(first[name]) == len(second[name]) and all(map(np.array_equal, first[name], second[name]))
        for name in first
    )


def test_what_is_loaded_is_what_was_saved_last(tmp_path):
    assert checkpoint.load(tmp_path) == (None, None)
    for number in (2, 9, 10):
        checkpoint.save(tmp_path, number, groups(number), RECORD | {"number": number})
    loaded, record = checkpoint.load(tmp_path)
    assert record == RECORD | {"number": 10}
    assert same(loaded, groups(10))
    assert [array.dtype for array in loaded["weights"]] == [np.float32, np.int64]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["10.npz", "9.npz"]


@pytest.mark.parametrize("damage", ["cut", "empty", "flipped", "text"])
def test_a_damaged_checkpoint_is_passed_over_with_a_line(tmp_path, damage):
    for number in (1, 2):
        checkpoint.save(tmp_path, number, groups(number), RECORD | {"number": number})
    newest = tmp_path / "2.npz"
    content = bytearray(newest.read_bytes())
    where = content.index(np.full((2, 3), 2, np.float32).tobytes())
    content[where] ^= 1
    damaged = {"cut": content[: len(content) // 2], "empty": b"", "flipped": content, "text": b"no state"}[
        damage
    ]
    newest.write_bytes(damaged)
    lines = []
    loaded, record = checkpoint.load(tmp_path, lines.append)
    assert record["number"] == 1 and same(loaded, groups(1))
    assert len(lines) == 1 and str(newest) in lines[0] and "damaged" in lines[0]
    (tmp_path / "1.npz").write_bytes(b"")
    assert checkpoint.load(tmp_path, lines.append) == (None, None)


def test_a_full_disk_leaves_the_older_checkpoint_and_no_debris(tmp_path, monkeypatch):
    checkpoint.save(tmp_path, 1, groups(1), RECORD)

    def full(path, **arrays):
        path.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match="No space left"):
        checkpoint.save(tmp_path, 2, groups(2), RECORD)
    assert [path.name for path in tmp_path.iterdir()] == ["1.npz"]
    assert same(checkpoint.load(tmp_path)[0], groups(1))


def test_checkpoints_hold_no_pickles(tmp_path):
    np.savez(tmp_path / "5.npz", record=np.array([object()], dtype=object))
    lines = []
    assert checkpoint.load(tmp_path, lines.append) == (None, None)
    assert "allow_pickle" in lines[0]


def test_only_one_process_holds_a_folder_and_its_death_frees_it(tmp_path, root):
    program = (
        "import sys; from widthwise.plumbing import checkpoint\n"
        "with checkpoint.lock(sys.argv[1]): print('held', flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={"PYTHONPATH": str(root / "scripts")},
    )
    assert holder.stdout.readline() == b"held\n"
    with (
        pytest.raises(TimeoutError, match="another job of the same work"),
        checkpoint.lock(tmp_path, wait=0.1),
    ):
        pass
    holder.kill()
    holder.communicate()
    with checkpoint.lock(tmp_path, wait=0.1):
        pass


def test_remove_takes_the_folder_and_minds_no_absence(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    checkpoint.save(folder, 1, groups(1), RECORD)
    checkpoint.remove(folder)
    assert not folder.exists()
    checkpoint.remove(folder)
