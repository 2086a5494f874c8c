"""The rotations that leave a density as it is, found from its moments."""

from dataclasses import dataclass, field

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float

from vitreous._core import InputError
from vitreous.harmonics import moment_labels, moment_order, rotate_moments
from vitreous.poses import PointGroup

from ._align_peaks import grid_peaks, refine_rotations
from ._rotations import directional, inner_product, rotation_correlation
from ._symmetry_axis import SymmetryAxis
from ._symmetry_frames import (
    Axis,
    axes_of_group,
    axis_of,
    fitted_frame,
    frame_of,
    in_frame,
    possible_groups,
    same_axis,
    upward,
)

_MOST_PEAKS = 64  # an icosahedral density has 60
_MOST_FOLDS = 30  # twofolds of D30 are 6° apart, and axes nearer than 5° are taken for one
_LEAST = 0.3  # correlation of a candidate
_ROUND = 1e-6  # of the power, below which nothing changes about an axis


@dataclass(frozen=True, eq=False)
class Symmetry:
    """The point group of a density, and how it lies.

    Arguments:
        name: The group, C1 where there is none, as `vitreous.poses.point_group` has it.
        rotation: From that group's setting to the density: a rotation g of the group is $A g A^T$ here. Turned by
            $A^T$ the density is in the setting.
        correlation: The least of the density with itself over the rotations of the group; 1 for C1.
        axes: Of the group, those of most folds first.
        candidates: Every axis about which the density agrees with itself better than elsewhere, best first, whether or
            not it is taken for a symmetry.

    Examples:
        >>> Symmetry("C1", np.eye(3), 1.0).axes
        ()
    """

    name: str
    rotation: Float[np.ndarray, "3 3"]
    correlation: float
    axes: tuple[SymmetryAxis, ...] = field(default=(), kw_only=True)
    candidates: tuple[SymmetryAxis, ...] = field(default=(), kw_only=True)


def find_symmetry(
    moments: Complex[Array | np.ndarray, " moments"], *, max_fold: int = 12, threshold: float = 0.8
) -> Symmetry:
    r"""The point group of a density about the centre of its ball, from its correlation with itself over all rotations.

    The peaks of $C(R) = \langle f, R f\rangle / \langle f, f\rangle$, refined by Newton's method, give axes. Turned to
    z, the moments of an axis tell the correlation for every angle about it, $C(\alpha) = \sum_m p_m \cos m\alpha$ with
    $p_m = \sum_{nl} |M_{nlm}|^2$, and so its fold: the greatest under which the density agrees with itself, and what of
    it changes about the axis ($m > 0$) at least half as well, as the rest agrees at any angle. Of the groups that pairs
    of those axes allow, the one of most rotations is taken under which every rotation correlates better than the
    threshold; its frame is fitted to the peaks of all its rotations.

    Moments of l = 0 are left out. Noise counts as a lack of symmetry, as it does not repeat: compare to an order at
    which the map has signal. Low orders see symmetry where there is none: an ellipsoid is D2.

    Arguments:
        moments: Of the density, centred on the common point of its axes, for $m \ge 0$.
        max_fold: The most folds that an axis may have, 2 to 30. A density that is round about an axis has
            no fold there.
        threshold: The least correlation of a symmetry, between 0 and 1. Rendered apoferritin reaches 0.9999 as O, and
            single chains 0.3 to 0.7 about their best axis, at order 30 and 10.

    Returns:
        The group, its axes and how it lies.

    Raises:
        InputError: The moments are the same in every direction, or an option is out of range.

    Examples:
        >>> from vitreous.harmonics import moment_index
        >>> moments = jnp.zeros(34, complex).at[moment_index(5, 5, 3)].set(1.0).at[moment_index(3, 1, 0)].set(1.0)
        >>> found = find_symmetry(moments)
        >>> found.name, [axis.fold for axis in found.axes]
        ('C3', [3])
    """
    if not 2 <= max_fold <= _MOST_FOLDS or not 0 < threshold < 1:
        raise InputError(
            f"max_fold={max_fold} and threshold={threshold} find no symmetry.",
            hint=f"Use max_fold from 2 to {_MOST_FOLDS}, and a threshold between 0 and 1, such as 0.8.",
        )
    density = directional(jnp.asarray(moments))
    found: list[SymmetryAxis] = []
    likely: list[Axis] = []
    for direction in _directions(density, threshold):
        fold, correlation, holds = _fold_about(density, direction, max_fold, threshold)
        found.append(SymmetryAxis(fold, direction, correlation))
        likely += [(fold, direction)] if holds else []
    candidates = tuple(sorted(found, key=lambda axis: -axis.correlation))
    for group, frame in possible_groups(likely):
        frame, correlations = _fitted(density, group, frame)
        if correlations.min() >= threshold:
            axes = _axes(group, frame, correlations)
            return Symmetry(group.name, frame, float(correlations.min()), axes=axes, candidates=candidates)
    return Symmetry("C1", np.eye(3), 1.0, candidates=candidates)


def _directions(density: Array, threshold: float) -> list[Float[np.ndarray, "3"]]:
    """The axes of the peaks of the correlation over rotations, best first."""
    grid = rotation_correlation(density, density)
    spacing = 360 / len(grid)
    peaks, heights = grid_peaks(grid, most=_MOST_PEAKS, apart_deg=2 * spacing)
    refined, scores = refine_rotations(density, density, peaks[heights > min(_LEAST, threshold / 2)])
    still = np.trace(refined, axis1=1, axis2=2) > 1 + 2 * np.cos(np.deg2rad(spacing))
    turns = refined[~still][np.argsort(-scores[~still], kind="stable")]
    directions: list[np.ndarray] = []
    for direction in axis_of(turns):
        if not directions or not same_axis(np.stack(directions), direction).any():
            directions.append(upward(direction))
    return directions


def _fold_about(
    density: Array, direction: Float[np.ndarray, "3"], max_fold: int, threshold: float
) -> tuple[int, float, bool]:
    """The most folds of an axis, or else those that come nearest; their correlation; and whether it has them."""
    upright = frame_of(direction).T
    turned = np.asarray(rotate_moments(density, jnp.asarray(upright, jnp.finfo(density.dtype).dtype)))
    m = moment_labels(moment_order(len(turned)))[2]
    power = np.bincount(m, np.where(m == 0, 1, 2) * np.abs(turned) ** 2)
    changing = np.where(np.arange(len(power)) > 0, power, 0) / max(power[1:].sum(), _ROUND)
    folds = np.arange(2, max_fold + 1)
    whole, part = (np.array([_least(one, int(fold)) for fold in folds]) for one in (power, changing))
    symmetric = np.flatnonzero((whole >= threshold) & (part >= threshold / 2))
    best = symmetric[-1] if len(symmetric) else np.argmax(part)
    return int(folds[best]), float(whole[best]), bool(len(symmetric))


def _least(power: Float[np.ndarray, " m"], fold: int) -> float:
    """The least correlation under the turns of a fold, from the power at each m."""
    turns = 2 * np.pi / fold * np.arange(1, fold // 2 + 1)
    return float(np.min(np.dot(np.cos(np.outer(turns, np.arange(len(power)))), power)))


def _fitted(
    density: Array, group: PointGroup, frame: Float[np.ndarray, "3 3"]
) -> tuple[Float[np.ndarray, "3 3"], Float[np.ndarray, " turns"]]:
    """The frame of a group fitted to the peaks near its rotations, and the correlation under each of these."""
    turns = group.matrices[1:]
    found, _ = refine_rotations(density, density, in_frame(turns, frame))
    frame = fitted_frame(axis_of(turns), axis_of(found), frame)
    here = jnp.asarray(in_frame(turns, frame), jnp.finfo(density.dtype).dtype)
    return frame, np.array([float(inner_product(density, rotate_moments(density, turn))) for turn in here])


def _axes(
    group: PointGroup, frame: Float[np.ndarray, "3 3"], correlations: Float[np.ndarray, " turns"]
) -> tuple[SymmetryAxis, ...]:
    """The axes of a group as it lies here, each with the least correlation of its turns."""
    about = axis_of(group.matrices[1:])
    return tuple(
        SymmetryAxis(fold, upward(np.dot(frame, direction)), float(correlations[same_axis(about, direction)].min()))
        for fold, direction in axes_of_group(group.name)
    )
