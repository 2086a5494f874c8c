"""Volumes that know their Fourier transform."""

from abc import abstractmethod

import equinox as eqx
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Complex, Float, PRNGKeyArray

from vitreous.poses import AbstractPose

from ._base import AbstractVolumeRepresentation


class AbstractFourierVolume(AbstractVolumeRepresentation):
    r"""A volume whose Fourier transform can be had at any frequency: voxels, a network, or copies of either.

    A pose does not touch what the volume is made of. It is kept as a rotation R of the frequencies that are asked
    for, $\mathcal F[U(R^\mathsf{T} r)](k) = \mathcal F[U](R^\mathsf{T} k)$, so a volume of your own needs
    `object_values_at`, `get_representation`, and these two attributes; `vitreous.projection.FourierSliceExtraction`
    images it.

    Attributes:
        voxel_size: Å; the volume has no frequencies at or beyond `1 / (2 voxel_size)`.
        rotation: Active rotation of the object.
    """

    voxel_size: eqx.AbstractVar[Float[Array, ""]]
    rotation: eqx.AbstractVar[Float[Array, "3 3"]]

    @abstractmethod
    def object_values_at(self, frequencies: Float[Array, "p 3"]) -> Complex[Array, " p"]:
        r"""The transform $\int U e^{-2\pi i k\cdot r} d^3r$ (Å) in the object's own frame, before any rotation.

        Arguments:
            frequencies: (x, y, z) in Å⁻¹.
        """

    def get_representation(self, rng_key: PRNGKeyArray | None = None) -> "AbstractFourierVolume":
        """The volume itself; the key is not used."""
        return self

    def rotate_to_pose(self, pose: AbstractPose, inverse: bool = False) -> "AbstractFourierVolume":
        """The volume turned by the pose: only `rotation` changes, everything else is shared."""
        turn = pose.rotation_matrix.T if inverse else pose.rotation_matrix
        return eqx.tree_at(lambda v: v.rotation, self, jnp.matmul(turn, self.rotation, precision=lax.Precision.HIGHEST))

    def values_at(self, frequencies: Float[Array, "*points 3"]) -> Complex[Array, "*points"]:
        r"""The continuous Fourier transform $\int U e^{-2\pi i k\cdot r} d^3r$ (Å) of the turned volume.

        Arguments:
            frequencies: (x, y, z) in Å⁻¹.
        """
        # Full precision: an accelerator's default would move the points by a twentieth of a grid step.
        rotation = self.rotation.astype(frequencies.dtype)
        turned = jnp.matmul(frequencies.reshape(-1, 3), rotation, precision=lax.Precision.HIGHEST)
        return self.object_values_at(turned).reshape(frequencies.shape[:-1])
