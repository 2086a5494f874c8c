"""The principal components of the invariants of a latent space."""

from dataclasses import dataclass
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from vitreous._core import InputError, map_batches, sum_batches

from ._latent_invariants import invariant_forms, invariants_of_forms
from ._latent_space import LatentSpace, check_alike

# Particles in flight: 2048 of them have 5.5 MB of invariants at order 50.
BATCH = 2048


@dataclass(frozen=True, eq=False)
class LatentComponents:
    """The principal components of invariants, as `latent_components` finds them.

    Attributes:
        mean: The mean of the invariants.
        axes: Orthonormal directions in the space of invariants, that of the largest variance first.
        variance: Of the particles along each.
        total_variance: Along all directions there are.
        normalised: Whether the invariants of each particle were divided by their norm.
        space: The latent space they were found in, the first if two; others must have its order and radius.
    """

    mean: Float[np.ndarray, " pairs"]
    axes: Float[np.ndarray, "components pairs"]
    variance: Float[np.ndarray, " components"]
    total_variance: float
    normalised: bool
    space: LatentSpace

    @property
    def explained(self) -> Float[np.ndarray, " components"]:
        """The part of the variance that lies along each axis; zero where nothing varies."""
        return self.variance / self.total_variance if self.total_variance > 0 else np.zeros_like(self.variance)


def latent_components(
    space: LatentSpace, other: LatentSpace | None = None, *, count: int = 10, normalised: bool = False
) -> LatentComponents:
    """The principal components of the invariants of all particles of a latent space, or of two.

    Eigenvectors of the covariance matrix, which is summed over batches: the invariants of all particles are never held
    at once.

    Arguments:
        space: Moments and latent coordinates.
        other: Another space, whose particles are taken together with those of the first.
        count: How many components, at most.
        normalised: Divide the invariants of each particle by their norm, so that the scale of its density drops out.

    Returns:
        The components; `latent_scores` are the coordinates of particles along them.

    Raises:
        InputError: `count` is not positive, or the two spaces differ in order or radius.

    Examples:
        >>> moments = np.array([[1.0, 0, 1.0], [0, 0, 0.5]], complex)
        >>> found = latent_components(LatentSpace(moments, np.linspace(-1, 1, 9)[:, None]), count=2)
        >>> found.explained.round(3).tolist()
        [1.0, 0.0]
    """
    if count < 1:
        raise InputError(f"count={count} components are none.", hint="Ask for one or more.")
    spaces = [space] if other is None else [space, other]
    check_alike(space, spaces[-1])
    forms = [_forms(x) for x in spaces]
    # What varies about the middle of the particles keeps the digits that sums of squares would lose.
    shift = invariants_of_forms(forms[0], jnp.mean(jnp.asarray(space.latents), axis=0), normalised=normalised)
    sums = [
        _sums(form, jnp.asarray(x.latents), shift, normalised=normalised) for form, x in zip(forms, spaces, strict=True)
    ]
    particles = sum(len(x.latents) for x in spaces)
    first = sum(np.asarray(total, float) for total, _ in sums) / particles
    second = sum(np.asarray(total, float) for _, total in sums) / particles
    variance, axes = np.linalg.eigh(second - np.outer(first, first))
    count = min(count, len(variance))
    return LatentComponents(
        mean=np.asarray(shift, float) + first,
        axes=axes[:, ::-1][:, :count].T,
        variance=np.maximum(variance[::-1][:count], 0),  # rounding may leave less
        total_variance=float(np.maximum(variance, 0).sum()),
        normalised=normalised,
        space=space,
    )


def latent_scores(components: LatentComponents, space: LatentSpace) -> Float[np.ndarray, "particles components"]:
    """The coordinates of particles along principal components of their invariants.

    Arguments:
        components: Those of this space, or of another with the same order and radius.
        space: Moments and latent coordinates.

    Returns:
        One row for each particle.

    Raises:
        InputError: The spaces differ in order or radius.

    Examples:
        >>> moments = np.array([[1.0, 0, 1.0], [0, 0, 0.5]], complex)
        >>> space = LatentSpace(moments, np.array([[-1.0], [1.0]]))
        >>> abs(latent_scores(latent_components(space, count=1), space)).round(3).tolist()
        [[0.707], [0.707]]
    """
    check_alike(components.space, space)
    forms = _forms(space)
    mean, axes = (jnp.asarray(x, forms.dtype) for x in (components.mean, components.axes))
    return np.asarray(_scores(forms, jnp.asarray(space.latents), mean, axes, normalised=components.normalised))


def _forms(space: LatentSpace) -> Float[Array, "pairs volumes volumes"]:
    return jax.jit(invariant_forms)(jnp.asarray(space.moments))


@partial(jax.jit, static_argnames="normalised")
def _sums(
    forms: Float[Array, "pairs volumes volumes"],
    latents: Float[Array, "particles components"],
    shift: Float[Array, " pairs"],
    *,
    normalised: bool,
) -> tuple[Float[Array, " pairs"], Float[Array, "pairs pairs"]]:
    """Sums over the particles of the shifted invariants, and of their products."""

    def of_batch(batch: tuple[Array, Array]) -> tuple[Array, Array]:
        z, counts = batch
        rows = (invariants_of_forms(forms, z, normalised=normalised) - shift) * counts[:, None]
        return rows.sum(axis=0), jnp.matmul(rows.T, rows, precision=jax.lax.Precision.HIGHEST)

    return sum_batches(of_batch, (latents, jnp.ones(len(latents), forms.dtype)), batch_size=BATCH)


@partial(jax.jit, static_argnames="normalised")
def _scores(
    forms: Float[Array, "pairs volumes volumes"],
    latents: Float[Array, "particles latent"],
    mean: Float[Array, " pairs"],
    axes: Float[Array, "components pairs"],
    *,
    normalised: bool,
) -> Float[Array, "particles components"]:
    def of_particle(z: Float[Array, " latent"]) -> Float[Array, " components"]:
        row = invariants_of_forms(forms, z, normalised=normalised) - mean
        return jnp.matmul(axes, row, precision=jax.lax.Precision.HIGHEST)

    return map_batches(of_particle, latents, batch_size=BATCH)
