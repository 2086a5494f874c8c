"""A batch of particles that passes through jit."""

import equinox as eqx
from jaxtyping import Array, Bool, Float, Int

from vitreous.optics import Microscope
from vitreous.poses import EulerAnglePose


class ParticleBatch(eqx.Module):
    """Images of particles with what is known of each, on the device: one pytree, as `jax.jit` and `jax.vmap` take it.

    Batches of one loader have one shape, so that one compiled program serves all. The last of an epoch is filled up
    with copies of its last particle, which `mask` tells apart.

    Arguments:
        images: As stored; `None` where the loader leaves them out.
        poses: Batched in the leading axis of each field; `None` where not every particle of the dataset has one.
        optics: All that the dataset says of each particle's optics, likewise.
        rows: Which particles of the dataset these are.
        mask: Whether a particle belongs to the batch, and does not only fill it up.

    Examples:
        >>> import jax, jax.numpy as jnp
        >>> rows, mask = jnp.array([4, 4]), jnp.array([True, False])
        >>> batch = ParticleBatch(jnp.ones((2, 8, 8), "float32"), None, None, rows, mask)
        >>> total = jax.jit(lambda batch: jnp.sum(batch.images.mean((1, 2)), where=batch.mask))
        >>> len(batch), float(total(batch))
        (1, 1.0)
    """

    images: Float[Array, "b y x"] | None
    poses: EulerAnglePose | None
    optics: Microscope | None
    rows: Int[Array, " b"]
    mask: Bool[Array, " b"]

    def __len__(self) -> int:
        """How many particles belong to the batch."""
        return int(self.mask.sum())
