"""What the results say, in sentences chosen and filled by the data, in the report's language.

The functions take a ``Language`` and parts of comparison.json (see ``comparison``), and return sentences.
The same results give the same numbers in every language.
"""

from widthwise.evaluation.claims import FEW
from widthwise.evaluation.claims import claims as claims_of
from widthwise.evaluation.statistics import holm
from widthwise.report import units
from widthwise.report.language import count


def detectable(say, sizes):
    """The smallest differences that could have been told, where they were not: a sentence in a list, or none.

    sizes: (parameters, DIFFERENCE) pairs; those with a verdict, or with one seed, are passed over.
    """
    parts = [
        say("detectable at", params=count(params), least=say.least(difference))
        for params, difference in sizes
        if difference["verdict"] == "inconclusive" and difference["detectable"] is not None
    ]
    return [say("detectable", sizes=say.joined(parts))] if parts else []


def pair(say, pair, split):
    """How a family fares against its control over all sizes they share: sentences as one text (str).

    pair: one of comparison.json's pairs.
    """
    names = {"family": say.family(pair["family"]), "control": say.family(pair["control"])}
    budgets = pair["budgets"]
    if not budgets:
        return say("no budget", **names)
    sizes = [(budget["params"], budget["splits"][split]) for budget in budgets]
    differences = [table["difference"] for _, table in sizes]
    if all(table["reason"] == "one seed" for _, table in sizes):
        return say("one seed", differences=say.points_between(differences), **names)
    sides = {}
    for params, table in sizes:
        sides.setdefault(table["verdict"], []).append((params, table["difference"]))
    if len(sides) == 1:
        verdict = next(iter(sides))
        sentence = say(
            f"{'all' if len(budgets) > 1 else 'one'} {verdict}",
            count=len(budgets),
            first=count(budgets[0]["params"]),
            last=count(budgets[-1]["params"]),
            differences=say.points_between(differences, signed=verdict == "inconclusive"),
            **names,
        )
        return say.text([sentence, *detectable(say, sizes)])
    values = {}
    for verdict, name in [("ahead", "ahead"), ("behind", "behind"), ("inconclusive", "unclear")]:
        if verdict in sides:
            values[name] = say.joined([count(params) for params, _ in sides[verdict]])
            values[f"{name}_differences"] = say.points_between(
                [difference for _, difference in sides[verdict]], signed=False
            )
    key = "both" if {"ahead", "behind"} <= set(sides) else f"some {'ahead' if 'ahead' in sides else 'behind'}"
    sentence = say(key + " some" * (len(sides) == 3), **values, **names)
    return say.text([sentence, *detectable(say, sizes)])


def crossing(say, pair, split):
    """Whether and where the curves of a pair cross, as far as the verdicts tell: one sentence."""
    crossing = pair["crossing"][split]
    if crossing["status"] == "crosses":
        return say("crosses", **{name: count(crossing[name]) for name in ("params", "low", "high")})
    key = {"ahead": "crossing ahead", "behind": "crossing ahead"}.get(crossing["status"], crossing["status"])
    key = f"crossing {crossing['reason']}" if crossing["reason"] else key
    bounds = {} if crossing["start"] is None else {end: count(crossing[end]) for end in ("start", "stop")}
    return say(key, **bounds)


def why(say, pair, split):
    """What equal parameters buy where the block is what differs: sentences (list).

    Empty for any other pair than MobileNet and its control: those differ in more than their block.
    """
    if (pair["family"], pair["control"]) != ("mobilenet", "plain") or not pair["budgets"]:
        return []
    widest = pair["budgets"][-1]
    names = {"family": say.family(pair["family"]), "control": say.family(pair["control"])}
    first, second = widest["family"], widest["control"]
    sentences = [
        say(
            "wider",
            params=count(widest["params"]),
            ratio=f"{first['width'] / second['width']:.1f}",
            width=first["width"],
            control_width=second["width"],
            macs=f"{first['macs'] / 1e6:.1f}",
            control_macs=f"{second['macs'] / 1e6:.1f}",
            **names,
        ),
        say("block"),
    ]
    sides = {}
    for budget in pair["budgets"]:
        sides.setdefault(budget["splits"][split]["verdict"], []).append(budget["params"])
    sides.pop("inconclusive", None)
    key = next(iter(sides), "inconclusive")
    if len(sides) == 2:
        lowest, highest = sorted(sides, key=lambda side: sides[side][0])
        once = sides[lowest][-1] < sides[highest][0]
        key = ("both" if lowest == "ahead" else "reversed") if once else "mixed"
    sizes = {side: say.joined([count(params) for params in at]) for side, at in sides.items()}
    return [*sentences, say(f"why {key}", **sizes)]


def recipe_pair(say, pair, split):
    """Whether another recipe turns the verdicts at equal size: sentences (list), one per size.

    pair: one of comparison.json's recipe_pairs.
    """
    names = {"family": say.family(pair["family"]), "control": say.family(pair["control"])}
    sentences = []
    for budget in pair["budgets"]:
        values = {"params": count(budget["params"])} | names
        for name in ("base", "other"):
            difference = budget[name][split]
            values[name] = pair[name]
            values[f"{name}_verdict"] = say(f"verdict {difference['verdict']}")
            values[f"{name}_difference"] = say.points(difference["difference"])
        change = budget["change"][split]
        values |= {"change": say.points(change["difference"])}
        values |= {end: say.signed(change[end]) for end in ("low", "high")}
        sentence = say("recipe pair", **values, effect=say(f"recipe pair {budget['effect'][split]}"))
        sentences += [sentence, *(detectable(say, [(budget["params"], change)]))]
    return sentences


def claims(say, result):
    """Each published claim: confirmed, refuted or left open: sentences (list).

    result: comparison.json; empty where it has not the published study's families.
    """
    sentences = []
    for claim in claims_of(result):
        parts = _evidence(say, claim, result["final"])
        text = say("claim", claim=say(f"claim {claim.name}"), verdict=say(f"claim {claim.verdict}"))
        if claim.verdict == "open":
            parts.append(say(f"open {claim.reason}"))
        if len(result["recipes"]) > 1:
            text = say.label(say("recipe", recipe=claim.recipe)) + say("colon") + text
        sentences.append(say.text([text, *parts]))
    return sentences


def _evidence(say, claim, final):
    """What a claim's verdict rests on: sentences (list)."""
    if claim.name == "large":
        return [
            say(
                "evidence large",
                ratio=count(row["ratio"]),
                split=say.split(final),
                **_signed_interval(say, row["splits"][final], -1),
            )
            for row in claim.evidence
        ]
    if claim.name == "few":
        sizes = [
            say(
                "evidence size",
                params=count(budget["params"]),
                **_signed_interval(say, budget["splits"][final]),
            )
            for row in claim.evidence
            for budget in row["budgets"]
            if budget["params"] <= FEW
        ]
        return [say("evidence few", sizes=say.joined(sizes), split=say.split(final))] if sizes else []
    ends = []
    for row in claim.evidence:
        plateau, family = row["splits"]["validation"], say.family(row["family"])
        if plateau["gain"] is None:
            continue
        span = {"params": count(plateau["params"]), "largest": count(plateau["largest_params"])}
        gain = _signed_interval(say, plateau | {"difference": plateau["gain"]})
        ends.append(say("evidence curve", family=family, **span, **gain))
    return [say("evidence growth", curves=say("semicolon").join(ends))] if ends else []


def _signed_interval(say, difference, sign=1):
    low, high = sorted(sign * difference[end] for end in ("low", "high"))
    ends = {"low": say.signed(low), "high": say.signed(high)}
    return {"difference": say.points(sign * difference["difference"])} | ends


def curve(say, members, plateau, split):
    """How one family's accuracy changes with its parameters, and how it ends: sentences (list).

    members: summary rows or MEMBERs of one recipe and family, by parameters; plateau: their PLATEAU.
    """
    first, last = members[0], members[-1]
    sentences = [
        say(
            "curve" if len(members) > 1 else "curve one",
            family=say.family(first["family"]),
            count=len(members),
            first=count(first["params"]),
            last=count(last["params"]),
            split=say.split(split),
            accuracy_first=say.percent(first["accuracy"][split]),
            accuracy_last=say.percent(last["accuracy"][split]),
        )
    ]
    key = f"plateau {plateau['reason']}" if plateau["reason"] else plateau["status"]
    values = {}
    if plateau["gain"] is not None:
        values = {name: say.signed(plateau[name]) for name in ("low", "high")}
        values |= {"gain": say.points(plateau["gain"]), "params": count(plateau["params"])}
        values |= {"largest": count(plateau["largest_params"]), "most": say.points(plateau["most"])}
        values["least"] = say.least(plateau)
    sentences.append(say(key, **values))
    if (whole := plateau["whole"]) and plateau["params"] != first["params"]:
        bounds = {end: say.signed(whole[end]) for end in ("low", "high")}
        sentences.append(say("whole gain", gain=say.points(whole["gain"]), **bounds))
    return sentences


def large_small(say, row, networks, split):
    """Question 1: sizes, where the parameters sit, accuracies of MobileNet and CNN: sentences (list).

    row: one of comparison.json's large_small; networks: its networks, with their layers.
    """
    ratio = row["ratio"]
    times = count(ratio) if ratio >= 10 else f"{ratio:.1f}"
    sizes = {"ratio": say("about as many") if times == "1.0" else say("times as many", ratio=times)}
    shares = {}
    for name in ("small", "large"):
        member = row[name]
        sizes |= {
            name: say.network(member),
            f"{name}_params": count(member["params"]),
            f"{name}_trainable": count(member["trainable_params"]),
            f"{name}_fixed": count(member["non_trainable_params"]),
        }
        shares[f"{name}_share"] = say.percent(_dense_share(member, networks))
    difference = row["splits"][split]
    values = {
        "split": say.split(split),
        "small": say.percent(difference["family"]),
        "large": say.percent(difference["control"]),
    }
    values |= {"difference": say.points(difference["difference"])}
    values |= {"low": say.signed(difference["low"]), "high": say.signed(difference["high"])}
    key = "small one seed" if difference["reason"] == "one seed" else f"small {difference['verdict']}"
    if difference["reason"] == "not distinguishable" and difference["low"] * difference["high"] > 0:
        key = "small not after correction"
    told = (
        [say("detectable one", least=say.least(difference))]
        if difference["detectable"] and difference["verdict"] == "inconclusive"
        else []
    )
    return [say("sizes", **sizes), say("dense share", **shares), say(key, **values), *told]


def _dense_share(member, networks):
    network = next(
        network for network in networks if all(network[name] == member[name] for name in ("family", "width"))
    )
    dense = sum(row["params"] for row in network["layers"] if row["layer"] == "Dense")
    return dense / network["params"]


def recipe_effect(say, effect):
    """What other recipes do to one network's validation accuracy: one sentence.

    effect: one of comparison.json's recipe_effects.
    """
    base, sides = effect["base"], {}
    for other in effect["others"]:
        change = other["splits"]["validation"]
        key = "recipe by" if change["reason"] != "not distinguishable" else "recipe by unclear"
        least = {} if change["detectable"] is None else {"least": say.least(change)}
        recipe, difference = other["member"]["recipe"], say.points(change["difference"])
        named = say(key, recipe=recipe, difference=difference, **least)
        sides.setdefault(change["reason"] or change["verdict"], []).append(named)
    parts = [
        say(f"effect {side}", recipes=say.joined(sides[side]))
        for side in ("ahead", "behind", "not distinguishable", "one seed")
        if side in sides
    ]
    values = {"network": say.network(base), "base": base["recipe"]}
    return say("recipe effect", effects=say("semicolon").join(parts), **values)


def choice(say, result, human_agreement=None):
    """The best model by validation, and against people: sentences (list).

    result: comparison.json; human_agreement: {"accuracy", "plus_minus"} as fractions, or None.
    """
    best, final = result["best"], result["final"]
    network = say.network(best)
    if len(result["recipes"]) > 1:
        network = say("under recipe", network=network, recipe=best["recipe"])
    values = {"network": network, "params": count(best["params"])}
    values["validation"] = say.percent(best["accuracy"]["validation"])
    tested = final == "pooled"
    if tested:
        values["test"] = say.percent(best["accuracy"][final])
    sentences = [say("best tested" if tested else "best", **values)]
    if human_agreement:
        human, plus_minus = human_agreement["accuracy"], human_agreement["plus_minus"]
        off = best["accuracy"][final] - human
        side = "within" if abs(off) <= plus_minus else "above" if off > 0 else "below"
        people = {"human": say.percent(human), "plus_minus": say.percent(plus_minus)}
        sentences.append(say(f"human {side}", **people))
    return sentences


def missing(say, runs):
    """Which planned runs did not finish: one sentence. runs: comparison.json's runs."""
    numbers = {"planned": count(runs["planned"]), "finished": count(runs["finished"])}
    if not runs["missing"]:
        return say("all finished", planned=numbers["planned"])
    names = []
    for run in runs["missing"]:
        name = f"{run['recipe']}/{run['family']}/w{run['width']:g}/seed{run['seed']}"
        values = {"run": name, "status": say(f"status {run['status']}"), "reason": run["reason"]}
        names.append(say("missing run because" if run["reason"] else "missing run", **values))
    return say("some missing", missing=say("joined").join(names), **numbers)


def leak(say, result, changes):
    """How many pictures have a copy in Training, and what that does to the accuracies: sentences (list).

    result: comparison.json; changes: pooled accuracy less that without copies, per finished run.
    """
    sentences = []
    for split, copies in result["leak"].items():
        values = {"split": units.split(split, result["splits"], say.name)}
        values["rows"] = count(result["splits"][split])
        values |= {kind: count(number) for kind, number in copies.items()}
        sentences.append(say("leak" if any(copies.values()) else "leak none", **values))
    changes = [abs(change) for change in changes if not units.is_missing(change)]
    if changes and any(sum(copies.values()) for copies in result["leak"].values()):
        sentences.append(say("without copies", change=say("points", value=f"{100 * max(changes):.1f}")))
    return sentences


def spread_checks(say, checks):
    """Whether networks of one size vary alike over seeds: a sentence in a list, or none.

    checks: comparison.json's spread_checks.
    """
    tested = [check["p"] for check in checks if check["p"] is not None]
    differing = sum(p < 0.05 for p in holm(tested))
    return [say("method spread", differing=differing, sizes=len(tested))] if tested else []


def main_pairs(result):
    """The pairs that the headline speaks of (list): the first family against every control.

    Of several recipes, the first with the most sizes in common.
    """
    by_recipe = {}
    for pair in result["pairs"]:
        if pair["family"] == result["families"][0]:
            by_recipe.setdefault(pair["recipe"], []).append(pair)
    return max(by_recipe.values(), key=lambda pairs: sum(len(pair["budgets"]) for pair in pairs), default=[])


def under(say, result, recipe, sentences):
    """Sentences as one text that names its recipe where there are several (str)."""
    text = say.text(sentences)
    if len(result["recipes"]) == 1:
        return text
    return say.label(say("recipe", recipe=recipe)) + say("colon") + text


def epochs(runs):
    """How many epochs the longest training of each recipe had: {recipe: epochs}.

    runs: table of the runs (DataFrame).
    """
    return runs.groupby("recipe").epochs.max().dropna().astype(int).to_dict()


def effect(result, budget):
    """Whether another recipe changes a verdict, the clearest of several: a RecipeBudget's effect, or None.

    budget: one of ``shared_budgets``.
    """
    found = {
        at["effect"][result["final"]]
        for pair in result["recipe_pairs"]
        for at in pair["budgets"]
        if all(pair[name] == budget[name] for name in ("family", "control"))
        and at["params"] in {each["params"] for each in budget["recipes"].values()}
    }
    return next((each for each in ("turns", "changes", "inconclusive", "stays") if each in found), None)


def shared_budgets(result):
    """The pairs of networks that several recipes compare at equal size (list of dicts).

    Each has family, control and params, and under "recipes" the budget of each recipe, by its name.
    """
    found = {}
    for pair in result["pairs"]:
        for budget in pair["budgets"]:
            widths = (budget[name]["width"] for name in ("family", "control"))
            names = {name: pair[name] for name in ("family", "control")}
            shared = names | {"params": budget["params"], "recipes": {}}
            shared = found.setdefault((*names.values(), *widths), shared)
            shared["recipes"][pair["recipe"]] = budget
    return [shared for shared in found.values() if len(shared["recipes"]) > 1]


def changes(say, result, runs):
    """Which verdicts depend on the recipe: a sentence in a list, or none where no two share a verdict.

    runs: table of the runs (DataFrame).
    """
    length, final = epochs(runs), result["final"]
    names = {pair[name] for pair in result["recipe_pairs"] if pair["budgets"] for name in ("base", "other")}
    if not names:
        return []
    names = sorted(names, key=lambda name: (length[name], name))
    recipes = say.joined([say("recipe epochs", recipe=name, epochs=count(length[name])) for name in names])
    found, sizes = [], {}  # those that depend on the recipe, by pair and what is said of them
    for pair in result["recipe_pairs"]:
        for budget in pair["budgets"]:
            found.append(budget["effect"][final])
            if found[-1] in ("turns", "changes"):
                verdicts = [
                    say(
                        "verdict by",
                        verdict=say(f"verdict {budget[name][final]['verdict']}"),
                        recipe=pair[name],
                    )
                    for name in ("base", "other")
                ]
                names = (say.family(pair[name]) for name in ("family", "control"))
                sizes.setdefault((*names, say("joined").join(verdicts)), []).append(count(budget["params"]))
    told = [
        say("verdict changes", family=family, control=control, verdicts=verdicts, params=say.joined(params))
        for (family, control, verdicts), params in sizes.items()
    ]
    changed = sum(map(len, sizes.values()))
    values = {"recipes": recipes, "count": count(len(found)), "unclear": count(found.count("inconclusive"))}
    if not told:
        return [say("no change", **values)]
    return [say("some change", changed=count(changed), changes=say("semicolon").join(told), **values)]


def headline(say, result, runs):
    """The answer in a few sentences (list): pairs with their crossings, and what to hold against them.

    runs: table of the runs (DataFrame).
    """
    final = result["final"]
    sentences = (
        [] if main_pairs(result) else [recipe_effect(say, effect) for effect in result["recipe_effects"]]
    )
    if not sentences and not main_pairs(result):
        sentences = [*(choice(say, result)[:1] if result["best"] else []), say("no pair")]
    for compared in main_pairs(result):
        crosses = compared["crossing"][final]["status"].startswith("crosses")
        answer = [pair(say, compared, final)] + ([crossing(say, compared, final)] if crosses else [])
        sentences.append(under(say, result, compared["recipe"], answer))
    if final == "validation":
        sentences.append(say("only validation"))
    finished = runs[runs.status == "finished"]
    learning = (finished.best_epoch == finished.epochs).sum()
    if told := changes(say, result, runs):
        sentences += told
    elif main_pairs(result) and 2 * learning > len(finished):
        sentences.append(say("still learning", count=count(learning), finished=count(len(finished))))
    return [*sentences, say("stand-in")] if result["stand_in"] else sentences
