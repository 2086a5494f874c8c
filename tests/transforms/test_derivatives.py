"""Every class differentiated in every argument; the other transformations are in `test_table.py`."""

import jax
import jax.numpy as jnp
import pytest

from tests.transforms import measure
from tests.transforms.catalogue import CASES

cases = pytest.mark.parametrize("case", CASES.values(), ids=CASES)
once = pytest.mark.parametrize("case", [pytest.param(c, id=name) for name, c in CASES.items() if not c.again])


@once
def test_derivatives_in_every_argument(case):
    measure.derivatives(case)


@cases
def test_single_precision_stays_single(case):
    function, arguments = case.at()
    single = jax.tree.map(lambda leaf: jax.ShapeDtypeStruct(leaf.shape, jnp.float32), arguments)
    assert jax.eval_shape(function, *single).dtype == jnp.float32
