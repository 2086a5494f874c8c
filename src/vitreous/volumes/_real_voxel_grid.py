"""A volume as voxels in real space."""

import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Bool, Complex, Float

from vitreous._core import FloatLike, InputError, as_float, positive
from vitreous.grids import coordinates, crop
from vitreous.kernels import fourier_transform_at

from ._fourier import AbstractFourierVolume

_WITHIN = 0.5 * (1 + 1e-6)  # cycles per voxel: Nyquist itself is inside, however it is rounded


class RealVoxelGridVolume(AbstractFourierVolume):
    r"""A map whose voxels are moved in real space and projected without interpolation.

    The voxels are samples of a potential that has no frequencies beyond their Nyquist frequency,

    $$ \tilde U(\boldsymbol\xi) = v^3 \sum_j U_j\, e^{-2\pi i\,\boldsymbol\xi\cdot R\,\mathbf r_j}, $$

    with voxel size v, positions $\mathbf r_j$ and the pose's rotation R, and zero outside of the turned Nyquist cube.
    It is exact where `FourierVoxelGridVolume` interpolates, and costs one term for each voxel where that costs some for
    each pixel: take it for a map that changes with every image, or to check the other.

    A pose does not move the voxels: it is kept as `rotation`, and `values_at` gives the transform at any frequency.

    Arguments:
        real_voxel_grid: The potential in Å⁻², origin at voxel n // 2 of each axis. Need not be a cube.
        voxel_size: Å.
        coordinate_grid_in_pixels: Where each voxel is, "z y x 3", (x, y, z) in voxels from the origin, before any
            rotation; the regular grid unless given. Other positions deform the map; its Nyquist cube stays that of the
            regular grid.

    Raises:
        InputError: Not three axes, coordinates of another shape, or a voxel size that is not positive.

    Examples:
        >>> volume = RealVoxelGridVolume(jnp.ones((4, 4, 5)), 2.0)
        >>> volume.shape, volume.coordinate_grid_in_pixels[0, 0, 0].tolist()
        ((4, 4, 5), [-2.0, -2.0, -2.0])
    """

    real_voxel_grid: Float[Array, "z y x"]
    voxel_size: Float[Array, ""]
    rotation: Float[Array, "3 3"]
    displaced_grid_in_pixels: Float[Array, "z y x 3"] | None

    def __init__(
        self,
        real_voxel_grid: Float[Array | np.ndarray, "z y x"],
        voxel_size: FloatLike,
        coordinate_grid_in_pixels: Float[Array | np.ndarray, "..."] | None = None,
    ):
        grid = as_float(jnp.asarray(real_voxel_grid))
        if grid.ndim != 3:
            raise InputError(f"a map has axes (z, y, x), not the shape {grid.shape}.", hint="Use jax.vmap for several.")
        voxel_size = positive(voxel_size, name="voxel_size", hint="Give it in Å, such as 1.5.")
        if coordinate_grid_in_pixels is not None and coordinate_grid_in_pixels.shape != (*grid.shape, 3):
            raise InputError(
                f"coordinates of shape {coordinate_grid_in_pixels.shape} do not go with voxels of shape {grid.shape}.",
                hint="Give (x, y, z) for each voxel, such as vitreous.grids.coordinates(shape).",
            )
        self.real_voxel_grid = grid
        self.voxel_size = voxel_size
        self.rotation = jnp.eye(3, dtype=grid.dtype)
        displaced = coordinate_grid_in_pixels
        self.displaced_grid_in_pixels = None if displaced is None else jnp.asarray(displaced, grid.dtype)

    @classmethod
    def from_real_voxel_grid(
        cls,
        real_voxel_grid: Float[Array | np.ndarray, "z y x"],
        voxel_size: FloatLike,
        *,
        coordinate_grid_in_pixels: Float[Array | np.ndarray, "z y x 3"] | None = None,
        crop_scale: float | None = None,
    ) -> "RealVoxelGridVolume":
        """A map, or the part around its origin.

        Arguments:
            real_voxel_grid: The potential in Å⁻², origin at voxel n // 2 of each axis.
            voxel_size: Å.
            coordinate_grid_in_pixels: Where each voxel (of the map before it is cropped) is, see the class.
            crop_scale: How many times smaller each axis of the part is than that of the map, at least 1: a projection
                takes as long as there are voxels.

        Raises:
            InputError: `crop_scale` below 1, or as the class.

        Examples:
            >>> RealVoxelGridVolume.from_real_voxel_grid(jnp.ones((8, 8, 9)), 1.5, crop_scale=2.0).shape
            (4, 4, 4)
        """
        grid, places = jnp.asarray(real_voxel_grid), coordinate_grid_in_pixels
        if crop_scale is not None:
            if not crop_scale >= 1:
                raise InputError(f"crop_scale={crop_scale} would enlarge the map.", hint="Use 1.5, or at least 1.")
            shape = tuple(max(1, int(n / crop_scale)) for n in grid.shape)
            grid = crop(grid, shape)
            places = None if places is None else crop(places, (*shape, 3))
        return cls(grid, voxel_size, places)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape (z, y, x) of the voxels."""
        return self.real_voxel_grid.shape

    @property
    def coordinate_grid_in_pixels(self) -> Float[Array, "z y x 3"]:
        """Where each voxel is in the pose, (x, y, z) in voxels from the origin."""
        places = self.displaced_grid_in_pixels
        places = coordinates(self.shape).astype(self.real_voxel_grid.dtype) if places is None else places
        return jnp.matmul(places, self.rotation.T, precision=lax.Precision.HIGHEST)

    def holds(self, frequencies: Float[Array, "*points 3"]) -> Bool[Array, "*points"]:
        """Which frequencies (x, y, z) in Å⁻¹ lie within the turned Nyquist cube of the voxels, its faces included.

        Arguments:
            frequencies: In the frame of the image.
        """
        rotation = self.rotation.astype(frequencies.dtype)
        return self._within(jnp.matmul(frequencies, rotation, precision=lax.Precision.HIGHEST))

    def object_values_at(self, frequencies: Float[Array, "p 3"]) -> Complex[Array, " p"]:
        """The transform of the map before any rotation, in Å, by one NUFFT; exact to the voxels' precision.

        Arguments:
            frequencies: (x, y, z) in Å⁻¹; beyond the Nyquist cube the transform is zero.

        Raises:
            InputError: The voxels are not on a regular grid.
        """
        if self.displaced_grid_in_pixels is not None:
            raise InputError(
                "the transform of voxels that are not on a regular grid is known in planes only.",
                hint="Project it (RealVoxelProjection), or make a RealVoxelGridVolume without coordinates.",
            )
        cycles = jnp.where(self._within(frequencies)[:, None], frequencies * self.voxel_size, 0)
        single = jnp.finfo(jnp.result_type(self.real_voxel_grid, frequencies)).bits == 32
        values = fourier_transform_at(self.real_voxel_grid, cycles, eps=1e-6 if single else 1e-13)
        return jnp.where(self._within(frequencies), values * self.voxel_size**3, 0)

    def _within(self, frequencies: Float[Array, "*points 3"]) -> Bool[Array, "*points"]:
        return (jnp.abs(frequencies * self.voxel_size) <= _WITHIN).all(-1)
