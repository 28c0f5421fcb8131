"""Which rows a step sees, and how they are mixed."""

import numpy as np
import pytest

from widthwise.plumbing.errors import UserError
from widthwise.training import batches

SPLIT = {"start": 10, "stop": 80}


def test_every_epoch_visits_all_rows_in_an_order_of_its_own():
    orders = [batches.epoch_order(100, seed, epoch) for seed, epoch in ((0, 1), (0, 1), (0, 2), (1, 1))]
    assert all(sorted(order) == list(range(100)) for order in orders)
    assert np.array_equal(orders[0], orders[1])
    assert not any(np.array_equal(orders[0], other) for other in orders[2:])


def test_training_drops_the_last_smaller_batch():
    found = batches.epoch_batches(SPLIT, {"batch_size": 16}, seed=0, epoch=1)
    assert [len(rows) for rows in found] == [16] * 4
    assert set(np.concatenate(found)) < set(range(10, 80))


def test_fewer_rows_than_a_batch_make_one_batch():
    assert batches.sizes(SPLIT, {"batch_size": 512}) == (70, 1)
    (rows,) = batches.epoch_batches(SPLIT, {"batch_size": 512}, seed=0, epoch=1)
    assert sorted(rows) == list(range(10, 80))


def test_validation_fills_up_its_last_batch_with_rows_that_do_not_count():
    (first, all_count), (last, counted) = batches.validation_batches({"start": 5, "stop": 11}, 4)
    assert first.tolist() == [5, 6, 7, 8] and all_count.tolist() == [1, 1, 1, 1]
    assert last.tolist() == [9, 10, 10, 10] and counted.tolist() == [1, 1, 0, 0]


def test_mixup_lambdas_follow_the_beta_distribution_of_their_step():
    draws = [batches.mixup_lambda(0.2, 1, step) for step in range(2000)]
    assert draws == [batches.mixup_lambda(0.2, 1, step) for step in range(2000)]
    assert batches.mixup_lambda(0, 1, 5) == 1
    assert np.mean(draws) == pytest.approx(0.5, abs=0.05)
    assert np.var(draws) == pytest.approx(1 / (4 * (2 * 0.2 + 1)), abs=0.01)  # of Beta(a, a)


def test_without_soft_targets_a_student_fails_in_one_line(tmp_path):
    (tmp_path / "seed1.npy").write_bytes(b"")
    with pytest.raises(UserError, match=r"seed1\.npy: it is empty, since a teacher failed"):
        batches.load_soft_targets(str(tmp_path / "seed1.npy"), 1)
