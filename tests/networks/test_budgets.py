"""Widths that are solved for."""

import pytest

from widthwise.networks import architectures, budgets, counts
from widthwise.plumbing.errors import UserError

GREY = (48, 48, 1)


def params(family, width):
    return counts.totals(architectures.network(family, width, 7, image_shape=GREY), GREY)["params"]


@pytest.mark.parametrize("family", ["mobilenet", "cnn", "plain", "resnet"])
@pytest.mark.parametrize("budget", [5_000, 20_000, 75_000, 250_000, 1_000_000])
def test_a_budget_is_met_by_the_closest_width(family, budget):
    width = budgets.width_for_budget(family, budget, 7, GREY)
    found = abs(params(family, width) - budget)
    assert found <= budget * 0.10
    for other in (width * 0.999, width * 1.001, width * 0.99, width * 1.01):
        assert found <= abs(params(family, other) - budget)


@pytest.mark.parametrize("family", architectures.names())
@pytest.mark.parametrize("width", [0.25, 1, 3])
def test_the_count_of_a_width_is_met_exactly(family, width):
    budget = params(family, width)
    assert params(family, budgets.width_for_budget(family, budget, 7, GREY)) == budget


def test_a_budget_out_of_reach_names_the_closest_count():
    with pytest.raises(UserError, match=r"cnn: .* 10 % of 10 parameters; the closest has 124"):
        budgets.width_for_budget("cnn", 10, 7, GREY)
    with pytest.raises(UserError, match=r"no width up to 64 .* the closest has"):
        budgets.width_for_budget("mobilenet", 10**12, 7, GREY)
