"""The gradient of an image in its atoms takes memory for the atoms and the image."""

import pytest

from tests.memory import peak_memory

MEASURED = """
import sys
import jax, jax.numpy as jnp, numpy as np
from vitreous.grids import Sampling
from vitreous.kernels import project_gaussians

n = 200_000
rng = np.random.default_rng(0)
atoms = [jnp.asarray(x, "float32") for x in (rng.uniform(-130, 130, (n, 3)), *rng.uniform(0.3, 1, (2, n, 5)))]


def loss(positions, amplitudes, variances):
    options = {"shape": (256, 256), "pixel_size": 1.3, "sampling": Sampling.AVERAGE}
    image = project_gaussians(positions, amplitudes, variances, **options)
    return jnp.sum(image**2)


gradient = jax.jit(jax.grad(loss)).lower(*atoms).compile()
if sys.argv[1] == "run":
    assert float(jnp.abs(gradient(*atoms)).max()) > 0
"""


@pytest.mark.full
def test_gradient_in_the_positions_of_200_000_atoms():
    assert peak_memory(MEASURED, "run") - peak_memory(MEASURED, "compile") < 300 * 2**20
