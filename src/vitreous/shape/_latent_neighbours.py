"""Which particles of two latent spaces have like shapes."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.spatial import KDTree
from scipy.spatial.distance import cdist

from vitreous._core import InputError, require_memory

from ._latent_components import latent_components, latent_scores
from ._latent_space import LatentSpace


@dataclass(frozen=True, eq=False)
class LatentNeighbours:
    """For each particle of one latent space, those of another whose invariants are nearest.

    Attributes:
        particle: Indices in the other space, the nearest first.
        distance: Euclidean distances of the invariants.
        explained: The part of the variance of both spaces that the distances see.
    """

    particle: Int[np.ndarray, "particles neighbours"]
    distance: Float[np.ndarray, "particles neighbours"]
    explained: float


def latent_neighbours(
    space: LatentSpace, other: LatentSpace, *, neighbours: int = 1, components: int = 30, normalised: bool = True
) -> LatentNeighbours:
    """The nearest particles of another latent space in the space of invariants, for each particle.

    Invariants do not depend on how the two consensus maps are oriented, nor on how the components were chosen. All
    particles are compared with all in a tree of their coordinates along the common principal components.

    Arguments:
        space: Moments and latent coordinates.
        other: Another latent space, of the same order and radius.
        neighbours: How many to find.
        components: How many principal components distances are taken along; with all of them they are those of the
            invariants.
        normalised: Divide the invariants of each particle by their norm, as two maps rarely have one scale.

    Returns:
        Neighbours and distances.

    Raises:
        InputError: The spaces differ in order or radius, or `other` has too few particles.

    Examples:
        >>> moments = np.array([[1.0, 0, 1.0], [0, 0, 0.5]], complex)
        >>> space = LatentSpace(moments, np.array([[-1.0], [0.0], [1.0]]))
        >>> latent_neighbours(space, space).particle.ravel().tolist()
        [0, 1, 2]
    """
    if not 1 <= neighbours <= len(other.latents):
        raise InputError(
            f"neighbours={neighbours} cannot be found among {len(other.latents)} particles.",
            hint=f"Ask for 1 to {len(other.latents)}.",
        )
    common = latent_components(space, other, count=components, normalised=normalised)
    tree = KDTree(latent_scores(common, other))
    distance, particle = tree.query(latent_scores(common, space), k=neighbours, workers=-1)
    shape = len(space.latents), neighbours  # a tree leaves the axis of a single neighbour out
    return LatentNeighbours(
        np.reshape(particle, shape), np.reshape(distance, shape), explained=float(common.explained.sum())
    )


def latent_distances(
    space: LatentSpace, other: LatentSpace, *, components: int = 30, normalised: bool = True
) -> Float[np.ndarray, "particles others"]:
    """The distances of all particles of two latent spaces in the space of invariants.

    Arguments:
        space: Moments and latent coordinates.
        other: Another latent space, of the same order and radius.
        components: How many principal components distances are taken along.
        normalised: Divide the invariants of each particle by their norm.

    Returns:
        The whole matrix.

    Raises:
        InputError: The spaces differ in order or radius, or the matrix exceeds the memory that a job may use.

    Examples:
        >>> moments = np.array([[1.0, 0, 1.0], [0, 0, 0.5]], complex)
        >>> space = LatentSpace(moments, np.array([[-1.0], [0.0], [1.0]]))
        >>> latent_distances(space, space, normalised=False).round(3).tolist()  # √2 times 0.5 each step
        [[0.0, 0.707, 1.414], [0.707, 0.0, 0.707], [1.414, 0.707, 0.0]]
    """
    require_memory(
        8 * len(space.latents) * len(other.latents),
        what=f"the distances of {len(space.latents)} particles to {len(other.latents)}",
        hint="Take some of the particles, or latent_neighbours, which needs no matrix.",
    )
    common = latent_components(space, other, count=components, normalised=normalised)
    return cdist(latent_scores(common, space), latent_scores(common, other))
