"""Functions of a rotation, from their coefficients in Wigner's matrices."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Complex, Float

from vitreous._core import InputError

from ._wigner_quarter_turn import quarter_turns


def rotation_series(coefficients: Complex[Array, "l m k"], *, size: int) -> Float[Array, "psi theta phi"]:
    r"""A real function of all rotations, on a grid of Euler angles, from its series in Wigner's matrices.

    $$ C(R) = \sum_{l=0}^{L} \sum_{m,k=-l}^{l} I^l_{mk}\, D^l_{mk}(R), \qquad
       R = R_z(\psi) R_y(\theta) R_z(\varphi), \quad (\psi, \theta, \varphi) = \tfrac{360°}{\text{size}} (a, b, c) $$

    As a turn about y is one about z between quarter turns, this is a Fourier series in three angles (Kovacs & Wriggers
    2002, *Acta Cryst.* D58, 1282), with coefficients $\sum_l \Delta^l_{mj} \Delta^l_{jk} I^l_{mk}$. The sum over l runs
    degree by degree in an array of $L^3$; that over j, of which the range 0 to 180° of θ needs half the values, is a
    product of matrices, and those over m and k are one FFT: $L^4$ operations in all.

    Arguments:
        coefficients: $I^l_{mk}$ at [l, m + L, k], k from 0, zero beyond the degree. Those of negative k follow, as the
            function is real: $I^l_{-m,-k} = (-1)^{m+k}\, \overline{I^l_{mk}}$.
        size: Steps of 360°, an even number above 2 L.

    Returns:
        $C$ at [a, b, c] with b up to size / 2, θ = 180°.

    Raises:
        InputError: The coefficients have not the shape (L + 1, 2 L + 1, L + 1), or the size is odd or too small.

    Examples:
        >>> cosine = jnp.zeros((2, 3, 2), complex).at[1, 1, 0].set(1.0)  # D¹₀₀ = cos θ
        >>> (rotation_series(cosine, size=4)[0, :, 0].round(4) + 0).tolist()
        [1.0, 0.0, -1.0]
    """
    order = len(coefficients) - 1
    if coefficients.shape != (order + 1, 2 * order + 1, order + 1):
        raise InputError(
            f"coefficients of shape {coefficients.shape} are not those of all degrees to {order}.",
            hint=f"Give (l, m + L, k) in the shape {(order + 1, 2 * order + 1, order + 1)}.",
        )
    if size % 2 or size <= 2 * order:
        raise InputError(
            f"size={size} steps cannot hold a series to degree {order}.",
            hint=f"Use an even number of at least {2 * order + 2}.",
        )
    quarter = jnp.asarray(quarter_turns(order), jnp.finfo(coefficients.dtype).dtype)
    return _series(coefficients, quarter, size=size)


@partial(jax.jit, static_argnames="size")
def _series(
    coefficients: Complex[Array, "l m k"], quarter: Float[Array, "l k k"], *, size: int
) -> Float[Array, "psi theta phi"]:
    order = len(quarter) - 1
    m, k = np.arange(-order, order + 1), np.arange(order + 1)
    by_angle = _at_theta(_fourier_coefficients(coefficients, quarter), size)
    by_angle = by_angle * jnp.asarray((-1j) ** ((m[:, None, None] + k) % 4), by_angle.dtype)
    # The series has exp(−i(mψ + kφ)), numpy's inverse transform the conjugate of that.
    grid = jnp.zeros((size, size // 2 + 1, size // 2 + 1), by_angle.dtype)
    grid = grid.at[m % size, :, : order + 1].set(jnp.conj(by_angle))
    return jnp.fft.irfft(jnp.fft.ifft(grid, axis=0, norm="forward"), n=size, axis=2, norm="forward")


def _fourier_coefficients(
    coefficients: Complex[Array, "l m k"], quarter: Float[Array, "l k k"]
) -> Complex[Array, "m j k"]:
    """The sums over l of Δ_mj Δ_jk I_mk for j from 0, one degree in flight."""
    order = len(quarter) - 1
    m = np.arange(-order, order + 1)
    j = np.arange(order + 1)

    def add(total: Array, degree: tuple[Array, Array, Array]) -> tuple[Array, None]:
        l, table, values = degree
        signs = jnp.where((m[:, None] < 0) & ((l + j) % 2 == 1), -1, 1)
        return total + (signs * table[abs(m)])[:, :, None] * table[None] * values[:, None, :], None

    start = jnp.zeros((2 * order + 1, order + 1, order + 1), coefficients.dtype)
    return lax.scan(add, start, (jnp.asarray(j), quarter, coefficients))[0]


def _at_theta(series: Complex[Array, "m j k"], size: int) -> Complex[Array, "m theta k"]:
    """The sum over j from −L to L of exp(−ij(θ − π)) at each θ to 180°.

    The coefficients at j and −j differ by the sign of m + k, so they make cosines or sines.
    """
    order = series.shape[1] - 1
    theta = 2 * np.pi / size * np.arange(size // 2 + 1)
    j = np.arange(order + 1)
    angles = np.outer(theta - np.pi, j)
    twice = np.where(j == 0, 1, 2)
    even, odd = (
        jnp.einsum(
            "tj,mjkp->mtkp",
            jnp.asarray(twice * wave, jnp.finfo(series.dtype).dtype),
            jnp.stack([series.real, series.imag], axis=-1),
            precision=lax.Precision.HIGHEST,
        )
        for wave in (np.cos(angles), np.sin(angles))
    )
    alike = (np.arange(-order, order + 1)[:, None, None] + j) % 2 == 0
    # −i (a + ib) = b − ia
    return lax.complex(jnp.where(alike, even[..., 0], odd[..., 1]), jnp.where(alike, even[..., 1], -odd[..., 0]))
