"""Ways through a latent space: along a component, and from one state to another."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Array, Float, Int
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import KDTree

from vitreous._core import InputError

from ._latent_components import latent_components, latent_scores
from ._latent_space import LatentSpace


@dataclass(frozen=True, eq=False)
class LatentPath:
    """Steps through a latent space; `moments_at` their latents are those of the maps along it.

    Attributes:
        latents: Coordinates of each step.
        particle: The particle that stands for each.
        position: How far each step lies along the path, in the unit of the invariants.
    """

    latents: Float[np.ndarray, "steps components"]
    particle: Int[np.ndarray, " steps"]
    position: Float[np.ndarray, " steps"]


def latents_along(
    scores: Float[Array | np.ndarray, " particles"],
    latents: Float[Array | np.ndarray, "particles components"],
    *,
    steps: int = 9,
) -> LatentPath:
    """Latent coordinates along a principal component: the mean of each of equally large groups of particles.

    Arguments:
        scores: The coordinates of particles along it, such as `latent_scores(components, space)[:, 0]`.
        latents: Their latent coordinates.
        steps: How many groups, one quantile of the scores each.

    Returns:
        The mean latents of the groups, the particle nearest to each (coordinates divided by their spread), and the mean
        scores.

    Raises:
        InputError: There are fewer particles than steps, or no steps.

    Examples:
        >>> path = latents_along(np.arange(6.0), np.arange(12.0).reshape(6, 2), steps=3)
        >>> path.latents.tolist()
        [[1.0, 2.0], [5.0, 6.0], [9.0, 10.0]]
    """
    scores, latents = np.asarray(scores), np.asarray(latents)
    if not 1 <= steps <= len(scores):
        raise InputError(
            f"steps={steps} groups cannot be made of {len(scores)} particles.", hint=f"Ask for 1 to {len(scores)}."
        )
    groups = np.array_split(np.argsort(scores, kind="stable"), steps)
    means = np.stack([latents[group].mean(axis=0) for group in groups])
    spread = latents.std(axis=0)
    spread = np.where(spread > 0, spread, 1)
    nearest = KDTree(latents / spread).query(means / spread)[1]
    return LatentPath(means, np.asarray(nearest), np.array([scores[group].mean() for group in groups]))


def latent_path(
    space: LatentSpace,
    start: int,
    end: int,
    *,
    neighbours: int = 10,
    components: int = 30,
    normalised: bool = False,
) -> LatentPath:
    """The shortest way from one particle to another over particles between them, in the space of invariants.

    Each particle is joined to its nearest ones in the principal components of the invariants; of the ways along these
    joints, the shortest is taken (Dijkstra 1959, *Numer. Math.* 1, 269), so that it passes only where particles are.

    Arguments:
        space: Moments and latent coordinates.
        start: Index of the first particle.
        end: Index of the last.
        neighbours: To how many nearest ones each particle is joined; fewer make the path follow them more closely.
        components: How many principal components distances are taken along.
        normalised: Divide the invariants of each particle by their norm.

    Returns:
        The particles passed, from start to end.

    Raises:
        InputError: A particle does not exist, `neighbours` is none or all, or no way leads there.

    Examples:
        >>> moments = np.array([[1.0, 0, 1.0], [0, 0, 0.5]], complex)
        >>> space = LatentSpace(moments, np.linspace(-1, 1, 5)[:, None])
        >>> latent_path(space, 0, 4, neighbours=2).particle.tolist()
        [0, 2, 4]
    """
    particles = len(space.latents)
    if not (0 <= start < particles and 0 <= end < particles):
        raise InputError(
            f"particles {start} and {end} are not both among {particles}.",
            hint=f"Indices go from 0 to {particles - 1}.",
        )
    if not 1 <= neighbours < particles:
        raise InputError(
            f"neighbours={neighbours} other particles cannot be found among {particles}.",
            hint=f"Ask for 1 to {particles - 1}.",
        )
    scores = latent_scores(latent_components(space, count=components, normalised=normalised), space)
    length, before = dijkstra(
        _neighbour_graph(scores, neighbours), directed=False, indices=start, return_predecessors=True
    )
    if not np.isfinite(length[end]):
        raise InputError(
            f"no way leads from particle {start} to {end} over {neighbours} nearest neighbours.",
            hint="They lie in separate clusters. Join more neighbours.",
        )
    steps = [end]
    while steps[-1] != start:
        steps.append(int(before[steps[-1]]))
    steps = np.array(steps[::-1])
    return LatentPath(np.asarray(space.latents)[steps], steps, length[steps])


def _neighbour_graph(scores: Float[np.ndarray, "particles components"], neighbours: int) -> csr_array:
    particles = len(scores)
    distance, nearest = KDTree(scores).query(scores, k=neighbours + 1, workers=-1)
    # Each is its own neighbour, which a shortest path ignores. A graph takes a distance of zero for none at all.
    distance = np.maximum(distance, np.finfo(float).tiny)
    rows = np.repeat(np.arange(particles), neighbours + 1)
    return csr_array((distance.ravel(), (rows, nearest.ravel())), shape=(particles, particles))
