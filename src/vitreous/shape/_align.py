"""The rotation that lays one density on another, from their moments."""

from dataclasses import dataclass, field

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float

from vitreous._core import InputError
from vitreous.harmonics import moment_count, moment_labels, moment_order

from ._align_peaks import grid_peaks, refine_rotations
from ._rotations import check_alike, directional, rotation_correlation

_PEAKS = 8  # of the grid, from which Newton's method starts


@dataclass(frozen=True, eq=False)
class Alignment:
    r"""How one density is laid on another: $g(x) = f(\pm R^{-1} (x - t))$, with the minus where it is mirrored.

    Arguments:
        rotation: R, active, (x, y, z).
        correlation: Of the two after that, −1 to 1, without what is the same in every direction.
        mirrored: Whether f is first mirrored through its centre: the other hand fits better.
        other_hand: The best correlation of the other hand; None where only one was tried.
        shift: t in Å, after the rotation; zero where moments alone were aligned.

    Examples:
        >>> Alignment(np.eye(3), 0.93, mirrored=False, other_hand=0.41).shift.tolist()
        [0.0, 0.0, 0.0]
    """

    rotation: Float[np.ndarray, "3 3"]
    correlation: float
    mirrored: bool = field(kw_only=True)
    other_hand: float | None = field(kw_only=True)
    shift: Float[np.ndarray, "3"] = field(kw_only=True, default_factory=lambda: np.zeros(3))


def align_moments(
    reference: Complex[Array | np.ndarray, " moments"],
    moving: Complex[Array | np.ndarray, " others"],
    *,
    mirror: bool = True,
    order: int | None = None,
    weights: Float[Array | np.ndarray, " orders"] | None = None,
) -> Alignment:
    r"""The rotation that turns one density onto another about the common centre of their balls.

    The correlation of all rotations at once (`rotation_correlation`) gives the best few, and Newton's method refines
    each to rounding. The hand is tested too: the density mirrored through the centre has moments $(-1)^l M_{nlm}$, and
    with a rotation that is any reflection.

    Moments of l = 0 say nothing of orientation and are left out of the correlation, of its norms as well.

    Arguments:
        reference: Moments of the density that stays, for $m \ge 0$.
        moving: Moments of the one that turns, to the same order, of a ball of the same radius.
        mirror: Whether to try the other hand as well.
        order: Up to which n the moments are compared; all of them unless given.
        weights: Of each n in the correlation, from 0 to the order, none negative; such as the Fourier shell
            correlation of noisy maps at the resolution of each order. Equal unless given.

    Returns:
        The alignment; `rotate_moments(moving, rotation)` agrees with the reference, after `mirror_moments` where it is
        mirrored. It has no shift.

    Raises:
        InputError: The moments differ in their order, are fewer than asked for, or are the same in every direction; or
            the weights are not one for each n, or negative.

    Examples:
        >>> from vitreous.harmonics import rotate_moments
        >>> from vitreous.poses import angular_distance_deg, rotation_from_euler
        >>> rng = np.random.default_rng(0)
        >>> n, l, m = moment_labels(4)
        >>> moments = jnp.asarray(rng.normal(size=n.shape) + 1j * np.where(m > 0, rng.normal(size=n.shape), 0))
        >>> rotation = rotation_from_euler(20.0, 50.0, 70.0)
        >>> found = align_moments(rotate_moments(moments, rotation), moments)
        >>> bool(angular_distance_deg(jnp.asarray(found.rotation), rotation) < 1e-3), found.mirrored
        (True, False)
    """
    check_alike(reference, moving)
    order = moment_order(len(reference)) if order is None else order
    still, turned = (_prepared(jnp.asarray(moments), order, weights) for moments in (reference, moving))
    hands = [turned, mirror_moments(turned)] if mirror else [turned]
    best = [_best_rotation(still, hand) for hand in hands]
    mirrored = len(best) == 2 and best[1][0] > best[0][0]
    correlation, rotation = best[mirrored]
    return Alignment(
        rotation, correlation, mirrored=mirrored, other_hand=best[not mirrored][0] if len(best) == 2 else None
    )


def mirror_moments(moments: Complex[Array, "*batch moments"]) -> Complex[Array, "*batch moments"]:
    r"""The moments of a density mirrored through the centre of its ball.

    Those of $f(-x)$: $M_{nlm} \to (-1)^l M_{nlm}$.

    Arguments:
        moments: For $m \ge 0$, in any batch.

    Raises:
        InputError: There is no order with so many moments.

    Examples:
        >>> mirror_moments(jnp.ones(3, complex)).real.tolist()
        [1.0, -1.0, -1.0]
    """
    degree = moment_labels(moment_order(moments.shape[-1]))[1]
    return jnp.where(degree % 2 == 0, moments, -moments)


def _prepared(moments: Array, order: int, weights: Array | np.ndarray | None) -> Complex[Array, " moments"]:
    """What of moments is compared."""
    known = moment_order(len(moments))
    if not 1 <= order <= known:
        raise InputError(
            f"order={order} cannot be compared where there are moments to order {known}.",
            hint=f"Use an order from 1 to {known}, or decompose the maps to a higher one.",
        )
    if weights is not None:
        weights = np.asarray(weights)
        if weights.shape != (order + 1,) or not (weights >= 0).all():
            raise InputError(
                f"weights of shape {weights.shape}, least {weights.min(initial=0):g}, do not weigh order 0 to {order}.",
                hint=f"Give {order + 1} numbers, none negative.",
            )
        weights = jnp.asarray(weights)
    return directional(moments[: moment_count(order)], weights)


def _best_rotation(
    reference: Complex[Array, " moments"], moving: Complex[Array, " moments"]
) -> tuple[float, Float[np.ndarray, "3 3"]]:
    """The highest correlation over all rotations, and where it is."""
    grid = rotation_correlation(reference, moving)
    starts, _ = grid_peaks(grid, most=_PEAKS, apart_deg=720 / len(grid))
    rotations, scores = refine_rotations(reference, moving, starts)
    winner = int(np.argmax(scores))
    return float(scores[winner]), rotations[winner]
