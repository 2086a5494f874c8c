"""Flat noise spectra."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from vitreous._core import FloatLike
from vitreous.grids import frequencies as half_frequencies
from vitreous.grids import mode_multiplicity, radius

from ._base import AbstractFilter
from ._noise_power import noise_power


class WhiteningFilter(AbstractFilter):
    r"""Brings noise of a known radial power spectrum to the power 1 at every frequency.

    $$T(q) = 1 / \sqrt{P(q)}$$

    with $P$ interpolated linearly between its samples and constant beyond them; 0 where $P$ is 0. `preserving_variance`
    gives the filter that keeps the noise as strong as it was instead.

    Arguments:
        frequency: Frequencies of the samples, rising, in Å⁻¹.
        power: $P = \langle |F|^2 \rangle / N$ for N pixels: the variance per pixel that white noise of that power has.

    Examples:
        >>> import jax.numpy as jnp
        >>> whitening = WhiteningFilter(jnp.array([0.0, 0.1]), jnp.array([4.0, 1.0]))
        >>> whitening.transfer(jnp.array([[0.0, 0.0], [0.0, 0.1]])).tolist()
        [0.5, 1.0]
    """

    frequency: Float[Array, " shells"]
    power: Float[Array, " shells"]

    @classmethod
    def from_image(
        cls,
        image: Float[Array | np.ndarray, "*n"],
        *,
        pixel_size: FloatLike,
        target_pixel_size: FloatLike | None = None,
    ) -> "WhiteningFilter":
        r"""The filter that whitens images with the noise of this one, such as particles with that of their micrograph.

        The images to be whitened may have any shape and any pixel size: frequencies are in Å⁻¹. Resampled to the pixel
        size $p'$ (`vitreous.grids.rescale`), noise of the power $P$ at $p$ has the power $P\,(p/p')^2$ per pixel, or
        with the third power in a volume. Frequencies beyond the micrograph's Nyquist get the power measured there.

        Arguments:
            image: An image "y x" or volume "z y x" (see `noise_power`: its mean is not counted as noise).
            pixel_size: Its pixel size in Å.
            target_pixel_size: Pixel size in Å of the images to be whitened; that of `image` unless given.
        """
        frequency, power = noise_power(image, pixel_size=pixel_size)
        if target_pixel_size is not None:
            power = power * (jnp.asarray(pixel_size / target_pixel_size, power.dtype)) ** np.ndim(image)
        return cls(frequency, power)

    def preserving_variance(self, shape: tuple[int, ...], *, pixel_size: FloatLike) -> "WhiteningFilter":
        r"""The filter that whitens and leaves the variance of the noise as it was.

        $$T(q) = \sqrt{\bar P / P(q)}, \qquad \bar P = \frac1N \sum_k P(|k|)$$

        the mean over all modes of images of that shape, which is the variance of the noise per pixel.

        Arguments:
            shape: Shape of the images or volumes to be whitened.
            pixel_size: Their pixel size in Å.
        """
        counts = mode_multiplicity(shape).astype(self.power.dtype)
        mean = jnp.sum(counts * self._power(half_frequencies(shape, pixel_size))) / jnp.sum(counts)
        return WhiteningFilter(self.frequency, self.power / mean)

    def transfer(self, frequencies: Float[Array, "*nh d"]) -> Float[Array, "*nh"]:
        """The factor at each frequency vector (Å⁻¹)."""
        power = self._power(frequencies)
        return jnp.where(power > 0, 1 / jnp.sqrt(jnp.where(power > 0, power, 1)), 0)

    def _power(self, frequencies: Float[Array, "*nh d"]) -> Float[Array, "*nh"]:
        return jnp.interp(radius(frequencies), self.frequency, self.power)
