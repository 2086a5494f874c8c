"""How wide a window around each Gaussian must be."""

import math
from itertools import pairwise

import numpy as np
from jaxtyping import Array, Float, Int

from vitreous._core import FloatLike, InputError, is_concrete
from vitreous.grids import Sampling

UPSAMPLING = 2
_MOST_CLASSES = 3
# Voxels touched per call that a further class must save: fewer are not worth the time to compile another loop.
_LEAST_SAVING = 2e7


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
    steps = steps_needed(variances, voxel_size, sampling, accuracy)
    return math.ceil(steps.max(initial=1) / upsampling(sampling))


def upsampling(sampling: Sampling) -> int:
    """Grid steps per voxel."""
    return UPSAMPLING if sampling is Sampling.BANDLIMITED else 1


def least_variance(accuracy: float) -> float:
    """Variance in voxels² at which sampling at half a voxel leaves aliases of relative size `accuracy`."""
    return math.log(1 / accuracy) / (2 * math.pi**2 * (UPSAMPLING**2 - UPSAMPLING))


def steps_needed(
    variances: Float[Array | np.ndarray, "n g"], voxel_size: FloatLike, sampling: Sampling, accuracy: float
) -> Int[np.ndarray, "n g"]:
    """Grid steps from the nearest grid point that a window must reach, for each Gaussian."""
    if not (is_concrete(variances) and is_concrete(voxel_size)):
        raise InputError(
            "the variances or the voxel size are traced by JAX, so the size of the window, which must be known when "
            "the program is compiled, cannot follow from them.",
            hint="Outside jit and grad, half_width = vitreous.kernels.gaussian_half_width(variances, "
            "voxel_size=voxel_size); pass it as half_width=half_width.",
        )
    squares = np.asarray(variances) / float(voxel_size) ** 2
    if sampling is Sampling.BANDLIMITED:
        squares = squares + max(0.0, least_variance(accuracy) - squares.min(initial=np.inf))
    reach = np.sqrt(2 * math.log(1 / accuracy) * squares) * upsampling(sampling)
    # The next sample outside is half a step further; an average's window must hold the voxel's own half instead.
    return np.maximum(1, np.ceil(reach - 0.5 * (sampling is Sampling.BANDLIMITED))).astype(int)


def window_classes(steps: Int[np.ndarray, " n"]) -> list[tuple[Int[np.ndarray, " m"], int]]:
    """Atoms sorted into the few classes of window that touch the fewest voxels: (their indices, steps)."""
    widths, counts = np.unique(steps, return_counts=True)
    if widths.size == 0:
        return [(np.zeros(0, int), 1)]
    edges = [widths.size]
    for _ in range(min(_MOST_CLASSES, widths.size) - 1):
        trials = [sorted({*edges, cut}) for cut in range(1, widths.size) if cut not in edges]
        best = min(trials, key=lambda trial: _cost(trial, widths, counts))
        if _cost(best, widths, counts) > _cost(edges, widths, counts) - _LEAST_SAVING:
            break
        edges = best
    bounds = [0, *(int(widths[edge - 1]) for edge in edges)]
    return [(np.flatnonzero((steps > low) & (steps <= high)), high) for low, high in pairwise(bounds)]


def _cost(edges: list[int], widths: Int[np.ndarray, " w"], counts: Int[np.ndarray, " w"]) -> float:
    spans = zip([0, *edges], edges, strict=False)
    return float(sum(counts[low:high].sum() * (2.0 * widths[high - 1] + 1) ** 3 for low, high in spans))
