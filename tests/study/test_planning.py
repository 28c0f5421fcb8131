"""What the study is made of, and what may be tidied away."""

import json
import os
from copy import deepcopy

import pytest

from widthwise.plumbing import provenance
from widthwise.plumbing.errors import UserError
from widthwise.study import planning
from widthwise.study.config import load_schema
from widthwise.study.planning import STUDENT_ONLY, Plan

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
    """A killed training of a configuration that is not the present one may still be resumed."""
    made_of = {"code": {}, "settings": {"width": 1}}
    upstream = {"results/faces/.provenance/distil/a/seed1.recorded.json": "0"}
    finished, failed = (provenance.state_key(made_of, taught) for taught in ({}, upstream))
    records = prepared / "results/faces/.provenance/train/short/plain/w1"
    provenance.record(records / "seed1.recorded.json", made_of, {}, [])
    provenance.record(records / "seed2.recorded.json", made_of, upstream, [], retry="it failed")
    for key in (finished, failed, "of another configuration"):
        (prepared / "results/faces/.state" / key).mkdir(parents=True)
    Plan(CONFIG).tidy()
    left = {path.name for path in (prepared / "results/faces/.state").iterdir()}
    assert left == {failed, "of another configuration"}


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


def planned():
    """A plan with the stage that prepares its data."""
    plan = Plan(CONFIG)
    plan.stage("prepare", "prepare.py", data=lambda _: {"source": plan.source_digest()})
    return plan


def test_a_folder_of_odd_names_and_circles_is_planned(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "faces.csv").mkdir()
    for name in (b"faces.csv/\xe9.png", b"faces.csv/a\nb.png"):
        (tmp_path / os.fsdecode(name)).write_text("x")
    for link in "ab":
        (tmp_path / "faces.csv" / link).symlink_to(".")
    assert Plan(CONFIG).source_digest()

    def refusing(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(provenance, "digest", refusing)
    (tmp_path / "faces.csv" / "new.png").write_text("x")
    with pytest.raises(UserError, match=r"faces\.csv/.*: cannot be read \(Permission denied\)"):
        Plan(CONFIG).source_digest()


def test_no_data_and_no_handle_is_one_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=r"datasets\.faces\.path: faces\.csv does not exist; put the data"):
        Plan(CONFIG).source()


@pytest.mark.parametrize("file", ["manifest.json", "rows.csv", "duplicates.csv"])
def test_all_that_preparation_wrote_counts_for_evaluation(prepared, file):
    """Class names, ids and near copies change what is evaluated, though no picture changed."""
    before = Plan(CONFIG)
    found = [before.all_data(), before.digests("training", "validation")]
    path = prepared / "results/faces/data" / file
    path.write_text(path.read_text() + " ")
    after = Plan(CONFIG)
    assert after.all_data() != found[0] and after.digests("training", "validation") == found[1]


def test_a_study_is_planned_where_nothing_can_be_written(prepared, monkeypatch):
    def refuse(path, text):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(planning, "write_text", refuse)
    Plan(CONFIG).begin()
    assert not (prepared / "results/faces/sweep.json").exists()


def test_planning_leaves_its_list_of_runs_alone_until_a_study_runs(prepared):
    Plan(CONFIG).begin()
    before = (prepared / "results/faces/sweep.json").stat().st_mtime_ns
    other = Plan(CONFIG | {"recipes": {"short": {"epochs": 3}}})
    other.begin()
    Plan(CONFIG).announce()
    assert (prepared / "results/faces/sweep.json").stat().st_mtime_ns == before
    other.announce()
    assert '"epochs": 3' in (prepared / "results/faces/sweep.json").read_text()


def test_small_networks_train_first(prepared):
    sweep = [CONFIG["sweep"][0] | {"widths": [0.2], "seeds": [1, 2]}, CONFIG["sweep"][0] | {"family": "cnn"}]
    several = Plan(CONFIG | {"sweep": [each | {"widths": [0.1]} for each in sweep]})
    assert [run.family for run in several.runs] == ["cnn", "plain", "plain"]
    assert [run.family for run in sorted(several.runs, key=several.priority, reverse=True)][-1] == "cnn"
    plan = Plan(CONFIG)
    ordered = sorted(plan.runs, key=plan.priority, reverse=True)
    assert [run.width for run in ordered] == [0.1, 0.2]
    plan.announce()  # and stand first where one watches
    announced = json.loads((prepared / "results/faces/sweep.json").read_text())["runs"]
    assert [run["width"] for run in announced] == [0.1, 0.2]


@pytest.mark.parametrize(
    ("recipe", "family", "width", "compared"),
    [
        ("short", "plain", 0.3, []),
        ("short", "cnn", 0.1, ["families"]),
        ("long", "cnn", 0.1, []),
        ("long", "plain", 0.3, []),
        ("long", "plain", 0.2, ["recipes"]),
    ],
)
def test_what_a_sweep_sets_side_by_side(prepared, recipe, family, width, compared):
    other = {"recipe": recipe, "family": family, "widths": [width], "seeds": [1]}
    recipes = CONFIG["recipes"] | {"long": {"epochs": 4}}
    assert Plan(CONFIG | {"recipes": recipes, "sweep": [*CONFIG["sweep"], other]}).compared == compared


def taught_by(**teachers):
    named = {"recipe": "short", "family": "plain", "width": 0.2, "seeds": [1]} | teachers
    recipes = CONFIG["recipes"] | {"taught": {"epochs": 1, "distillation": {"teachers": named}}}
    student = {"recipe": "taught", "family": "mobilenet", "widths": [0.1], "seeds": [1]}
    return CONFIG | {"recipes": recipes, "sweep": [*CONFIG["sweep"], student]}


def test_teachers_are_asked_anew_for_every_setting_but_the_students_own(prepared):
    """A setting that is new counts, unless it is named as one that teachers never see."""
    plan = Plan(taught_by())
    taught = plan.recipe_of_teachers("taught")
    assert {"augmentation", "mixup", "batch_size", "epochs"} <= set(taught)
    assert set(plan.config["recipes"]["taught"]) - set(taught) == set(STUDENT_ONLY)
    assert taught["distillation"]["hard_labels"] is None and taught["distillation"]["temperature"] == 3


def test_teachers_asked_of_fewer_epochs_cost_less(prepared):
    config = taught_by()
    config["recipes"]["taught"]["epochs"] = 200
    plan, distillation = Plan(config), config["recipes"]["taught"]["distillation"]
    config["recipes"]["taught"]["distillation"] = distillation | {"epochs": 2}
    fewer = Plan(config)
    for each, epochs in ((plan, 200), (fewer, 2)):
        assert each.recipe_of_teachers("taught")["epochs"] == epochs
        assert [asked["epochs"] for asked in each.announcement()["soft_targets"]] == [epochs]
    teachers, students = plan.teachers("taught") * 500, plan.runs
    assert fewer.minutes(teachers, "taught", True) < plan.minutes(teachers, "taught", True)
    assert fewer.minutes(students, "taught") == plan.minutes(students, "taught")


@pytest.mark.parametrize(
    ("other", "shared"),
    [
        ({"epochs": 6, "learning_rate": 0.1}, True),  # longer, and what teachers never see
        ({"epochs": 6, "mixup": 0, "augmentation": {"flip": True}}, True),  # a default, written out
        ({"epochs": 6, "augmentation": {"rotation": 10}}, False),
        ({"distillation": {"temperature": 4}}, False),
    ],
)
def test_recipes_that_ask_their_teachers_the_same_share_the_answers(prepared, other, shared):
    config = taught_by()
    recipes = config["recipes"]
    recipes["taught"]["distillation"]["epochs"] = 1
    distillation = recipes["taught"]["distillation"] | other.get("distillation", {})
    recipes["longer"] = {"epochs": 1} | other | {"distillation": distillation}
    student = {"recipe": "longer", "family": "plain", "widths": [0.1], "seeds": [1, 2]}
    plan = Plan(config | {"sweep": [*config["sweep"], student]})
    first, second, third = (plan.soft_targets(run)[0] for run in plan.runs if plan.teachers(run.recipe))
    assert (first.seed, second.seed, third.seed) == (1, 2, 1) and first.teachers == second.teachers
    assert (first == third) == shared and len(plan.announcement()["soft_targets"]) == (2 if shared else 3)
    assert plan.recipe_of_teachers("longer") == plan.recipe_of_teachers("taught") or not shared


def test_answers_are_named_by_what_is_asked_alone(prepared):
    """Not by which other recipes there are, in which order, or whether the sweep has them."""
    config = taught_by()
    name = Plan(config).all_soft_targets[0].name
    assert name.startswith("short-plain-w0.2-")
    again = {"epochs": 4, "distillation": config["recipes"]["taught"]["distillation"] | {"epochs": 1}}
    for recipes in ({"first": again, **config["recipes"]}, {**config["recipes"], "last": again}):
        assert [each.name for each in Plan(config | {"recipes": recipes}).all_soft_targets] == [name]
    student = {"recipe": "last", "family": "plain", "widths": [0.1], "seeds": [1]}
    shortened = Plan(config | {"recipes": recipes, "sweep": [*CONFIG["sweep"], student]})
    assert [each.name for each in shortened.all_soft_targets] == [name]


@pytest.mark.parametrize("seen", [True, False])
def test_a_new_setting_at_its_default_names_no_answers_anew(prepared, monkeypatch, seen):
    """Neither one that teachers see nor one of the students alone."""
    name = Plan(taught_by()).all_soft_targets[0].name
    schema = deepcopy(load_schema())
    schema["$defs"]["recipe"]["properties"]["novel"] = {"type": "number", "default": 0}
    monkeypatch.setattr("widthwise.study.config.load_schema", lambda: schema)
    monkeypatch.setattr(planning, "STUDENT_ONLY", (*STUDENT_ONLY, *([] if seen else ["novel"])))
    plan = Plan(taught_by())
    assert ("novel" in plan.recipe_of_teachers("taught")) == seen
    assert plan.all_soft_targets[0].name == name


def test_teachers_are_asked_of_no_more_epochs_than_there_are(prepared):
    config = taught_by()
    config["recipes"]["taught"]["distillation"]["epochs"] = 2
    with pytest.raises(UserError, match=r"taught\.distillation\.epochs: found 2, expected at most .* 1"):
        Plan(config)


def test_what_teachers_cost(prepared):
    plan = Plan(taught_by())
    teachers = plan.teachers("taught")
    assert plan.memory_mb(teachers * 2, "taught") > plan.memory_mb(teachers, "taught") > 700
    assert plan.minutes(teachers * 500, "taught") > plan.minutes(teachers, "taught") >= 10
    assert plan.picture_seconds(teachers) > plan.picture_seconds(teachers, forward_only=True) > 0


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
    assert not planned().is_prepared()  # nothing is recorded of them
    files = sorted((prepared / "results/faces/data").iterdir())
    stage = planned().stages["prepare"]
    provenance.record(stage.record(None), stage.ingredients(None), {}, files)
    assert planned().is_prepared()
    files[-1].write_text("other rows\n")
    assert not planned().is_prepared()


def test_a_source_of_one_file_and_one_of_a_folder_have_digests(prepared):
    source = prepared / "faces.csv"
    source.write_text("emotion,pixels\n")
    of_file = Plan(CONFIG).source_digest()
    source.unlink()
    source.mkdir()
    (source / "faces.csv").write_text("emotion,pixels\n")
    assert len({of_file, Plan(CONFIG).source_digest()}) == 2
