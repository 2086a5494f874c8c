"""Scattering factors of the elements that fall off as those of real atoms do."""

from functools import lru_cache
from importlib.resources import files

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from vitreous._core import FloatLike

from ._elements import AtomicNumbers
from ._tabulated import tabulated_numbers

_HEAVIEST = 103


class LobatoScatteringFactorParameters(eqx.Module):
    r"""Elastic scattering factors of electrons by neutral atoms, after Lobato & Van Dyck.

    $$f(q) = \sum_{i=1}^{5} a_i\,\frac{2 + b_i q^2}{(1 + b_i q^2)^2}$$

    (I. Lobato & D. Van Dyck 2014, Acta Cryst. A70, 636). $f(0) = 2\sum a_i = \int U\,d^3r$ of the rescaled potential,
    and for large q it is the nucleus' own, $f \to Z / 2\pi^2 a_0 q^2$ with the Bohr radius $a_0$, which sums of
    Gaussians (`PengScatteringFactorParameters`) miss beyond 4 Å⁻¹. The table is in `lobato_van_dyck_2014.csv` beside
    this file.

    Arguments:
        atomic_numbers: The atoms' elements, 1 (H) to 103 (Lr), "n"; known before tracing.

    Attributes:
        a: Amplitudes in Å, "n 5", of either sign.
        b: Å², "n 5".

    Raises:
        InputError: An element has no entry (unknown `X`, or beyond Lr); the message names it.

    Examples:
        >>> carbon = LobatoScatteringFactorParameters([6])
        >>> round(float(carbon(0.0)[0]), 2)
        2.51
    """

    a: Float[Array, "n 5"]
    b: Float[Array, "n 5"]

    def __init__(self, atomic_numbers: AtomicNumbers):
        table = _table()[tabulated_numbers(atomic_numbers, heaviest=_HEAVIEST) - 1]
        self.a = jnp.asarray(table[:, :5], dtype=float)
        self.b = jnp.asarray(table[:, 5:], dtype=float)

    def __call__(self, q: FloatLike) -> Float[Array, " n"]:
        """The scattering factor of each atom, in Å, at the spatial frequency `q` in Å⁻¹.

        Examples:
            >>> round(float(LobatoScatteringFactorParameters([6])(0.5)[0]), 2)
            1.17
        """
        terms = self.b * q**2
        return jnp.sum(self.a * (2 + terms) / (1 + terms) ** 2, axis=-1)


@lru_cache
def _table() -> Float[np.ndarray, "z 10"]:
    """The a and b of every element, hydrogen first."""
    with files("vitreous.constants").joinpath("lobato_van_dyck_2014.csv").open() as lines:
        table = np.loadtxt(lines, delimiter=",")[:, 1:]
    table.setflags(write=False)
    return table
