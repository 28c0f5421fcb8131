import numpy as np
import pytest

from widthwise.evaluation.statistics import Bootstrap, holm, mcnemar_test, t_interval, wilson_interval

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


def test_mcnemar_of_fay():
    # Fay 2010, vignette "exactMcNemar" of the R package exact2x2: 21, 9, 2, 12 give p = 0.06543
    first = [True] * 21 + [True] * 9 + [False] * 2 + [False] * 12
    second = [True] * 21 + [False] * 9 + [True] * 2 + [False] * 12
    assert mcnemar_test(first, second) == (9, 2, pytest.approx(0.06542969, abs=1e-7))


def test_mcnemar_of_models_that_agree():
    assert mcnemar_test([True, False], [True, False]) == (0, 0, 1.0)


def test_holm_of_four_hypotheses():
    # the worked example of the article "Holm-Bonferroni method" in Wikipedia: two of four are rejected
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []


def study(random, accuracies, spread, seeds, images):
    """Right answers (images, networks x seeds); seeds differ by ``spread``, some images are hard for all."""
    difficulty = random.normal(size=(images, 1))
    chance = np.repeat(accuracies, seeds) + random.normal(0, spread, len(accuracies) * seeds)
    noise = random.normal(size=(images, len(chance)))
    score = (difficulty + noise) / np.sqrt(2)
    levels = np.array([np.quantile(random.normal(size=20_000), min(max(c, 0), 1)) for c in chance])
    return score < levels


def test_one_seed_interval_is_the_paired_one_over_images():
    right = study(np.random.default_rng(1), [0.6, 0.5], 0, 1, 2000)
    found = Bootstrap(right, 4000).difference([0], [1])
    paired = right[:, 0].astype(float) - right[:, 1]
    assert found.difference == pytest.approx(paired.mean())
    assert (found.low, found.high) == pytest.approx(t_interval(paired), abs=0.002)
    assert not found.seeds


def test_interval_of_a_difference_covers_the_truth():
    random = np.random.default_rng(0)
    covered = 0
    for _ in range(200):
        right = study(random, [0.6, 0.57], 0.015, 3, 500)
        found = Bootstrap(right, 200).difference([0, 1, 2], [3, 4, 5])
        covered += found.low <= 0.03 <= found.high
    assert covered >= 182  # 190 expected; fewer than 182 has a chance of 0.6 % at true coverage of 95 %


def test_more_spread_over_seeds_widens_the_interval():
    widths = []
    for spread in (0, 0.05):
        right = study(np.random.default_rng(2), [0.6, 0.6], spread, 3, 3000)
        found = Bootstrap(right, 500).difference([0, 1, 2], [3, 4, 5])
        widths.append(found.high - found.low)
    assert widths[1] > 1.5 * widths[0]


def test_pairing_over_images_narrows_the_interval():
    random = np.random.default_rng(3)
    hard = random.random((2000, 1)) < 0.4
    alike = ~hard & (random.random((2000, 2)) < 0.95)
    apart = np.stack([alike[:, 0], random.permutation(alike[:, 1])], axis=1)
    widths = [found.high - found.low for found in (Bootstrap(r).difference([0], [1]) for r in (alike, apart))]
    assert widths[0] < 0.7 * widths[1]


def test_a_network_does_not_differ_from_itself():
    right = study(np.random.default_rng(4), [0.5], 0.02, 1, 300)
    found = Bootstrap(np.hstack([right, right])).difference([0], [1])
    assert (found.difference, found.low, found.high, found.p) == (0, 0, 0, 1)


def test_difference_is_antisymmetric_and_repeatable():
    bootstrap = Bootstrap(study(np.random.default_rng(5), [0.6, 0.5], 0.01, 3, 800), 500)
    one, again = (bootstrap.difference([0, 1, 2], [3, 4, 5]) for _ in range(2))
    other = bootstrap.difference([3, 4, 5], [0, 1, 2])
    assert one == again
    assert other.difference == pytest.approx(-one.difference)


def curves(first, second, images=3000):
    """A bootstrap of two families, three sizes each with three seeds, and their networks by parameters."""
    right = study(np.random.default_rng(6), [*first, *second], 0.003, 3, images)
    networks = [list(range(start, start + 3)) for start in range(0, 18, 3)]
    sizes = (1_000, 10_000, 100_000)
    return (
        Bootstrap(right, 500),
        dict(zip(sizes, networks[:3], strict=True)),
        dict(zip(sizes, networks[3:], strict=True)),
    )


def test_crossing_is_found_where_it_is():
    bootstrap, first, second = curves([0.50, 0.55, 0.60], [0.35, 0.55, 0.75])
    found = bootstrap.crossing(first, second)
    assert (found.status, found.left) == ("crosses", "ahead")
    assert found.low < found.params < found.high
    assert found.low <= 10_000 <= found.high
    assert (found.start, found.stop) == (1_000, 100_000)
    assert bootstrap.crossing(second, first).left == "behind"


def test_order_of_a_curve_does_not_matter():
    bootstrap, first, second = curves([0.50, 0.55, 0.60], [0.35, 0.55, 0.75])
    backwards = dict(reversed(first.items()))
    assert bootstrap.crossing(backwards, second).params == pytest.approx(
        bootstrap.crossing(first, second).params, rel=0.2
    )


@pytest.mark.parametrize(("lead", "status"), [(0.1, "ahead"), (-0.1, "behind"), (0, "cannot tell")])
def test_curves_that_do_not_cross(lead, status):
    bootstrap, first, second = curves([0.4 + lead, 0.5 + lead, 0.6 + lead], [0.4, 0.5, 0.6])
    found = bootstrap.crossing(first, second)
    assert found.status == status
    assert found.params is None


def test_curves_without_a_common_stretch():
    bootstrap, first, second = curves([0.4, 0.5, 0.6], [0.4, 0.5, 0.6])
    beyond = {params * 1_000: runs for params, runs in second.items()}
    assert bootstrap.crossing(first, beyond) is None
