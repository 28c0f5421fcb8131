import numpy as np
import pytest
from scipy.stats import norm

from widthwise.evaluation.statistics import (
    Spread,
    contrast,
    holm,
    seed_interval,
    shared_spreads,
    t_interval,
    wilson_interval,
)

SLEEP = [1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4]  # Student 1908, The probable error of a mean


def test_t_interval_of_students_sleep_data():
    # as in the help page of R's t.test
    assert t_interval(SLEEP) == pytest.approx((0.7001142, 2.4598858), abs=1e-7)


def test_t_interval_of_nist():
    # NIST/SEMATECH e-Handbook 1.3.5.2, ZARR13.DAT: N = 195, mean 9.261460, standard deviation 0.022789
    values = np.linspace(-1, 1, 195)
    values = 9.261460 + 0.022789 * values / values.std(ddof=1)
    assert t_interval(values) == pytest.approx((9.258242, 9.264679), abs=2e-6)


def test_t_interval_needs_two_values_and_bears_equal_ones():
    assert t_interval([0.5]) is None
    assert t_interval([0.5, 0.5, 0.5]) == (0.5, 0.5)


@pytest.mark.parametrize(
    ("correct", "rows", "interval"),
    [  # Newcombe 1998, Statistics in Medicine 17, table I, method 3
        (81, 263, (0.2553, 0.3662)),
        (15, 148, (0.0624, 0.1605)),
        (0, 20, (0.0000, 0.1611)),
        (1, 29, (0.0061, 0.1718)),
    ],
)
def test_wilson_interval_of_newcombe(correct, rows, interval):
    assert wilson_interval(correct, rows) == pytest.approx(interval, abs=5e-5)


def test_holm_of_four_hypotheses():
    # the worked example of the article "Holm-Bonferroni method" in Wikipedia: two of four are rejected
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []


def study(random, accuracies, spread, seeds, images):
    """Right answers (images, networks x seeds); seeds differ by ``spread``, some images are hard for all."""
    difficulty = random.normal(size=(images, 1))
    chance = np.repeat(accuracies, seeds) + random.normal(0, spread, len(accuracies) * seeds)
    noise = random.normal(size=(images, len(chance)))
    return np.sqrt(0.6) * difficulty + np.sqrt(0.4) * noise < norm.ppf(chance)


def difference(right, seeds=3, shared=True):
    """The first network of ``study`` less the second, with spreads shared by all of them or not."""
    networks = [list(range(start, start + seeds)) for start in range(0, right.shape[1], seeds)]
    groups = [range(len(networks)) if shared else [index] for index in range(len(networks))]
    spreads = shared_spreads(groups, [right[:, runs].mean(axis=0) for runs in networks])
    return contrast(right, [(1, networks[0], spreads[0]), (-1, networks[1], spreads[1])])


def test_a_shared_spread_is_the_larger_of_own_and_pooled():
    values = [[0.50, 0.52], [0.50, 0.50, 0.53], [0.5], [0.9, 0.9]]
    alone, first, one_seed, equal = shared_spreads([[0], [0, 1, 2], [2], [0, 3]], values)
    assert (alone.variance, alone.freedom) == (pytest.approx(0.0002), 1)
    assert (first.variance, first.freedom) == (
        pytest.approx(0.0003),
        3,
    )  # its own; pooled (.0002 + .0006) / 3
    assert one_seed is None
    assert (equal.variance, equal.freedom) == (pytest.approx(0.0001), 2)


def test_a_shared_spread_narrows_the_interval_of_a_mean():
    values = [[0.48, 0.50, 0.52]] * 3
    own, shared = (shared_spreads(groups, values)[0] for groups in ([[0]] * 3, [[0, 1, 2]] * 3))
    assert t_interval(values[0], spread=own) == pytest.approx(t_interval(values[0]))
    low, high = t_interval(values[0], spread=shared)
    assert high - low == pytest.approx(
        2 * 2.446912 * 0.02 / np.sqrt(3), rel=1e-5
    )  # t of 6 degrees of freedom
    assert seed_interval([0.99, 1.0], Spread(0.01, 5))[1] == 1


def test_one_seed_interval_is_the_paired_one_over_images():
    right = study(np.random.default_rng(1), [0.6, 0.5], 0, 1, 2000)
    found = difference(right, seeds=1)
    paired = right[:, 0].astype(float) - right[:, 1]
    assert found.difference == pytest.approx(paired.mean())
    assert (found.low, found.high) == pytest.approx(t_interval(paired))
    assert not found.seeds


@pytest.mark.parametrize("spread", [0.0, 0.015])
def test_interval_of_a_difference_covers_the_truth_and_no_more(spread):
    """400 studies: 380 expected to be covered, deviation 4.4; with the larger spread, a little more."""
    random = np.random.default_rng(0)
    found = [difference(study(random, [0.6, 0.57, 0.55], spread, 3, 300)) for _ in range(400)]
    covered = sum(one.low <= 0.03 <= one.high for one in found) / len(found)
    assert 0.93 <= covered <= 0.99
    assert spread == 0 or covered <= 0.975


def test_the_detectable_difference_is_told_in_four_of_five_studies():
    random = np.random.default_rng(7)
    spread, seeds, images = 0.012, 3, 300
    several = [difference(study(random, [0.6, 0.6, 0.6], spread, seeds, images)) for _ in range(50)]
    true = np.median([one.detectable() for one in several])
    found = [difference(study(random, [0.6 + true, 0.6, 0.6], spread, seeds, images)) for _ in range(200)]
    assert 0.7 <= np.mean([one.p < 0.05 and one.difference > 0 for one in found]) <= 0.9
    assert several[0].detectable(4) > several[0].detectable()


def test_more_spread_over_seeds_widens_the_interval():
    widths = []
    for spread in (0, 0.05):
        found = difference(study(np.random.default_rng(2), [0.6, 0.6], spread, 3, 3000))
        widths.append(found.high - found.low)
    assert widths[1] > 1.5 * widths[0]


def test_shared_spreads_narrow_the_interval_of_a_difference():
    random = np.random.default_rng(8)
    found = [study(random, [0.6] * 3, 0.02, 3, 1000) for _ in range(40)]
    own, shared = (
        np.mean([one.high - one.low for one in (difference(right, shared=share) for right in found)])
        for share in (False, True)
    )
    assert shared < 0.97 * own


def test_pairing_over_images_narrows_the_interval():
    random = np.random.default_rng(3)
    hard = random.random((2000, 1)) < 0.4
    alike = ~hard & (random.random((2000, 2)) < 0.95)
    apart = np.stack([alike[:, 0], random.permutation(alike[:, 1])], axis=1)
    widths = [found.high - found.low for found in (difference(right, seeds=1) for right in (alike, apart))]
    assert widths[0] < 0.7 * widths[1]


def test_a_network_does_not_differ_from_itself():
    right = study(np.random.default_rng(4), [0.5], 0.02, 1, 300)
    found = difference(np.hstack([right, right]), seeds=1)
    assert (found.difference, found.low, found.high, found.p) == (0, 0, 0, 1)


def test_difference_is_antisymmetric():
    right = study(np.random.default_rng(5), [0.6, 0.5], 0.01, 3, 800)
    one, other = difference(right), difference(right[:, [3, 4, 5, 0, 1, 2]])
    assert (other.difference, other.low, other.p) == pytest.approx((-one.difference, -one.high, one.p))


def test_four_networks_make_a_difference_of_differences():
    right = study(np.random.default_rng(9), [0.7, 0.5, 0.6, 0.6], 0.01, 3, 3000)
    spread = Spread(0.0001, 8)
    columns = [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9, 10, 11]]
    signs = (1, -1, -1, 1)
    found = contrast(right, [(sign, runs, spread) for sign, runs in zip(signs, columns, strict=True)])
    assert found.low < 0.2 < found.high
    assert found.p < 0.001
