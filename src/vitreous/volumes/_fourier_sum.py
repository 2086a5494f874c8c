"""Weighted sums of volumes that know their Fourier transform."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float

from vitreous._core import InputError, as_float

from ._fourier import AbstractFourierVolume
from ._stack import stack_volumes


class FourierSumVolume(AbstractFourierVolume):
    r"""A weighted sum of volumes, combined slice by slice: $\tilde U(k) = \sum_i w_i\, \tilde U_i(k)$.

    Only as many modes as an image has are combined, which is cheaper than combining the volumes where each image has
    its own weights.

    Arguments:
        volumes: Volumes of one type and shape, stacked: one volume each of whose arrays has a leading axis;
            `from_volumes` stacks them.
        weights: One number for each.

    Raises:
        InputError: There is not one weight for each volume.
    """

    volumes: AbstractFourierVolume
    weights: Float[Array, " n"]
    rotation: Float[Array, "3 3"]

    def __init__(self, volumes: AbstractFourierVolume, weights: Float[Array | np.ndarray, " n"]):
        self.volumes = volumes
        self.weights = as_float(weights)
        stacked = jax.tree.leaves(volumes)[0].shape[:1]
        if stacked != self.weights.shape:
            raise InputError(
                f"weights of shape {self.weights.shape} do not go with a stack of {stacked} volumes.",
                hint="Stack the volumes with FourierSumVolume.from_volumes(volumes, weights), one weight for each.",
            )
        self.rotation = jnp.eye(3, dtype=volumes.rotation.dtype)

    @classmethod
    def from_volumes(
        cls, volumes: Sequence[AbstractFourierVolume], weights: Float[Array | np.ndarray, " n"]
    ) -> "FourierSumVolume":
        """From volumes one by one.

        Arguments:
            volumes: Of one type and shape.
            weights: One number for each.

        Raises:
            InputError: The volumes cannot be stacked, or there is not one weight for each.

        Examples:
            >>> from vitreous.volumes import FourierVoxelGridVolume
            >>> one = FourierVoxelGridVolume.from_real_voxel_grid(jnp.ones((8, 8, 8)), 1.0)
            >>> total = FourierSumVolume.from_volumes([one, one], jnp.array([2.0, 1.0]))
            >>> round(float(total.values_at(jnp.zeros(3)).real))  # three times 512 Å
            1536
        """
        return cls(stack_volumes(volumes), weights)

    @property
    def voxel_size(self) -> Float[Array, ""]:
        """The largest of the volumes', in Å: what all of them hold is below its Nyquist frequency."""
        return jnp.max(self.volumes.voxel_size)

    def object_values_at(self, frequencies: Float[Array, "p 3"]) -> Complex[Array, " p"]:
        """The transform (Å) of the sum, before its rotation."""
        values = jax.vmap(lambda volume: volume.values_at(frequencies))(self.volumes)
        return jnp.sum(self.weights[:, None].astype(values.real.dtype) * values, axis=0)
