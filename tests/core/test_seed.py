"""What the generators take as a seed."""

import jax
import numpy as np
import pytest

from vitreous._core import InputError, check_seed


def test_the_ends_of_the_range_are_taken_by_both_generators():
    for seed in (0, 2**32 - 1):
        check_seed(seed)
        np.random.default_rng(seed)
        with jax.enable_x64(False):
            assert int(jax.random.key_data(jax.random.key(seed))[1]) == seed


@pytest.mark.parametrize("seed", [-1, 2**32, 2**64])
def test_others_are_refused_by_name(seed):
    with pytest.raises(InputError, match=f"--seed {seed} must be between") as caught:
        check_seed(seed)
    assert caught.value.hint
