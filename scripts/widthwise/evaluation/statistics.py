"""How sure a figure is: intervals, paired tests and the shape of accuracy curves.

Thin wrappers over scipy and statsmodels where they have it. Two sources of chance are kept
apart throughout: which *images* happened to be in the test set, and which *seeds* the networks
happened to be trained with. Accuracies and differences are fractions, never per cent.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

LEVEL = 0.95


def t_interval(values, level=LEVEL):
    """Student's t interval for the mean over seeds.

    values: floats, one per seed. Returns (low, high), or None with fewer than two values, which
    say nothing of their spread. Source: NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.5.2.
    """
    values = np.asarray(values, float)
    if len(values) < 2:
        return None
    low, high = stats.ttest_1samp(values, 0).confidence_interval(level) if np.ptp(values) else 2 * [values[0]]
    return float(low), float(high)


def seed_interval(accuracies):
    """The ``t_interval`` of accuracies (fractions, one per seed), cut to what an accuracy can be: 0 to 1."""
    interval = t_interval(accuracies)
    return interval and tuple(min(max(end, 0.0), 1.0) for end in interval)


def wilson_interval(correct, rows, level=LEVEL):
    """Wilson's score interval for an accuracy over test images.

    correct, rows: counts of images. Returns (low, high), fractions. Source: Wilson 1927,
    https://doi.org/10.2307/2276774.
    """
    low, high = proportion_confint(correct, rows, alpha=1 - level, method="wilson")
    return float(low), float(high)


def mcnemar_test(first, second):
    """McNemar's exact test: do two models err equally often on the same images?

    first, second: bool (images,), right or wrong. Returns (images only the first has right, images
    only the second has right, p). Source: the binomial form in Agresti, Categorical Data Analysis, 10.1.
    """
    first, second = np.asarray(first, bool), np.asarray(second, bool)
    only_first, only_second = int(np.sum(first & ~second)), int(np.sum(~first & second))
    table = [[0, only_first], [only_second, 0]]
    p = float(mcnemar(table, exact=True).pvalue) if only_first + only_second else 1.0
    return only_first, only_second, min(p, 1.0)


def holm(p_values):
    """p values corrected for looking several times (Holm 1979, https://www.jstor.org/stable/4615733).

    Returns a list of floats in the given order; an empty list gives an empty one.
    """
    return [float(p) for p in multipletests(p_values, method="holm")[1]] if len(p_values) else []


@dataclass(frozen=True)
class Difference:
    """A difference of two mean accuracies, its interval and two-sided p value (fractions).

    seeds: whether chance in the seeds is in the interval; without it, it covers images alone.
    """

    difference: float
    low: float
    high: float
    p: float
    seeds: bool


class Bootstrap:
    """Paired bootstrap of accuracies over the same images, and over the seeds of each network.

    A replicate draws images with replacement, the same for all networks, and then, for every network
    by itself, seeds with replacement. Redrawing n seeds understates the variance of their mean by
    (n - 1) / n, much with few seeds; deviations from the mean are stretched to make up for it. Source:
    Davison and Hinkley 1997, Bootstrap Methods and their Application, 2.4 (paired) and 3.8 (hierarchical).

    right: bool (images, runs), which run has which image right; replicates: how often to redraw; seed: of
    the redrawing. A network is given to the methods as the list of its runs' columns, one per seed.
    """

    def __init__(self, right, replicates=2000, seed=0):
        self.right = np.asarray(right, np.float32)  # counts of images stay exact below 2**24
        self.observed = self.right.mean(axis=0, dtype=float)
        self.seed = seed
        images = len(self.right)
        random = np.random.default_rng(seed)
        self.redrawn = np.empty((replicates, self.right.shape[1]))
        for start in range(0, replicates, 256):
            part = self.redrawn[start : start + 256]
            drawn = [np.bincount(random.integers(0, images, images), minlength=images) for _ in part]
            part[:] = np.asarray(drawn, np.float32) @ self.right / images

    def means(self, networks):
        """Mean accuracies with images and seeds redrawn: float (replicates, networks)."""
        random = np.random.default_rng([self.seed, 1])
        columns = []
        for runs in networks:
            redrawn = self.redrawn[:, runs]
            centre, seeds = redrawn.mean(axis=1), len(runs)
            chosen = random.integers(0, seeds, (len(redrawn), seeds))
            deviation = np.take_along_axis(redrawn, chosen, axis=1).mean(axis=1) - centre
            columns.append(centre + deviation * np.sqrt(seeds / max(seeds - 1, 1)))
        return np.stack(columns, axis=1)

    def difference(self, first, second, level=LEVEL):
        """Mean accuracy of one network less another's: a ``Difference``.

        The bootstrap gives the standard error, Student's t the quantile, with the degrees of freedom of
        Welch 1947 (https://doi.org/10.2307/2332510) for the parts that images and both networks' seeds
        have in the variance. Where seeds differ on single images that part counts twice, which errs on
        the wide side. With one seed in either network the interval is over the images alone.
        """
        difference = float(self.observed[first].mean() - self.observed[second].mean())
        seeds = min(len(first), len(second)) > 1
        gaps = self.redrawn[:, first].mean(axis=1) - self.redrawn[:, second].mean(axis=1)
        parts, freedom = [gaps.var(ddof=1)], [len(self.right) - 1]
        if seeds:
            parts += [self.observed[runs].var(ddof=1) / len(runs) for runs in (first, second)]
            freedom += [len(first) - 1, len(second) - 1]
            gaps = np.diff(self.means([second, first])).ravel()
        error = float(gaps.std(ddof=1))
        if error == 0:
            return Difference(difference, difference, difference, float(difference == 0), seeds)
        freedom = sum(parts) ** 2 / sum(part**2 / free for part, free in zip(parts, freedom, strict=True))
        low, high = stats.t.interval(level, freedom, difference, error)
        p = 2 * stats.t.sf(abs(difference) / error, freedom)
        return Difference(difference, float(low), float(high), float(p), seeds)

    def crossing(self, first, second, level=LEVEL):
        """Where two curves of accuracy against the logarithm of parameters cross.

        first, second: {params: network}, joined by straight lines. Returns a ``Crossing``: percentile
        intervals (Davison and Hinkley 1997, 5.3), which with few seeds are somewhat too narrow. None
        where the curves have no stretch of parameters in common.
        """
        low, high = max(min(first), min(second)), min(max(first), max(second))
        if low >= high:
            return None
        knots = np.array(sorted({params for params in (*first, *second) if low <= params <= high}))

        def gap(means):
            return _interpolated(first, means(first.values()), knots) - _interpolated(
                second, means(second.values()), knots
            )

        return _crossing(gap(self._observed_means)[0], gap(self.means), knots, level)

    def _observed_means(self, networks):
        return np.array([[self.observed[runs].mean() for runs in networks]])


@dataclass(frozen=True)
class Crossing:
    """Where one accuracy curve crosses another.

    status: "ahead" or "behind" (the first curve, wherever both run), "crosses", "cannot tell"; params, low,
    high: the crossing and its interval, None unless it crosses; left: "ahead" or "behind" before it;
    start, stop: the parameter counts between which both curves run.
    """

    status: str
    params: float | None
    low: float | None
    high: float | None
    left: str | None
    start: int
    stop: int


def _interpolated(curve, means, knots):
    """Means (replicates, networks) at other parameter counts, on straight lines over log(params)."""
    params = np.array(list(curve), float)
    order = np.argsort(params)
    lines = [np.interp(np.log(knots), np.log(params[order]), unit) for unit in np.eye(len(params))]
    return means[:, order] @ np.array(lines)


def _crossing(observed, gaps, knots, level):
    left, right = gaps[:, 0], gaps[:, -1]
    shares = {
        "ahead": np.mean((gaps > 0).all(axis=1)),
        "behind": np.mean((gaps < 0).all(axis=1)),
        ("crosses", "ahead"): np.mean((left > 0) & (right < 0)),
        ("crosses", "behind"): np.mean((left < 0) & (right > 0)),
    }
    status = max(shares, key=shares.get)
    span = {"start": int(knots[0]), "stop": int(knots[-1])}
    if shares[status] < level or not isinstance(status, tuple):
        status = status if shares[status] >= level else "cannot tell"
        return Crossing(status, None, None, None, None, **span)
    low, high = np.quantile(_last_roots(gaps, knots), [(1 - level) / 2, (1 + level) / 2])
    found = _last_roots(observed[None], knots)
    params = found[0] if len(found) else np.sqrt(low * high)
    return Crossing("crosses", float(params), float(low), float(high), status[1], **span)


def _last_roots(gaps, knots):
    """Parameter counts after which the order stays, for the rows whose ends have opposite signs."""
    gaps = gaps[gaps[:, 0] * gaps[:, -1] < 0]
    steps = np.signbit(gaps[:, :-1]) != np.signbit(gaps[:, 1:])
    last = steps.shape[1] - 1 - steps[:, ::-1].argmax(axis=1)
    rows = np.arange(len(gaps))
    before, after = gaps[rows, last], gaps[rows, last + 1]
    logs = np.log(knots)
    return np.exp(logs[last] + before / (before - after) * (logs[last + 1] - logs[last]))
