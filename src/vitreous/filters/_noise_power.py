"""The power of noise, measured on images of it."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from vitreous._core import FloatLike, InputError, as_float
from vitreous.grids import power_spectrum


def noise_power(
    image: Float[Array | np.ndarray, "*n"], *, pixel_size: FloatLike
) -> tuple[Float[Array, " shells"], Float[Array, " shells"]]:
    r"""The radial power spectrum of the noise in an image or volume, such as a micrograph.

    $$P(q) = \frac1N \bigl\langle |F|^2 \bigr\rangle_{|k| = q}$$

    over N pixels: the variance per pixel of white noise of that power. It does not depend on the box, and on the
    pixel size only as noise of a given density per area (or volume) does: $P p^d$ is the same at every pixel size $p$.

    The mean of an image is no noise: it is removed, and the zero frequency given the power of its neighbour.

    Arguments:
        image: An image "y x" or volume "z y x", at least 2 pixels wide; its edges are joined, so take off a gradient
            of illumination first.
        pixel_size: Å.

    Returns:
        The frequencies of the shells 0 … n // 2 in Å⁻¹ (n the smallest size of the box), and their powers.

    Raises:
        InputError: The image is too small to have a frequency.

    Examples:
        >>> import jax
        >>> frequency, power = noise_power(5 + 2 * jax.random.normal(jax.random.key(0), (64, 64)), pixel_size=1.0)
        >>> float(frequency[-1]), bool(abs(power.mean() - 4) < 0.3)
        (0.5, True)
    """
    image = as_float(image)
    smallest = min(image.shape)
    if smallest < 2:
        raise InputError(
            f"An image of shape {image.shape} has no frequency but zero, so its noise cannot be measured.",
            hint="Give a whole micrograph.",
        )
    power = power_spectrum(image - jnp.mean(image)) / image.size
    frequency = jnp.arange(power.size, dtype=power.dtype) / (smallest * jnp.asarray(pixel_size, power.dtype))
    return frequency, power.at[0].set(power[1])
