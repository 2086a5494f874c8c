import jax.numpy as jnp
import numpy as np

from tests.transforms.catalogue._case import case
from vitreous.datasets import ParticleBatch


@case(ParticleBatch, shaped=False)
def batch():
    def average(images):
        batch = ParticleBatch(images, None, None, jnp.arange(3), jnp.array([True, True, False]))
        assert batch.images is not None
        return jnp.mean(batch.images, axis=0, where=batch.mask[:, None, None])

    return average, (jnp.asarray(np.random.default_rng(0).normal(size=(3, 4, 4))),)
