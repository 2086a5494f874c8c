"""A network as the density of a volume."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from vitreous._core import FloatLike, as_float, as_scalar, map_batches
from vitreous.filters import SphericalMask
from vitreous.grids import coordinates

from ._base import AbstractVolumeParametrization
from ._fourier_voxel_grid import FourierVoxelGridVolume
from ._fourier_voxels import PAD_SCALE
from ._network import Field

_POINTS_AT_A_TIME = 2**13


class NeuralDensityVolume(AbstractVolumeParametrization):
    r"""A volume whose potential is a network of the position, within a soft ball: $U(r) = s\,m(r)\, f(r, z)$.

    Where `NeuralFieldVolume` learns slices of the transform, this one learns the density itself, so that what is known
    about densities (that they end, that they are positive) can be built in. It is drawn on voxels each time, which
    costs one evaluation for each, and sliced as they are.

    Arguments:
        network: $f$, a `FourierFeatureNetwork` or any module of (positions "p 3" in Å, latent) with values "p".
        shape: Voxels (z, y, x).
        voxel_size: Å.
        radius: Of the ball in Å; the edge is a fifth of it. 0.4 of the box is a good choice.
        latent: z; none unless given.
        scale: s in Å⁻².
        pad_scale: For `FourierVoxelGridVolume.from_real_voxel_grid`.

    Examples:
        >>> import jax
        >>> from vitreous.volumes import FourierFeatureNetwork
        >>> network = FourierFeatureNetwork(0.05, n_features=8, width=8, depth=1, key=jax.random.key(0))
        >>> volume = NeuralDensityVolume(network, (8, 8, 8), 2.0, radius=6.0)
        >>> volume.density().shape, volume.get_representation().shape
        ((8, 8, 8), (8, 8, 8))
    """

    network: Field
    voxel_size: Float[Array, ""]
    radius: Float[Array, ""]
    latent: Float[Array, " l"]
    scale: Float[Array, ""]
    shape: tuple[int, int, int] = eqx.field(static=True)
    pad_scale: float = eqx.field(static=True)

    def __init__(
        self,
        network: Field,
        shape: tuple[int, int, int],
        voxel_size: FloatLike,
        *,
        radius: FloatLike,
        latent: Float[Array | np.ndarray, " l"] | None = None,
        scale: FloatLike = 1.0,
        pad_scale: float = PAD_SCALE,
    ):
        self.network = network
        self.shape = shape
        self.voxel_size = as_scalar(voxel_size, name="voxel_size")
        self.radius = as_scalar(radius, name="radius")
        self.latent = jnp.zeros(0) if latent is None else as_float(latent)
        self.scale = as_scalar(scale, name="scale")
        self.pad_scale = pad_scale

    def density(self) -> Float[Array, "z y x"]:
        """The potential on voxels in Å⁻²; memory is bounded, in the gradient too."""
        points = coordinates(self.shape, self.voxel_size).reshape(-1, 3)
        values = map_batches(
            lambda point: self.network(point[None], self.latent)[0], points, batch_size=_POINTS_AT_A_TIME
        )
        mask = SphericalMask(self.radius, 0.2 * self.radius, voxel_size=self.voxel_size)
        return self.scale * mask(values.reshape(self.shape))

    def get_representation(self, rng_key: PRNGKeyArray | None = None) -> FourierVoxelGridVolume:
        """The density, prepared for slicing; the key is not used."""
        return FourierVoxelGridVolume.from_real_voxel_grid(self.density(), self.voxel_size, pad_scale=self.pad_scale)
