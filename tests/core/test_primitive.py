import jax
import jax.numpy as jnp
import numpy as np

from vitreous.kernels import phasor


def test_operations_run_where_jit_is_disabled():
    with jax.disable_jit():
        np.testing.assert_allclose(phasor(jnp.array([0.0, jnp.pi])), [1, -1], atol=1e-15)
