"""How fine the detail is that moments to an order hold."""

import math

from vitreous._core import InputError

# n + 1.8 n^(1/3) = 2 pi R / d where the Fourier shell correlation with the map falls to one half.
TRANSITION = 1.8


def order_for_resolution(resolution: float, radius: float) -> int:
    r"""The order of the moments that hold a map to a resolution.

    $$n + 1.8\, n^{1/3} \ge \kappa = \frac{2 \pi R}{d}$$

    A wave of $|k| = 1/d$ has, in a ball of radius R, the coefficients $j_{n+1}(\kappa) / \kappa$, which fall to
    nothing beyond $n = \kappa$ over a width of $n^{1/3}$ as spherical Bessel functions do.

    Arguments:
        resolution: d in Å, where the Fourier shell correlation of the map and its series falls to one half.
        radius: R of the ball in Å.

    Returns:
        The smallest such order.

    Raises:
        InputError: A length is not positive and finite.

    Examples:
        >>> order_for_resolution(10.0, 80.0)
        44
    """
    _check_length(resolution, "resolution")
    _check_length(radius, "radius")
    kappa = 2 * math.pi * radius / resolution
    order = max(0, math.floor(kappa - TRANSITION * kappa ** (1 / 3)) - 1)
    while _reach(order) < kappa:
        order += 1
    return order


def resolution_for_order(order: int, radius: float) -> float:
    r"""The resolution to which moments to an order hold a map, $d = 2 \pi R / (n + 1.8\, n^{1/3})$.

    Arguments:
        order: n, the largest order of the moments.
        radius: R of the ball in Å.

    Returns:
        d in Å, where the Fourier shell correlation of the map and its series falls to one half; infinite for order 0.

    Raises:
        InputError: The order is negative, or the radius not positive and finite.

    Examples:
        >>> round(resolution_for_order(44, 80.0), 2)
        9.98
    """
    if order < 0:
        raise InputError(f"order={order} must not be negative.", hint="The order is the largest n, such as 20.")
    _check_length(radius, "radius")
    return 2 * math.pi * radius / _reach(order) if order else math.inf


def _reach(order: int) -> float:
    return order + TRANSITION * order ** (1 / 3)


def _check_length(length: float, name: str) -> None:
    if not 0 < length < math.inf:
        raise InputError(f"{name}={length:g} Å must be positive and finite.", hint="Give it in Å.")
