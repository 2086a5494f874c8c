r"""One axis of a Gaussian: isotropic Gaussians are products over the axes, on every kind of grid."""

import math

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

# A Gaussian narrower than this fraction of a pixel is a point for a pixel's average; the floor keeps the error
# function's argument finite at variance zero.
NARROWEST_PIXELS = 1e-3


def fourier_waves(
    coordinates: Float[Array, " n"], size: int, spacing: Float[Array, ""]
) -> tuple[Float[Array, "n half"], Float[Array, "n half"]]:
    r"""Cosine and sine of $2\pi k x$ at the frequencies $k = 0, 1, \dots, \lfloor N/2\rfloor$ over $N p$.

    At the Nyquist index of an even axis the sine is zero: the two frequencies $\pm 1/2p$ share that index, and a band
    limit keeps half of each.

    Arguments:
        coordinates: Positions x in Å.
        size: Number N of pixels along the axis.
        spacing: Pixel size p in Å.
    """
    index = jnp.arange(size // 2 + 1).astype(coordinates.dtype)
    turns = (coordinates / (size * spacing))[:, None] * index
    # Whole turns are dropped first: float32 then keeps its digits for the part of the phase that matters.
    phase = 2 * math.pi * (turns - jax.lax.stop_gradient(jnp.round(turns)))
    sine = jnp.sin(phase)
    return jnp.cos(phase), sine.at[:, -1].set(0) if size % 2 == 0 else sine


def fourier_envelopes(variances: Float[Array, "n g"], size: int, spacing: Float[Array, ""]) -> Float[Array, "n g half"]:
    r"""The transform $\exp(-2\pi^2\sigma^2k^2)$ of one axis of a unit Gaussian, at the frequencies of `fourier_waves`.

    Arguments:
        variances: Variances σ² in Å².
        size: Number of pixels along the axis.
        spacing: Pixel size in Å.
    """
    frequencies = jnp.arange(size // 2 + 1).astype(variances.dtype) / (size * spacing)
    return jnp.exp(-2 * math.pi**2 * variances[..., None] * frequencies**2)


def pixel_averages(
    distances: Float[Array, "n pixels"], variances: Float[Array, "n g"], spacing: Float[Array, ""]
) -> Float[Array, "n g pixels-1"]:
    r"""Average over each pixel of one axis of a unit Gaussian, in Å⁻¹.

    $$ \frac{1}{2p}\left[\operatorname{erf}\frac{e_{j+1} - x}{\sqrt2\,\sigma}
       - \operatorname{erf}\frac{e_j - x}{\sqrt2\,\sigma}\right] $$

    Arguments:
        distances: $e_j - x$ in Å, from each Gaussian's centre to the pixels' edges in order.
        variances: Variances σ² in Å².
        spacing: Pixel size p in Å.
    """
    floor = (NARROWEST_PIXELS * spacing) ** 2
    scale = jax.lax.rsqrt(2 * jnp.maximum(variances, floor))
    return jnp.diff(jax.lax.erf(distances[:, None, :] * scale[..., None]), axis=-1) / (2 * spacing)


def pixel_edges(size: int, spacing: Float[Array, ""]) -> Float[Array, " edges"]:
    """Coordinates in Å of the size + 1 edges of the pixels of an axis whose origin is the centre of pixel size // 2."""
    return (jnp.arange(size + 1) - (size // 2 + 0.5)).astype(spacing.dtype) * spacing
