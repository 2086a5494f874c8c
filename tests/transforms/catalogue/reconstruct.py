import jax
import jax.numpy as jnp
import numpy as np

from tests.transforms.catalogue._case import case
from vitreous.kernels import cubic_bspline
from vitreous.poses import rotation_from_euler
from vitreous.reconstruct import FourierAccumulator


# Images, their transfer, poses and shifts; a smooth window, so that difference quotients see no step.
@case(FourierAccumulator, shaped=False, single=5e-5)
def insertion():
    random = np.random.default_rng(0)

    def inserted(images, transfer, rotations, offsets):
        empty = FourierAccumulator.empty(8, interpolant=cubic_bspline())
        # It counts in single precision unless told otherwise.
        empty = jax.tree.map(lambda sums: sums.astype(jnp.result_type(sums, images)), empty)
        filled = empty.insert(images, transfer, rotations, offsets=offsets)
        return filled.numerator, filled.weight

    turns = jnp.stack([rotation_from_euler(20.0, 50.0, -70.0), rotation_from_euler(-100.0, 80.0, 10.0)])
    return inserted, (
        jnp.asarray(random.normal(size=(2, 8, 8))),
        jnp.asarray(random.uniform(0.5, 1.0, size=(2, 8, 5))),
        jnp.asarray(turns, float),
        jnp.asarray(random.normal(size=(2, 2))),
    )
