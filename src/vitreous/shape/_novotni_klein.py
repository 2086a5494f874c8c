"""The moments and the descriptor of Novotni and Klein."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float

from vitreous.harmonics import moment_labels, moment_order

from ._invariants import invariants

_NORM = (3 / (4 * np.pi)) ** 0.5


def to_novotni_klein(moments: Complex[Array | np.ndarray, "*batch moments"]) -> Complex[Array, "*batch moments"]:
    r"""The moments $\Omega_{nl}^m$ of Novotni and Klein.

    $$ \Omega_{nl}^m = \frac{3}{4\pi} \int_{|x| \le 1} f\, \overline{Z_{nl}^m}\, d^3x
       = \sqrt{\tfrac{3}{4\pi}}\; i^m\, M_{nlm} $$

    (Novotni & Klein 2003, *Proc. ACM Symp. Solid Modeling*, 216, eqs. 10–14.) Their functions are orthonormal with
    the weight 3/4π, and their harmonic polynomials are built on $(ix - y)^m$ where those with the Condon–Shortley
    phase have $(-1)^m (x + iy)^m$, so $Z_{nl}^m = \sqrt{4\pi/3}\, (-i)^m Z_{nlm}$. Lengths are in units of the ball's
    radius R on both sides; moments in Å³ are R³ times those.

    Arguments:
        moments: Moments with m ≥ 0.

    Returns:
        Ω with m ≥ 0, in the same order; $\Omega_{nl}^{-m} = (-1)^m \overline{\Omega_{nl}^m}$ holds too.

    Raises:
        InputError: The number of moments is not that of any order.

    Examples:
        >>> omega = to_novotni_klein(jnp.array([1.0, 1.0, 1.0 + 0j]))
        >>> [f"{value:.2f}" for value in omega.tolist()]
        ['0.49+0.00j', '0.49+0.00j', '0.00+0.49j']
    """
    values = jnp.asarray(moments)
    return values * _factor(values)


def from_novotni_klein(omega: Complex[Array | np.ndarray, "*batch moments"]) -> Complex[Array, "*batch moments"]:
    """Moments from those of Novotni and Klein; the inverse of `to_novotni_klein`.

    Arguments:
        omega: Ω with m ≥ 0, in the order of `vitreous.harmonics.moment_labels`.

    Returns:
        Moments.

    Raises:
        InputError: The number of moments is not that of any order.

    Examples:
        >>> moments = jnp.array([1.0, 2.0, 3.0 + 1j])
        >>> bool(jnp.allclose(from_novotni_klein(to_novotni_klein(moments)), moments))
        True
    """
    values = jnp.asarray(omega)
    return values / _factor(values)


def descriptor_3dzd(moments: Complex[Array | np.ndarray, "*batch moments"]) -> Float[Array, "*batch pairs"]:
    r"""The 3D Zernike descriptor (3DZD) of Novotni and Klein: 121 numbers at order 20.

    $$ \lVert \Omega_{nl} \rVert = \sqrt{\textstyle\sum_{m=-l}^{l} |\Omega_{nl}^m|^2}
       = \sqrt{\tfrac{3}{4\pi}}\; F_{nl} $$

    (Novotni & Klein 2003, eq. 9.) Programs that compare surfaces fill the shape with ones and scale it into the unit
    ball before; what they divide it by, such as its own norm, is not part of it here.

    Arguments:
        moments: Moments with m ≥ 0.

    Returns:
        The descriptor, in the order of `vitreous.harmonics.invariant_labels`.

    Raises:
        InputError: The number of moments is not that of any order.

    Examples:
        >>> from vitreous.harmonics import moment_count
        >>> descriptor_3dzd(jnp.ones(moment_count(20), complex)).shape
        (121,)
    """
    return _NORM * invariants(moments)


def _factor(values: Complex[Array, "*batch moments"]) -> Complex[Array, " moments"]:
    m = moment_labels(moment_order(values.shape[-1]))[2]
    return jnp.asarray(_NORM * np.array([1, 1j, -1, -1j])[m % 4], values.dtype)
