"""What makes a job run, without Snakemake."""

import json
import os

import pytest

from widthwise.plumbing import provenance

MADE_OF = {"code": {"a.py": "1", "b.py": "2"}, "settings": {"epochs": 3, "rates": {"low": 1, "high": 2}}}


@pytest.fixture
def done(tmp_path):
    """A job that has run: paths of its expected provenance and its output."""
    expected, output = tmp_path / "job.json", tmp_path / "output.csv"
    upstream = tmp_path / "up.recorded.json"
    upstream.write_text("{}")
    provenance.plan(expected, MADE_OF, recorded(expected))
    output.write_text("result\n")
    provenance.record(recorded(expected), MADE_OF, provenance.digests([upstream]), [output])
    return expected, output


def recorded(expected):
    return expected.with_suffix(".recorded.json")


def reason(done, made_of=MADE_OF):
    """Why the job would run, after checking that file times tell Snakemake the same."""
    expected, _ = done
    told = provenance.plan(expected, made_of, recorded(expected))
    record = recorded(expected)  # an output of the job, and the oldest
    assert (expected.stat().st_mtime > record.stat().st_mtime) == bool(told)
    assert json.loads(expected.read_text())["why"] == told
    return told


def test_what_was_never_made_runs(tmp_path):
    assert (
        provenance.plan(tmp_path / "job.json", MADE_OF, tmp_path / "none.json")
        == "there is no record of how it was made"
    )


def test_what_is_up_to_date_does_not(done):
    assert reason(done) is None


def test_order_of_keys_and_file_times_do_not_count(done):
    expected, output = done
    other_order = json.loads(json.dumps(MADE_OF, sort_keys=True))
    for path in (expected, output, recorded(expected)):
        os.utime(path)
    provenance.settle(expected.parent)
    assert reason(done, dict(reversed(other_order.items()))) is None
    assert recorded(expected).stat().st_mtime == provenance.LONG_AGO


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"code": {"a.py": "1", "b.py": "3"}}, "b.py changed"),
        ({"code": {"a.py": "1"}}, "b.py is gone"),
        ({"settings": {"epochs": 4, "rates": {"low": 1, "high": 2}}}, "settings.epochs: 3 -> 4"),
        (
            {"settings": {"epochs": 3, "rates": {"low": 2, "high": 1}}},
            "settings.rates.high: 2 -> 1; settings.rates.low: 1 -> 2",
        ),
    ],
)
def test_a_change_is_told_in_words(done, change, says):
    assert reason(done, MADE_OF | change) == says


def test_a_change_taken_back_is_none(done):
    assert reason(done, {"settings": {}})
    assert reason(done) is None


def test_damage_is_told(done):
    _, output = done
    output.write_text("resulT\n")
    assert reason(done) == f"{output} was changed after it was written"
    output.write_text("res")
    assert reason(done) == f"{output} has 3 bytes where 7 were written"
    output.unlink()
    assert reason(done) == f"{output} is missing"


def test_damage_in_a_folder_is_told(done, tmp_path):
    """A job that writes a folder runs again when a file in it is missing or another one."""
    expected, _ = done
    file = tmp_path / "folder/deep/file"
    file.parent.mkdir(parents=True)
    file.write_text("content")
    provenance.record(recorded(expected), MADE_OF, {}, [tmp_path / "folder"])
    assert reason(done) is None
    file.write_text("c0ntent")
    assert reason(done) == f"{file} was changed after it was written"
    file.unlink()
    assert reason(done) == f"{file} is missing"


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"ingredients": 1}', '{"ingredients": null, "outputs": {}, "retry": null}']
)
def test_a_damaged_record_makes_it_run(done, text):
    recorded(done[0]).write_text(text)
    assert reason(done) == "the record of how it was made is damaged"


def test_a_damaged_expected_file_is_written_anew(done):
    done[0].write_bytes(b"\xff\x00")
    assert reason(done) is None


def test_a_failure_that_may_pass_is_tried_again(done):
    expected, output = done
    provenance.record(recorded(expected), MADE_OF, {}, [output], retry="out of memory")
    assert reason(done) == "out of memory"


def test_a_result_upstream_that_was_made_again_counts(done):
    (done[0].parent / "up.recorded.json").write_text("{ }")
    assert reason(done).endswith("up was made again")


def test_the_key_is_that_of_the_content():
    assert provenance.key({"a": 1, "b": 2}) == provenance.key({"b": 2, "a": 1})
    assert provenance.key({"a": 1, "b": 2}) != provenance.key({"a": 2, "b": 1})
