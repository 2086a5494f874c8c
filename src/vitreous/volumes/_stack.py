"""Volumes side by side."""

from collections.abc import Sequence
from typing import TypeVar

import jax
import jax.numpy as jnp

from vitreous._core import InputError

from ._base import AbstractVolumeParametrization

VolumeT = TypeVar("VolumeT", bound=AbstractVolumeParametrization)


def stack_volumes(volumes: Sequence[VolumeT]) -> VolumeT:
    """One volume each of whose arrays has a leading axis: for `jax.vmap`, which takes it apart again.

    Arguments:
        volumes: Of one type, with arrays of the same shapes.

    Raises:
        InputError: There are none, or they differ in type or shape.

    Examples:
        >>> from vitreous.volumes import GaussianMixtureVolume
        >>> atoms = [GaussianMixtureVolume(jnp.full((2, 3), x), 1.0, 1.0) for x in (0.0, 1.0, 2.0)]
        >>> stack_volumes(atoms).positions.shape
        (3, 2, 3)
    """
    kinds = {
        (type(volume).__name__, str(jax.tree.map(jnp.shape, volume)), jax.tree.structure(volume)) for volume in volumes
    }
    if len(kinds) != 1:
        described = ", ".join(sorted(text for _, text, _ in kinds)) or "nothing"
        raise InputError(
            f"these volumes cannot be stacked, for they are not of one kind and size: {described}.",
            hint="Give atoms of equal number (pad with amplitude zero), or maps of equal shape.",
        )
    return jax.tree.map(lambda *leaves: jnp.stack(leaves), *volumes)
