"""Zernike moments by way of geometric moments, as earlier programs have them: for comparison."""

import warnings
from collections.abc import Sequence

import numpy as np
from jaxtyping import Array, Bool, Complex, Float

from vitreous._core import InputError
from vitreous.harmonics import moment_order

from ._monomial_terms import monomial_terms

# There the norm of an order was seen to be off by 1e-8 (maps that end inside of the ball) to 1e-4 (maps that the ball
# cuts), and by a factor of about 1 + √2 more with each further order.
_TRUSTED_ORDER = 32


def decompose_monomial(
    volume: Float[Array | np.ndarray, "z y x"],
    order: int,
    *,
    radius: float | None = None,
    center: Sequence[float] = (0.0, 0.0, 0.0),
) -> Complex[np.ndarray, " moments"]:
    r"""The Zernike moments of a map from its geometric moments, in double precision.

    $$ M_{nlm} = \sum_{r+s+t \le n} \overline{\chi_{nlm}^{rst}}\; G_{rst}, \qquad
       G_{rst} = \frac1{R^3} \sum_{|x| \le 1} f(Rx)\, x^r y^s z^t $$

    (Novotni & Klein 2003, Proc. 8th ACM Symp. Solid Modeling, 216, sec. 4; Grandison, Roberts & Morris 2009, J. Comput.
    Biol. 16, 487). The sums are over voxels whose centre is in the ball, one axis at a time, and values are taken at
    these centres, not integrated over voxels: for a density that ends inside of the ball this is the integral to all
    its digits, whereas the edge of the ball, if the density reaches it, has steps. The coefficients χ are
    exact, but they alternate and grow as $(1 + \sqrt 2)^n$, so digits are lost to cancellation: of the norm of an
    order, about 1e-10 at n = 20, 1e-8 to 1e-4 at n = 32, and all of it before n = 50.
    `vitreous.harmonics.ZernikePlan` has none of these limits, and is the way to decompose maps.

    Arguments:
        volume: The map, in a cubic box.
        order: The largest n.
        radius: Of the ball, in voxels; `box // 2` unless given.
        center: Of the ball, in voxels (x, y, z) from the voxel at index n // 2.

    Returns:
        Moments with m ≥ 0 in the order of `vitreous.harmonics.moment_labels`, in the units of the map.

    Raises:
        InputError: The box is not a cube, the order is negative, or the radius not positive.

    Warns:
        UserWarning: The order is beyond those that double precision can hold.

    Examples:
        >>> blob = np.exp(-np.sum(np.square(np.mgrid[:16, :16, :16] - 8), axis=0) / 8)
        >>> moments = decompose_monomial(blob, 8)
        >>> bool(np.abs(reconstruct_monomial(moments, 16) - blob).max() < 0.2), moments.shape
        (True, (95,))
    """
    grid = np.asarray(volume, float)
    box = grid.shape[-1]
    if grid.shape != (box,) * 3:
        raise InputError(
            f"a map of shape {grid.shape} is not a cube.", hint="Pad it with vitreous.grids.pad(volume, shape)."
        )
    radius = _checked(order, box, radius)
    axes = _axes(box, radius, center)
    x, y, z = (_powers(axis, order) for axis in axes)
    sums = np.where(_inside(axes), grid, 0) @ x.T
    sums = np.tensordot(z, y @ sums, axes=1)
    return monomial_terms(order).moments(sums.transpose(2, 1, 0) / radius**3)


def reconstruct_monomial(
    moments: Complex[Array | np.ndarray, " moments"], box: int, *, radius: float | None = None
) -> Float[np.ndarray, "z y x"]:
    r"""The map that moments describe, as a sum of monomials in double precision.

    $$ f(Rx) = \sum_{rst} x^r y^s z^t \sum_{nlm} \chi_{nlm}^{rst} M_{nlm} $$

    which is the transpose of `decompose_monomial`, and loses as many digits: beyond an order of about 35 the surface
    of the ball is noise. `vitreous.harmonics.ZernikePlan.reconstruct` has no such limit.

    Arguments:
        moments: Of any order.
        box: Voxels along each side; the ball is about the voxel at index n // 2.
        radius: Of the ball, in voxels; `box // 2` unless given.

    Returns:
        The series at the voxels' centres, zero outside of the ball.

    Raises:
        InputError: No order has so many moments, or the radius or the box is not positive.

    Warns:
        UserWarning: The order is beyond those that double precision can hold.

    Examples:
        >>> ball = reconstruct_monomial(np.array([np.sqrt(4 * np.pi / 3) + 0j]), 8, radius=2.0)
        >>> ball[4, 4].round(3).tolist()
        [0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0]
    """
    packed = np.asarray(moments, complex)
    order = moment_order(len(packed))
    radius = _checked(order, box, radius)
    axes = _axes(box, radius, (0.0, 0.0, 0.0))
    x, y, z = (_powers(axis, order) for axis in axes)
    coefficients = monomial_terms(order).coefficients(packed)
    values = np.tensordot(z.T, y.T @ coefficients.transpose(2, 1, 0), axes=1) @ x
    return np.where(_inside(axes), values, 0)


def _checked(order: int, box: int, radius: float | None) -> float:
    if order < 0:
        raise InputError(f"order={order} must not be negative.", hint="The order is the largest n, such as 20.")
    if box < 1:
        raise InputError(f"a box of {box} voxels holds no map.", hint="Give the number of voxels along a side.")
    size = float(box // 2 if radius is None else radius)
    if not 0 < size < np.inf:
        raise InputError(f"radius={size:g} voxels is no radius of a ball.", hint=f"Give a number such as {box / 2:g}.")
    if order > _TRUSTED_ORDER:
        warnings.warn(
            f"order {order} is beyond what sums of monomials hold in double precision: above n = {_TRUSTED_ORDER} "
            "cancellation may leave an error of a thousandth, and above n = 40 nothing but errors. "
            "vitreous.harmonics.ZernikePlan has no such limit.",
            UserWarning,
            stacklevel=3,
        )
    return size


def _axes(box: int, radius: float, center: Sequence[float]) -> list[Float[np.ndarray, " voxel"]]:
    """The voxels' x, y and z from the centre of the ball, in units of its radius."""
    return [(np.arange(box) - box // 2 - offset) / radius for offset in center]


def _powers(axis: Float[np.ndarray, " voxel"], order: int) -> Float[np.ndarray, "power voxel"]:
    # Voxels beyond the ball count for nothing, and must not overflow.
    return np.clip(axis, -1, 1) ** np.arange(order + 1)[:, None]


def _inside(axes: list[Float[np.ndarray, " voxel"]]) -> Bool[np.ndarray, "z y x"]:
    x, y, z = (axis**2 for axis in axes)
    # The surface belongs to the ball, however its distance is rounded.
    return z[:, None, None] + y[:, None] + x <= 1 + 1e-12
