"""The grid on which waves are multiplied."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax.typing import DTypeLike
from jaxtyping import Array, Complex, Float

from vitreous._core import FloatLike, InputError
from vitreous.grids import ImageConfig, resize_spectrum
from vitreous.kernels import padded_size

OVERSAMPLING = 1.5  # with which two thirds of the waves' Nyquist frequency are the image's


class WaveGrid(eqx.Module):
    r"""The box of a padded image, sampled finely enough that products of waves do not alias.

    Waves are limited to $|q| < \tfrac23 \tfrac{s}{2p}$, two thirds of the Nyquist frequency of pixels of size $p/s$,
    so what the product of two of them throws beyond Nyquist returns beyond the limit (Kirkland 2010, *Advanced
    Computing in Electron Microscopy*, chapter 6). With $s = 1.5$ the limit is the image's own Nyquist frequency.

    Arrays of waves are full, without centring: the origin of both spaces is in the corner. A theory of your own,
    derived from `AbstractWaveScattering`, has its scattered wave on this grid.

    Arguments:
        shape: Of the waves.
        image_shape: Of the padded image, which covers the same box.
        frequencies: $(q_x, q_y)$ of the waves' full spectrum in Å⁻¹.
        window: 1 where waves may be, 0 beyond the limit.

    Examples:
        >>> grid = WaveGrid.around(ImageConfig((20, 24), 2.0), 1.5)
        >>> grid.shape, grid.frequencies.shape
        ((30, 36), (30, 36, 2))
    """

    shape: tuple[int, int] = eqx.field(static=True)
    image_shape: tuple[int, int] = eqx.field(static=True)
    frequencies: Float[Array, "y x 2"]
    window: Float[Array, "y x"]

    @classmethod
    def around(cls, image_config: ImageConfig, oversampling: float) -> "WaveGrid":
        """The grid of an image's waves.

        Arguments:
            image_config: Padded shape and pixel size of the image.
            oversampling: $s$.
        """
        image_shape, pixel_size = image_config.padded_shape, image_config.pixel_size
        shape = (padded_size(image_shape[0], oversampling), padded_size(image_shape[1], oversampling))
        cycles = full_frequencies(shape, image_shape, dtype=pixel_size.dtype)
        return cls(
            shape=shape,
            image_shape=image_shape,
            frequencies=cycles / pixel_size,
            window=band_limit(cycles, oversampling / 3),
        )

    def from_half_spectrum(self, spectrum: Complex[Array, "iy ixh"]) -> Float[Array, "y x"]:
        """A real field sampled on the waves' grid, from its half spectrum at the image's shape."""
        gain = (self.shape[0] * self.shape[1]) / (self.image_shape[0] * self.image_shape[1])
        return gain * jnp.fft.irfft2(resize_spectrum(spectrum, self.image_shape, new_shape=self.shape), s=self.shape)

    def to_half_spectrum(self, field: Float[Array, "y x"]) -> Complex[Array, "iy ixh"]:
        """The half spectrum, at the image's shape, of a real field sampled on the waves' grid."""
        gain = (self.image_shape[0] * self.image_shape[1]) / (self.shape[0] * self.shape[1])
        return gain * resize_spectrum(jnp.fft.rfft2(field), self.shape, new_shape=self.image_shape)

    def to_image(self, wave_spectrum: Complex[Array, "y x"]) -> Complex[Array, "iy ix"]:
        """A wave on the pixels of the image, origin in the centre, without what lies beyond the image's Nyquist."""
        gain = (self.image_shape[0] * self.image_shape[1]) / (self.shape[0] * self.shape[1])
        rows, columns = (
            np.fft.ifftshift(np.arange(-(n // 2), n - n // 2)) % m
            for n, m in zip(self.image_shape, self.shape, strict=True)
        )
        cropped = (wave_spectrum * self.window)[rows[:, None], columns]
        return gain * jnp.fft.fftshift(jnp.fft.ifft2(cropped))


def full_frequencies(shape: tuple[int, int], box: tuple[int, int], *, dtype: DTypeLike) -> Float[Array, "y x 2"]:
    """The frequencies (x, y) of a full spectrum, per unit of length, of a box that is `box` units high and wide."""
    y, x = (jnp.asarray(np.fft.fftfreq(n, length / n), dtype) for n, length in zip(shape, box, strict=True))
    return jnp.stack(jnp.meshgrid(x, y), axis=-1)


def band_limit(frequencies: Float[Array, "y x 2"], limit: float, taper: float = 0.0) -> Float[Array, "y x"]:
    """1 below the limit and 0 from it on, with half a period of a cosine of width `taper` before it."""
    squares = jnp.sum(frequencies**2, axis=-1)
    if taper == 0:
        # The limit itself is outside, however its modes are rounded.
        return (squares < limit**2 * (1 - 1e-6)).astype(frequencies.dtype)
    return jnp.sin(jnp.pi / 2 * jnp.clip((limit - jnp.sqrt(squares)) / taper, 0, 1)) ** 2


def check_oversampling(oversampling: FloatLike) -> float:
    """The number, refused where the waves' grid would be coarser than the image."""
    if not 1 <= oversampling < np.inf:
        raise InputError(
            f"oversampling={oversampling} would put waves on a grid coarser than their image.",
            hint="Use 1.5, which keeps all frequencies of the image, or 1, which keeps two thirds of them.",
        )
    return float(oversampling)
