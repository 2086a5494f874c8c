"""How alike two maps are, order by order."""

from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float, Int

from vitreous._core import InputError
from vitreous.harmonics import moment_order

from ._invariants import root, sum_over_degrees, sum_over_m
from ._resolution_rule import resolution_for_order


@dataclass(frozen=True, eq=False)
class MomentCorrelation:
    """The correlation of two sets of moments, order by order.

    Attributes:
        order: 0, 1, 2 …
        correlation: Of the moments of each order, between -1 and 1; 0 in an order where one of both has no power.
        cumulative: Of all moments to each order.
        resolution_a: Å to which moments to each order hold a map (`resolution_for_order`); infinite for order 0, and
            not a number where the radius of the ball is not known.
    """

    order: Int[np.ndarray, " orders"]
    correlation: Float[Array, " orders"]
    cumulative: Float[Array, " orders"]
    resolution_a: Float[np.ndarray, " orders"]

    def resolution(self, threshold: float) -> float | None:
        """The resolution of the last order before the correlation first falls below a threshold, in Å.

        Order 0, the mean, is left out. Not for use under `jax.jit`.

        Arguments:
            threshold: Such as 0.5.

        Returns:
            The resolution in Å; `None` where the correlation stays above the threshold to the last order.

        Examples:
            >>> moments = jnp.array([1.0, 1.0, 0, 1.0, 1.0, 0, 0]) + 0j
            >>> compare_moments(moments, moments, radius=50.0).resolution(0.5) is None
            True
        """
        below = np.flatnonzero(np.asarray(self.correlation[1:]) < threshold)
        return float(self.resolution_a[below[0]]) if below.size else None


def compare_moments(
    a: Complex[Array | np.ndarray, " moments"],
    b: Complex[Array | np.ndarray, " others"],
    *,
    radius: float | None = None,
) -> MomentCorrelation:
    r"""The correlation of two maps from their moments, order by order.

    $$c_n = \frac{\mathrm{Re}\sum_{lm} M_{nlm} \overline{M'_{nlm}}}
    {\sqrt{\sum_{lm} |M_{nlm}|^2 \sum_{lm} |M'_{nlm}|^2}}$$

    over all degrees and all m of the order n; the cumulative correlation sums numerator and powers over all orders up
    to n, so that its last value is the correlation of the two densities in the ball. Both maps must have been
    decomposed about corresponding centres with one radius, and stand alike (`align_moments`).

    Arguments:
        a: Moments with $m \ge 0$ of one map.
        b: Those of the other, to the same order.
        radius: Of the ball in Å, for the resolution of each order.

    Returns:
        The table of orders, differentiable in the moments of both.

    Raises:
        InputError: The orders differ, or the radius is not positive.

    Examples:
        >>> a = jnp.array([1.0, 2.0, 1j])
        >>> compare_moments(a, jnp.array([2.0, -2.0, -1j])).correlation.round(6).tolist()
        [1.0, -1.0]
    """
    a, b = jnp.asarray(a), jnp.asarray(b)
    order, other = moment_order(a.size), moment_order(b.size)
    if order != other:
        raise InputError(
            f"one set of moments goes to order {order} and the other to order {other}.",
            hint=f"Cut the longer one: moments[:moment_count({min(order, other)})], of vitreous.harmonics.",
        )
    products = (a.real * b.real + a.imag * b.imag, a.real**2 + a.imag**2, b.real**2 + b.imag**2)
    cross, power, other_power = sum_over_degrees(sum_over_m(jnp.stack(products)))
    resolution = [np.nan if radius is None else resolution_for_order(n, radius) for n in range(order + 1)]
    return MomentCorrelation(
        order=np.arange(order + 1),
        correlation=_normalised(cross, power, other_power),
        cumulative=_normalised(jnp.cumsum(cross), jnp.cumsum(power), jnp.cumsum(other_power)),
        resolution_a=np.array(resolution),
    )


def _normalised(
    cross: Float[Array, " orders"], power: Float[Array, " orders"], other: Float[Array, " orders"]
) -> Float[Array, " orders"]:
    norm = root(power) * root(other)
    return jnp.where(norm > 0, cross / jnp.where(norm > 0, norm, 1), 0)
