"""How fine the detail is that moments to an order hold."""

import math

from vitreous._core import InputError

# n + c n^(1/3) = κ where the Fourier shell correlation with the map falls to 0.5 and 0.9; between them c is linear.
TRANSITIONS = {0.5: 1.8, 0.9: 1.0}


def order_for_resolution(resolution: float, radius: float, *, correlation: float = 0.5) -> int:
    r"""The order of the moments that hold a map to a resolution.

    $$n + c\, n^{1/3} \ge \kappa = \frac{2 \pi R}{d}$$

    A wave of $|k| = 1/d$ has, in a ball of radius R, the coefficients $j_{n+1}(\kappa) / \kappa$, which fall to
    nothing beyond $n = \kappa$ over a width of $n^{1/3}$, as spherical Bessel functions do. Where the Fourier shell
    correlation of a map and its series falls to 0.5, c = 1.8, and where it falls to 0.9, c = 1.0. Measured for
    n = 10 … 60, with R as a multiple of the specimen's extent E:

    | specimen | R / E | c at 0.5 | c at 0.9 |
    |---|---|---|---|
    | transporter 8ZPM, rendered | 1.0–1.4 | 1.4–2.1 | 0.5–1.3 |
    | GroEL subunit, rendered | 1.15–1.4 | 1.7–2.2 | 0.7–1.3 |
    | EMD-1832, 3J9G and a ribosome, 64³, inscribed ball | ≥ 1 | 1.6–3.5 | 0.7–1.3 |
    | the same, the ball cutting into them | < 1 | 1.8–5.6 | 0.7–1.7 |
    | apoferritin, a hollow shell, rendered | 1.0–1.15 | 2.9–5.3 | 0.7–2.2 |

    So the rule for 0.9 holds for every specimen, and that for 0.5 where it leaves some room to the surface of the
    ball; of what fills the ball, the series holds finer detail than the rule says, to $n \approx 0.8\,\kappa$.

    Arguments:
        resolution: d in Å.
        radius: R of the ball in Å.
        correlation: Of the map and its series at that resolution, from 0.5 to 0.9.

    Returns:
        The smallest such order.

    Raises:
        InputError: A length is not positive and finite, or the correlation outside its range.

    Examples:
        >>> order_for_resolution(10.0, 80.0), order_for_resolution(10.0, 80.0, correlation=0.9)
        (44, 47)
    """
    _check_length(resolution, "resolution")
    transition = _transition(correlation)
    _check_length(radius, "radius")
    kappa = 2 * math.pi * radius / resolution
    order = max(0, math.floor(kappa - transition * kappa ** (1 / 3)))
    while order + transition * order ** (1 / 3) < kappa:
        order += 1
    return order


def resolution_for_order(order: int, radius: float, *, correlation: float = 0.5) -> float:
    r"""The resolution to which moments to an order hold a map, $d = 2 \pi R / (n + c\, n^{1/3})$.

    Arguments:
        order: n, the largest order of the moments.
        radius: R of the ball in Å.
        correlation: Of the map and its series at that resolution, from 0.5 (c = 1.8) to 0.9 (c = 1.0); where that
            holds is said at `order_for_resolution`.

    Returns:
        d in Å; infinite for order 0, which is but the mean.

    Raises:
        InputError: The order is negative, the radius not positive and finite, or the correlation outside its range.

    Examples:
        >>> round(resolution_for_order(44, 80.0), 2)
        9.98
    """
    if order < 0:
        raise InputError(f"order={order} must not be negative.", hint="The order is the largest n, such as 20.")
    _check_length(radius, "radius")
    reach = order + _transition(correlation) * order ** (1 / 3)
    return 2 * math.pi * radius / reach if order else math.inf


def _transition(correlation: float) -> float:
    (low, of_low), (high, of_high) = TRANSITIONS.items()
    if not low <= correlation <= high:
        raise InputError(
            f"correlation={correlation:g} is outside of what was measured, {low:g} to {high:g}.",
            hint="Use 0.5 for the detail that is just there, or 0.9 for what is there in full.",
        )
    return of_low + (of_high - of_low) * (correlation - low) / (high - low)


def _check_length(length: float, name: str) -> None:
    if not 0 < length < math.inf:
        raise InputError(f"{name}={length:g} Å must be positive and finite.", hint="Give it in Å.")
