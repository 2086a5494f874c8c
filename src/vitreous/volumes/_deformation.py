"""Specimens that are bent: atoms moved by a field, and maps warped by one."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from vitreous._core import FloatLike, InputError, as_float, as_scalar
from vitreous.grids import coordinates
from vitreous.kernels import map_coordinates

from ._atoms import move_atoms
from ._base import AbstractAtomVolume, AbstractVolumeParametrization
from ._displacement import Displacement
from ._fourier_voxel_grid import FourierVoxelGridVolume
from ._fourier_voxels import PAD_SCALE


class DeformedAtomVolume(AbstractVolumeParametrization):
    r"""Atoms displaced from where they are: $r_i \mapsto r_i + d(r_i)$.

    Arguments:
        atoms: The atoms (or a parametrization of atoms).
        displacement: $d$ in Å: `DisplacementModes` (normal modes), `GridDisplacement` (a smooth field), or any
            function of positions "n 3", such as a network. Its arrays are differentiable.

    Examples:
        >>> from vitreous.volumes import DisplacementModes, GaussianMixtureVolume
        >>> atoms = GaussianMixtureVolume(np.zeros((2, 3)), 1.0, 1.0)
        >>> stretch = DisplacementModes(np.array([[[-1.0, 0, 0], [1.0, 0, 0]]]), jnp.array([3.0]))
        >>> DeformedAtomVolume(atoms, stretch).get_representation().positions[:, 0].tolist()
        [-3.0, 3.0]
    """

    atoms: AbstractVolumeParametrization
    displacement: Displacement

    def get_representation(self, rng_key: PRNGKeyArray | None = None) -> AbstractAtomVolume:
        """The atoms where they were moved to, of their own type.

        Arguments:
            rng_key: For atoms that are drawn at random.

        Raises:
            InputError: The volume has no atoms.
        """
        atoms = self.atoms.get_representation(rng_key)
        return move_atoms(atoms, lambda positions: positions + self.displacement(positions))


class DeformedVoxelVolume(AbstractVolumeParametrization):
    r"""A map warped by a field: what was at r is at $r + d(r)$, and its integral is kept.

    $$ U'(r') = U(r) \left/ \det\left(1 + \frac{\partial d}{\partial r}\right)\right., \qquad r' = r + d(r) $$

    The inverse of the field, r as a function of r', is found by the fixed point $r \leftarrow r' - d(r)$, which
    converges where neighbours move by less than their distance ($|\partial d/\partial r| < 1$, by a factor of that
    each time). The map is read by cubic splines (`vitreous.kernels.map_coordinates`), zero beyond its box. So the same
    field moves atoms (`DeformedAtomVolume`) and their map alike, but for the shape of the atoms, which a warp of the
    map changes with everything else.

    Arguments:
        real_voxel_grid: The potential in Å⁻², origin at voxel n // 2 of each axis. Need not be a cube.
        voxel_size: Å.
        displacement: $d$ in Å, of positions "n 3": a `GridDisplacement`, or any smooth function such as a network.
        keeps_integral: Divide by the determinant, as matter that is moved does. Otherwise values are moved as they
            are.
        iterations: Of the fixed point.
        pad_scale: For `FourierVoxelGridVolume.from_real_voxel_grid`.

    Raises:
        InputError: The map has not three axes, or the number of iterations is not positive.
    """

    real_voxel_grid: Float[Array, "z y x"]
    voxel_size: Float[Array, ""]
    displacement: Displacement
    keeps_integral: bool = eqx.field(static=True)
    iterations: int = eqx.field(static=True)
    pad_scale: float = eqx.field(static=True)

    def __init__(
        self,
        real_voxel_grid: Float[Array | np.ndarray, "z y x"],
        voxel_size: FloatLike,
        displacement: Displacement,
        *,
        keeps_integral: bool = True,
        iterations: int = 10,
        pad_scale: float = PAD_SCALE,
    ):
        self.real_voxel_grid = as_float(real_voxel_grid)
        self.voxel_size = as_scalar(voxel_size, name="voxel_size")
        self.displacement = displacement
        self.keeps_integral, self.iterations, self.pad_scale = keeps_integral, iterations, pad_scale
        if self.real_voxel_grid.ndim != 3 or iterations < 1:
            raise InputError(
                f"a map of shape {self.real_voxel_grid.shape} cannot be warped in iterations={iterations}.",
                hint="Give a map (z, y, x) and 1 iteration or more.",
            )

    def warped(self) -> Float[Array, "z y x"]:
        """The warped map in Å⁻², in the box of the map."""
        shape, dtype = self.real_voxel_grid.shape, self.real_voxel_grid.dtype
        voxel_size = self.voxel_size.astype(dtype)
        target = coordinates(shape).astype(dtype).reshape(-1, 3) * voxel_size
        source = jax.lax.fori_loop(0, self.iterations, lambda _, r: target - self.displacement(r), target)
        points = source[:, ::-1].T / voxel_size + jnp.asarray(shape)[:, None] // 2
        values = map_coordinates(self.real_voxel_grid, points, order=3, mode="grid-constant")
        if self.keeps_integral:
            values = values / self._expansion(source)
        return values.reshape(shape)

    def get_representation(self, rng_key: PRNGKeyArray | None = None) -> FourierVoxelGridVolume:
        """The warped map, prepared for slicing; the key is not used."""
        return FourierVoxelGridVolume.from_real_voxel_grid(self.warped(), self.voxel_size, pad_scale=self.pad_scale)

    def _expansion(self, source: Float[Array, "n 3"]) -> Float[Array, " n"]:
        """The determinant, at each source, of the derivative of where it goes."""

        def derivative(direction: Float[Array, "3"]) -> Float[Array, "n 3"]:
            along = jnp.broadcast_to(direction, source.shape)
            return along + jax.jvp(self.displacement, (source,), (along,))[1]

        x, y, z = (derivative(direction) for direction in jnp.eye(3, dtype=source.dtype))
        return jnp.sum(x * jnp.cross(y, z), axis=-1)
