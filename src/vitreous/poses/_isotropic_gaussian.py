"""Small random turns, alike about every axis."""

import math

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float, PRNGKeyArray

from vitreous._core import FloatLike, InputError, as_scalar, may_hold

from ._axis_angle import rotation_from_vector, vector_from_rotation
from ._base import check_matrix
from ._law import AbstractOrientationLaw
from ._sampling import check_number

_WIDE = 0.7  # rad: from here on the series in characters, below it the Gaussian and its one neighbour
_TERMS = 14  # exp(−14 · 15 · 0.7² / 2) is 5e-23
_NODES = 2048


class IsotropicGaussianOrientations(AbstractOrientationLaw):
    r"""Orientations around a mean one after a random walk: the Gaussian on SO(3).

    The heat kernel, so that two independent turns by $\sigma_1$ and $\sigma_2$ make one by $\sqrt{\sigma_1^2 +
    \sigma_2^2}$; a function of the angle $\omega$ between $R$ and $\bar R$ alone, by characters or, by Poisson's
    summation of these, by Gaussians in $\omega + 2\pi m$:

    $$p(R) = \sum_{l=0}^{\infty} (2l + 1) \, e^{-l(l+1) \sigma^2 / 2} \, \frac{\sin (l + \frac12)\omega}{\sin \frac12
    \omega} = \sqrt{2\pi} \, \frac{e^{\sigma^2 / 8}}{\sigma^3} \sum_{m} (-1)^m \, \frac{\omega + 2\pi m}{\sin\frac12
    \omega} \, e^{-(\omega + 2\pi m)^2 / 2\sigma^2}$$

    relative to the uniform law (Nikolayev & Savyolova, *Textures and Microstructures* 1997, 29, 201). For small
    $\sigma$, $R = e^{\xi} \bar R$ with normal $\xi$ of standard deviation $\sigma$ about each axis.

    Arguments:
        mean_rotation: $\bar R$.
        spread_deg: $\sigma$ in degrees, positive.

    Raises:
        InputError: `mean_rotation` is not 3 × 3, or the spread not positive.

    Examples:
        >>> law = IsotropicGaussianOrientations(jnp.eye(3), 2.0)
        >>> from vitreous.poses import angular_distance_deg
        >>> rotations = jax.jit(lambda key: law.sample(100, key=key))(jax.random.key(0))
        >>> bool(angular_distance_deg(rotations, jnp.eye(3)).max() < 12.0)
        True
    """

    mean_rotation: Float[Array, "3 3"]
    spread_deg: Float[Array, ""]

    def __init__(self, mean_rotation: Float[Array, "3 3"], spread_deg: FloatLike):
        self.mean_rotation = check_matrix(jnp.asarray(mean_rotation))
        self.spread_deg = as_scalar(spread_deg, name="spread_deg")
        if not may_hold(lambda spread: spread > 0, spread_deg):
            raise InputError(
                f"spread_deg={float(spread_deg)} is not positive.", hint="Use the spread in degrees, such as 2.0."
            )

    def sample(self, n: int, *, key: PRNGKeyArray) -> Float[Array, "n 3 3"]:
        r"""`n` independent orientations, as active rotation matrices.

        The distribution of the angle, whose density is $\frac{2}{\pi} \sin^2\!\frac\omega2 \, p$, is summed by
        trapezoids at 2048 angles and inverted by interpolation, to 1e-5; the axis is uniform.

        Arguments:
            n: How many.
            key: A JAX random key.

        Returns:
            The rotations, differentiable in the law's parameters.

        Raises:
            InputError: `n` is negative.
        """
        check_number(n)
        u_key, axis_key = jax.random.split(key)
        spread = jnp.deg2rad(self.spread_deg).astype(self.mean_rotation.dtype)
        angles = jnp.linspace(0.0, 1.0, _NODES, dtype=spread.dtype) * jnp.minimum(jnp.pi, 9 * spread)
        density = jnp.sin(angles / 2) ** 2 * jnp.exp(_log_density(angles**2, jnp.cos(angles), spread))
        cumulative = jnp.concatenate([jnp.zeros(1, spread.dtype), jnp.cumsum(density[1:] + density[:-1])])
        drawn = jax.random.uniform(u_key, (n,), spread.dtype) * cumulative[-1]
        axes = jax.random.normal(axis_key, (n, 3), spread.dtype)
        axes = axes / jnp.sqrt(jnp.sum(axes**2, axis=1, keepdims=True))
        turns = jax.vmap(rotation_from_vector)(jnp.rad2deg(jnp.interp(drawn, cumulative, angles))[:, None] * axes)
        return jnp.matmul(turns, self.mean_rotation, precision=lax.Precision.HIGHEST)

    def log_prob(self, rotation: Float[Array, "3 3"]) -> Float[Array, ""]:
        """The logarithm of the density at one orientation, relative to the uniform law.

        Arguments:
            rotation: An active rotation.

        Returns:
            The log-density, differentiable in the law's parameters, at the mean too.

        Examples:
            >>> law = IsotropicGaussianOrientations(jnp.eye(3), 400.0)
            >>> abs(float(law.log_prob(jnp.eye(3)))) < 1e-6
            True
        """
        turn = jnp.matmul(rotation, self.mean_rotation.T, precision=lax.Precision.HIGHEST)
        square = jnp.sum(jnp.deg2rad(vector_from_rotation(turn)) ** 2)
        return _log_density(square, (jnp.trace(turn) - 1) / 2, jnp.deg2rad(self.spread_deg))


def _log_density(square: Array, cosine: Array, spread: Array) -> Array:
    """Of ω² and cos ω, both of which are smooth where R is the mean."""
    wide = spread >= _WIDE
    by_characters = _log_characters(cosine, jnp.where(wide, spread, _WIDE))
    return jnp.where(wide, by_characters, _log_gaussians(square, jnp.where(wide, _WIDE, spread)))


def _log_characters(cosine: Array, spread: Array) -> Array:
    """The first series. sin((l + ½)ω) / sin(ω/2) = 1 + 2 Σ cos kω for k = 1 to l, which Chebyshev's recursion sums."""
    previous, current = jnp.ones_like(cosine), cosine
    character, total = jnp.ones_like(cosine), jnp.ones_like(cosine)
    for degree in range(1, _TERMS):
        character = character + 2 * current
        total = total + (2 * degree + 1) * jnp.exp(-degree * (degree + 1) * spread**2 / 2) * character
        previous, current = current, 2 * cosine * current - previous
    return jnp.log(total)


def _log_gaussians(square: Array, spread: Array) -> Array:
    """The second series: m = 0, and m = −1 near ω = π; the others are below e⁻⁴⁰."""
    small = square < 0.1
    angle = jnp.sqrt(jnp.where(small, 0.1, square))
    # log(ω / (2 sin(ω/2))); the first term left out is 2e-14.
    series = square / 24 * (1 + square / 120 * (1 + square / 63 * (1 + square * 3 / 160)))
    spherical = jnp.where(small, series, jnp.log(angle / (2 * jnp.sin(angle / 2))))
    decay = jnp.exp(-2 * jnp.pi * (jnp.pi - angle) / spread**2)
    neighbour = jnp.where(small, 0.0, jnp.log1p((2 * jnp.pi - angle) / angle * decay))
    height = math.log(2 * math.sqrt(2 * math.pi)) + spread**2 / 8 - 3 * jnp.log(spread)
    return height + spherical - square / (2 * spread**2) + neighbour
