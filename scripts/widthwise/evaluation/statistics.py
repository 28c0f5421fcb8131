"""How sure a figure is: intervals over seeds and over images, and tests corrected for their number.

Thin wrappers over scipy and statsmodels where they have it. Two sources of chance are kept
apart throughout: which *images* happened to be in the test set, and which *seeds* the networks
happened to be trained with. Accuracies and differences are fractions, never per cent.
``bench/intervals.py`` simulates how often the intervals cover the truth, and how wide they are.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

LEVEL = 0.95
POWER = 0.8  # at which ``detectable`` gives the smallest difference


@dataclass(frozen=True)
class Spread:
    """How runs of one network vary over seeds: the variance of a single run, and its degrees of freedom."""

    variance: float
    freedom: int


def shared_spreads(
    groups: Sequence[Sequence[int]], values: Sequence[Sequence[float] | np.ndarray]
) -> list[Spread | None]:
    """The spread of every network over seeds, estimated together with networks like it.

    groups: for each network the indices of the networks that share its spread, itself among them;
    values: for each network its accuracies, one per seed. The larger of its own variance and the pooled one
    is taken, with the degrees of freedom of the pooled one: sum(n - 1) over the group. This assumes that the
    spreads within a group are alike; a network that visibly varies more is never told more surely than its
    own seeds allow. None for a network with one seed.
    """
    own = [np.var(runs, ddof=1) if len(runs) > 1 else 0.0 for runs in values]
    spreads: list[Spread | None] = []
    for runs, variance, group in zip(values, own, groups, strict=True):
        weights = [len(values[index]) - 1 for index in group]
        if len(runs) < 2:
            spreads.append(None)
            continue
        pooled = np.average([own[index] for index in group], weights=weights)
        spreads.append(Spread(float(max(variance, pooled)), sum(weights)))
    return spreads


def t_interval(
    values: Sequence[float], level: float = LEVEL, spread: Spread | None = None
) -> tuple[float, float] | None:
    """Student's t interval for the mean over seeds.

    values: floats, one per seed; spread: as of ``shared_spreads``, or None for that of these values alone.
    Returns (low, high), or None with fewer than two values, which say nothing of their spread.
    Source: NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.5.2.
    """
    values = np.asarray(values, float)
    if len(values) < 2:
        return None
    spread = spread or Spread(values.var(ddof=1) if np.ptp(values) else 0.0, len(values) - 1)
    reach = stats.t.ppf((1 + level) / 2, spread.freedom) * np.sqrt(spread.variance / len(values))
    return float(values.mean() - reach), float(values.mean() + reach)


def seed_interval(accuracies: Sequence[float], spread: Spread | None = None) -> tuple[float, float] | None:
    """The ``t_interval`` of accuracies (fractions, one per seed), cut to what an accuracy can be: 0 to 1."""
    interval = t_interval(accuracies, spread=spread)
    return interval and (max(interval[0], 0.0), min(interval[1], 1.0))


def wilson_interval(correct: float, rows: int, level: float = LEVEL) -> tuple[float, float]:
    """Wilson's score interval for an accuracy over test images.

    correct, rows: counts of images. Returns (low, high), fractions. Source: Wilson 1927,
    https://doi.org/10.2307/2276774.
    """
    low, high = proportion_confint(correct, rows, alpha=1 - level, method="wilson")
    return float(low), float(high)


def holm(p_values: Sequence[float]) -> list[float]:
    """p values corrected for testing several times (Holm 1979, https://www.jstor.org/stable/4615733).

    Returns them in the given order; an empty list gives an empty one. statsmodels has it too, but collects
    garbage at each call, which takes longer than all else in a comparison.
    """
    order = np.argsort(p_values)
    steps = np.asarray(p_values, float)[order] * np.arange(len(order), 0, -1)
    corrected = np.empty(len(order))
    corrected[order] = np.minimum(np.maximum.accumulate(steps), 1)
    return corrected.tolist()


@dataclass(frozen=True)
class Estimate:
    """A difference between mean accuracies (fractions), its 95 % interval and two-sided p value.

    error, freedom: its standard error and the degrees of freedom of that; seeds: whether chance in
    the seeds is in the interval; without it, it covers images alone.
    """

    difference: float
    low: float
    high: float
    p: float
    error: float
    freedom: float
    seeds: bool

    def detectable(self, tests: int = 1) -> float:
        """The smallest true difference that a study like this one tells in 80 % of cases (fraction).

        tests: the number of p values that are corrected together; the strictest of them has to do.
        """
        quantiles = stats.t.isf([(1 - LEVEL) / 2 / tests, 1 - POWER], self.freedom)
        return float(quantiles.sum() * self.error)


def contrast(
    right: np.ndarray, networks: Sequence[tuple[int, Sequence[int], Spread | None]], level: float = LEVEL
) -> Estimate:
    """A sum of mean accuracies with signs, such as one network's less another's, over the same images.

    right: bool (images, runs), which run has which image right; networks: for each the sign (1 or -1), the
    columns of its runs, one per seed, and its spread over seeds. Images and seeds are crossed: the images'
    part of the variance is that of the contrast image by image, in which whatever networks have in common
    cancels, and each network's seeds add theirs. What differs from seed to seed on single images is in both
    parts, so it is taken off once. Student's t has the degrees of freedom of Satterthwaite 1946
    (https://doi.org/10.2307/3002019). Where one network has no spread, the interval is over images alone.
    """
    images = len(right)
    difference, per_image = 0.0, np.zeros(images)
    parts, freedoms, repeated = [], [], 0.0
    for sign, columns, spread in networks:
        answers = right[:, columns]
        share, seeds = answers.mean(axis=1), len(columns)
        per_image += sign * share
        difference += sign * float(answers.mean())
        if spread:
            noise = np.mean(share * (1 - share)) * seeds / (seeds - 1) / images
            parts.append(spread.variance / seeds)
            freedoms.append(spread.freedom)
            repeated += min(noise, spread.variance) / seeds
    seeds = all(spread for *_, spread in networks)
    if not seeds:
        parts, freedoms, repeated = [], [], 0.0
    parts.append(per_image.var(ddof=1) / images)
    freedoms.append(images - 1)
    variance = sum(parts) - repeated
    if variance <= 0:
        return Estimate(difference, difference, difference, float(difference == 0), 0.0, images - 1, seeds)
    error = float(np.sqrt(variance))
    freedom = float(
        variance**2 / sum(part**2 / freedom for part, freedom in zip(parts, freedoms, strict=True))
    )
    reach = float(stats.t.ppf((1 + level) / 2, freedom)) * error
    p = float(2 * stats.t.sf(abs(difference) / error, freedom))
    return Estimate(difference, difference - reach, difference + reach, p, error, freedom, seeds)
