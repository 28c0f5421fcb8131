"""What the results say, in sentences chosen and filled by the data, in the report's language.

The functions take a ``Language`` and parts of comparison.json (see ``comparison``), and return sentences.
The same results give the same numbers in every language.
"""

from widthwise.report import units
from widthwise.report.language import count


def pair(say, found, split):
    """How a family fares against its control over all sizes they share: one sentence.

    found: one of comparison.json's pairs.
    """
    names = {"family": say.family(found["family"]), "control": say.family(found["control"])}
    budgets = found["budgets"]
    if not budgets:
        return say("no budget", **names)
    tables = [budget["splits"][split] for budget in budgets]
    differences = [table["difference"] for table in tables]
    if all(table["reason"] == "one seed" for table in tables):
        return say("one seed", differences=say.points_between(differences), **names)
    sides = {}
    for budget, table in zip(budgets, tables, strict=True):
        sides.setdefault(table["verdict"], []).append((budget["params"], table["difference"]))
    if len(sides) == 1:
        verdict = next(iter(sides))
        return say(
            f"{'all' if len(budgets) > 1 else 'one'} {verdict}",
            count=len(budgets),
            first=count(budgets[0]["params"]),
            last=count(budgets[-1]["params"]),
            differences=say.points_between(differences, signed=verdict == "cannot tell"),
            **names,
        )
    filled = {}
    for verdict, name in [("ahead", "ahead"), ("behind", "behind"), ("cannot tell", "unclear")]:
        if verdict in sides:
            filled[name] = say.joined([count(params) for params, _ in sides[verdict]])
            filled[f"{name}_differences"] = say.points_between(
                [gap for _, gap in sides[verdict]], signed=False
            )
    key = "both" if {"ahead", "behind"} <= set(sides) else f"some {'ahead' if 'ahead' in sides else 'behind'}"
    return say(key + " some" * (len(sides) == 3), **filled, **names)


def crossing(say, found, split):
    """Whether and where the curves of a pair cross: one sentence."""
    its = found["crossing"][split]
    if its["status"] == "crosses":
        return say("crosses", **{name: count(its[name]) for name in ("params", "low", "high")})
    key = "crossing ahead" if its["status"] in ("ahead", "behind") else f"crossing {its['reason']}"
    bounds = {} if its["from"] is None else {"start": count(its["from"]), "stop": count(its["to"])}
    return say(key, **bounds)


def why(say, found, split):
    """What equal parameters buy where only depthwise separability differs: sentences (list).

    Empty for any other pair than MobileNet and its control: those differ in more than one thing.
    """
    if (found["family"], found["control"]) != ("mobilenet", "plain") or not found["budgets"]:
        return []
    widest = found["budgets"][-1]
    names = {"family": say.family(found["family"]), "control": say.family(found["control"])}
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
        )
    ]
    sides = {}
    for budget in found["budgets"]:
        sides.setdefault(budget["splits"][split]["verdict"], []).append(budget["params"])
    sides.pop("cannot tell", None)
    key = next(iter(sides), "cannot tell")
    if len(sides) == 2:
        key = "both" if sides["ahead"][0] < sides["behind"][0] else "reversed"
    sizes = {side: say.joined([count(params) for params in its]) for side, its in sides.items()}
    return [*sentences, say(f"why {key}", **sizes)]


def curve(say, members, plateau, split):
    """How one family's accuracy grows with its parameters, and where it levels off: sentences (list).

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
    key = plateau["status"] if plateau["status"] != "cannot tell" else f"plateau {plateau['reason']}"
    values = {}
    if plateau["gain"] is not None:
        values = {name: say.signed(plateau[name]) for name in ("low", "high")}
        values |= {"gain": say.points(plateau["gain"]), "params": count(plateau["params"])}
        values["largest"] = count(plateau["largest_params"])
        if key == "levels off":
            values["high"] = say.points(plateau["high"])
    sentences.append(say(key, **values))
    if (whole := plateau["whole"]) and plateau["params"] != first["params"]:
        bounds = {end: say.signed(whole[end]) for end in ("low", "high")}
        sentences.append(say("whole gain", gain=say.points(whole["gain"]), **bounds))
    return sentences


def large_small(say, found, networks, split):
    """Question 1: sizes, where the parameters sit, accuracies of MobileNet and CNN: sentences (list).

    found: one of comparison.json's large_small; networks: its networks, with their layers.
    """
    ratio = found["ratio"]
    times = count(ratio) if ratio >= 10 else f"{ratio:.1f}"
    sizes = {"ratio": say("about as many") if times == "1.0" else say("times as many", ratio=times)}
    shares = {}
    for name in ("small", "large"):
        member = found[name]
        sizes |= {
            name: say.network(member),
            f"{name}_params": count(member["params"]),
            f"{name}_trainable": count(member["trainable_params"]),
            f"{name}_fixed": count(member["non_trainable_params"]),
        }
        shares[f"{name}_share"] = say.percent(_dense_share(member, networks))
    its = found["splits"][split]
    values = {
        "split": say.split(split),
        "small": say.percent(its["family"]),
        "large": say.percent(its["control"]),
    }
    values |= {"difference": say.points(its["difference"])}
    values |= {"low": say.signed(its["low"]), "high": say.signed(its["high"])}
    key = "small one seed" if its["reason"] == "one seed" else f"small {its['verdict']}"
    if its["reason"] == "not distinguishable" and its["low"] * its["high"] > 0:
        key = "small not after correction"
    return [say("sizes", **sizes), say("dense share", **shares), say(key, **values)]


def _dense_share(member, networks):
    network = next(
        network for network in networks if all(network[name] == member[name] for name in ("family", "width"))
    )
    dense = sum(row["params"] for row in network["layers"] if row["layer"] == "Dense")
    return dense / network["params"]


def recipe_effect(say, found):
    """What other recipes do to one network's validation accuracy: one sentence.

    found: one of comparison.json's recipe_effects.
    """
    base, sides = found["base"], {}
    for other in found["others"]:
        its = other["splits"]["validation"]
        named = say("recipe by", recipe=other["member"]["recipe"], difference=say.points(its["difference"]))
        sides.setdefault(its["reason"] or its["verdict"], []).append(named)
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


def main_pairs(result):
    """The pairs that the headline speaks of (list): the first family against every control.

    Of several recipes, the first with the most sizes in common.
    """
    by_recipe = {}
    for found in result["pairs"]:
        if found["family"] == result["families"][0]:
            by_recipe.setdefault(found["recipe"], []).append(found)
    return max(by_recipe.values(), key=lambda pairs: sum(len(one["budgets"]) for one in pairs), default=[])


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


def shared_budgets(result):
    """The pairs of networks that several recipes compare at equal size (list of dicts).

    Each has family, control and params, and in "budgets" what each recipe found, by its name.
    """
    found = {}
    for one in result["pairs"]:
        for budget in one["budgets"]:
            networks = one["family"], budget["family"]["width"], one["control"], budget["control"]["width"]
            shared = {"family": one["family"], "control": one["control"], "params": budget["params"]}
            shared = found.setdefault(networks, shared | {"budgets": {}})
            shared["budgets"][one["recipe"]] = budget
    return [shared for shared in found.values() if len(shared["budgets"]) > 1]


def change(shared, split):
    """Whether a verdict depends on the recipe: "turns", "changes" or "stays", a phrase's key (str).

    shared: one of ``shared_budgets``.
    """
    verdicts = {budget["splits"][split]["verdict"] for budget in shared["budgets"].values()}
    return "turns" if {"ahead", "behind"} <= verdicts else "changes" if len(verdicts) > 1 else "stays"


def changes(say, result, runs):
    """Which verdicts change with the recipe: one sentence, none where recipes share no verdict (list)."""
    shared, final, length = shared_budgets(result), result["final"], epochs(runs)
    if not shared:
        return []
    names = sorted({recipe for one in shared for recipe in one["budgets"]}, key=lambda name: length[name])
    recipes = say.joined([say("recipe epochs", recipe=name, epochs=count(length[name])) for name in names])
    told = []
    for one in shared:
        if change(one, final) != "stays":
            verdicts = {
                name: one["budgets"][name]["splits"][final] for name in names if name in one["budgets"]
            }
            parts = [
                say("verdict by", verdict=say(f"verdict {its['verdict']}"), recipe=name)
                for name, its in verdicts.items()
            ]
            values = {name: say.family(one[name]) for name in ("family", "control")}
            values |= {"params": count(one["params"]), "verdicts": say("joined").join(parts)}
            told.append(say("verdict changes", **values))
    values = {"recipes": recipes, "count": count(len(shared))}
    if not told:
        return [say("no change", **values)]
    return [say("some change", changed=count(len(told)), changes=say("semicolon").join(told), **values)]


def headline(say, result, runs):
    """The answer in a few sentences (list): pairs with their crossings, and what to hold against them.

    runs: table of the runs (DataFrame).
    """
    final = result["final"]
    sentences = (
        [] if main_pairs(result) else [recipe_effect(say, found) for found in result["recipe_effects"]]
    )
    if not sentences and not main_pairs(result):
        sentences = [*(choice(say, result)[:1] if result["best"] else []), say("no pair")]
    for found in main_pairs(result):
        crosses = found["crossing"][final]["status"] == "crosses"
        answer = [pair(say, found, final)] + ([crossing(say, found, final)] if crosses else [])
        sentences.append(under(say, result, found["recipe"], answer))
    if final == "validation":
        sentences.append(say("only validation"))
    finished = runs[runs.status == "finished"]
    learning = (finished.best_epoch == finished.epochs).sum()
    if shared_budgets(result):
        sentences += changes(say, result, runs)
    elif main_pairs(result) and 2 * learning > len(finished):
        sentences.append(say("still learning", count=count(learning), finished=count(len(finished))))
    return [*sentences, say("stand-in")] if result["stand_in"] else sentences
