"""Tabulated elastic scattering factors of the elements."""

from functools import lru_cache

import equinox as eqx
import gemmi
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from vitreous._core import FloatLike

from ._elements import AtomicNumbers
from ._tabulated import tabulated_numbers

HEAVIEST_TABULATED = 98
"""Atomic number of the heaviest element with a scattering factor, californium."""


class PengScatteringFactorParameters(eqx.Module):
    r"""Five-Gaussian elastic scattering factors of electrons by neutral atoms.

    $$f(q) = \sum_{i=1}^{5} a_i \exp(-b_i q^2 / 4), \qquad q = 2 \sin\theta / \lambda = 2 s$$

    fitted for $0 \le s \le 2$ Å⁻¹ (Peng, Ren, Dudarev & Whelan 1996, Acta Cryst. A52, 257; International Tables
    for Crystallography, volume C, table 4.3.2.2). $f(0) = \sum a_i = \int U\,d^3r$ of the rescaled potential $U$.
    The $a$ of Rb and Np are partly negative: take no square roots of them.

    Arguments:
        atomic_numbers: The atoms' elements, 1 (H) to 98 (Cf), "n"; known before tracing.

    Attributes:
        a: Amplitudes in Å, "n 5".
        b: Widths in Å², "n 5": each is the B-factor of its Gaussian.

    Raises:
        InputError: An element has no entry (unknown `X`, or beyond Cf); the message names it.

    Examples:
        >>> carbon = PengScatteringFactorParameters([6])
        >>> round(float(carbon.a.sum()), 4)
        2.5088
    """

    a: Float[Array, "n 5"]
    b: Float[Array, "n 5"]

    def __init__(self, atomic_numbers: AtomicNumbers):
        table = _table()[tabulated_numbers(atomic_numbers, heaviest=HEAVIEST_TABULATED)]
        self.a = jnp.asarray(table[:, 0], dtype=float)
        self.b = jnp.asarray(table[:, 1], dtype=float)

    def __call__(self, q: FloatLike) -> Float[Array, " n"]:
        """The scattering factor of each atom, in Å, at the spatial frequency `q` in Å⁻¹.

        Examples:
            >>> round(float(PengScatteringFactorParameters([6])(0.5)[0]), 3)
            1.169
        """
        return jnp.sum(self.a * jnp.exp(-self.b * q**2 / 4), axis=-1)


@lru_cache
def _table() -> Float[np.ndarray, "z 2 5"]:
    """The a and b of every element; row 0 is no element."""
    table = np.full((HEAVIEST_TABULATED + 1, 2, 5), np.nan)
    for z in range(1, HEAVIEST_TABULATED + 1):
        coefficients = gemmi.Element(z).c4322
        table[z] = coefficients.a, coefficients.b
    table.setflags(write=False)
    return table
