"""Copies of a volume that knows its Fourier transform."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Complex, Float

from vitreous._core import sum_batches

from ._fourier import AbstractFourierVolume

_POINTS_AT_A_TIME = 2**20
_PRECISION = jax.lax.Precision.HIGHEST


class AssembledFourierVolume(AbstractFourierVolume):
    r"""Copies of a volume that knows its transform, as sums of slices with phases.

    $$\tilde U(k) = \sum_g e^{-2\pi i k\cdot t_g}\, \tilde U_0(R_g^\mathsf{T} k)$$

    The cost is that of one slice for each copy, in bounded memory. `AssembledVolume` makes it.

    Arguments:
        unit: The asymmetric unit.
        rotations: $R_g$.
        translations: $t_g$ in Å.
    """

    unit: AbstractFourierVolume
    rotations: Float[Array, "g 3 3"]
    translations: Float[Array, "g 3"]
    rotation: Float[Array, "3 3"]

    def __init__(
        self, unit: AbstractFourierVolume, rotations: Float[Array, "g 3 3"], translations: Float[Array, "g 3"]
    ):
        dtype = unit.rotation.dtype
        self.unit = unit
        self.rotations, self.translations = rotations.astype(dtype), translations.astype(dtype)
        self.rotation = jnp.eye(3, dtype=dtype)

    @property
    def voxel_size(self) -> Float[Array, ""]:
        """That of the unit, in Å."""
        return self.unit.voxel_size

    def object_values_at(self, frequencies: Float[Array, "p 3"]) -> Complex[Array, " p"]:
        """The transform (Å) of all copies, before the rotation of the whole."""

        def add_copies(batch: tuple[Array, Array, Array]) -> Array:
            rotations, translations, present = batch
            turned = jnp.einsum("pi,gij->gpj", frequencies, rotations, precision=_PRECISION)
            turns = jnp.einsum("pi,gi->gp", frequencies, translations, precision=_PRECISION)
            phases = present[:, None] * jnp.exp(-2j * jnp.pi * (turns - jnp.round(turns)))
            return jnp.sum(phases * jax.vmap(self.unit.values_at)(turned), axis=0)

        present = jnp.ones(self.rotations.shape[0], self.rotations.dtype)  # the zeros that fill the last batch are not
        batch_size = max(1, _POINTS_AT_A_TIME // max(frequencies.shape[0], 1))
        return sum_batches(add_copies, (self.rotations, self.translations, present), batch_size=batch_size)
