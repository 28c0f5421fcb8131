"""Accepting what older code made, and nothing else; states of older code; what a study does not plan."""

import json

import pytest

from widthwise.plumbing import provenance
from widthwise.study.acceptance import accept, adopt_states, unplanned
from widthwise.study.config import complete_recipe

SETTINGS = {"recipe": {"epochs": 2, "optimizer": "adam"}, "width": 1, "seed": 1}
OLD = {"code": {"a.py": "1"}, "settings": SETTINGS, "data": {"training": "x"}}
COMPLETE = SETTINGS | {"recipe": complete_recipe(SETTINGS["recipe"])}
NOW = OLD | {"code": {"a.py": "2"}, "settings": COMPLETE}
DATA = {"training": "x"}
RUN = {"recipe": "quick", "family": "plain", "width": 0.5, "seed": 1}


@pytest.fixture
def job(tmp_path):
    """Record a job as older code made it: (what it is called, path of its record, its ingredients now)."""

    def job(name, made_of=OLD, now=NOW, upstream=(), retry=None):
        output, record = tmp_path / name, tmp_path / f".provenance/{name}.recorded.json"
        output.write_text(f"{name}\n")
        provenance.record(record, made_of, provenance.digests(upstream), [output], retry)
        return name, str(record), now

    return job


def reason(job):
    _, record, now = job
    return provenance.reason(record, now)


def test_results_of_other_code_are_accepted_and_say_so(job):
    train = job("train")
    assert list(accept([train])) == ["train: accepted (a.py changed)"]
    assert reason(train) is None
    (note,) = provenance.read_record(train[1])["accepted"]
    assert note["differences"] == ["a.py changed"] and note["at"]
    assert list(accept([train])) == []


def test_every_acceptance_is_kept(job):
    train = job("train")
    for code in ("2", "3"):
        other = (*train[:2], NOW | {"code": {"a.py": code}})
        assert list(accept([other])) == ["train: accepted (a.py changed)"]
    assert len(provenance.read_record(train[1])["accepted"]) == 2


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (
            {"now": NOW | {"settings": COMPLETE | {"seed": 2}}},
            "more than code differs: settings.seed: 1 -> 2",
        ),
        ({"now": NOW | {"data": {"training": "y"}}}, 'more than code differs: data.training: "x" -> "y"'),
        ({"now": NOW | {"data": {"training": "x", "runs": 3}}}, "more than code differs: data.runs is new"),
        ({"retry": "the last training failed"}, "the last training failed"),
    ],
)
def test_what_is_another_result_is_refused_and_stays_as_it_is(job, options, says):
    train = job("train", **options)
    before = provenance.read_record(train[1])
    (told,) = accept([train])
    assert told.startswith(f"train: not accepted, {says}")
    assert provenance.read_record(train[1]) == before


def test_a_damaged_output_or_record_is_refused(job, tmp_path):
    train, evaluate = job("train"), job("evaluate")
    (tmp_path / "train").write_text("other\n")
    (tmp_path / ".provenance/evaluate.recorded.json").write_text("{")
    assert list(accept([train, evaluate])) == [
        "evaluate: not accepted, its record is damaged",
        f"train: not accepted, {tmp_path}/train was changed after it was written",
    ]


def test_what_was_made_of_it_is_accepted_after_it(job):
    """The records upstream change by being accepted, so their digests are taken in order."""
    train = job("train")
    evaluate = job("evaluate", now=OLD | {"settings": COMPLETE}, upstream=[train[1]])
    aggregate = job("aggregate", upstream=[evaluate[1]])
    assert list(accept([aggregate, evaluate, train])) == [
        "train: accepted (a.py changed)",
        "evaluate: accepted (what it was made from was accepted)",
        "aggregate: accepted (a.py changed)",
    ]
    assert [reason(each) for each in (train, evaluate, aggregate)] == [None, None, None]


def test_what_was_made_of_a_result_that_is_gone_is_refused(job, tmp_path):
    train = job("train")
    evaluate = job("evaluate", upstream=[train[1]])
    (tmp_path / ".provenance/train.recorded.json").unlink()
    assert list(accept([evaluate])) == [
        f"evaluate: not accepted, {provenance.name_of(train[1])}, from which it was made, "
        "is no planned job with a record"
    ]


def test_what_was_made_of_a_result_that_was_made_again_is_refused(job):
    """Its training ran again, with other settings, and the evaluation is still that of the old one."""
    train = job("train")
    evaluate = job("evaluate", upstream=[train[1]])
    other = SETTINGS | {"recipe": SETTINGS["recipe"] | {"epochs": 9}}
    train = job("train", made_of=OLD | {"settings": other}, now=NOW | {"settings": other})
    told = list(accept([train, evaluate]))
    assert told[-1] == f"evaluate: not accepted, {provenance.name_of(train[1])} was made again"
    assert reason(evaluate)


def test_records_of_version_0_1_0_are_accepted(job):
    """They held the keys of the jobs upstream among the ingredients."""
    old = OLD | {"upstream": {"distil taught/seed1": "ab12"}}
    train = job("train", made_of=old)
    (told,) = accept([train])
    assert told.startswith("train: accepted (a.py changed") and reason(train) is None


@pytest.mark.parametrize(
    ("epochs", "data", "adopted"),
    [(2, {}, True), (2, {"data": DATA}, True), (3, {}, False), (2, {"data": {"training": "other"}}, False)],
)
def test_an_unfinished_state_is_resumed_where_settings_and_data_are_equal(tmp_path, epochs, data, adopted):
    """A state of version 0.1.0 does not say its data."""
    old = tmp_path / "of older code"
    old.mkdir()
    (old / "task.json").write_text(json.dumps({"run": RUN, "settings": SETTINGS["recipe"], **data}))
    settings = complete_recipe({"epochs": epochs, "optimizer": "adam"})
    unfinished = {"job": "train quick", "run": RUN, "settings": settings, "data": DATA, "key": "new"}
    told = list(adopt_states([unfinished], tmp_path))
    assert told == (["train quick: its unfinished state is resumed"] if adopted else [])
    assert (tmp_path / "new/task.json").exists() == adopted == (not old.exists())
    assert list(adopt_states([unfinished], tmp_path)) == []


def test_a_state_of_the_present_code_is_not_replaced(tmp_path):
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
    (tmp_path / "old/task.json").write_text(json.dumps({"run": RUN, "settings": SETTINGS["recipe"]}))
    unfinished = {"job": "train", "run": RUN, "settings": COMPLETE["recipe"], "key": "new"}
    assert list(adopt_states([unfinished], tmp_path)) == []
    assert (tmp_path / "old").exists()


def test_runs_states_and_answers_of_no_planned_run_are_found(tmp_path):
    planned, other = "quick/plain/w0.5/seed1", "quick/plain/w0.5/seed2"
    for run in (planned, other):
        (tmp_path / "runs" / run).mkdir(parents=True)
    for seed in (1, 2):
        (tmp_path / f".state/{seed}").mkdir(parents=True)
        (tmp_path / f".state/{seed}/task.json").write_text(json.dumps({"run": RUN | {"seed": seed}}))
    for name in ("resnet-1a", "resnet-2b"):
        (tmp_path / "answers" / name).mkdir(parents=True)
        (tmp_path / "answers" / name / "seed1.npy").touch()
        (tmp_path / f".state/{name}").mkdir()
        (tmp_path / f".state/{name}/answers.txt").write_text(f"{name}/seed1")
    found = [f"runs/{other}", ".state/2", ".state/resnet-1a", "answers/resnet-1a/seed1.npy"]
    assert unplanned(tmp_path, [planned], ["resnet-2b/seed1"]) == [tmp_path / name for name in found]
    assert unplanned(tmp_path / "none", [planned], []) == []
