"""The configuration: defaults, presets, and a line for every mistake."""

import copy
from pathlib import Path

import pytest
import yaml

from widthwise.plumbing.errors import UserError
from widthwise.study.config import (
    check_duplicate_keys,
    complete,
    complete_settings,
    load_schema,
    with_own_handles,
)
from widthwise.study.runs import sweep_runs

PRESETS = sorted((Path(__file__).parents[2] / "presets").glob("*.yaml"))
MINIMAL = {
    "dataset": "faces",
    "datasets": {"faces": {"path": "faces.csv"}},
    "recipes": {"short": {"epochs": 2}},
    "sweep": [{"recipe": "short", "family": "mobilenet", "widths": [1], "seeds": [1]}],
}


def changed(path, value):
    """MINIMAL with one key set (or removed, for a value of ...)."""
    config = copy.deepcopy(MINIMAL)
    *way, last = path
    place = config
    for part in way:
        place = place[part]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return config


def test_a_path_below_home_is_found_and_one_with_braces_is_refused(monkeypatch):
    monkeypatch.setenv("HOME", "/home/someone")
    filled = complete(changed(["datasets", "faces", "path"], "~/faces.csv"))
    assert filled["datasets"]["faces"]["path"] == "/home/someone/faces.csv"
    with pytest.raises(UserError, match=r"datasets\.faces\.path: found braces in 'a\{b\}'"):
        complete(changed(["datasets", "faces", "path"], "a{b}"))


def test_defaults_are_filled_in_at_every_depth():
    filled = complete(MINIMAL)
    assert filled["datasets"]["faces"]["image_size"] == 48
    assert filled["datasets"]["faces"]["leave_out"] == {"constant": True, "test_duplicates": True}
    assert filled["recipes"]["short"]["augmentation"]["rotation"] == 30
    assert filled["report"]["language"] == "en"
    assert "image_size" not in MINIMAL["datasets"]["faces"]


def test_a_number_has_one_form():
    one = complete(changed(["recipes", "short"], {"epochs": 2.0, "weight_decay": 0, "learning_rate": "1e-3"}))
    settings = one["recipes"]["short"]
    assert [type(settings[name]) for name in ("epochs", "weight_decay", "learning_rate")] == [
        int,
        float,
        float,
    ]


@pytest.mark.parametrize(
    ("given", "handle"),
    [
        ([], "a/b"),
        ([{"classes": 7}, None], "a/b"),
        ([{"path": "faecs.csv"}], None),
        ([{"path": "faecs.csv"}, {"classes": 7}], None),
        ([{"path": "faecs.csv"}, {"kaggle": "c/d"}], "c/d"),
        ([{"path": "other.csv", "kaggle": "c/d"}], "c/d"),
    ],
)
def test_a_handle_stands_in_for_the_path_that_it_is_given_with(given, handle):
    config = changed(["datasets", "faces", "kaggle"], "a/b")
    own = with_own_handles(config, [{"datasets": {"faces": dataset}} for dataset in given])
    assert own["datasets"]["faces"] == {"path": "faces.csv", "kaggle": handle}


@pytest.mark.parametrize(
    ("recorded", "taken", "added"),
    [
        ({"image_size": 32}, {"image_size": 32, "color": "rgb"}, {"color": "grey"}),  # of the data set
        ({"samples": False}, {"samples": False, "size_limits": [1]}, {"size_limits": []}),  # of the report
        ({}, {"seed": 1}, {"seed": 0}),
        ({"width": 1, "seed": 2}, {"width": 1, "seed": 3, "unknown": 1}, {}),
    ],
)
def test_settings_that_did_not_exist_had_their_defaults(recorded, taken, added):
    assert complete_settings(recorded, taken) == recorded | added


def test_a_recorded_part_is_completed_with_what_the_job_takes_of_it():
    """What teachers are asked with is a recipe without the settings of students."""
    recorded = {"recipe": {"epochs": 2, "augmentation": {"flip": True}}, "report": {"samples": True}}
    taken = {"recipe": {"epochs": 3, "mixup": 1.0, "augmentation": {"flip": True, "shear": 1.0}}}
    assert complete_settings(recorded, taken) == {
        "recipe": {"epochs": 2, "mixup": 0.0, "augmentation": {"flip": True, "shear": 0.0}},
        "report": {"samples": True},
    }
    taught = {"recipe": {"distillation": {"hard_labels": 0.5}}}
    assert complete_settings(taught, {"recipe": {"distillation": None}}) == taught


def test_a_data_set_and_the_report_name_no_setting_alike():
    """Both stand by their names in the records of jobs."""
    parts = load_schema()["$defs"]
    assert not parts["dataset"]["properties"].keys() & parts["report"]["properties"].keys()


def test_nested_text_from_the_command_line_is_read_as_yaml():
    filled = complete(changed(["recipes", "short"], {"epochs": "3", "augmentation": {"flip": "false"}}))
    assert filled["recipes"]["short"]["epochs"] == 3
    assert filled["recipes"]["short"]["augmentation"]["flip"] is False


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        (["dataset"], ..., "dataset: missing"),
        (["dataset"], "face", "dataset: found 'face', expected one of faces"),
        (["colour"], 1, "colour: unknown key"),
        (["recipes", "short", "epoch"], 3, "recipes.short.epoch: unknown key; did you mean epochs?"),
        (["recipes", "short", "epochs"], ..., "recipes.short.epochs: missing"),
        (["recipes", "short", "epochs"], 0, "recipes.short.epochs: found 0, expected at least 1"),
        (["recipes", "short", "epochs"], "x", "recipes.short.epochs: found 'x', expected integer"),
        (["recipes", "short", "learning_rate"], float("nan"), "recipes.short.learning_rate: found 'nan'"),
        (["recipes", "short", "epochs"], 2.5, "recipes.short.epochs: found 2.5, expected integer"),
        (["recipes", "short", "epochs"], True, "recipes.short.epochs: found True, expected integer"),
        (["recipes", "short", "dropout"], 1, "recipes.short.dropout: found 1, expected less than 1"),
        (["recipes", "short", "optimizer"], "lion", "expected one of adam, adamw, sgd"),
        (
            ["recipes", "r" * 21],
            {"epochs": 1},
            f"recipes: found '{'r' * 21}', expected at most 20 characters",
        ),
        (["recipes", "a/b"], {"epochs": 1}, "a/b"),
        (["recipes", "a\n"], {"epochs": 1}, r"recipes: found 'a\n', expected text that matches"),
        (["datasets", "a\n"], {"path": "x"}, r"datasets: found 'a\n', expected text that matches"),
        (["datasets", "d" * 65], {"path": "x"}, "expected at most 64 characters"),
        (["datasets", "faces", "kaggle"], "a/b\n", r"datasets.faces.kaggle: found 'a/b\n'"),
        (
            ["recipes", "short", "warmup_epochs"],
            2.5,
            "recipes.short.warmup_epochs: found 2.5, expected at most the 2 epochs",
        ),
        (["recipes", "short", "mixup"], 10**400, "recipes.short.mixup: found '1000"),
        (
            ["sweep", 0],
            {"recipe": "short", "family": "cnn", "budgets": [10**12], "seeds": [1]},
            "sweep[0].budgets[0]: found 1000000000000, expected at most 1000000000",
        ),
        (["datasets", "faces", "kaggle"], "nohandle", "datasets.faces.kaggle: found 'nohandle'"),
        (["datasets", "faces", "generator"], "expressions", "datasets.faces: expected either `path` or"),
        (
            ["datasets", "faces", "color"],
            "gray",
            "datasets.faces.color: found 'gray', expected one of grey, rgb",
        ),
        (["sweep"], [], "sweep: found [], expected at least one entry"),
        (["sweep", 0, "recipe"], "long", "sweep[0].recipe: found 'long', expected one of short"),
        (["sweep", 0, "widths"], ..., "sweep[0]: expected either `widths` or `budgets`"),
        (["sweep", 0, "widths"], [0], "sweep[0].widths[0]: found 0, expected more than 0"),
        (["sweep", 0, "seeds"], [1.5], "sweep[0].seeds[0]: found 1.5, expected integer"),
        (["report"], {"language": "xx"}, "report.language: found 'xx', expected one of "),
        (["report"], {"references": [{"name": "x"}]}, "report.references[0]"),
    ],
)
def test_a_mistake_is_one_line_with_the_path_of_the_key(path, value, says):
    with pytest.raises(UserError) as caught:
        complete(changed(path, value))
    assert says in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        (["sweep", 0, "family"], "vgg", "sweep[0].family: found 'vgg', expected one of "),
        (["sweep", 0, "widths"], [1, 1.0000001], "share the name w1"),
        (
            ["sweep", 0],
            {"recipe": "short", "family": "cnn", "budgets": [20_000], "seeds": [1]},
            "datasets.faces.classes: missing; sweep[0].budgets needs",
        ),
    ],
)
def test_a_mistake_in_the_sweep_is_one_line(path, value, says):
    with pytest.raises(UserError) as caught:
        sweep_runs(complete(changed(path, value)))
    assert says in str(caught.value)


def test_a_network_that_cannot_be_built_is_one_line(monkeypatch):
    from widthwise.networks import architectures
    from widthwise.networks.layers import Dense, Flatten

    monkeypatch.setattr(architectures, "network", lambda *_: (Flatten(), Dense(6)))
    with pytest.raises(UserError, match=r"mobilenet.py, width 1: network\[-1\] = Dense.*\(7,\)"):
        sweep_runs(complete(MINIMAL))


def test_a_key_that_is_given_twice_is_named_with_both_lines(tmp_path):
    once, twice, nested = (tmp_path / f"{name}.yaml" for name in ("once", "twice", "nested"))
    once.write_text("a: &a {b: 1}\nc: {<<: *a, b: 2}\nd: [*a, {b: 1}, {b: 2}]\n1: x\n'1': y\n")
    check_duplicate_keys([once])
    twice.write_text("sweep: []\nother: 1\nsweep: [1]\n")
    with pytest.raises(UserError, match=r"twice.yaml: sweep is given twice, in lines 1 and 3$"):
        check_duplicate_keys([once, twice])
    nested.write_text('{"sweep":\t[\n{"seeds": 1,\n"seeds": 2}]}')  # JSON, too
    with pytest.raises(UserError, match=r"nested.yaml: sweep\[0\].seeds is given twice, in lines 2 and 3$"):
        check_duplicate_keys([str(nested)])


def test_runs_are_the_product_in_order_and_once_each():
    config = changed(["sweep"], 2 * [{**MINIMAL["sweep"][0], "widths": [1, 0.25], "seeds": [2, 1]}])
    names = [run.name for run in sweep_runs(complete(config))]
    assert names == [f"short/mobilenet/w{width}/seed{seed}" for width in ("0.25", "1") for seed in (1, 2)]


@pytest.mark.parametrize("preset", [None, *PRESETS], ids=lambda path: path.name if path else "config.yaml")
def test_what_is_shipped_is_valid(root, preset):
    from snakemake.utils import update_config

    config = yaml.safe_load((root / "config.yaml").read_text())
    below = [root / "presets/fer2013.yaml"] if preset and preset.name == "fer2013-long.yaml" else []
    for path in (*below, *filter(None, [preset])):
        update_config(config, yaml.safe_load(path.read_text()))
    assert sweep_runs(complete(config))


def test_every_key_of_the_schema_is_described():
    def walk(schema, path):
        for name, part in schema.get("properties", {}).items():
            assert "description" in part or "$ref" in part, f"{path}.{name}"
            walk(part, f"{path}.{name}")
        walk_into = schema.get("items")
        if isinstance(walk_into, dict):
            walk(walk_into, f"{path}[]")

    schema = load_schema()
    for part in (schema, *schema["$defs"].values()):
        walk(part, part.get("title", ""))


def test_the_longer_default_study_differs_in_epochs_alone(root):
    """What ``presets/expressions-long.yaml`` sets side by side."""
    default, longer = (
        yaml.safe_load((root / name).read_text()) for name in ("config.yaml", "presets/expressions-long.yaml")
    )
    quick, long = default["recipes"]["quick"], longer["recipes"]["longer"]
    assert long == quick | {"epochs": 4 * quick["epochs"]}
    again = [entry | {"recipe": "longer"} for entry in default["sweep"]]
    assert longer["sweep"] == default["sweep"] + again
