import numpy as np
import pytest

from vitreous._core import InputError
from vitreous.harmonics import invariant_labels, moment_count, moment_index, moment_labels, moment_order


@pytest.mark.parametrize("order", [0, 1, 2, 7, 20])
def test_labels_are_in_the_order_of_the_indices(order):
    labels = moment_labels(order)
    assert labels.shape == (3, moment_count(order))
    assert [moment_index(*map(int, nlm)) for nlm in labels.T] == list(range(moment_count(order)))
    assert len(np.unique(labels[:2], axis=1).T) == invariant_labels(order).shape[1]


def test_counts_are_those_of_the_literature():
    # (n + 1)(n + 2)(n + 3) / 6 functions in all, of which those with m = 0 have no mirror image.
    for order in (5, 50):
        stored = moment_count(order)
        axial = invariant_labels(order).shape[1]
        assert 2 * stored - axial == (order + 1) * (order + 2) * (order + 3) // 6


def test_the_order_is_found_from_the_count():
    assert [moment_order(moment_count(order)) for order in range(60)] == list(range(60))
    with pytest.raises(InputError, match="not those of any order"):
        moment_order(12)


@pytest.mark.parametrize("nlm", [(2, 1, 0), (1, 1, 2), (2, 4, 0), (2, 2, -1)])
def test_what_is_no_moment_has_no_index(nlm):
    with pytest.raises(InputError, match="no moment"):
        moment_index(*nlm)


def test_negative_orders_are_refused():
    with pytest.raises(InputError, match="negative"):
        moment_count(-1)
