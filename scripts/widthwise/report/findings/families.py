"""What the results say of families: at equal size, along their curves, and of a small and a large network."""

from collections.abc import Iterable, Sequence

from widthwise.evaluation.results import Budget, Change, LargeSmall, Member, Network, Pair, Plateau
from widthwise.report.language import Language, apart, count


def detectable(say: Language, sizes: Iterable[tuple[int, Change]]) -> list[str]:
    """The smallest differences that could have been told, where they were not: a sentence, or none.

    sizes: (parameters, difference); those with a verdict, or with one seed, are passed over.
    """
    parts = [
        say("detectable at", params=count(params), least=say.least(change.detectable))
        for params, change in sizes
        if change.verdict == "inconclusive" and change.detectable is not None
    ]
    return [say("detectable", sizes=say.joined(parts))] if parts else []


def pair(say: Language, pair: Pair, split: str) -> str:
    """How a family fares against its control over all sizes they share: sentences as one text."""
    names, budgets = say.families(pair), pair.budgets
    if not budgets:
        return say("no budget", **names)
    sizes = [(budget.params, budget.splits[split]) for budget in budgets]
    differences = [change.difference for _, change in sizes]
    if all(change.reason == "one seed" for _, change in sizes):
        return say("one seed", differences=say.points_between(differences), **names)
    sides = _by_verdict(pair, split)
    if len(sides) == 1:
        (verdict,) = sides
        sentence = say(
            f"all {verdict}" if len(budgets) > 1 else f"one {verdict}",
            count=len(budgets),
            first=count(budgets[0].params),
            last=count(budgets[-1].params),
            differences=say.points_between(differences, signed=verdict == "inconclusive"),
            **names,
        )
    else:
        values = {verdict: _sizes(say, side) for verdict, side in sides.items()}
        for verdict, side in sides.items():
            differences = [budget.splits[split].difference for budget in side]
            values[f"{verdict}_differences"] = say.points_between(differences, signed=False)
        key = "some ahead" if "ahead" in sides else "some behind"
        key = "both" if {"ahead", "behind"} <= set(sides) else key
        sentence = say(f"{key} some" if len(sides) == 3 else key, **values, **names)
    return say.text([sentence, *detectable(say, sizes)])


def _by_verdict(pair: Pair, split: str) -> dict[str, list[Budget]]:
    sides: dict[str, list[Budget]] = {}
    for budget in pair.budgets:
        sides.setdefault(budget.splits[split].verdict, []).append(budget)
    return sides


def _sizes(say: Language, budgets: Iterable[Budget]) -> str:
    return say.joined([count(budget.params) for budget in budgets])


def crossing(say: Language, pair: Pair, split: str) -> str:
    """Whether and where the curves of a pair cross, as far as the verdicts tell: one sentence."""
    crossing = pair.crossing[split]
    if crossing.status == "crosses":
        ends = {"low": count(crossing.low), "high": count(crossing.high)}
        return say("crosses", params=count(crossing.params), **ends)
    ends = {} if crossing.start is None else {"start": count(crossing.start), "stop": count(crossing.stop)}
    if crossing.reason:
        return say(f"crossing {crossing.reason}", **ends)
    return say("crosses repeatedly" if crossing.status == "crosses repeatedly" else "crosses nowhere", **ends)


def why(say: Language, pair: Pair, split: str) -> list[str]:
    """What equal parameters buy where the block is what differs: sentences.

    None for any other pair than MobileNet and its control: those differ in more than their block.
    """
    if (pair.family, pair.control) != ("mobilenet", "plain") or not pair.budgets:
        return []
    widest = pair.budgets[-1]
    macs, control_macs = apart(widest.family.macs / 1e6, widest.control.macs / 1e6)
    wider = say(
        "wider",
        params=count(widest.params),
        ratio=f"{widest.family.width / widest.control.width:.1f}",
        width=widest.family.width,
        control_width=widest.control.width,
        macs=macs,
        control_macs=control_macs,
        **say.families(pair),
    )
    sides = _by_verdict(pair, split)
    sides.pop("inconclusive", None)
    key = next(iter(sides), "inconclusive")
    if len(sides) == 2:
        ahead, behind = ([budget.params for budget in sides[verdict]] for verdict in ("ahead", "behind"))
        key = "both" if max(ahead) < min(behind) else "reversed" if max(behind) < min(ahead) else "mixed"
    sizes = {verdict: _sizes(say, side) for verdict, side in sides.items()}
    return [wider, say("block"), say(f"why {key}", **sizes)]


def curve(say: Language, members: Sequence[Member], plateau: Plateau, split: str) -> list[str]:
    """How one family's accuracy changes with its parameters, and how it ends: sentences.

    members: of one recipe and family, by parameters.
    """
    first, last = members[0], members[-1]
    sentences = [
        say(
            "curve" if len(members) > 1 else "curve one",
            family=say.family(first.family),
            count=len(members),
            first=count(first.params),
            last=count(last.params),
            split=say.split(split),
            accuracy_first=say.percent(first.accuracy[split]),
            accuracy_last=say.percent(last.accuracy[split]),
        )
    ]
    if len(members) == 1:
        return sentences
    values = {}
    if plateau.gain is not None:
        values = {
            "gain": say.points(plateau.gain),
            "params": count(plateau.params),
            "largest": count(plateau.largest_params),
            "most": say.points(plateau.most),
            "least": say.least(plateau.detectable),
            **say.interval(plateau.low, plateau.high),
        }
    sentences.append(say(f"plateau {plateau.reason}" if plateau.reason else plateau.status, **values))
    if (whole := plateau.whole) and plateau.params != first.params:
        interval = say.interval(whole["low"], whole["high"])
        sentences.append(say("whole gain", gain=say.points(whole["gain"]), **interval))
    return sentences


def large_small(say: Language, row: LargeSmall, networks: Sequence[Network], split: str) -> list[str]:
    """Question 1: sizes, where the parameters sit, accuracies of MobileNet and CNN: sentences.

    networks: those of the comparison, with their layers.
    """
    times = count(row.ratio) if row.ratio >= 10 else f"{row.ratio:.1f}"
    sizes = {"ratio": say("about as many") if times == "1.0" else say("times as many", ratio=times)}
    shares = {}
    for name, member in (("small", row.small), ("large", row.large)):
        sizes |= {
            name: say.network(member),
            f"{name}_params": count(member.params),
            f"{name}_trainable": count(member.trainable_params),
            f"{name}_fixed": count(member.non_trainable_params),
        }
        shares[f"{name}_share"] = say.percent(_dense_share(member, networks))
    difference = row.splits[split]
    key = "small one seed" if difference.reason == "one seed" else f"small {difference.verdict}"
    if difference.reason == "not distinguishable" and difference.low * difference.high > 0:
        key = "small not after correction"
    accuracies = say(
        key,
        split=say.split(split),
        small=say.percent(difference.family),
        large=say.percent(difference.control),
        difference=say.points(difference.difference),
        **say.interval(difference.low, difference.high),
    )
    told = difference.verdict != "inconclusive" or not difference.detectable
    least = [] if told else [say("detectable one", least=say.least(difference.detectable))]
    return [say("sizes", **sizes), say("dense share", **shares), accuracies, *least]


def _dense_share(member: Member, networks: Sequence[Network]) -> float:
    name = (member.family, member.width)
    network = next(network for network in networks if (network.family, network.width) == name)
    return sum(row["params"] for row in network.layers if row["layer"] == "Dense") / network.params
