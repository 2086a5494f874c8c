"""An exposure in frames."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from vitreous._core import InputError

from ._base import AbstractDetector


def sample_frames(
    detector: AbstractDetector, contrasts: Float[Array, "frames y x"], *, key: PRNGKeyArray
) -> Float[Array, "frames y x"]:
    """The frames of a movie, each with its equal part of the dose and noise of its own.

    Where the contrast is the same in each frame, their sum is distributed as a sample of the whole dose.

    Arguments:
        detector: With the dose of the whole exposure.
        contrasts: The contrast in each frame: moved, or damaged, from one to the next.
        key: A JAX random key.

    Examples:
        >>> from vitreous.detector import PoissonDetector
        >>> movie = sample_frames(PoissonDetector(40.0, 1.0), jnp.zeros((10, 4, 4)), key=jax.random.key(0))
        >>> movie.shape, bool(abs(movie.mean() - 4) < 1)
        ((10, 4, 4), True)
    """
    frames = contrasts.shape[0]
    part = detector.fraction(1 / frames)
    return jax.vmap(lambda contrast, key: part.sample(contrast, key=key))(contrasts, jax.random.split(key, frames))


def split_counts(counts: Float[Array, "*shape"], frames: int, *, key: PRNGKeyArray) -> Float[Array, "frames *shape"]:
    r"""An exposure of counted electrons, divided into frames that sum to it exactly.

    Each electron falls into one of the frames with equal probability, so that the counts of a pixel are multinomial;
    frames of a Poisson exposure are then independent Poisson variables of the mean $\mu/$`frames`. One frame after the
    other takes its binomial part of what is left, $n_f \sim B(n - n_1 - \dots - n_{f-1},\ 1/(F - f + 1))$.

    Arguments:
        counts: Whole numbers of electrons.
        frames: How many frames $F$.
        key: A JAX random key.

    Raises:
        InputError: The number of frames is not positive.

    Examples:
        >>> split = split_counts(jnp.full((4, 4), 40.0), 8, key=jax.random.key(0))
        >>> split.shape, split.sum(axis=0).tolist()[0]
        ((8, 4, 4), [40.0, 40.0, 40.0, 40.0])
    """
    if frames < 1:
        raise InputError(f"frames={frames} holds no electrons.", hint="Use one frame or more.")

    def take(left: Float[Array, "*shape"], step: tuple[Array, Array]) -> tuple[Array, Array]:
        remaining, key = step
        taken = jax.random.binomial(key, left, 1 / remaining, dtype=counts.dtype)
        return left - taken, taken

    parts = jnp.arange(frames, 1, -1, dtype=counts.dtype)
    left, taken = jax.lax.scan(take, counts, (parts, jax.random.split(key, frames)[1:]))
    return jnp.concatenate([taken, left[None]])
