import json
import subprocess
import sys
from itertools import pairwise

import pandas as pd
import pytest

import made_up
from widthwise.evaluation import comparison
from widthwise.plumbing.errors import UserError

LARGE = {"training": 700, "validation": 2000, "public": 3000, "private": 3000}


def read(root):
    return json.loads((root / "comparison.json").read_text())


def pair(result, family="mobilenet", control="plain"):
    return next(one for one in result["pairs"] if (one["family"], one["control"]) == (family, control))


def verdicts(found, split="pooled"):
    return [budget["splits"][split]["verdict"] for budget in found["budgets"]]


@pytest.fixture(scope="module")
def studies(tmp_path_factory):
    """A function that gives the comparison of a made-up study, made once."""
    made = {}

    def study(story):
        if story not in made:
            folder = tmp_path_factory.mktemp("study")
            made[story] = read(made_up.study(folder, story, splits=LARGE))
        return made[story]

    return study


@pytest.mark.parametrize("story", ["ahead", "behind", "cannot tell"])
def test_the_verdict_is_what_is_true(studies, story):
    for control in ("plain", "cnn"):
        found = pair(studies(story), control=control)
        assert verdicts(found) == [story] * len(found["budgets"])
        assert found["crossing"]["pooled"]["status"] == story


def test_families_are_compared_at_equal_size_only(studies):
    result = studies("ahead")
    assert [len(pair(result, *names)["budgets"]) for names in [("mobilenet", "plain"), ("plain", "cnn")]] == [
        4,
        3,
    ]
    for found in result["pairs"]:
        for budget in found["budgets"]:
            sizes = sorted(budget[side]["params"] for side in ("family", "control"))
            assert sizes[1] <= 1.1 * sizes[0]


def test_a_difference_says_how_sure_it_is(studies):
    its = pair(studies("ahead"))["budgets"][0]["splits"]["pooled"]
    assert its["difference"] == pytest.approx(its["family"] - its["control"])
    assert its["low"] < 0.15 < its["high"]  # what made_up.STORIES gives MobileNet ahead
    assert its["p"] <= its["p_holm"]


def test_crossing(studies):
    found = pair(studies("crossing"))
    assert verdicts(found) == ["ahead", "ahead", "behind", "behind"]
    its = found["crossing"]["pooled"]
    assert (its["status"], its["left"]) == ("crosses", "ahead")
    assert its["low"] < 10_000 * 10 ** (0.16 / 0.23) < its["high"]  # where made_up's straight lines meet


def test_levelling_off(studies):
    plateaus = {one["family"]: one["splits"]["pooled"] for one in studies("levels off")["curves"]}
    assert plateaus["mobilenet"]["params"] == 73_511
    assert plateaus["mobilenet"]["low"] <= 0 <= plateaus["mobilenet"]["high"]
    assert plateaus["plain"]["status"] == "rising"
    assert plateaus["plain"]["low"] > 0


@pytest.mark.parametrize(
    ("gains", "status", "at"),
    [  # (low, high) of the gain to the largest, from the smallest member up
        ([(0.05, 0.09), (-0.01, 0.01)], "levels off", 20),
        ([(0.05, 0.09), (0.01, 0.04)], "rising", 20),
        ([(-0.01, 0.01), (-0.01, 0.01)], "levels off", 10),
        ([(-0.02, 0.06), (-0.02, 0.06)], "cannot tell", 10),
        ([], "cannot tell", None),
    ],
)
def test_no_gain_found_is_no_proof_of_none(gains, status, at):
    members = [{"params": params, "width": params} for params in (10, 20, 30)][: len(gains) + 1]
    gains = [
        {"low": low, "high": high, "difference": (low + high) / 2, "reason": None} for low, high in gains
    ]
    plateau = comparison._plateau(members, gains)
    assert (plateau["status"], plateau["params"]) == (status, at)


def test_large_and_small(studies):
    result = studies("crossing")
    (found,) = result["large_small"]
    assert (found["small"]["params"], found["large"]["params"]) == (73_511, 22_614_919)
    assert found["ratio"] == pytest.approx(307.6, abs=0.1)
    assert found["splits"]["pooled"]["verdict"] == "behind"
    tables = {network["family"]: network for network in result["networks"]}
    assert sum(row["params"] for row in tables["cnn"]["layers"]) == 22_614_919
    assert tables["mobilenet"]["layers"][0]["output"] == [48, 48, 32]


def test_mcnemar_is_run_against_run(studies):
    tests = pair(studies("ahead"))["budgets"][0]["mcnemar"]
    assert [test["family_seed"] for test in tests] == [0, 1, 2]
    assert all(test["p"] < 0.001 and test["only_family"] > test["only_control"] for test in tests)


def test_one_seed_concludes_nothing(tmp_path):
    result = read(made_up.study(tmp_path, "ahead", seeds=(0,)))
    for found in result["pairs"]:
        assert set(verdicts(found)) == {"cannot tell"}
        assert found["crossing"]["pooled"]["reason"] == "one seed"
        for budget in found["budgets"]:
            its = budget["splits"]["pooled"]
            assert (its["reason"], its["p"], its["p_holm"]) == ("one seed", None, None)
            assert its["low"] < its["difference"] < its["high"]
    assert {one["splits"]["pooled"]["reason"] for one in result["curves"]} == {"one seed"}


def test_runs_that_are_missing_are_named_and_left_out(tmp_path):
    broken = {
        ("plain", 0, 0): "diverged",
        ("cnn", 1, 2): "absent",
        **{("plain", 1, s): "failed" for s in range(3)},
    }
    result = read(made_up.study(tmp_path, broken=broken))
    assert (result["runs"]["planned"], result["runs"]["finished"]) == (36, 31)
    assert {(run["family"], run["seed"], run["status"]) for run in result["runs"]["missing"]} == {
        ("plain", 0, "diverged"),
        ("cnn", 2, "absent"),
        *(("plain", seed, "failed") for seed in range(3)),
    }
    budgets = pair(result)["budgets"]
    assert [round(budget["params"], -4) for budget in budgets] == [10_000, 70_000, 270_000]
    assert budgets[0]["control"]["seeds"] == [1, 2]


def test_without_labelled_test_rows_the_verdict_is_on_validation(tmp_path):
    splits = {"training": 99, "validation": 900}
    result = read(made_up.study(tmp_path, splits=splits, unlabelled=10, only=["mobilenet", "plain"]))
    assert (result["final"], result["splits"]) == ("validation", {"validation": 900})
    assert verdicts(pair(result), "validation") == ["ahead"] * 4
    assert result["large_small"] == []


def test_recipes_are_never_mixed(tmp_path):
    result = read(made_up.study(tmp_path, recipes=("long", "quick"), only=["mobilenet", "plain"]))
    assert [one["recipe"] for one in result["pairs"]] == ["long", "quick"]
    for found in result["pairs"]:
        recipes = {budget[side]["recipe"] for budget in found["budgets"] for side in ("family", "control")}
        assert recipes == {found["recipe"]}


def test_recipes_are_set_against_the_first_network_by_network(tmp_path):
    gains = {"usual": 0, "harmful": -0.1, "helpful": 0.1, "idle": 0}
    result = read(made_up.study(tmp_path, only=["plain"], recipes=gains, gains=gains, splits=LARGE))
    assert len(result["recipe_effects"]) == 4
    for found in result["recipe_effects"]:
        assert found["base"]["recipe"] == "usual"
        assert [other["member"]["recipe"] for other in found["others"]] == ["harmful", "helpful", "idle"]
        assert {other["member"]["width"] for other in found["others"]} == {found["base"]["width"]}
        said = [other["splits"]["validation"]["verdict"] for other in found["others"]]
        assert said == ["behind", "ahead", "cannot tell"]
        corrected = [other["splits"]["validation"]["p_holm"] for other in found["others"]]
        assert sorted(corrected) != sorted(other["splits"]["validation"]["p"] for other in found["others"])


def test_question_1_does_not_contradict_question_4(tmp_path):
    """Where the MobileNet and the CNN are of one size, both give the difference corrected over all sizes."""
    broken = {("cnn", rank, seed): "absent" for rank in (2, 3) for seed in range(3)}
    result = read(made_up.study(tmp_path, "cannot tell", broken=broken, only=["mobilenet", "cnn"]))
    (found,) = result["large_small"]
    budgets = pair(result, control="cnn")["budgets"]
    (same,) = [budget for budget in budgets if budget["family"]["width"] == 1]
    assert found["splits"] == same["splits"]
    assert any(same["splits"][split]["p_holm"] > same["splits"][split]["p"] for split in result["splits"])


def test_selection_looks_at_validation_alone(tmp_path):
    root = made_up.study(tmp_path, "crossing")
    before = read(root)
    for path in root.glob("runs/**/predictions.csv"):
        table = pd.read_csv(path)
        tests = table.split != "validation"
        table.loc[tests, "predicted"] = table[tests].predicted.sample(frac=1, random_state=1).to_numpy()
        table.to_csv(path, index=False)
    after = made_up.compare(root)

    def chosen(result):
        members = [result["best"], *result["pareto"]]
        return [(member["family"], member["width"], member["accuracy"]["validation"]) for member in members]

    assert chosen(before) == chosen(after)
    assert before["best"]["accuracy"]["pooled"] != after["best"]["accuracy"]["pooled"]


def test_pareto_front(studies):
    result = studies("crossing")
    front = result["pareto"]
    assert all(
        one["params"] < other["params"] and one["accuracy"]["validation"] < other["accuracy"]["validation"]
        for one, other in pairwise(front)
    )
    assert front[-1]["accuracy"] == result["best"]["accuracy"]


def test_copies_in_training_are_counted(studies):
    assert studies("ahead")["leak"] == {
        "validation": {"exact": 0, "near": 1},
        "public": {"exact": 0, "near": 0},
        "private": {"exact": 1, "near": 0},
    }


def test_the_same_runs_give_the_same_bytes(tmp_path):
    root = made_up.study(tmp_path, only=["mobilenet", "plain"])
    before = (root / "comparison.json").read_bytes()
    made_up.compare(root)
    assert (root / "comparison.json").read_bytes() == before


def test_no_finished_run_is_one_clear_line(tmp_path):
    broken = {("mobilenet", rank, 0): "failed" for rank in range(4)}
    with pytest.raises(UserError, match="no finished run among 4"):
        made_up.study(tmp_path, only=["mobilenet"], seeds=(0,), broken=broken)


def test_reading_results_needs_no_tensorflow(root):
    code = (
        "import sys; from widthwise.evaluation import aggregation, comparison;"
        "from widthwise.report import page; print('tensorflow' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root / "scripts", capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
