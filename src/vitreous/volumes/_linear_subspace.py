"""Volumes that vary along a few directions."""

from collections.abc import Mapping, Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from vitreous._core import InputError, as_float

from ._base import AbstractVolumeParametrization, AbstractVolumeRepresentation
from ._fourier_sum import FourierSumVolume
from ._fourier_voxel_grid import FourierVoxelGridVolume
from ._fourier_voxel_spline import FourierVoxelSplineVolume
from ._fourier_voxels import AbstractFourierVoxelVolume
from ._gaussian_mixture import GaussianMixtureVolume
from ._real_voxel_grid import RealVoxelGridVolume
from ._zernike import ZernikeVolume

_DENSITY: dict[type, str] = {
    FourierVoxelGridVolume: "fourier_grid",
    FourierVoxelSplineVolume: "spline_coefficients",
    RealVoxelGridVolume: "real_voxel_grid",
    GaussianMixtureVolume: "amplitudes",
    ZernikeVolume: "coefficients",
}


class LinearSubspaceVolume(AbstractVolumeParametrization):
    r"""A volume in the space that a mean and a few components span: $U = U_0 + \sum_i z_i U_i$.

    Conformations and compositions as linear variations of the density, as in 3D variability analysis (Punjani & Fleet
    2021, J. Struct. Biol. 213, 107702) and its probabilistic form (Tagare et al. 2015, J. Struct. Biol. 191, 245).
    What varies may be any array of a representation: the voxels of a Fourier grid, or the positions of atoms (normal
    modes), so the sum is one of these arrays, and the volume is one of the mean's own type.

    The combination is computed once and then costs one slice for each image, which is best where many images share
    one latent vector. Where each image has its own, `sliced` combines slices instead of volumes.

    Arguments:
        mean: The volume at latent zero.
        components: For each field of the mean that varies, an array (or tree of arrays) like that field with a leading
            axis of k components, such as `{"fourier_grid": directions}` or `{"positions": modes}`.
        latent: The coordinates $z$.

    Raises:
        InputError: The mean has no such field, or a shape does not fit.

    Examples:
        >>> atoms = GaussianMixtureVolume(np.zeros((2, 3)), 1.0, 1.0)
        >>> stretch = np.array([[[-1.0, 0.0, 0.0], [1.0, 0.0, 0.0]]])
        >>> volume = LinearSubspaceVolume(atoms, {"positions": stretch}, jnp.array([2.5]))
        >>> volume.get_representation().positions[:, 0].tolist()
        [-2.5, 2.5]
    """

    mean: AbstractVolumeRepresentation
    components: dict[str, PyTree[Array]]
    latent: Float[Array, " k"]

    def __init__(
        self,
        mean: AbstractVolumeRepresentation,
        components: Mapping[str, PyTree[Array | np.ndarray]],
        latent: Float[Array | np.ndarray, " k"],
    ):
        self.mean = mean
        self.components = jax.tree.map(jnp.asarray, dict(components))
        self.latent = as_float(latent)
        for name, directions in self.components.items():
            _check_field(mean, name, directions, len(self.latent))

    @classmethod
    def from_volumes(
        cls,
        mean: AbstractVolumeRepresentation,
        directions: Sequence[AbstractVolumeRepresentation],
        latent: Float[Array | np.ndarray, " k"] | None = None,
        *,
        field: str | None = None,
    ) -> "LinearSubspaceVolume":
        """From components that are volumes themselves, prepared like the mean.

        Arguments:
            mean: The volume at latent zero.
            directions: The components; of each, only the field that varies is used.
            latent: The coordinates; zero unless given.
            field: What varies; the density unless given (the voxels, the amplitudes of Gaussians, the moments).

        Raises:
            InputError: What is the density of such a volume is not known, or a shape does not fit.

        Examples:
            >>> maps = [jnp.ones((8, 8, 8)), jnp.zeros((8, 8, 8)).at[4, 4, 4].set(1.0)]
            >>> mean, bump = (FourierVoxelGridVolume.from_real_voxel_grid(map_, 2.0) for map_ in maps)
            >>> volume = LinearSubspaceVolume.from_volumes(mean, [bump], jnp.array([3.0]))
            >>> round(float(volume.get_representation().values_at(jnp.zeros(3)).real) / 8)  # 512 + 3 voxels of 8 Å³
            515
        """
        name = _DENSITY.get(type(mean)) if field is None else field
        if name is None:
            raise InputError(
                f"which array of a {type(mean).__name__} is its density is not known.",
                hint='Name it, as field="amplitudes".',
            )
        stack = jax.tree.map(lambda *arrays: jnp.stack(arrays), *(getattr(volume, name) for volume in directions))
        return cls(mean, {name: stack}, jnp.zeros(len(directions)) if latent is None else latent)

    def get_representation(self, rng_key: PRNGKeyArray | None = None) -> AbstractVolumeRepresentation:
        """The combined volume, of the mean's type; the key is not used."""
        names = list(self.components)

        def combine(mean: Array, directions: Array) -> Array:
            latent = self.latent.astype(jnp.finfo(mean.dtype).dtype)
            return mean + jnp.tensordot(latent, directions.astype(mean.dtype), 1, precision=jax.lax.Precision.HIGHEST)

        values = [jax.tree.map(combine, getattr(self.mean, name), self.components[name]) for name in names]
        return eqx.tree_at(lambda mean: [getattr(mean, name) for name in names], self.mean, values)

    def sliced(self) -> FourierSumVolume:
        r"""The same volume as a sum of slices, $\tilde U_0(k) + \sum_i z_i \tilde U_i(k)$, for Fourier voxels.

        An image then costs k + 1 slices instead of k + 1 sums over whole volumes and one slice, and under `jax.vmap`
        over latent vectors no volume is made for each image.

        Raises:
            InputError: The mean is not made of Fourier voxels, or something else than its voxels varies.
        """
        name = _DENSITY.get(type(self.mean))
        if not isinstance(self.mean, AbstractFourierVoxelVolume) or name is None or list(self.components) != [name]:
            raise InputError(
                f"only the voxels of a Fourier grid can be combined slice by slice, not {list(self.components)} of a "
                f"{type(self.mean).__name__}.",
                hint="Use get_representation(), or prepare the maps with FourierVoxelGridVolume.from_real_voxel_grid.",
            )
        grids = jnp.concatenate([getattr(self.mean, name)[None], self.components[name]])
        count = len(grids)
        stack = jax.tree.map(lambda leaf: jnp.broadcast_to(leaf, (count, *leaf.shape)), self.mean)
        volumes = eqx.tree_at(lambda volume: getattr(volume, name), stack, grids)
        weights = jnp.concatenate([jnp.ones(1, self.latent.dtype), self.latent])
        return FourierSumVolume(volumes, weights)


def _check_field(mean: AbstractVolumeRepresentation, name: str, directions: PyTree[Array], k: int) -> None:
    if not hasattr(mean, name):
        raise InputError(f"a {type(mean).__name__} has no field {name!r}.", hint="Name one of its arrays.")
    expected = jax.tree.map(lambda leaf: (k, *leaf.shape), getattr(mean, name))
    found = jax.tree.map(lambda leaf: leaf.shape, directions)
    if expected != found:
        raise InputError(
            f"components of {name!r} of shape {found} do not go with {k} latent coordinates and the mean's {name}: "
            f"the shape should be {expected}.",
            hint="Stack k arrays like the mean's own along a leading axis.",
        )
