"""What holds for atoms however they are stored."""

from collections.abc import Callable

import equinox as eqx
import jax
from jaxtyping import Array

from vitreous._core import InputError

from ._base import AbstractAtomVolume, AbstractVolumeRepresentation

_POSITIONS = ("positions", "position_pytree")


def move_atoms(volume: AbstractVolumeRepresentation, move: Callable[[Array], Array]) -> AbstractAtomVolume:
    """The volume with each array of positions replaced by `move(positions)`.

    Raises:
        InputError: The volume has no positions.
    """
    names = [name for name in _POSITIONS if hasattr(volume, name)]
    if not isinstance(volume, AbstractAtomVolume) or not names:
        raise InputError(
            f"a volume of type {type(volume).__name__} has no positions of atoms that could be moved.",
            hint="Give a GaussianMixtureVolume, an IndependentAtomVolume, a PointCloudVolume, or an AbstractAtomVolume "
            "of your own with `positions`.",
        )
    return eqx.tree_at(
        lambda v: getattr(v, names[0]), volume, jax.tree.map(move, getattr(volume, names[0])), is_leaf=_is_none
    )


def _is_none(node: object) -> bool:
    return node is None
