"""Projection by the Fourier slice theorem."""

import functools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float

from vitreous.grids import ImageConfig, Sampling, irfftn
from vitreous.grids import frequencies as grid_frequencies
from vitreous.volumes import FourierVoxelGridVolume

from ._base import AbstractVolumeIntegrator


class FourierSliceExtraction(AbstractVolumeIntegrator[FourierVoxelGridVolume]):
    r"""Projections of Fourier voxels: the transform of $\int U\,dz$ is the central slice $\tilde U(k_x, k_y, 0)$.

    The image may have any shape and pixel size p: the slice is read at the image's own frequencies and scaled by
    $1/p^2$ from the continuous transform to the image's discrete one. Frequencies at or beyond the Nyquist frequency
    of the voxels or of the pixels (whichever is lower) are zero: the slice is a disc, the same from every direction.
    An image smaller than the specimen wraps around; give `padded_shape` to `ImageConfig` to avoid it.

    The cost is one read of (window width)³ voxels per Fourier pixel. See Bracewell 1956 (Aust. J. Phys. 9, 198) for
    the theorem.

    Arguments:
        sampling: What a pixel means; `AVERAGE` multiplies by $\mathrm{sinc}(k_x p)\,\mathrm{sinc}(k_y p)$, which is
            the average over the pixel of the band-limited projection.
    """

    sampling: Sampling = eqx.field(static=True, default=Sampling.BANDLIMITED)

    def integrate(
        self, volume_representation: FourierVoxelGridVolume, image_config: ImageConfig, outputs_real_space: bool = False
    ) -> Complex[Array, "y xh"] | Float[Array, "y x"]:
        """Project along z.

        Arguments:
            volume_representation: The volume, already turned to its pose.
            image_config: Shape and pixel size of the image.
            outputs_real_space: Return the image instead of its half spectrum.

        Returns:
            The projected potential in Å⁻¹, at the padded shape.

        Examples:
            >>> volume = FourierVoxelGridVolume.from_real_voxel_grid(jnp.ones((8, 8, 8)), 2.0)
            >>> image = FourierSliceExtraction().integrate(volume, ImageConfig((8, 8), 2.0), outputs_real_space=True)
            >>> round(float(image[4, 4]), 1)  # 8 voxels of 2 Å
            16.0
        """
        rows, columns, place = _disc(image_config.padded_shape)
        frequencies = image_config.frequencies[rows, columns]
        plane = jnp.concatenate([frequencies, jnp.zeros_like(frequencies[:, :1])], axis=-1)
        inside = _below_nyquist(frequencies, image_config, volume_representation.voxel_size)
        values = volume_representation.values_at(jnp.where(inside[:, None], plane, 0.0))
        disc = jnp.where(inside, values, 0.0) / image_config.pixel_size**2
        if self.sampling is Sampling.AVERAGE:
            disc = disc * jnp.prod(jnp.sinc(frequencies * image_config.pixel_size), axis=-1)
        spectrum = jnp.append(disc, 0.0)[place]  # everything outside the disc takes the appended zero
        return irfftn(spectrum, image_config.padded_shape) if outputs_real_space else spectrum


@functools.cache
def _disc(shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows and columns of the modes strictly inside the image's Nyquist frequency, and where each mode is in them."""
    with jax.ensure_compile_time_eval():
        modes = np.asarray(grid_frequencies(shape), np.float64)
    # In units of the longest axis the squared radius of a mode is a whole number on square images; half a unit below
    # the squared Nyquist radius, rounding cannot move a mode across the limit.
    inside = np.sum((modes * max(shape)) ** 2, axis=-1) < (max(shape) / 2) ** 2 - 0.5
    rows, columns = np.nonzero(inside)
    place = np.full(inside.shape, len(rows))
    place[rows, columns] = np.arange(len(rows))
    return rows, columns, place


def _below_nyquist(frequencies: Array, image_config: ImageConfig, voxel_size: Array) -> Array:
    """Which modes of the disc lie strictly inside the Nyquist frequency of the voxels too."""
    extent = max(image_config.padded_shape) * image_config.pixel_size
    limit = extent / (2 * jnp.maximum(image_config.pixel_size, voxel_size))
    return jnp.sum((frequencies * extent) ** 2, axis=-1) < limit**2 - 0.5
