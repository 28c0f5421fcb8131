import json
import subprocess
import sys
from itertools import combinations, pairwise
from types import SimpleNamespace

import pandas as pd
import pytest

import made_up
from widthwise.evaluation import comparison
from widthwise.evaluation.results import Change
from widthwise.evaluation.statistics import holm
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


@pytest.mark.parametrize("story", ["ahead", "behind", "inconclusive"])
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
    crossing = found["crossing"]["pooled"]
    assert crossing["status"] == "crosses"
    sizes = [budget["params"] for budget in found["budgets"]]
    assert [crossing[end] for end in ("start", "low", "high", "stop")] == sizes
    assert crossing["params"] == pytest.approx(10_000 * 10 ** (0.16 / 0.23), rel=0.2)  # made_up's lines meet


def change(difference, verdict=None, reach=0.01):
    verdict = verdict or ("ahead" if difference > 0 else "behind")
    reason = "not distinguishable" if verdict == "inconclusive" else None
    return Change(difference, difference - reach, difference + reach, 0.5, 0.5, 0.02, verdict, reason)


@pytest.mark.parametrize(
    ("gaps", "status", "between"),
    [
        ([0.1, 0.1, 0.1], "ahead", (None, None)),
        ([-0.1, -0.1, -0.1], "behind", (None, None)),
        ([0.1, None, 0.1], "inconclusive", (None, None)),
        ([None, None, None], "inconclusive", (None, None)),
        ([0.1, None, -0.1], "crosses", (10, 1_000)),
        ([None, 0.1, -0.1], "crosses", (100, 1_000)),
        ([0.1, -0.1, 0.1], "crosses repeatedly", (None, None)),
        ([0.1], "inconclusive", (None, None)),
        ([], "inconclusive", (None, None)),
    ],
)
def test_crossings_say_no_more_than_the_verdicts(gaps, status, between):
    changes = [change(0.002, "inconclusive") if gap is None else change(gap) for gap in gaps]
    found = comparison.crossing_of([(10 ** (1 + index), one) for index, one in enumerate(changes)])
    assert (found.status, (found.low, found.high)) == (status, between)
    assert found.params is None or between[0] < found.params < between[1]


def test_levelling_off(studies):
    plateaus = {one["family"]: one["splits"]["pooled"] for one in studies("levels off")["curves"]}
    assert plateaus["mobilenet"]["params"] == 73_511
    assert plateaus["mobilenet"]["low"] <= 0 <= plateaus["mobilenet"]["high"]
    assert plateaus["plain"]["status"] == "rising"
    assert plateaus["plain"]["low"] > 0


@pytest.mark.parametrize(
    ("heights", "reach", "status", "at"),
    [  # accuracies in points from the smallest up
        ([50, 58, 58.2], 1, "levels off", 20),
        ([50, 55, 58], 1, "rising", 20),
        ([58, 58.2, 58.1], 1, "levels off", 10),
        ([58, 58.2, 58.1], 4, "inconclusive", 10),
        ([61.6, 67.0, 65.2, 60.1], 1, "falls", 20),
        ([67, 65, 62, 60], 1, "falls", 10),
        ([60, 67, 60.5], 1, "falls", 20),
        ([60, 64, 60.5], 4, "inconclusive", 10),  # a later network may be far above: no plateau
        ([60], 1, "inconclusive", None),
    ],
)
def test_how_a_curve_ends(heights, reach, status, at):
    """No gain found is no proof of none, and every later network counts."""
    members = [SimpleNamespace(params=10 * rank, width=rank) for rank, _ in enumerate(heights, 1)]
    heights, reach = [height / 100 for height in heights], reach / 100
    gains = [
        change(heights[-1] - height, None if abs(heights[-1] - height) > reach else "inconclusive", reach)
        for height in heights[:-1]
    ]
    bounds = {(i, j): heights[j] - heights[i] + reach for i, j in combinations(range(len(heights)), 2)}
    found = comparison.plateau(members, gains, bounds)
    assert (found.status, found.params) == (status, at)


def test_verdicts_say_what_they_could_have_told(studies):
    for budget in pair(studies("inconclusive"))["budgets"]:
        found = budget["splits"]["pooled"]
        assert (found["high"] - found["low"]) / 2 < found["detectable"] < found["high"] - found["low"]


def test_networks_of_one_size_share_their_spread(studies):
    budget = pair(studies("ahead"))["budgets"][1]  # three families at 21,143 parameters
    three = [
        budget["family"],
        budget["control"],
        pair(studies("ahead"), control="cnn")["budgets"][0]["control"],
    ]
    own = [member["own_spread"]["pooled"] for member in three]
    pooled = (sum(spread**2 for spread in own) / 3) ** 0.5
    for spread, member in zip(own, three, strict=True):
        assert member["spread"]["pooled"] == pytest.approx(max(spread, pooled))
    check = next(one for one in studies("ahead")["spread_checks"] if abs(one["params"] - 21_143) < 1_000)
    assert sorted(check["deviations"]) == pytest.approx(sorted(own))
    assert 0 < check["p"] < 1


def test_large_and_small(studies):
    result = studies("crossing")
    (found,) = result["large_small"]
    assert (found["small"]["params"], found["large"]["params"]) == (73_511, 22_614_919)
    assert found["ratio"] == pytest.approx(307.6, abs=0.1)
    assert found["splits"]["pooled"]["verdict"] == "behind"
    tables = {network["family"]: network for network in result["networks"]}
    assert sum(row["params"] for row in tables["cnn"]["layers"]) == 22_614_919
    assert tables["mobilenet"]["layers"][0]["output"] == [48, 48, 32]


def test_one_seed_concludes_nothing(tmp_path):
    result = read(made_up.study(tmp_path, "ahead", seeds=(0,)))
    for found in result["pairs"]:
        assert set(verdicts(found)) == {"inconclusive"}
        assert found["crossing"]["pooled"]["reason"] == "one seed"
        for budget in found["budgets"]:
            its = budget["splits"]["pooled"]
            assert its["reason"] == "one seed"
            assert {its[name] for name in ("p", "p_holm", "detectable")} == {None}
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


def test_the_order_under_two_recipes(tmp_path, monkeypatch):
    """Behind when trained briefly, ahead when trained long: one record, size by size."""
    story = {"mobilenet": lambda params: 0.5, "plain": lambda params: 0.6}
    monkeypatch.setitem(made_up.STORIES, "turns", story)
    families = ["mobilenet", "plain"]
    root = made_up.study(tmp_path, "turns", recipes=("brief", "long"), only=families, splits=LARGE)
    (found,) = read(root)["recipe_pairs"]
    assert (found["base"], found["other"], len(found["budgets"])) == ("brief", "long", 4)
    for budget in found["budgets"]:
        assert budget["effect"]["pooled"] == "stays"
        change = budget["change"]["pooled"]
        gaps = [budget[name]["pooled"]["difference"] for name in ("base", "other")]
        assert change["difference"] == pytest.approx(gaps[1] - gaps[0])
        assert change["verdict"] == "inconclusive"


@pytest.mark.parametrize(
    ("base", "other", "effect"),
    [
        (-0.1, 0.1, "turns"),
        (0.1, 0.1, "stays"),
        (0.002, 0.1, "changes"),
        (0.002, 0.02, "inconclusive"),
    ],
)
def test_what_a_recipe_does_to_a_verdict(base, other, effect):
    gaps = [change(gap, "inconclusive" if gap == 0.002 else None) for gap in (base, other)]
    gap = other - base
    assert comparison.effect(*gaps, change(gap, None if abs(gap) > 0.05 else "inconclusive")) == effect


def test_recipes_that_are_equally_close_are_set_against_the_first_network_by_network(tmp_path):
    gains = {"usual": 0, "harmful": -0.1, "helpful": 0.1, "idle": 0}
    result = read(made_up.study(tmp_path, only=["plain"], recipes=gains, gains=gains, splits=LARGE))
    assert len(result["recipe_effects"]) == 4
    for found in result["recipe_effects"]:
        assert found["base"]["recipe"] == "usual"
        assert [other["member"]["recipe"] for other in found["others"]] == ["harmful", "helpful", "idle"]
        assert {other["member"]["width"] for other in found["others"]} == {found["base"]["width"]}
        said = [other["splits"]["validation"]["verdict"] for other in found["others"]]
        assert said == ["behind", "ahead", "inconclusive"]
        corrected = [other["splits"]["validation"]["p_holm"] for other in found["others"]]
        assert sorted(corrected) != sorted(other["splits"]["validation"]["p"] for other in found["others"])


def test_recipes_that_build_on_one_another_are_set_against_the_one_before(tmp_path):
    gains = {"one": -0.2, "one+mixup": 0, "one+mixup+dropout": 0.1, "another": 0}
    before = {"one": ["one+mixup", "another"], "one+mixup": ["one+mixup+dropout"]}
    result = read(made_up.study(tmp_path, only=["plain"], recipes=gains, gains=gains, splits=LARGE))
    assert len(result["recipe_effects"]) == 2 * 4
    for found in result["recipe_effects"]:
        base = found["base"]
        others = [other["member"]["recipe"] for other in found["others"]]
        assert others == before[base["recipe"]]
        for other in found["others"]:
            gain = other["member"]["accuracy"]["validation"] - base["accuracy"]["validation"]
            assert other["splits"]["validation"]["difference"] == pytest.approx(gain)
    for number in range(0, len(result["recipe_effects"]), 2):  # corrected over all three of a network
        effects = result["recipe_effects"][number : number + 2]
        changes = [other["splits"]["validation"] for found in effects for other in found["others"]]
        expected = holm([change["p"] for change in changes])
        assert [change["p_holm"] for change in changes] == pytest.approx(expected, rel=1e-3)


def test_question_1_does_not_contradict_question_4(tmp_path):
    """Where the MobileNet and the CNN are of one size, both give the difference corrected over all sizes."""
    broken = {("cnn", rank, seed): "absent" for rank in (2, 3) for seed in range(3)}
    result = read(made_up.study(tmp_path, "inconclusive", broken=broken, only=["mobilenet", "cnn"]))
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
