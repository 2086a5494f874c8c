"""A volume as voxels of its Fourier transform, ready to be sliced."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Complex, Float, PRNGKeyArray

from vitreous._core import FloatLike, InputError, as_scalar, is_concrete
from vitreous.grids import pad, rfftn
from vitreous.kernels import (
    Interpolant,
    add_apron,
    apron_width,
    deconvolution,
    fourier_gather,
    kaiser_bessel,
    padded_size,
)
from vitreous.poses import AbstractPose

from ._base import AbstractVolumeRepresentation

PAD_SCALE = 1.5


class FourierVoxelGridVolume(AbstractVolumeRepresentation):
    r"""The Fourier transform of a voxel map on a padded grid, interpolated by a window of compact support.

    The map is divided by the window's transform $\hat\varphi(x)\hat\varphi(y)\hat\varphi(z)$, padded and transformed
    (half spectrum), so that `values_at` gives the transform of the map itself at any frequency inside its Nyquist
    ball. By default the window is Kaiser-Bessel of width 5 in a box padded 1.5 times: slices of a specimen within
    0.4 of the box are good to 2e-4 (relative L2), as `docs/adr/0004-interpolant.md` measures.

    A pose does not touch the grid: it is kept as a rotation of the frequencies that are asked for,
    $\mathcal F[U(R^\mathsf{T} r)](k) = \mathcal F[U](R^\mathsf{T} k)$.

    Arguments:
        fourier_grid: Half spectrum of the padded, deconvolved map, with the apron of `vitreous.kernels.add_apron`.
        voxel_size: Å; one number for the three axes.
        rotation: Active rotation of the object.
        shape: Shape (z, y, x) of the map in real space.
        padded_shape: Shape (z, y, x) of the padded box.
        interpolant: The window.
    """

    fourier_grid: Complex[Array, "za ya xa"]
    voxel_size: Float[Array, ""]
    rotation: Float[Array, "3 3"]
    shape: tuple[int, int, int] = eqx.field(static=True)
    padded_shape: tuple[int, int, int] = eqx.field(static=True)
    interpolant: Interpolant = eqx.field(static=True)

    @classmethod
    def from_real_voxel_grid(
        cls,
        real_voxel_grid: Float[Array, "z y x"] | Float[np.ndarray, "z y x"],
        voxel_size: FloatLike,
        *,
        interpolant: Interpolant | None = None,
        pad_scale: float = PAD_SCALE,
    ) -> "FourierVoxelGridVolume":
        """Prepare a map for slicing.

        Arguments:
            real_voxel_grid: The potential in Å⁻², origin at voxel n // 2 of each axis. Need not be a cube.
            voxel_size: Å.
            interpolant: The window; Kaiser-Bessel of width 5, shaped for `pad_scale`, unless given.
            pad_scale: How much larger the padded box is, at least 1; rounded up to sizes that transform fast.

        Raises:
            InputError: `pad_scale` below 1, not three axes, or a voxel size that is not positive.

        Examples:
            >>> volume = FourierVoxelGridVolume.from_real_voxel_grid(jnp.ones((8, 8, 8)), 2.0)
            >>> volume.shape, volume.padded_shape
            ((8, 8, 8), (12, 12, 12))
        """
        if pad_scale < 1:
            raise InputError(f"pad_scale={pad_scale} would cut the map.", hint="Use 1.5, or at least 1.")
        grid = jnp.asarray(real_voxel_grid)
        if grid.ndim != 3:
            raise InputError(f"a map has axes (z, y, x), not the shape {grid.shape}.", hint="Prepare maps one by one.")
        voxel_size = as_scalar(voxel_size, name="voxel_size")
        if is_concrete(voxel_size) and not 0 < float(voxel_size) < float("inf"):
            raise InputError(f"voxel_size={float(voxel_size):g} Å must be positive.", hint="Give it in Å, such as 1.5.")
        window = kaiser_bessel(5, oversampling=max(pad_scale, 1.25)) if interpolant is None else interpolant
        z, y, x = grid.shape
        padded = (padded_size(z, pad_scale), padded_size(y, pad_scale), padded_size(x, pad_scale))
        spectrum = rfftn(pad(grid / deconvolution(grid.shape, padded, window, dtype=grid.dtype), padded))
        return cls(
            fourier_grid=add_apron(spectrum, x_size=padded[2], apron=apron_width(window.width)),
            voxel_size=voxel_size,
            rotation=jnp.eye(3, dtype=grid.dtype),
            shape=(z, y, x),
            padded_shape=padded,
            interpolant=window,
        )

    def get_representation(self, rng_key: PRNGKeyArray | None = None) -> "FourierVoxelGridVolume":
        """The volume itself; the key is not used."""
        return self

    def rotate_to_pose(self, pose: AbstractPose, inverse: bool = False) -> "FourierVoxelGridVolume":
        """The volume turned by the pose: only `rotation` changes, the voxels are shared."""
        turn = pose.rotation_matrix.T if inverse else pose.rotation_matrix
        return eqx.tree_at(lambda v: v.rotation, self, jnp.matmul(turn, self.rotation, precision=lax.Precision.HIGHEST))

    def values_at(self, frequencies: Float[Array, "*points 3"]) -> Complex[Array, "*points"]:
        r"""The continuous Fourier transform $\int U e^{-2\pi i k\cdot r} d^3r$ (Å) of the turned volume.

        Arguments:
            frequencies: (x, y, z) in Å⁻¹, inside the Nyquist ball of the voxels (not checked).
        """
        size = jnp.asarray(self.padded_shape[::-1], frequencies.dtype)
        rotation = self.rotation.astype(frequencies.dtype)
        # Full precision: an accelerator's default would move the points by a twentieth of a grid step.
        turned = jnp.matmul(frequencies.reshape(-1, 3), rotation, precision=lax.Precision.HIGHEST)
        values = fourier_gather(self.fourier_grid, turned * size * self.voxel_size, self.interpolant)
        return (values * self.voxel_size**3).reshape(frequencies.shape[:-1])
