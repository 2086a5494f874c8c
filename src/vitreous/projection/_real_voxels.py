"""Projections of voxels in real space by non-uniform FFTs."""

import equinox as eqx
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Complex, Float

from vitreous.grids import ImageConfig, coordinates, irfftn
from vitreous.kernels import NufftOptions, nufft_type1
from vitreous.volumes import RealVoxelGridVolume

from ._base import AbstractVolumeIntegrator


class RealVoxelProjection(AbstractVolumeIntegrator[RealVoxelGridVolume]):
    r"""Integrate a map along z, voxel by voxel: a non-uniform FFT of the turned voxels' positions in the plane.

    $$ F_k = \frac{v^3}{p^2} \sum_j U_j\, e^{-2\pi i\,k\cdot (R\,\mathbf r_j)_{xy}} $$

    with voxel size v and pixel size p, which need not be the same: the image is sampled at its own pixels, and
    frequencies that the voxels do not hold (`RealVoxelGridVolume.holds`) are zero. There is no interpolation, so the
    error is `eps`. A map larger than the padded image is wrapped around. A batch of poses (`jax.vmap`) holds the
    positions of every voxel in each: for many, take `jax.lax.map`.

    Arguments:
        eps: Relative accuracy of the NUFFT, from 1e-6 in single and 1e-14 in double precision.
        opts: How the NUFFT is computed.

    Examples:
        >>> volume = RealVoxelGridVolume(jnp.ones((8, 8, 8)), 2.0)
        >>> image = RealVoxelProjection().integrate(volume, ImageConfig((8, 8), 2.0), outputs_real_space=True)
        >>> round(float(image[4, 4]), 3)  # 8 voxels of 2 Å
        16.0
    """

    eps: float = eqx.field(static=True, default=1e-6, kw_only=True)
    opts: NufftOptions | None = eqx.field(static=True, default=None, kw_only=True)

    @eqx.filter_jit
    def integrate(
        self, volume_representation: RealVoxelGridVolume, image_config: ImageConfig, outputs_real_space: bool = False
    ) -> Complex[Array, "y xh"] | Float[Array, "y x"]:
        """The projection on the padded grid of an image, as in `AbstractVolumeIntegrator`.

        Arguments:
            volume_representation: The map, already turned to its pose.
            image_config: The image's padded shape and pixel size.
            outputs_real_space: Return the image instead of its half spectrum.

        Raises:
            InputError: `eps` is beyond the precision of the voxels.
        """
        shape, dtype = image_config.padded_shape, volume_representation.real_voxel_grid.dtype
        pixel_size, voxel_size = (x.astype(dtype) for x in (image_config.pixel_size, volume_representation.voxel_size))
        places = _in_plane(volume_representation) * (voxel_size / pixel_size) / jnp.asarray(shape[::-1], dtype)
        weights = volume_representation.real_voxel_grid.ravel()
        sums = nufft_type1(weights, places.reshape(-1, 2), shape=shape, eps=self.eps, options=self.opts)
        frequencies = image_config.frequencies
        plane = jnp.concatenate([frequencies, jnp.zeros_like(frequencies[..., :1])], axis=-1)
        spectrum = jnp.where(volume_representation.holds(plane), sums * voxel_size**3 / pixel_size**2, 0)
        return irfftn(spectrum, shape) if outputs_real_space else spectrum


def _in_plane(volume: RealVoxelGridVolume) -> Float[Array, "z y x 2"]:
    """Where each voxel is in the plane of the image, (x, y) in voxels."""
    places = volume.displaced_grid_in_pixels
    places = coordinates(volume.shape).astype(volume.real_voxel_grid.dtype) if places is None else places
    return jnp.matmul(places, volume.rotation[:2].T.astype(places.dtype), precision=lax.Precision.HIGHEST)
