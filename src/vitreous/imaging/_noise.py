"""Stationary Gaussian noise: how to draw it and how likely a residual is."""

import math
from abc import abstractmethod

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float, PRNGKeyArray

from vitreous._core import FloatLike, InputError, as_scalar, is_concrete
from vitreous.grids import frequencies, irfftn, mode_multiplicity, radius, rfftn

LOG_2PI = float(np.log(2 * np.pi))


class AbstractNoise(eqx.Module):
    """Gaussian noise of mean zero, the same everywhere in the image."""

    @abstractmethod
    def sample(self, shape: tuple[int, int], *, key: PRNGKeyArray) -> Float[Array, "y x"]:
        """One draw of the noise."""

    @abstractmethod
    def log_likelihood(self, residual: Float[Array, "y x"]) -> Float[Array, ""]:
        """Normalised log density of a residual (observed minus expected image)."""

    @abstractmethod
    def inner(self, a: Float[Array, "y x"], b: Float[Array, "y x"]) -> Float[Array, ""]:
        r"""The inner product $a^\mathsf{T} \Sigma^{-1} b$ of two images under the noise's covariance $\Sigma$."""


class WhiteNoise(AbstractNoise):
    r"""Independent noise in each pixel: $\log p(r) = -\sum_i \left[r_i^2/2\sigma^2 + \tfrac12\log 2\pi\sigma^2\right]$.

    Arguments:
        variance: $\sigma^2$ per pixel, in the image's units squared.

    Raises:
        InputError: The variance is not positive (checked outside `jax.jit`).

    Examples:
        >>> from scipy.stats import norm
        >>> residual = jnp.array([[0.5, -1.0], [0.0, 2.0]])
        >>> expected = norm.logpdf(residual, scale=2.0).sum()
        >>> bool(jnp.isclose(WhiteNoise(4.0).log_likelihood(residual), expected))
        True
    """

    variance: Float[Array, ""]

    def __init__(self, variance: FloatLike = 1.0):
        self.variance = as_scalar(variance, name="variance")
        if is_concrete(self.variance) and not 0 < float(self.variance) < math.inf:
            raise InputError(
                f"variance={float(self.variance):g} is that of no noise, so no image has a density under it.",
                hint="Give a positive variance per pixel, in the image's units squared.",
            )

    def sample(self, shape: tuple[int, int], *, key: PRNGKeyArray) -> Float[Array, "y x"]:
        """Independent normal numbers of standard deviation σ."""
        dtype = jnp.result_type(self.variance, jnp.float32)
        return jnp.sqrt(self.variance) * jax.random.normal(key, shape, dtype)

    def log_likelihood(self, residual: Float[Array, "y x"]) -> Float[Array, ""]:
        """Sum of the pixels' normal log densities."""
        return -0.5 * jnp.sum(residual**2 / self.variance + LOG_2PI + jnp.log(self.variance))

    def inner(self, a: Float[Array, "y x"], b: Float[Array, "y x"]) -> Float[Array, ""]:
        r"""$\sum_i a_i b_i / \sigma^2$."""
        return jnp.sum(a * b) / self.variance


class ColouredNoise(AbstractNoise):
    r"""Noise with a power spectrum P(q), its variance per pixel $\sigma^2 = \frac1N\sum_q P(q)$.

    A draw is the transform of *real* white noise times $\sqrt P$, so it is Hermitian at the self-conjugate modes too.
    With $\tilde r$ the discrete transform of the residual, N pixels and mode multiplicities m,

    $$ \log p(r) = -\tfrac12 \sum_q m_q \left[\frac{|\tilde r_q|^2}{N P_q} + \log 2\pi P_q\right], $$

    the density of N real numbers: with a flat P it equals `WhiteNoise`.

    Whitened images are as good as the images themselves. With W for `whiten`, which divides the spectrum by $\sqrt P$,

    $$ \log p(y - I) = \log N(W y - W I;\ 0, 1) - \tfrac12 \log\det\Sigma, $$

    so images whitened once, and scored by `WhiteNoise(1.0)` against whitened model images, have the same likelihood up
    to `log_determinant`, which no pose or volume changes. A model whose `filter` is the
    `vitreous.filters.WhiteningFilter` of the same spectrum makes whitened images itself, where it has neither padding
    nor mask: those come between the filter and the image.

    Arguments:
        power: $P = \langle|\tilde n|^2\rangle/N$ on the half spectrum of the image, positive everywhere.
            Where a column holds both k and −k (the first and, in even rows, the last) their mean counts, since the
            power of real noise is the same at both.

    Raises:
        InputError: A power is not positive (checked outside `jax.jit`).

    Examples:
        >>> noise = ColouredNoise(jnp.full((4, 3), 2.0))
        >>> residual = jnp.arange(16.0).reshape(4, 4)
        >>> bool(jnp.isclose(noise.log_likelihood(residual), WhiteNoise(2.0).log_likelihood(residual)))
        True
    """

    power: Float[Array, "y xh"]

    def __check_init__(self):
        if is_concrete(self.power):
            _check_power(np.asarray(self.power))

    @classmethod
    def from_shells(
        cls, power: Float[Array, " r"], radii: Float[Array, " r"], *, shape: tuple[int, int], pixel_size: FloatLike
    ) -> "ColouredNoise":
        """A radial spectrum, interpolated linearly in |q| and constant beyond its ends.

        Arguments:
            power: Power at each radius.
            radii: |q| in Å⁻¹, increasing.
            shape: Shape (y, x) of the images.
            pixel_size: Å.
        """
        return cls(jnp.interp(radius(frequencies(shape, pixel_size)), radii, power))

    def sample(self, shape: tuple[int, int], *, key: PRNGKeyArray) -> Float[Array, "y x"]:
        """Real white noise, filtered by the square root of the power."""
        power = self._power(shape)
        white = rfftn(jax.random.normal(key, shape, power.dtype))
        return irfftn(white * jnp.sqrt(power), shape)

    def log_likelihood(self, residual: Float[Array, "y x"]) -> Float[Array, ""]:
        """Normalised log density, summed over the modes (see the class)."""
        counts = jnp.asarray(mode_multiplicity(residual.shape), self.power.dtype)
        power, white = self._power(residual.shape), self.whitened(residual)
        # Not abs(white) ** 2, whose curvature at a residual of zero would be lost.
        squares = white.real**2 + white.imag**2
        return -0.5 * jnp.sum(counts * (squares + LOG_2PI + jnp.log(power)))

    def log_determinant(self, shape: tuple[int, int]) -> Float[Array, ""]:
        r"""$\log\det\Sigma = \sum_q m_q \log P_q$ of the covariance of images of a shape.

        Arguments:
            shape: Of the images that the spectrum belongs to.
        """
        return jnp.sum(jnp.asarray(mode_multiplicity(shape), self.power.dtype) * jnp.log(self._power(shape)))

    def whiten(self, image: Float[Array, "y x"]) -> Float[Array, "y x"]:
        r"""The image $W y = \mathcal F^{-1}[\tilde y / \sqrt P]$, in which this noise is white and of variance 1.

        Arguments:
            image: An observed image or a model's.

        Examples:
            >>> noise = ColouredNoise(jnp.full((4, 3), 4.0))
            >>> observed, expected = jnp.arange(16.0).reshape(4, 4), jnp.ones((4, 4))
            >>> white = WhiteNoise(1.0).log_likelihood(noise.whiten(observed) - noise.whiten(expected))
            >>> coloured = noise.log_likelihood(observed - expected)
            >>> bool(jnp.isclose(white - noise.log_determinant((4, 4)) / 2, coloured))
            True
        """
        return irfftn(rfftn(image) / jnp.sqrt(self._power(image.shape)), image.shape)

    def inner(self, a: Float[Array, "y x"], b: Float[Array, "y x"]) -> Float[Array, ""]:
        r"""$\sum_q m_q\,\mathrm{Re}(\tilde a_q^* \tilde b_q) / (N P_q)$."""
        counts = jnp.asarray(mode_multiplicity(a.shape), self.power.dtype)
        return jnp.sum(counts * (jnp.conj(self.whitened(a)) * self.whitened(b)).real)

    def whitened(self, image: Float[Array, "y x"]) -> Complex[Array, "y xh"]:
        r"""Half spectrum $\tilde r/\sqrt{N P}$: of unit variance per mode for this noise."""
        return rfftn(image) / jnp.sqrt(image.size * self._power(image.shape))

    def _power(self, shape: tuple[int, ...]) -> Float[Array, "y xh"]:
        """The power on the half spectrum of images of a shape, the same at k and −k."""
        expected = (shape[0], shape[1] // 2 + 1)
        if self.power.shape != expected:
            raise InputError(
                f"the noise spectrum has shape {self.power.shape}, but images of {shape} have {expected}.",
                hint="Make it with ColouredNoise.from_shells(..., shape=image.shape).",
            )
        mirrored = jnp.roll(self.power[::-1], 1, axis=0)
        return jnp.where(mode_multiplicity(shape) == 1, (self.power + mirrored) / 2, self.power)


def _check_power(power: Float[np.ndarray, "y xh"]) -> None:
    wrong = np.argwhere(~((power > 0) & np.isfinite(power)))
    if len(wrong):
        row, column = wrong[0]
        raise InputError(
            f"the noise has the power {power[row, column]:g} at row {row}, column {column} of its spectrum, so no "
            "image has a density under it.",
            hint="Powers are positive. A spectrum measured on images of zero mean has none at q = 0: put a "
            "neighbour's there.",
        )
