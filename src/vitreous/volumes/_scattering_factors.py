"""Scattering factors of single atoms, as functions of frequency."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from vitreous._core import FloatLike, InputError, as_float, as_scalar
from vitreous.constants import LobatoScatteringFactorParameters, PengScatteringFactorParameters
from vitreous.filters import AbstractFilter

_Vector = Float[Array | np.ndarray, " g"] | tuple[float, ...] | list[float]


class GaussianScatteringFactor(AbstractFilter):
    r"""The scattering factor of an atom that is a sum of Gaussians.

    $$ f(q) = \sum_i a_i\,e^{-b_i q^2 / 4} $$

    the form of Peng et al. 1996 (Acta Cryst. A52, 257); a B-factor B of the atom adds to each b.

    Arguments:
        a: Amplitudes in Å.
        b: B-factors in Å², one for each amplitude.

    Raises:
        InputError: There are not as many of one as of the other.

    Examples:
        >>> factor = GaussianScatteringFactor([1.0, 0.5], [10.0, 40.0])
        >>> round(float(factor.transfer(jnp.zeros((1, 3)))[0]), 6)
        1.5
    """

    a: Float[Array, " g"]
    b: Float[Array, " g"]

    def __init__(self, a: _Vector, b: _Vector):
        self.a, self.b = _vectors(a, b)

    def transfer(self, frequencies: Float[Array, "*nh d"]) -> Float[Array, "*nh"]:
        """The factor in Å at each frequency vector (Å⁻¹)."""
        q2 = jnp.sum(frequencies**2, axis=-1)[..., None]
        return jnp.sum(self.a * jnp.exp(-self.b / 4 * q2), axis=-1)


class LobatoScatteringFactor(AbstractFilter):
    r"""The scattering factor of an atom in the form of Lobato & Van Dyck.

    $$ f(q) = e^{-B q^2/4} \sum_{i} a_i\,\frac{2 + b_i q^2}{(1 + b_i q^2)^2} $$

    (2014, Acta Cryst. A70, 636, eq. 16). It falls off as $q^{-2}$, as the potential of a nucleus does, where Gaussians
    end: sharp maps reach further with it.

    Arguments:
        a: Amplitudes in Å.
        b: Å², one for each amplitude.
        b_factor: B-factor B of the atom in Å².

    Raises:
        InputError: There are not as many a as b.

    Examples:
        >>> factor = LobatoScatteringFactor([1.0], [2.0])
        >>> round(float(factor.transfer(jnp.zeros((1, 3)))[0]), 6)
        2.0
    """

    a: Float[Array, " g"]
    b: Float[Array, " g"]
    b_factor: Float[Array, ""]

    def __init__(self, a: _Vector, b: _Vector, *, b_factor: FloatLike = 0.0):
        self.a, self.b = _vectors(a, b)
        self.b_factor = as_scalar(b_factor, name="b_factor")

    def transfer(self, frequencies: Float[Array, "*nh d"]) -> Float[Array, "*nh"]:
        """The factor in Å at each frequency vector (Å⁻¹)."""
        q2 = jnp.sum(frequencies**2, axis=-1)
        terms = self.b * q2[..., None]
        return jnp.sum(self.a * (2 + terms) / (1 + terms) ** 2, axis=-1) * jnp.exp(-self.b_factor / 4 * q2)


def tabulated_factors(
    parameters: PengScatteringFactorParameters | LobatoScatteringFactorParameters, b_factors: tuple[FloatLike, ...]
) -> tuple[AbstractFilter, ...]:
    """The scattering factor of each row of a table, blurred by a B-factor in Å²."""
    rows = zip(parameters.a, parameters.b, b_factors, strict=True)
    if isinstance(parameters, PengScatteringFactorParameters):
        return tuple(GaussianScatteringFactor(a, b + b_factor) for a, b, b_factor in rows)
    return tuple(LobatoScatteringFactor(a, b, b_factor=b_factor) for a, b, b_factor in rows)


def _vectors(a: _Vector, b: _Vector) -> tuple[Array, Array]:
    a, b = (as_float(jnp.asarray(x)) for x in (a, b))
    if a.ndim != 1 or a.shape != b.shape:
        raise InputError(
            f"a of shape {a.shape} and b of shape {b.shape} are not one list of terms.",
            hint="Give one b for each a, of one atom; a PyTree of factors describes several.",
        )
    return a, b
