"""Densities as weighted points."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Complex, Float, PRNGKeyArray

from vitreous._core import FloatLike, InputError, as_float, as_scalar, is_concrete, may_hold
from vitreous.grids import coordinates, radius
from vitreous.poses import AbstractPose

from ._base import AbstractAtomVolume
from ._structure_factor import structure_factor

_EDGE = 1 + 1e-6  # the cut-off itself is inside, however it is rounded


class PointCloudVolume(AbstractAtomVolume):
    r"""A volume that is a sum of weighted points, seen up to a frequency.

    $$ \tilde U(\boldsymbol\xi) = \sum_i w_i\, e^{-2\pi i\,\boldsymbol\xi\cdot\mathbf r_i}
       \quad\text{for } |\boldsymbol\xi| \le \xi_c, \text{ and 0 beyond} $$

    A map whose voxels are mostly empty is a cloud of the others (`from_real_voxel_grid`): fewer terms than
    `RealVoxelGridVolume`, and points that can move by themselves. Between its points it is as smooth as $\xi_c$ allows.

    Arguments:
        positions: Positions (x, y, z) in Å from the centre of the box, of shape (n, 3).
        weights: Integral of the potential of each point in Å, of any sign, of shape (n,).
        cutoff_frequency: $\xi_c$ in Å⁻¹; infinite for points as they are.

    Raises:
        InputError: There is not one weight for each point, or the cut-off is not positive.

    Examples:
        >>> cloud = PointCloudVolume(jnp.zeros((2, 3)), jnp.array([1.0, 0.5]))
        >>> float(cloud.weights.sum())
        1.5
    """

    positions: Float[Array, "n 3"]
    weights: Float[Array, " n"]
    cutoff_frequency: Float[Array, ""]

    def __init__(
        self,
        positions: Float[Array | np.ndarray, "..."],
        weights: Float[Array | np.ndarray, "..."],
        *,
        cutoff_frequency: FloatLike = float("inf"),
    ):
        self.positions, self.weights = (as_float(jnp.asarray(x)) for x in (positions, weights))
        self.cutoff_frequency = as_scalar(cutoff_frequency, name="cutoff_frequency")
        if self.positions.shape != (*self.weights.shape, 3):
            raise InputError(
                f"positions of shape {self.positions.shape} and weights of shape {self.weights.shape} are no cloud.",
                hint="Give (x, y, z) and one weight for each point: (n, 3) and (n,).",
            )
        if not may_hold(lambda frequency: frequency > 0, cutoff_frequency):
            raise InputError(
                f"cutoff_frequency={float(cutoff_frequency):g} Å⁻¹ leaves nothing.",
                hint="Give a positive frequency in Å⁻¹, or leave it out.",
            )

    @classmethod
    def from_real_voxel_grid(
        cls,
        real_voxel_grid: Float[Array | np.ndarray, "z y x"],
        voxel_size: FloatLike,
        *,
        threshold: float = 0.0,
    ) -> "PointCloudVolume":
        r"""The voxels of a map above a threshold, up to the voxels' Nyquist frequency $1/2v$.

        Arguments:
            real_voxel_grid: The potential in Å⁻², origin at voxel n // 2 of each axis; known before tracing, since
                the number of points depends on it.
            voxel_size: v in Å.
            threshold: Voxels of at most this potential are left out.

        Raises:
            InputError: The map is traced by JAX, has not three axes, or no voxel is above the threshold.

        Examples:
            >>> grid = np.zeros((4, 4, 4))
            >>> grid[2, 2, 3] = 0.5
            >>> cloud = PointCloudVolume.from_real_voxel_grid(grid, 2.0)
            >>> cloud.positions.tolist(), cloud.weights.tolist()  # 0.5 Å⁻² in 8 Å³
            ([[2.0, 0.0, 0.0]], [4.0])
        """
        if not is_concrete(real_voxel_grid):
            raise InputError("a map that JAX traces has no known number of points.", hint="Make the cloud outside jit.")
        grid = np.asarray(real_voxel_grid)
        if grid.ndim != 3:
            raise InputError(f"a map has axes (z, y, x), not the shape {grid.shape}.", hint="Make clouds one by one.")
        inside = grid > threshold
        if not inside.any():
            raise InputError(
                f"no voxel is above threshold={threshold:g}, the largest being {grid.max():g} Å⁻².",
                hint="Use a lower threshold.",
            )
        places = np.asarray(coordinates(grid.shape))[inside]
        weights = as_float(jnp.asarray(grid[inside]))
        size = as_scalar(voxel_size, name="voxel_size")
        return cls(
            jnp.asarray(places, weights.dtype) * size.astype(weights.dtype),
            weights * size.astype(weights.dtype) ** 3,
            cutoff_frequency=0.5 / size,
        )

    def get_representation(self, rng_key: PRNGKeyArray | None = None) -> "PointCloudVolume":
        """The volume itself; the key is not used."""
        return self

    def rotate_to_pose(self, pose: AbstractPose, inverse: bool = False) -> "PointCloudVolume":
        """The cloud rotated by the pose about the origin (or by the inverse rotation)."""
        return eqx.tree_at(lambda v: v.positions, self, pose.rotate(self.positions, inverse=inverse))

    def translate_to_pose(self, pose: AbstractPose) -> "PointCloudVolume":
        """The cloud moved by the pose's offset in Å."""
        return eqx.tree_at(lambda v: v.positions, self, self.positions + pose.offset)

    def holds(self, frequencies: Float[Array, "*points d"]) -> Bool[Array, "*points"]:
        """Which frequencies (x, y[, z]) in Å⁻¹ are up to the cut-off, itself included."""
        return radius(frequencies) <= self.cutoff_frequency * _EDGE

    def values_at(self, frequencies: Float[Array, "*points 3"]) -> Complex[Array, "*points"]:
        r"""The continuous Fourier transform $\int U e^{-2\pi i k\cdot r} d^3r$ (Å), summed point by point.

        Arguments:
            frequencies: (x, y, z) in Å⁻¹.
        """
        return jnp.where(self.holds(frequencies), structure_factor(self.positions, self.weights, frequencies), 0)
