"""What makes a job run, without Snakemake."""

import errno
import json
import os

import pytest

from widthwise.plumbing import provenance

MADE_OF = {"code": {"a.py": "1", "b.py": "2"}, "settings": {"epochs": 3, "rates": {"low": 1, "high": 2}}}


@pytest.fixture
def done(tmp_path):
    """A job that has run: paths of its record and its output."""
    record, output = tmp_path / "job.recorded.json", tmp_path / "output.csv"
    upstream = tmp_path / "up.recorded.json"
    upstream.write_text("{}")
    output.write_text("result\n")
    provenance.record(record, MADE_OF, provenance.digests([upstream]), [output])
    return record, output


def reason(done, made_of=MADE_OF):
    """Why the job would run."""
    record, _ = done
    return provenance.reason(record, made_of)


def test_what_was_never_made_runs(tmp_path):
    assert provenance.reason(tmp_path / "none.json", MADE_OF) == "there is no record of how it was made"


def test_what_is_up_to_date_does_not(done):
    assert reason(done) is None


def test_order_of_keys_and_file_times_do_not_count(done):
    record, output = done
    other_order = json.loads(json.dumps(MADE_OF, sort_keys=True))
    for path in (output, record):
        os.utime(path)
    provenance.settle(record.parent)
    assert reason(done, dict(reversed(other_order.items()))) is None
    assert record.stat().st_mtime == provenance.LONG_AGO


def test_the_record_of_another_person_is_settled_by_a_copy(done, monkeypatch):
    """Setting the times of another's file is not permitted; replacing it in a shared folder is."""
    record, _ = done
    text, before, utime = record.read_text(), record.stat().st_ino, os.utime

    def utime_of_my_own(path, *arguments, **options):
        if os.stat(path).st_ino == before:
            raise PermissionError(1, "Operation not permitted")
        return utime(path, *arguments, **options)

    os.utime(record)
    monkeypatch.setattr(os, "utime", utime_of_my_own)
    provenance.settle(record.parent)
    assert record.stat().st_mtime == provenance.LONG_AGO and record.read_text() == text


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES])
def test_records_that_cannot_be_written_are_read_as_they_are(done, monkeypatch, number):
    record, _ = done
    os.utime(record)
    time = record.stat().st_mtime

    def refuse(*_, **__):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "utime", refuse)
    monkeypatch.setattr(provenance, "write_text", refuse)
    provenance.settle(record.parent)
    assert record.stat().st_mtime == time and reason(done) is None


def test_the_sentinel_is_renewed_once_and_says_something_new(tmp_path):
    sentinel = provenance.Sentinel(tmp_path / "deep/changed")
    sentinel.begin()
    first = (tmp_path / "deep/changed").read_text()
    sentinel.renew()
    second = (tmp_path / "deep/changed").read_text()
    sentinel.renew()
    assert first != second == (tmp_path / "deep/changed").read_text()


def test_a_setting_that_did_not_exist_counts_as_its_default(done):
    def complete(before, now):
        return before | {"settings": {"new": 1} | before["settings"]}

    now = MADE_OF | {"settings": MADE_OF["settings"] | {"new": 1}}
    assert reason(done, now) == "settings.new is new"
    assert provenance.reason(done[0], now, complete) is None
    now = MADE_OF | {"settings": MADE_OF["settings"] | {"new": 2}}
    assert provenance.reason(done[0], now, complete) == "settings.new: 1 -> 2"


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
    record, _ = done
    file = tmp_path / "folder/deep/file"
    file.parent.mkdir(parents=True)
    file.write_text("content")
    provenance.record(record, MADE_OF, {}, [tmp_path / "folder"])
    assert reason(done) is None
    file.write_text("c0ntent")
    assert reason(done) == f"{file} was changed after it was written"
    file.unlink()
    assert reason(done) == f"{file} is missing"


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"ingredients": 1}', '{"ingredients": null, "outputs": {}, "retry": null}']
)
def test_a_damaged_record_makes_it_run(done, text):
    done[0].write_text(text)
    assert reason(done) == "the record of how it was made is damaged"


def test_a_failure_that_may_pass_is_tried_again(done):
    record, output = done
    provenance.record(record, MADE_OF, {}, [output], retry="out of memory")
    assert reason(done) == "out of memory"


def test_a_result_upstream_that_was_made_again_counts(done):
    (done[0].parent / "up.recorded.json").write_text("{ }")
    assert reason(done).endswith("up was made again")


def test_the_key_is_that_of_the_content():
    assert provenance.key({"a": 1, "b": 2}) == provenance.key({"b": 2, "a": 1})
    assert provenance.key({"a": 1, "b": 2}) != provenance.key({"a": 2, "b": 1})
