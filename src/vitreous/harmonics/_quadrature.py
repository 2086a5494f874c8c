"""Points and weights that integrate over the ball."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import DTypeLike
from jaxtyping import Array, Complex, Float
from scipy.special import roots_jacobi, roots_legendre

from vitreous._core import InputError, as_float

from ._indices import moment_count, moment_labels
from ._legendre import legendre_table
from ._radial import radial_table


class BallQuadrature(eqx.Module):
    r"""Shells, circles and points at which functions of the unit ball are integrated exactly.

    $$ M_{nlm} = \sqrt{2n+3} \sum_s w_s R_{nl}(r_s) \sum_t w_t \bar P_{lm}(\cos\theta_t)
       \frac{2\pi}{J} \sum_j f_{stj}\, e^{-im\varphi_j} $$

    Gauss–Jacobi nodes in $2r^2 - 1$ (weight $r^2 dr$), Gauss–Legendre nodes in cos θ and equal steps of φ
    (Press et al. 2007, Numerical Recipes, 4.6). The moments of a function are exact to rounding where it is, to the
    precision wanted, a polynomial of degree `band`; a function with frequencies to q (Å⁻¹) needs a band of about
    2πRq and a few more. The moments of maps come from `ZernikePlan`, without a quadrature; this is for functions that
    can be evaluated anywhere.

    Arguments:
        order: The largest n.
        band: Degree of the functions to be integrated, at least the order.

    Raises:
        InputError: The order or the band is negative.

    Examples:
        >>> quadrature = BallQuadrature(order=4, band=4)
        >>> moments = quadrature.moments(jnp.ones(quadrature.points.shape[:-1]))
        >>> round(float(moments[0].real) ** 2, 4)  # the volume of the ball, 4π / 3
        4.1888
    """

    order: int = eqx.field(static=True)
    radius: Float[Array, " s"]
    cosine: Float[Array, " t"]
    azimuth: Float[Array, " j"]
    radial: Float[Array, "2 k k s"]
    legendre: Float[Array, "l m t"]
    radial_weight: Float[Array, " s"]
    polar_weight: Float[Array, " t"]

    def __init__(self, order: int, band: int | None = None):
        band = order if band is None else band
        if min(order, band) < 0:
            raise InputError(f"order={order} and band={band} must not be negative.", hint="Take order=20, say.")
        degree = order + max(order, band)
        nodes, weights = roots_jacobi(degree // 4 + 1, 0, 0.5)
        cosine, polar_weight = roots_legendre(degree // 2 + 1)
        radius = np.sqrt((1 + nodes) / 2)
        self.order = order
        self.radius = jnp.asarray(radius, float)
        self.cosine = jnp.asarray(cosine, float)
        self.azimuth = jnp.asarray(2 * np.pi * np.arange(degree + 1) / (degree + 1), float)
        self.radial = radial_table(order, self.radius, jnp.asarray(1 - nodes, float))
        self.legendre = jnp.asarray(legendre_table(order, cosine), float)
        # r² dr = √((1 + t) / 2) dt / 4
        self.radial_weight = jnp.asarray(weights / 2**2.5, float)
        self.polar_weight = jnp.asarray(polar_weight, float)

    @property
    def points(self) -> Float[Array, "s t j 3"]:
        """Where functions are wanted: (x, y, z) on shells s, circles t and points j."""
        sine = jnp.sqrt(1 - self.cosine**2)[:, None]
        circles = jnp.stack(
            [
                sine * jnp.cos(self.azimuth),
                sine * jnp.sin(self.azimuth),
                jnp.broadcast_to(self.cosine[:, None], (len(self.cosine), len(self.azimuth))),
            ],
            axis=-1,
        )
        return self.radius[:, None, None, None] * circles

    @property
    def weights(self) -> Float[Array, "s t j"]:
        """Their weights, which sum to the volume of the ball."""
        step = 2 * jnp.pi / len(self.azimuth)
        polar = jnp.broadcast_to(self.polar_weight[:, None] * step, (len(self.polar_weight), len(self.azimuth)))
        return self.radial_weight[:, None, None] * polar

    def moments(self, values: Float[Array | np.ndarray, "s t j"]) -> Complex[Array, " moments"]:
        """The moments of a real function.

        Arguments:
            values: The function at `points`.

        Returns:
            Its moments with m ≥ 0, in the order of `moment_labels`.
        """
        samples = as_float(values)
        tables = self._tables(samples.dtype)
        step = 2 * np.pi / len(self.azimuth)
        circles = jnp.fft.rfft(samples)[..., : self.order + 1] * step
        weighted = circles * (tables.radial_weight[:, None, None] * tables.polar_weight[:, None])
        spheres = _both(
            lambda part: jnp.einsum("lmt,stm->lms", tables.legendre, part, precision=jax.lax.Precision.HIGHEST),
            weighted,
        )
        n, l, m = moment_labels(self.order)
        by_parity = _by_parity(spheres, self.order)
        series = _both(
            lambda part: jnp.einsum("plns,plms->plnm", tables.radial, part, precision=jax.lax.Precision.HIGHEST),
            by_parity,
        )
        return series[l % 2, l // 2, n // 2, m] * jnp.asarray(np.sqrt(2 * n + 3), samples.dtype)

    def values(self, moments: Complex[Array | np.ndarray, " moments"]) -> Float[Array, "s t j"]:
        """The series of moments at `points`: the transpose of `moments`, but for the weights."""
        n, l, m = moment_labels(self.order)
        given = jnp.asarray(moments)
        dtype = jnp.finfo(given.dtype).dtype
        tables = self._tables(dtype)
        coefficients = given * jnp.asarray(np.sqrt(2 * n + 3), dtype)
        half = self.order // 2 + 1
        dense = jnp.zeros((2, half, half, self.order + 1), coefficients.dtype).at[l % 2, l // 2, n // 2, m]
        spheres = _both(
            lambda part: jnp.einsum("plns,plnm->plms", tables.radial, part, precision=jax.lax.Precision.HIGHEST),
            dense.set(coefficients[: moment_count(self.order)], unique_indices=True),
        )
        by_degree = jnp.moveaxis(spheres, 0, 1).reshape(2 * half, self.order + 1, -1)[: self.order + 1]
        circles = _both(
            lambda part: jnp.einsum("lmt,lms->stm", tables.legendre, part, precision=jax.lax.Precision.HIGHEST),
            by_degree,
        )
        return jnp.fft.irfft(circles, n=len(self.azimuth)) * len(self.azimuth)

    def _tables(self, dtype: DTypeLike) -> "BallQuadrature":
        """This in the precision of what it is applied to."""
        return jax.tree.map(lambda table: table.astype(dtype), self)


def _both(linear, values: Complex[Array, "..."]) -> Complex[Array, "..."]:
    """A real linear map of the real and of the imaginary part, which costs half of a complex one."""
    return jax.lax.complex(linear(values.real), linear(values.imag))


def _by_parity(values: Complex[Array, "l m s"], order: int) -> Complex[Array, "2 j m s"]:
    paired = jnp.pad(values, ((0, (order + 1) % 2), (0, 0), (0, 0)))
    return jnp.moveaxis(paired.reshape(-1, 2, *values.shape[1:]), 1, 0)
