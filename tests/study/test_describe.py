"""The command that describes a network."""

import json
import subprocess
import sys

import pytest

from made_up_pictures import folder_files, write


@pytest.fixture
def describe(root):
    def call(*arguments):
        return subprocess.run(
            [sys.executable, root / "scripts/describe.py", *arguments], capture_output=True, text=True
        )

    return call


def test_table_of_the_small_mobilenet(describe):
    lines = describe("mobilenet", "--width", "1").stdout.splitlines()
    assert any(line.split() == ["Dense", "56", "7,224", "7,168"] for line in lines)
    assert any("73,511 (71,079 trainable, 2,432 non-trainable)" in line for line in lines)


def test_json_sums_up(describe):
    found = json.loads(describe("cnn", "--budget", "90000", "--classes", "5", "--json").stdout)
    assert abs(found["params"] - 90_000) <= 9_000
    for name in ("params", "trainable_params", "non_trainable_params", "macs"):
        assert found[name] == sum(layer[name] for layer in found["layers"]) > 0
    assert found["layers"][-1]["output"] == [5]
    assert found["parameter_bytes"] == 4 * found["params"]


def test_help_is_help(describe):
    result = describe("--help")
    assert result.returncode == 0 and "--budget" in result.stdout


def test_a_data_set_is_described_in_one_line(describe, tmp_path):
    source = write(tmp_path, folder_files(("cat", "dog"), per_class=8, side=16))
    (said,) = describe("--data", source, "--image-size", "16").stdout.splitlines()
    assert said.startswith(f"{source}: 2 classes (cat, dog); pictures of 16 x 16 grey: training 14,")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["foo"], "family 'foo'"),
        (["mobilenet", "--width", "x"], "--width"),
        (["mobilenet", "--width", "0"], "--width: found 0, expected a number above 0"),
        (["mobilenet", "--width", "nan"], "--width"),
        (["mobilenet", "--width", "inf"], "--width: found inf"),
        (["mobilenet", "--classes", "1"], "--classes: found 1, expected 2 to 32,767"),
        (["mobilenet", "--image-size", "9999"], "--image-size: found 9999, expected 16 to 512"),
        (["mobilenet", "--budget", "-4"], "--budget: found -4"),
        (["mobilenet", "--budget", "1" + 12 * "0"], "--budget: found 1000000000000, expected 1 to"),
        (["cnn", "--budget", "10"], "the closest has 124"),
        ([], "family"),
        (["--data", "nowhere"], "nowhere: there is no such file or folder"),
        (["cnn", "--data", "nowhere"], "either a family or --data"),
    ],
)
def test_a_mistake_is_one_line(describe, arguments, says):
    result = describe(*arguments)
    assert result.returncode != 0
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1 and says in result.stderr
