"""Projection by the Fourier slice theorem."""

from collections.abc import Callable

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Complex, Float

from vitreous._core import InputError
from vitreous.filters import AbstractMask
from vitreous.grids import ImageConfig, Sampling, irfftn, rfftn
from vitreous.kernels import Plane, map_coordinates, map_coordinates_spline
from vitreous.volumes import AbstractFourierVolume, AbstractFourierVoxelVolume

from ._base import AbstractVolumeIntegrator


class FourierSliceExtraction(AbstractVolumeIntegrator[AbstractFourierVolume]):
    r"""Projections of Fourier voxels: the transform of $\int U\,dz$ is the central slice $\tilde U(k_x, k_y, 0)$.

    The image may have any shape and pixel size p: the slice is read at the image's own frequencies and scaled by
    $1/p^2$ from the continuous transform to the image's discrete one. Frequencies at or beyond the Nyquist frequency
    of the voxels or of the pixels (whichever is lower) are zero: the slice is a disc, the same from every direction.
    An image smaller than the specimen wraps around; give `padded_shape` to `ImageConfig` to avoid it.

    The cost is one read of (window width)³ voxels per Fourier pixel. See Bracewell 1956 (Aust. J. Phys. 9, 198) for
    the theorem. Every volume that knows its transform is imaged: Fourier voxels, copies and sums of them, networks,
    and your own `vitreous.volumes.AbstractFourierVolume`.

    Arguments:
        sampling: What a pixel means; `AVERAGE` multiplies by $\mathrm{sinc}(k_x p)\,\mathrm{sinc}(k_y p)$, which is
            the average over the pixel of the band-limited projection.
        outputs_integral: Give $\int U\,dz$ in Å⁻¹. Otherwise the sum over voxels along z, in Å⁻²: the integral
            divided by the voxel size.
        correction_mask: Multiplies the projection in real space, at the image's padded shape: an inverse sinc, for a
            volume that was made with `deconvolve=False`. Other volumes were corrected when they were made, in three
            dimensions, and need none.
        out_of_bounds_mode: What lies at and beyond the Nyquist frequencies: `"fill"` puts `fill_value` there; `"wrap"`
            keeps all modes of the image, and reads the spectrum of voxels as what it is, a periodic function.
        fill_value: A value of the volume's transform (Å).

    Raises:
        InputError: No such mode.
    """

    sampling: Sampling = eqx.field(static=True)
    outputs_integral: bool = eqx.field(static=True)
    correction_mask: AbstractMask | None
    out_of_bounds_mode: str = eqx.field(static=True)
    fill_value: complex = eqx.field(static=True)

    def __init__(
        self,
        *,
        sampling: Sampling = Sampling.BANDLIMITED,
        outputs_integral: bool = True,
        correction_mask: AbstractMask | None = None,
        out_of_bounds_mode: str = "fill",
        fill_value: complex = 0j,
    ):
        if out_of_bounds_mode not in _MODES:
            raise InputError(
                f"out_of_bounds_mode={out_of_bounds_mode!r} does not say what lies beyond the Nyquist frequency.",
                hint='Use "fill" or "wrap"; vitreous.kernels.map_coordinates reads a full grid in other modes too.',
            )
        self.sampling = sampling
        self.outputs_integral = outputs_integral
        self.correction_mask = correction_mask
        self.out_of_bounds_mode = out_of_bounds_mode
        self.fill_value = fill_value

    @eqx.filter_jit
    def integrate(
        self, volume_representation: AbstractFourierVolume, image_config: ImageConfig, outputs_real_space: bool = False
    ) -> Complex[Array, "y xh"] | Float[Array, "y x"]:
        """Project along z.

        Arguments:
            volume_representation: The volume, already turned to its pose.
            image_config: Shape and pixel size of the image.
            outputs_real_space: Return the image instead of its half spectrum.

        Returns:
            The projected potential in Å⁻¹ (Å⁻² without `outputs_integral`), at the padded shape.

        Examples:
            >>> from vitreous.volumes import FourierVoxelGridVolume
            >>> volume = FourierVoxelGridVolume.from_real_voxel_grid(jnp.ones((8, 8, 8)), 2.0)
            >>> image = FourierSliceExtraction().integrate(volume, ImageConfig((8, 8), 2.0), outputs_real_space=True)
            >>> round(float(image[4, 4]), 1)  # 8 voxels of 2 Å
            16.0
        """
        spectrum = self._slice(volume_representation, image_config)
        if self.correction_mask is None and self.out_of_bounds_mode == "fill" and not outputs_real_space:
            return spectrum
        image = irfftn(spectrum, image_config.padded_shape)
        if self.correction_mask is not None:
            image = self.correction_mask(image)
        # By way of the image, those modes that stand for k and −k at once are the mean of both.
        return image if outputs_real_space else rfftn(image)

    def _slice(self, volume: AbstractFourierVolume, image_config: ImageConfig) -> Complex[Array, "y xh"]:
        fills = self.out_of_bounds_mode == "fill"
        shape = image_config.padded_shape
        plane = Plane.disc(shape) if fills else Plane.full(shape)
        frequencies = image_config.frequencies
        if fills and isinstance(volume, AbstractFourierVoxelVolume):
            extent = jnp.asarray(shape[::-1], image_config.pixel_size.dtype) * image_config.pixel_size
            values = volume.central_slice(plane, extent)
        else:
            values = _values_on(plane, frequencies, volume, inside=self._inside(volume, image_config, plane))
        if self.sampling is Sampling.AVERAGE:
            values = values * jnp.prod(jnp.sinc(frequencies * image_config.pixel_size), axis=-1)
        values = jnp.where(self._inside(volume, image_config, plane), values, self.fill_value)
        spectrum = values / image_config.pixel_size**2
        return spectrum if self.outputs_integral else spectrum / volume.voxel_size

    def _inside(self, volume: AbstractFourierVolume, image_config: ImageConfig, plane: Plane) -> Bool[Array, "y xh"]:
        """Which modes are read: all, or those strictly inside the Nyquist frequencies of the pixels and the voxels."""
        if self.out_of_bounds_mode == "wrap":
            return jnp.ones(plane.spectrum_shape, bool)
        widest = max(image_config.padded_shape) * image_config.pixel_size
        limit = widest / (2 * jnp.maximum(image_config.pixel_size, volume.voxel_size))
        modes = image_config.frequencies * widest
        return jnp.asarray(plane.mask) & (jnp.sum(modes**2, axis=-1) < limit**2 - 0.5)

    def extract_fourier_slice_from_grid(
        self,
        fourier_voxel_grid: Complex[Array, "z y x"],
        frequency_slice_in_pixels: Float[Array, "1 v u 3"],
    ) -> Complex[Array, "v uh"]:
        """Read a full, centred Fourier grid on a plane, linearly: the layout of other programs.

        Nothing is corrected or scaled. To project volumes, `integrate` is faster and more accurate.

        Arguments:
            fourier_voxel_grid: All modes of a discrete transform, zero frequency at index n // 2 of each axis.
            frequency_slice_in_pixels: Frequencies (x, y, z) in cycles per voxel, zero frequency at index n // 2 of
                both axes, from `vitreous.grids.make_frequency_slice(shape, outputs_rfft=False, fftshifted=True)`
                turned to a pose.

        Returns:
            The half spectrum of the plane, zero frequency in the corner; beyond the grid as `out_of_bounds_mode` says.

        Examples:
            >>> from vitreous.grids import make_frequency_slice
            >>> plane = make_frequency_slice((8, 8), outputs_rfft=False, fftshifted=True)
            >>> FourierSliceExtraction().extract_fourier_slice_from_grid(jnp.ones((8, 8, 8), complex), plane).shape
            (8, 5)
        """
        return self._extract(map_coordinates, fourier_voxel_grid, frequency_slice_in_pixels)

    def extract_fourier_slice_from_spline(
        self,
        spline_coefficients: Complex[Array, "z y x"],
        frequency_slice_in_pixels: Float[Array, "1 v u 3"],
    ) -> Complex[Array, "v uh"]:
        """Read the cubic spline through a full, centred Fourier grid on a plane.

        Arguments:
            spline_coefficients: Of the grid, in its shape, from `vitreous.kernels.compute_spline_coefficients`.
            frequency_slice_in_pixels: As for `extract_fourier_slice_from_grid`.

        Returns:
            The half spectrum of the plane, zero frequency in the corner.
        """
        return self._extract(map_coordinates_spline, spline_coefficients, frequency_slice_in_pixels)

    def _extract(self, interpolate: Callable, grid: Array, plane: Array) -> Complex[Array, "v uh"]:
        half = jnp.fft.ifftshift(plane[0], axes=(0, 1))[:, : plane.shape[2] // 2 + 1]
        size = jnp.asarray(grid.shape, plane.dtype)
        points = half[..., ::-1] * size + size // 2
        mode = _MODES[self.out_of_bounds_mode]
        return interpolate(grid, jnp.moveaxis(points, -1, 0), mode=mode, fill_value=self.fill_value)


_MODES = {"fill": "grid-constant", "wrap": "grid-wrap"}


def _values_on(
    plane: Plane, frequencies: Float[Array, "y xh 2"], volume: AbstractFourierVolume, *, inside: Bool[Array, "y xh"]
) -> Complex[Array, "y xh"]:
    """The transform of any volume at the modes of a plane; those that are not inside are read at zero instead."""
    planar = jnp.where(inside[..., None], frequencies, 0).reshape(-1, 2)[plane.places]
    values = volume.values_at(jnp.pad(planar, ((0, 0), (0, 1))))
    y, xh = plane.spectrum_shape
    return jnp.zeros(y * xh, values.dtype).at[plane.places].set(values, unique_indices=True).reshape(y, xh)
