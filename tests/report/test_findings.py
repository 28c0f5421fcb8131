import re
from dataclasses import fields, replace

import pandas as pd
import pytest

import made_up
from widthwise.evaluation.results import (
    Budget,
    Crossing,
    Difference,
    LargeSmall,
    Member,
    Network,
    Pair,
    Plateau,
    read,
)
from widthwise.report import units
from widthwise.report.findings import answer, claims, families, recipes
from widthwise.report.language import Language

EN, ZH = Language("en"), Language("zh-TW")
RUNS = {}  # runs.csv of the studies of ``results``, by their data set


def numbers(sentences):
    return sorted(re.findall(r"[+−±]?\d[\d,.]*\d|[+−±]?\d", " ".join(sentences)))


def member(**values):
    """A network of which no more is known than is said."""
    return Member(**dict.fromkeys(field.name for field in fields(Member)) | values)


def change(verdict="inconclusive", reason=None, difference=0.0, **values):
    known = {"verdict": verdict, "reason": reason, "difference": difference}
    return Difference(**dict.fromkeys(field.name for field in fields(Difference)) | known | values)


def fake_pair(*verdicts, reason=None, family="mobilenet", control="plain", macs=(2_000_000, 1_000_000)):
    """A pair with one budget per verdict; ahead is +5 points and more, behind −5, inconclusive +0.2."""
    gaps = {"ahead": 0.05, "behind": -0.05, "inconclusive": 0.002}
    budgets = []
    for index, verdict in enumerate(verdicts):
        detectable = None if reason else 0.021
        found = change(verdict, reason, gaps[verdict] * (1 + index), detectable=detectable)
        networks = member(width=2.0, macs=macs[0]), member(width=0.5, macs=macs[1])
        budgets.append(Budget(1_000 * 10**index, *networks, {"pooled": found}))
    return Pair("quick", family, control, budgets, {})


CASES = [
    (("ahead", "ahead"), "ahead of the plain control at every one of the 2 sizes", "全部 2 種大小"),
    (("behind", "behind"), "behind the plain control at every one of the 2 sizes", "落後一般卷積對照組"),
    (("inconclusive", "inconclusive"), "At none of the 2 sizes", "無法分出"),
    (("ahead",), "At the one size compared, about 1,000 parameters, MobileNet is ahead", "唯一可比較"),
    (("behind",), "MobileNet is behind", "落後"),
    (("inconclusive",), "cannot be told apart", "無法分出"),
    (("ahead", "inconclusive"), "ahead of the plain control at 1,000 parameters", "可能只是偶然"),
    (("inconclusive", "behind"), "behind the plain control at 10,000 parameters", "可能只是偶然"),
    (("ahead", "behind"), "at 1,000 parameters, by 5.0 points, and behind at 10,000, by 10.0", "則落後"),
    (("ahead", "inconclusive", "behind"), "; at 10,000 the difference may be chance", "在 10,000 個參數處"),
    ((), "nothing can be said at equal size", "無法在相同大小下比較"),
]


@pytest.mark.parametrize(("verdicts", "english", "chinese"), CASES)
def test_the_sentence_of_a_pair_is_chosen_by_its_verdicts(verdicts, english, chinese):
    found = fake_pair(*verdicts)
    said = [families.pair(say, found, "pooled") for say in (EN, ZH)]
    assert english in said[0]
    assert chinese in said[1]
    assert numbers(said[:1]) == numbers(said[1:])


def test_one_seed_never_says_ahead():
    found = fake_pair("inconclusive", "inconclusive", reason="one seed")
    said = families.pair(EN, found, "pooled")
    assert "no conclusion" in said
    assert "ahead" not in said
    assert "無法" in families.pair(ZH, found, "pooled")


@pytest.mark.parametrize(
    ("verdicts", "english"),
    [
        (("ahead", "inconclusive"), "the separable block makes more of 1,000 parameters"),
        (("inconclusive", "behind"), "full convolutions make more of 10,000 parameters"),
        (("ahead", "behind"), "the separable block does better with fewer parameters (1,000)"),
        (("behind", "ahead"), "full convolutions do better with fewer parameters (1,000)"),
        (
            ("ahead", "behind", "ahead"),
            "better at 1,000 and 100,000 parameters and full convolutions at 10,000",
        ),
        (("inconclusive", "inconclusive"), "could not be shown here"),
    ],
)
def test_why_is_said_of_what_was_shown(verdicts, english):
    found = fake_pair(*verdicts)
    said = families.why(EN, found, "pooled")
    assert "4.0 times as wide" in said[0]
    assert "15 convolutions with normalisation and ReLU against 8" in said[1]
    assert "all that differs" not in " ".join(said)
    assert english in said[2]
    assert len(verdicts) < 3 or "fewer parameters" not in said[2]
    assert numbers(said) == numbers(families.why(ZH, found, "pooled"))


def test_the_smallest_difference_that_could_be_told_stands_beside_every_open_verdict():
    said = families.pair(EN, fake_pair("ahead", "inconclusive"), "pooled").replace("\u00a0", " ")
    assert "tells in 80 % of cases: 2.1 points at 10,000 parameters." in said
    assert "80" not in families.pair(EN, fake_pair("ahead", "behind"), "pooled")
    assert "80" not in families.pair(EN, fake_pair("inconclusive", reason="one seed"), "pooled")


def test_why_is_not_said_of_families_that_differ_in_more_than_one_thing():
    assert families.why(EN, fake_pair("ahead", control="cnn"), "pooled") == []


@pytest.mark.parametrize(
    ("status", "reason", "english"),
    [
        ("crosses", None, "cross once, between 2,000 and 9,000 parameters"),
        (
            "ahead",
            None,
            "At none of the sizes compared, from 1,000 to 99,000 parameters, does the order turn",
        ),
        ("crosses repeatedly", None, "turns more than once"),
        ("inconclusive", "not distinguishable", "cannot be told"),
        ("inconclusive", "one seed", "cannot be concluded from networks of one seed"),
        ("inconclusive", "one budget", "From one size"),
        ("inconclusive", "no budget", "Without networks of equal size"),
    ],
)
def test_crossing(status, reason, english):
    crossing = {"status": status, "reason": reason, "params": 5_000.2, "low": 2_000, "high": 9_000}
    crossing |= {"start": None, "stop": None} if reason == "no budget" else {"start": 1_000, "stop": 99_000}
    found = replace(fake_pair(), crossing={"pooled": Crossing(**crossing)})
    said = families.crossing(EN, found, "pooled")
    assert english in said
    assert numbers([said]) == numbers([families.crossing(ZH, found, "pooled")])


@pytest.mark.parametrize(("accuracy", "english"), [(0.75, "above"), (0.66, "within"), (0.5, "below")])
def test_people(results, accuracy, english):
    accuracies = {"validation": 0.5, "pooled": accuracy}
    for reach, sentences in ((None, 2), (0.005, 2), (0.11, 3)):
        interval = {"pooled": reach and (accuracy - reach, accuracy + reach)}
        best = member(family="cnn", width=1, params=9, accuracy=accuracies, interval=interval)
        said = answer.choice(EN, replace(results["ahead"], best=best), {"accuracy": 0.65, "plus_minus": 0.05})
        assert f"That is {english}" in said[1]
        assert len(said) == sentences == 2 + ("crosses an end" in said[-1])


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """The comparisons of made-up studies of every kind."""
    kinds = {story: {"story": story} for story in made_up.STORIES}
    kinds["one seed"] = {"seeds": (0,)}
    kinds["broken"] = {"broken": {("plain", 0, 0): "diverged", ("cnn", 0, 1): "absent"}}
    kinds["no test rows"] = {"splits": {"training": 50, "validation": 300}, "unlabelled": 5}
    kinds["one family"] = {"only": ["mobilenet"], "stand_in": False}
    gains = {"base": 0, "better": 0.2, "same": 0, "worse": -0.2}
    kinds["recipes"] = {"recipes": gains, "gains": gains, "only": ["plain"]}
    kinds["recipes, one seed"] = {"recipes": gains, "only": ["plain"], "seeds": (0,)}
    kinds["two recipes"] = {"recipes": ("brief", "long"), "only": ["mobilenet", "plain"]}
    kinds["one test split"] = {"splits": {"training": 50, "validation": 300, "private": 300}}
    folder = tmp_path_factory.mktemp("studies")
    roots = {kind: made_up.study(folder, dataset=kind, **keywords) for kind, keywords in kinds.items()}
    for kind, root in roots.items():
        RUNS[kind] = pd.read_csv(root / "runs.csv")
    return {kind: read(root / "comparison.json") for kind, root in roots.items()}


def everything(say, result):
    final = result.final
    said = [*answer.headline(say, result, RUNS[result.dataset]), answer.missing(say, result.runs)]
    said += answer.choice(say, result, {"accuracy": 0.65, "plus_minus": 0.05})
    said += answer.leak(say, result, [0.001, -0.002])
    for found in result.pairs:
        said += [families.pair(say, found, final), families.crossing(say, found, final)]
        said += families.why(say, found, final)
    for curve in result.curves:
        said += families.curve(say, curve.members, curve.splits[final], final)
    for found in result.recipe_effects:
        said.append(recipes.effect(say, found))
    for found in result.recipe_pairs:
        said += recipes.pair(say, found, final)
    said += claims.sentences(say, result)
    said += answer.spread_checks(say, result.spread_checks)
    for found in result.large_small:
        said += families.large_small(say, found, result.networks, final)
    return said


def test_both_languages_say_the_same_numbers(results):
    for kind, result in results.items():
        english, chinese = (everything(say, result) for say in (EN, ZH))
        assert len(english) == len(chinese)
        for one, other in zip(english, chinese, strict=True):
            assert numbers([one]) == numbers([other]), kind


def test_sentences_are_whole(results):
    for result in results.values():
        for sentence in everything(EN, result):
            assert sentence.endswith(".")
            assert not re.search(r"[{}]|\bnan\b|None\b(?! of the)|  |\.\.|[\u4e00-\u9fff]", sentence), (
                sentence
            )
        for sentence in everything(ZH, result):
            assert sentence.endswith("。")
            assert not re.search(r"[{}]|nan|None|[\u4e00-\u9fff] [\u4e00-\u9fff]", sentence), sentence


def test_what_recipes_change_follows_the_data(results):
    for found in results["recipes"].recipe_effects:
        said = recipes.effect(EN, found)
        assert "set against recipe base" in said
        assert said in answer.headline(EN, results["recipes"], RUNS["recipes"])
        assert re.search(r"better with better \(\+[\d.]+ points\); worse with worse \(−[\d.]+ points\)", said)
        assert re.search(r"may be chance with same \([+−±][\d.]+ points; [\d.]+ points would be told", said)
        other = found.others[0].splits
        assert EN.signed(other["validation"].difference) in said  # settings are chosen on validation
        assert other["validation"].difference != other["pooled"].difference
    result = results["recipes"]
    for effects in recipes.effects_by_network(result):
        said = recipes.reached(EN, result, effects)
        accuracies = {
            member.recipe: f"{EN.percent(member.accuracy['validation'])} under {member.recipe}"
            for effect in effects
            for member in (effect.base, *(other.member for other in effect.others))
        }
        plain = said.replace("\u00a0", " ")
        places = [plain.index(accuracies[recipe]) for recipe in result.recipes]
        assert places == sorted(places) and len(places) > 2
        assert said in answer.headline(EN, replace(result, curves=[]), RUNS["recipes"])
    for found in results["recipes, one seed"].recipe_effects:
        assert "from one seed nothing can be concluded of better" in recipes.effect(EN, found)
    assert results["ahead"].recipe_effects == []


def test_headline_names_stand_in_data(results):
    for kind, result in results.items():
        assert ("stand-in" in " ".join(answer.headline(EN, result, RUNS[result.dataset]))) == (
            kind != "one family"
        )


def test_headline_follows_the_data(results):
    said = {
        kind: " ".join(answer.headline(EN, result, RUNS[result.dataset])) for kind, result in results.items()
    }
    alone = said["one family"]
    assert alone.startswith("Best by validation accuracy, in the mean over seeds: MobileNet at width")
    assert alone.endswith(". The sweep has no two families to compare at equal size.")
    assert "is ahead of the plain control at every one of the 4 sizes" in said["ahead"]
    assert "is behind the plain control at every one" in said["behind"]
    assert "ahead" not in said["inconclusive"]
    assert "cross once" in said["crossing"]
    assert "no conclusion" in said["one seed"]
    assert "no labelled test split" in said["no test rows"]


def test_missing_runs_are_named(results):
    said = answer.missing(EN, results["broken"].runs)
    assert "34 of 36" in said
    assert "quick/plain/w0.11/seed0 (diverged: loss is not finite in epoch 3)" in said
    assert "seed1 (not there)" in said


def test_headline_says_when_most_trainings_were_still_learning(results):
    result = results["ahead"]
    for best_epoch, told in ((1, False), (RUNS[result.dataset].epochs, True)):
        table = RUNS[result.dataset].assign(best_epoch=best_epoch)
        said = " ".join(answer.headline(EN, result, table))
        assert ("validated best in their very last epoch" in said) == told


def test_one_test_split_is_the_test(results):
    """In the verdicts and in the tables alike."""
    result = results["one test split"]
    assert result.final == "pooled" and result.splits["pooled"] == 300
    assert (RUNS[result.dataset].accuracy_pooled == RUNS[result.dataset].accuracy_private).all()


def test_a_family_is_called_by_its_phrase_its_heading_or_its_very_name():
    names = ("plain", "cnn", "mobilenet", "mymobile")
    assert [EN.family(name) for name in names] == ["the plain control", "the CNN", "MobileNet", "mymobile"]
    assert [units.family(name) for name in names] == ["Plain control", "CNN", "MobileNet", "mymobile"]
    assert units.family("plain", "zh-TW") == ZH.family("plain") == "一般卷積對照組"


@pytest.mark.parametrize(
    ("ratio", "low", "english"),
    [
        (1.02, -0.05, ["about as many", "95 % interval −5.0 to +8.0"]),
        (3.1, 0.01, ["3.1 times as many", "is not below 0.05"]),
        (307.6, -0.05, ["308 times as many"]),
    ],
)
def test_large_and_small(ratio, low, english):
    small = member(family="cnn", width=1, params=9, trainable_params=8, non_trainable_params=1)
    found = change(
        reason="not distinguishable",
        difference=0.01,
        low=low,
        high=0.08,
        family=0.5,
        control=0.49,
        detectable=0.03,
    )
    row = LargeSmall("quick", small, small, ratio, {"pooled": found})
    network = Network("cnn", 1, 9, 8, 1, 0, [{"layer": "Dense", "params": 3}])
    said = " ".join(families.large_small(EN, row, [network], "pooled")).replace("\u00a0", " ")
    assert all(text in said for text in english)


def test_a_curve_that_surely_rose_says_so():
    members = [
        member(family="plain", params=params, accuracy={"validation": 0.5})
        for params in (1_000, 2_000, 3_000)
    ]
    known = {"width": 1, "params": 2_000, "gain": 0.01, "low": -0.01, "high": 0.03}
    plateau = Plateau("inconclusive", "not distinguishable", 3_000, most=0.03, detectable=0.03, **known)
    risen = replace(plateau, whole={"gain": 0.2, "low": 0.1, "high": 0.3})
    said = families.curve(EN, members, risen, "validation")
    assert "From the smallest to the largest it surely gains: +20.0 points" in said[-1].replace("\u00a0", " ")
    assert "surely" not in " ".join(families.curve(EN, members, plateau, "validation"))


def test_one_paragraph_never_says_both_chance_and_no_crossing(results):
    for result in results.values():
        for found in result.pairs:
            said = families.pair(EN, found, result.final) + families.crossing(EN, found, result.final)
            assert "may be chance" not in said or "does the order turn" not in said


def test_published_claims_follow_the_data(results):
    def said(kind):
        return claims.sentences(EN, results[kind])

    assert [len(said(kind)) for kind in ("ahead", "one family", "recipes")] == [3, 0, 0]
    large, few, _ = said("crossing")
    assert "refuted here" in large and "308 times" in large  # made_up gives the CNN 30 points and more
    assert "confirmed here" in few
    assert "refuted here" in said("behind")[1]
    assert "left open here" in said("inconclusive")[1] and "allow either" in said("inconclusive")[1]
    assert "One seed allows no conclusion" in said("one seed")[0]


def test_a_claim_that_is_the_same_under_all_recipes_is_said_once(results):
    two = replace(results["ahead"], recipes=["quick", "other"], large_small=[])
    said = claims.sentences(EN, two)
    assert [text.startswith("Recipe ") for text in said] == [False, True, True, True, True]
    assert "left open here" in said[0] and said[1].startswith("Recipe quick: ")


def test_a_curve_that_falls_never_levels_off():
    members = [member(family="plain", params=params, accuracy={"validation": 0.5}) for params in (1, 2, 3)]
    known = {"params": 2_000, "gain": -0.069, "low": -0.08, "high": -0.05, "most": 0.01, "detectable": 0.02}
    plateau = Plateau("falls", None, 3_000, **known)
    said = " ".join(families.curve(EN, members, plateau, "validation")).replace("\u00a0", " ")
    assert "It falls towards its largest: from 2,000 to 3,000 parameters it changes by −6.9 points" in said
    assert "levels off" not in said


def test_numbers_set_against_each_other_are_written_so_that_they_differ():
    for macs, said in [
        ((2_000_000, 1_000_000), "2.0 million multiply-adds an image against 1.0 million"),
        ((520_000, 490_000), "0.52 million multiply-adds an image against 0.49 million"),
        ((500_000, 500_000), "0.5 million multiply-adds an image against 0.5 million"),
    ]:
        assert said in families.why(EN, fake_pair("ahead", macs=macs), "pooled")[0]
