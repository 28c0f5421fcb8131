"""Which interval covers 95 % and is shortest: for a mean over seeds, and for a difference at equal size.

Simulates studies of three families at four sizes under one recipe. A run's accuracy is its network's, plus
chance in the seed (normal; "spread" below, in points), plus chance in the test images, half of which is
shared by all networks. The rules differ in whose seeds tell a network's spread:

- own: its own seeds alone;
- sizes: the seeds of its family at all sizes, pooled;
- equals: the seeds of all families at its size, pooled;
- larger: the larger of "own" and "equals", with the degrees of freedom of "equals"; the one in use
  (``statistics.shared_spreads``).

Per scenario and rule: the coverage (%) at the size where it is lowest and where it is highest, and the mean
half width (points). Writes intervals.csv and prints it; ten seconds, by ``make bench-intervals``.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

SCENARIOS = {  # true spread over seeds in points: families x sizes
    "alike": np.full((3, 4), 1.0),
    "falls with size": np.tile([2.0, 0.9, 0.7, 0.6], (3, 1)),  # much as on FER2013
    "one family twice": np.outer([1.6, 0.8, 0.8], np.ones(4)),
    "one network twice": np.array([[2, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 1]], float),
    "hardly any": np.full((3, 4), 0.2),
}
SHARED, OWN = 0.45, 0.35  # chance in 7,178 images, points: of a difference, and of a run by itself


def pooled(variances, seeds, axis):
    """The mean variance along an axis, for all; and its degrees of freedom."""
    shape = variances.shape
    return np.broadcast_to(variances.mean(axis, keepdims=True), shape), shape[axis] * (seeds - 1)


def simulate(spread, seeds, studies, random):
    """Coverage by size and mean half width of every rule: a list of dict."""
    spread = np.sqrt(spread**2 + OWN**2)
    runs = random.normal(size=(studies, *spread.shape, seeds)) * spread[..., None]
    means, own = runs.mean(axis=-1), runs.var(axis=-1, ddof=1)
    equals, freedom = pooled(own, seeds, 1)
    rules = {
        "own": (own, seeds - 1),
        "sizes": pooled(own, seeds, 2),
        "equals": (equals, freedom),
        "larger": (np.maximum(own, equals), freedom),
    }
    gap = means[:, 0] - means[:, 1] + SHARED * random.normal(size=means[:, 0].shape)
    images = SHARED**2 + 2 * OWN**2 / seeds  # as seen image by image: what single runs add is in there, too
    rows = []
    for rule, (variance, freedom) in rules.items():
        parts = variance[:, :2] / seeds
        total = parts.sum(axis=1) + images - 2 * OWN**2 / seeds
        reach = stats.t.ppf(0.975, total**2 / (parts**2 / freedom).sum(axis=1)) * np.sqrt(total)
        single = stats.t.ppf(0.975, freedom) * np.sqrt(variance[:, 0] / seeds)
        for what, error, half in (("difference", gap, reach), ("mean", means[:, 0], single)):
            covered = 100 * (np.abs(error) <= half).mean(axis=0)
            row = {"interval": what, "seeds": seeds, "rule": rule, "lowest": covered.min()}
            rows.append(row | {"highest": covered.max(), "half_width": half.mean()})
    return rows


def table(studies, seed=0):
    """All scenarios and numbers of seeds: a DataFrame."""
    random = np.random.default_rng(seed)
    rows = []
    for scenario, spread in SCENARIOS.items():
        for seeds in (2, 3, 5):
            rows += [{"scenario": scenario} | row for row in simulate(spread, seeds, studies, random)]
    return pd.DataFrame(rows).sort_values(["interval", "seeds"], kind="stable", ignore_index=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--studies", type=int, default=20_000, help="simulated in each scenario")
    parser.add_argument("--output", type=Path, default=Path("results/bench"), help="folder for intervals.csv")
    arguments = parser.parse_args()
    found = table(arguments.studies).round(2)
    arguments.output.mkdir(parents=True, exist_ok=True)
    found.to_csv(arguments.output / "intervals.csv", index=False)
    wide = found.assign(cell=[f"{a:.1f}-{b:.1f} {w:.2f}" for a, b, w in found.iloc[:, -3:].to_numpy()])
    order = ["interval", "seeds", "scenario"]
    wide = wide.pivot(index=order, columns="rule", values="cell").reindex(
        found.set_index(order).index.unique()
    )
    print("lowest-highest coverage (%), half width (points)")
    print(wide[["own", "sizes", "equals", "larger"]].to_string())
