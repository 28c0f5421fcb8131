"""What the study is made of, and what may be tidied away."""

import json
import os

import pytest

from widthwise.plumbing import provenance
from widthwise.plumbing.errors import UserError
from widthwise.study.planning import Plan

CONFIG = {
    "dataset": "faces",
    "datasets": {"faces": {"path": "faces.csv"}},
    "recipes": {"short": {"epochs": 2}},
    "sweep": [{"recipe": "short", "family": "plain", "widths": [0.1, 0.2], "seeds": [1]}],
}


@pytest.fixture
def prepared(tmp_path, monkeypatch):
    """The working folder, with data prepared."""
    monkeypatch.chdir(tmp_path)
    splits = {name: {"digest": name} for name in ("training", "validation", "private")}
    data = tmp_path / "results/faces/data"
    data.mkdir(parents=True)
    (data / "manifest.json").write_text(json.dumps({"splits": splits, "classes": ["a", "b"]}))
    for name in ("rows.csv", "duplicates.csv"):
        (data / name).write_text("row\n")
    return tmp_path


def test_states_of_finished_trainings_go_and_all_others_stay(prepared):
    """A killed training of a configuration that is not the present one may still be gone on with."""
    plan = Plan(CONFIG)
    keys = []
    for run in plan.runs:
        made_of = provenance.ingredients(plan.expected("train", run))
        keys.append(provenance.key(made_of))
    finished = prepared / "results/faces/.provenance/train" / f"{plan.runs[0].name}.recorded.json"
    provenance.record(finished, provenance.ingredients(plan.expected("train", plan.runs[0])), {}, [])
    for key in (*keys, "of another configuration"):
        (prepared / "results/faces/.state" / key).mkdir(parents=True)
    Plan(CONFIG).tidy()
    left = {path.name for path in (prepared / "results/faces/.state").iterdir()}
    assert left == {keys[1], "of another configuration"}


@pytest.mark.parametrize(
    ("there", "kaggle", "expected"),
    [
        ({"faces.csv"}, "a/b", "faces.csv"),
        (set(), "a/b", "results/faces/download"),
        ({"results/faces/download"}, "a/b", "results/faces/download"),
        ({"results/faces/data/manifest.json"}, "a/b", None),
        ({"results/faces/data/manifest.json"}, None, None),
    ],
)
def test_where_the_data_come_from(tmp_path, monkeypatch, there, kaggle, expected):
    """What was prepared is not fetched anew because its source was moved away."""
    monkeypatch.chdir(tmp_path)
    for path in there:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("x")
    plan = Plan(CONFIG | {"datasets": {"faces": {"path": "faces.csv", "kaggle": kaggle}}})
    assert plan.source() == expected


def test_a_folder_of_odd_names_and_circles_is_planned(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "faces.csv").mkdir()
    for name in (b"faces.csv/\xe9.png", b"faces.csv/a\nb.png"):
        (tmp_path / os.fsdecode(name)).write_text("x")
    for link in "ab":
        (tmp_path / "faces.csv" / link).symlink_to(".")
    assert not Plan(CONFIG).is_prepared()

    def refusing(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(provenance, "digest", refusing)
    (tmp_path / "faces.csv" / "new.png").write_text("x")
    with pytest.raises(UserError, match=r"faces\.csv/.*: cannot be read \(Permission denied\)"):
        Plan(CONFIG).is_prepared()


def test_no_data_and_no_handle_is_one_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=r"datasets\.faces\.path: faces\.csv does not exist; put the data"):
        Plan(CONFIG).source()


def test_planning_elsewhere_writes_nothing_beside_the_results(prepared, tmp_path_factory):
    scratch = tmp_path_factory.mktemp("scratch")
    plan = Plan(CONFIG, scratch)
    plan.begin()
    assert plan.expected("train", plan.runs[0]).startswith(str(scratch))
    assert {path.name for path in (prepared / "results/faces").iterdir()} == {"data"}


@pytest.mark.parametrize("file", ["manifest.json", "rows.csv", "duplicates.csv"])
def test_all_that_preparation_wrote_counts_for_evaluation(prepared, file):
    """Class names, ids and near copies change what is evaluated, though no picture changed."""
    plan = Plan(CONFIG)
    before = provenance.ingredients(plan.expected("evaluate", plan.runs[0]))
    path = prepared / "results/faces/data" / file
    path.write_text(path.read_text() + " ")
    after = Plan(CONFIG)
    assert provenance.ingredients(after.expected("evaluate", after.runs[0])) != before
    trained = [provenance.ingredients(each.expected("train", each.runs[0])) for each in (plan, after)]
    assert trained[0] == trained[1]


def taught_by(**teachers):
    named = {"recipe": "short", "family": "plain", "width": 0.2, "seeds": [1]} | teachers
    recipes = CONFIG["recipes"] | {"taught": {"epochs": 1, "distillation": {"teachers": named}}}
    student = {"recipe": "taught", "family": "mobilenet", "widths": [0.1], "seeds": [1]}
    return CONFIG | {"recipes": recipes, "sweep": [*CONFIG["sweep"], student]}


def test_a_student_is_made_of_what_it_is_taught_and_that_of_its_teacher(prepared):
    plan = Plan(taught_by())
    [run] = [run for run in plan.runs if run.recipe == "taught"]
    made_of = provenance.ingredients(plan.expected("train", run))
    [lesson], teachers = plan.lessons(run), plan.teachers("taught")
    of_lesson = provenance.ingredients(plan.expected("teach", lesson))
    assert made_of["upstream"] == {"teach taught/seed1": provenance.key(of_lesson)}
    of_teacher = provenance.ingredients(plan.expected("train", teachers[0]))
    assert of_lesson["upstream"] == {"short/plain/w0.2/seed1": provenance.key(of_teacher)}
    assert plan.memory_mb(teachers * 2, "taught") > plan.memory_mb(teachers, "taught") > 700
    assert plan.minutes(teachers, "taught") > plan.minutes(teachers, "taught", share=1 / 3) > 10


def test_lessons_of_the_same_content_have_states_of_their_own_that_go(prepared):
    config = taught_by()
    config["recipes"]["also"] = config["recipes"]["taught"]
    config["sweep"].append(config["sweep"][-1] | {"recipe": "also"})
    plan = Plan(config)
    made_of = {}
    for run in plan.runs:
        for lesson in plan.lessons(run):
            made_of[lesson.name] = provenance.ingredients(plan.expected("teach", lesson))
            state = prepared / "results/faces/.state" / provenance.key(made_of[lesson.name])
            state.mkdir(parents=True)  # fails where it is there
    record = prepared / "results/faces/.provenance/teach/also/seed1.recorded.json"
    provenance.record(record, made_of["also/seed1"], {}, [])
    Plan(config).tidy()
    left = {path.name for path in (prepared / "results/faces/.state").iterdir()}
    assert left == {provenance.key(made_of["taught/seed1"])}


@pytest.mark.parametrize(
    ("teachers", "says"),
    [
        ({"seeds": [2]}, "found short/plain/w0.2/seed2, expected a run of the sweep"),
        (
            {"recipe": "taught", "family": "mobilenet", "width": 0.1},
            "taught learns from taught, in a circle",
        ),
    ],
)
def test_a_teacher_that_cannot_be_is_named(prepared, teachers, says):
    with pytest.raises(UserError, match=rf"recipes\.taught\.distillation\.teachers: .*{says}"):
        Plan(taught_by(**teachers))


def test_data_are_prepared_until_one_of_their_files_changes(prepared):
    assert not Plan(CONFIG).is_prepared()  # nothing is recorded of them
    files = sorted((prepared / "results/faces/data").iterdir())
    record = prepared / "results/faces/.provenance/prepare/prepare.recorded.json"
    provenance.record(record, provenance.ingredients(Plan(CONFIG).expected("prepare")), {}, files)
    assert Plan(CONFIG).is_prepared()
    files[-1].write_text("other rows\n")
    assert not Plan(CONFIG).is_prepared()
