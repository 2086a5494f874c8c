"""How wide a window around each Gaussian must be."""

import math

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from vitreous._core import FloatLike, InputError, is_concrete
from vitreous.grids import Sampling

UPSAMPLING = 2
# Steps of a window, at most: it keeps the windows of variances that are no numbers from taking all memory.
_MOST_STEPS = 2**20
# Windows wider than those of so many of the positions are worked through in several blocks.
_MOST_POSITIONS = 0.999


def gaussian_half_width(
    variances: Float[Array | np.ndarray, "n g"],
    *,
    voxel_size: FloatLike,
    sampling: Sampling = Sampling.BANDLIMITED,
    accuracy: float = 1e-5,
) -> int:
    """Half the width in voxels of the window that holds these Gaussians: what `spread_gaussians_3d` would choose.

    Arguments:
        variances: Variances in Å²; the largest decides.
        voxel_size: Voxel size in Å.
        sampling: What a voxel means.
        accuracy: As in `spread_gaussians_3d`.

    Returns:
        A number of voxels, for its argument `half_width`.

    Raises:
        InputError: An argument is being traced, and so has no value yet.

    Examples:
        >>> gaussian_half_width(np.array([[0.5, 1.0]]), voxel_size=1.5)
        4
    """
    if not (is_concrete(variances) and is_concrete(voxel_size)):
        raise InputError(
            "the variances or the voxel size are traced by JAX, so the size of the window, which must be known when "
            "the program is compiled, cannot follow from them.",
            hint="Outside jit and grad, half_width = vitreous.kernels.gaussian_half_width(variances, "
            "voxel_size=voxel_size); pass it as half_width=half_width.",
        )
    steps = _known_half_widths(variances, voxel_size, sampling, accuracy)
    return math.ceil(steps.max(initial=1) / upsampling(sampling))


def upsampling(sampling: Sampling) -> int:
    """Grid steps per pixel or voxel."""
    return UPSAMPLING if sampling is Sampling.BANDLIMITED else 1


def further_blur(squares: Float[Array, "n g"], accuracy: float) -> Float[Array, ""]:
    """What band-limited Gaussians must be blurred by: none if all are wide enough.

    The result does not depend on how much was blurred and deblurred, so neither do its derivatives.

    Arguments:
        squares: Variances in pixels².
        accuracy: Relative size of the aliases that are left.

    Returns:
        A variance in pixels².
    """
    return jax.lax.stop_gradient(jnp.maximum(0, _least_variance(accuracy) - jnp.min(squares, initial=jnp.inf)))


def half_widths(steps_squared: Float[Array, "n g"], sampling: Sampling, accuracy: float) -> Float[Array, " n"]:
    """Whole grid steps from the nearest grid point that each position's window must reach.

    Arguments:
        steps_squared: Variances of what is drawn, blur included, in grid steps squared.
        sampling: What a grid point means.
        accuracy: What a Gaussian is at the window's end, relative to its middle.
    """
    steps = _reach(jax.lax.stop_gradient(jnp.max(steps_squared, axis=1, initial=0)), sampling, accuracy, jnp)
    return jnp.where(jnp.isfinite(steps), jnp.clip(steps, 1, _MOST_STEPS), 1)


def block_width(variances: Float[Array, "n g"], spacing: FloatLike, sampling: Sampling, accuracy: float) -> int | None:
    """Grid steps in the windows of nearly all positions; None if the variances or the spacing are traced."""
    if variances.size == 0 or not (is_concrete(variances) and is_concrete(spacing)):
        return None
    steps = np.quantile(_known_half_widths(variances, spacing, sampling, accuracy), _MOST_POSITIONS, method="higher")
    return 2 * int(steps) + 1


def _least_variance(accuracy: float) -> float:
    """Variance in pixels² at which sampling at half a pixel leaves aliases of relative size `accuracy`."""
    return math.log(1 / accuracy) / (2 * math.pi**2 * (UPSAMPLING**2 - UPSAMPLING))


def _known_half_widths(variances, spacing: FloatLike, sampling: Sampling, accuracy: float) -> np.ndarray:
    squares = np.asarray(variances) / float(spacing) ** 2
    if sampling is Sampling.BANDLIMITED:
        squares = squares + max(0.0, _least_variance(accuracy) - squares.min(initial=np.inf))
    steps = _reach(squares.max(axis=1, initial=0) * upsampling(sampling) ** 2, sampling, accuracy, np)
    return np.clip(np.nan_to_num(steps), 1, _MOST_STEPS)


def _reach(squares, sampling: Sampling, accuracy: float, numpy):
    reach = numpy.sqrt(2 * math.log(1 / accuracy) * squares)
    # The next sample outside is half a step further; an average's window must hold the pixel's own half instead.
    return numpy.ceil(reach - 0.5 * (sampling is Sampling.BANDLIMITED))
