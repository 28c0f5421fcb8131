"""How sure a figure is: intervals, paired tests and the shape of accuracy curves.

Thin wrappers over scipy and statsmodels where they have it. Two sources of chance are kept
apart throughout: which *images* happened to be in the test set, and which *seeds* the networks
happened to be trained with. Accuracies and differences are fractions, never per cent.
"""

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
