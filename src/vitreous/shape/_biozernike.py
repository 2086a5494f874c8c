"""The moments of BioZernike, and of its translation ZMPY3D."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float
from scipy.special import gammaln

from vitreous._core import InputError
from vitreous.harmonics import moment_labels, moment_order

from ._novotni_klein import from_novotni_klein, to_novotni_klein


def to_biozernike(
    moments: Complex[Array | np.ndarray, "*batch moments"], *, orthonormal: bool = True
) -> Float[Array, "*batch numbers"]:
    r"""Moments as BioZernike flattens them: real and imaginary parts in turn.

    Its moments are those of Novotni and Klein (`to_novotni_klein`) in the order that is used here too (Guzenko,
    Burley & Duarte 2020, *PLoS Comput. Biol.* 16, e1007970; `ZernikeMoments.flattenMomentsDouble`). Before it rotates
    them it divides by

    $$ c_l^m = \frac{\sqrt{(2l+1)\,(l+m)!\,(l-m)!}}{l!}. $$

    BioZernike's ball is about the centre of mass, with 1.8 radii of gyration as its radius, which is unit length in
    the moments; its density is not scaled. Moments in another ball convert too, but do not compare.

    Arguments:
        moments: Moments with m ≥ 0.
        orthonormal: BioZernike's "original" moments, which can be compared; if false, the "unscaled" ones, divided by
            $c_l^m$.

    Returns:
        Twice as many numbers.

    Raises:
        InputError: The number of moments is not that of any order.

    Examples:
        >>> [f"{number:.2f}" for number in to_biozernike(jnp.array([1.0, 1.0, 1.0 + 0j])).tolist()]
        ['0.49', '0.00', '0.49', '0.00', '0.00', '0.49']
    """
    omega = to_novotni_klein(moments)
    values = omega if orthonormal else omega / _coefficient(omega)
    return jnp.stack([values.real, values.imag], axis=-1).reshape(*values.shape[:-1], -1)


def from_biozernike(
    numbers: Float[Array | np.ndarray, "*batch numbers"], *, orthonormal: bool = True
) -> Complex[Array, "*batch moments"]:
    """Moments from BioZernike's flattened ones; the inverse of `to_biozernike`.

    Arguments:
        numbers: Real and imaginary parts in turn.
        orthonormal: Whether they are the "original" or the "unscaled" ones.

    Returns:
        Moments.

    Raises:
        InputError: The numbers are not pairs, or the number of pairs is not that of the moments of any order.

    Examples:
        >>> moments = jnp.array([1.0, 2.0, 3.0 + 1j])
        >>> bool(jnp.allclose(from_biozernike(to_biozernike(moments)), moments))
        True
    """
    parts = jnp.asarray(numbers)
    if parts.shape[-1] % 2:
        raise InputError(
            f"{parts.shape[-1]} numbers are not pairs of real and imaginary parts.",
            hint="Flatten them as BioZernike does: real, imaginary, real, imaginary, …",
        )
    values = parts[..., 0::2] + 1j * parts[..., 1::2]
    return from_novotni_klein(values if orthonormal else values * _coefficient(values))


def _coefficient(values: Complex[Array, "*batch moments"]) -> Float[Array, " moments"]:
    _, l, m = moment_labels(moment_order(values.shape[-1]))
    logarithm = (np.log(2 * l + 1) + gammaln(l + m + 1) + gammaln(l - m + 1)) / 2 - gammaln(l + 1)
    return jnp.asarray(np.exp(logarithm), jnp.finfo(values.dtype).dtype)
