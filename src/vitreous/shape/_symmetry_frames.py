"""The axes of point groups, and how a group lies in axes that were found."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import permutations

import numpy as np
from jaxtyping import Float

from vitreous.poses import PointGroup, point_group

Axis = tuple[int, Float[np.ndarray, "3"]]  # fold and direction
_ALIKE = np.cos(np.deg2rad(5.0))  # between axes that were found on a grid and refined, and those of a group


def axis_of(rotations: Float[np.ndarray, "*batch 3 3"]) -> Float[np.ndarray, "*batch 3"]:
    """The axis of each rotation, of either sense: the eigenvector of its symmetric part with the greatest eigenvalue.

    Half turns have it as well as others.
    """
    return np.linalg.eigh((rotations + np.swapaxes(rotations, -1, -2)) / 2)[1][..., -1]


def same_axis(axes: Float[np.ndarray, "*batch 3"], axis: Float[np.ndarray, "3"]) -> np.ndarray:
    """Which axes are one, in whatever sense."""
    return np.abs(np.sum(axes * axis, axis=-1)) > _ALIKE


@lru_cache
def axes_of_group(name: str) -> tuple[Axis, ...]:
    """The axes of a group, those of most folds first."""
    turns = point_group(name).matrices[1:]
    directions = axis_of(turns)
    axes: list[Axis] = []
    left = np.ones(len(turns), dtype=bool)
    while left.any():
        direction = directions[np.argmax(left)]
        together = np.abs(np.abs(directions @ direction) - 1) < 1e-9
        axes.append((1 + int(together.sum()), upward(direction)))
        left &= ~together
    return tuple(sorted(axes, key=lambda axis: -axis[0]))


def upward(direction: Float[np.ndarray, "3"]) -> Float[np.ndarray, "3"]:
    """An axis in the sense in which its last coordinate that is clearly not zero is positive."""
    clear = direction[np.abs(direction) > 1e-3]
    return direction * np.sign(clear[-1])


def possible_groups(axes: list[Axis]) -> Iterator[tuple[PointGroup, Float[np.ndarray, "3 3"]]]:
    """Groups that have some of these axes, those of most rotations first, and the rotation of their setting to here."""
    folds = {fold for fold, _ in axes}
    dihedral = [f"D{fold}" for fold in folds]
    cyclic = [f"C{fold}" for fold in folds]
    for group in sorted(map(point_group, ["I", "O", "T", *dihedral, *cyclic]), key=lambda group: -group.order):
        for frame in _frames(axes_of_group(group.name), axes):
            yield group, frame


def fitted_frame(
    standard: Float[np.ndarray, "axes 3"], found: Float[np.ndarray, "axes 3"], start: Float[np.ndarray, "3 3"]
) -> Float[np.ndarray, "3 3"]:
    """The rotation that lays axes on others in least squares (Kabsch 1976, *Acta Cryst.* A32, 922), near another."""
    senses = np.sign(np.sum(standard @ start.T * found, axis=1, keepdims=True))
    # The product with the start makes the axes of one direction no special case: what they leave open is kept.
    left, _, right = np.linalg.svd((found * senses).T @ standard + 1e-6 * start)
    return left @ np.diag([1, 1, np.linalg.det(left @ right)]) @ right


def in_frame(turns: Float[np.ndarray, "turns 3 3"], frame: Float[np.ndarray, "3 3"]) -> Float[np.ndarray, "turns 3 3"]:
    """Rotations of a group in its setting as they are in another."""
    return frame @ turns @ frame.T


def _frames(standard: tuple[Axis, ...], found: list[Axis]) -> Iterator[Float[np.ndarray, "3 3"]]:
    """Rotations that lay the first two axes of a group on two that were found, of those folds and that angle."""
    fold, first = standard[0]
    if len(standard) == 1:
        for other, direction in found:
            if other == fold:
                yield frame_of(direction) @ frame_of(first).T
        return
    other_fold, second = standard[1]
    cosine = first @ second
    for (one_fold, one), (two_fold, two) in permutations(found, 2):
        if one_fold % fold or two_fold % other_fold:
            continue
        two = two if (one @ two) * cosine >= 0 else -two
        if abs(np.arccos(np.clip(one @ two, -1, 1)) - np.arccos(np.clip(cosine, -1, 1))) < np.arccos(_ALIKE):
            yield _frame(one, two) @ _frame(first, second).T


def frame_of(direction: Float[np.ndarray, "3"]) -> Float[np.ndarray, "3 3"]:
    """A rotation that takes z to a direction."""
    across = np.eye(3)[np.argmin(np.abs(direction))]
    return np.roll(_frame(direction, across), -1, axis=1)


def _frame(one: Float[np.ndarray, "3"], two: Float[np.ndarray, "3"]) -> Float[np.ndarray, "3 3"]:
    """Right-handed axes, the first along one direction, the second in the plane of both."""
    second = two - (one @ two) * one
    second /= np.linalg.norm(second)
    return np.stack([one, second, np.cross(one, second)], axis=1)
