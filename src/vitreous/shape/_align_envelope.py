"""Where the density of a map is, and what is around it."""

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float

from vitreous._core import InputError, as_float
from vitreous.filters import BFactorFilter, filter_image
from vitreous.grids import coordinates

_BLUR = 1 / 32  # of the box: noise averages out over it, and specimens are larger
_OUTSIDE, _INSIDE = 0.05, 0.15  # of the highest value of the blurred map
_HELD = 0.999  # of the mask: what a speck of noise beyond may make of the rest


def density_center(volume: Float[Array | np.ndarray, "z y x"]) -> Float[Array, "3"]:
    r"""The centre of mass of a map's density, in voxels from the voxel at index n // 2.

    $$ c = \frac{\sum_x w(x)\, x}{\sum_x w(x)}, \qquad w = \max(\tilde f - 0.15 \max \tilde f,\; 0) $$

    with $\tilde f$ the map blurred by a Gaussian of 1/32 of its box. The blur keeps noise below the threshold, and what
    is cut off smoothly keeps the centre from jumping as the map turns. It is a place to start from, the same for two
    maps of one specimen to about a voxel; what makes them agree exactly is the alignment.

    Arguments:
        volume: The map, the density positive.

    Returns:
        (x, y, z).

    Raises:
        InputError: The map has no positive density, or values that are not finite.

    Examples:
        >>> density_center(jnp.zeros((9, 9, 9)).at[2, 4, 5].set(1.0)).round(3).tolist()
        [1.0, 0.0, -2.0]
    """
    density = _density(volume)
    weights = jnp.maximum(density - _INSIDE, 0)
    places = coordinates(density.shape).astype(density.dtype)
    return jnp.tensordot(weights, places, 3, precision=lax.Precision.HIGHEST) / weights.sum()


def density_mask(volume: Float[Array | np.ndarray, "z y x"]) -> Float[Array, "z y x"]:
    r"""A soft mask about a map's density, which turns as the map turns.

    $3t^2 - 2t^3$ with t from 0 to 1 between 0.05 and 0.15 of the highest value of the map blurred by a Gaussian of 1/32
    of its box: the blur carries the mask beyond the density, and gives it its soft edge. Of a map whose noise fills the
    box, the mask leaves what lies on the specimen.

    Arguments:
        volume: The map, the density positive.

    Returns:
        The mask, from 0 to 1.

    Raises:
        InputError: The map has no positive density, or values that are not finite.

    Examples:
        >>> mask = density_mask(jnp.zeros((48, 48, 48)).at[24, 24, 24].set(1.0))
        >>> [round(float(value), 2) for value in mask[24, 24, 25:29]]  # 1 to 4 voxels away
        [1.0, 1.0, 0.94, 0.0]
    """
    ramp = jnp.clip((_density(volume) - _OUTSIDE) / (_INSIDE - _OUTSIDE), 0, 1)
    return ramp**2 * (3 - 2 * ramp)


def mask_radius(mask: Float[Array, "z y x"], center: Float[np.ndarray, "3"]) -> float:
    """The radius in voxels about a centre within which all but a thousandth of a mask lies."""
    weights = np.asarray(mask)
    distance = np.linalg.norm(np.asarray(coordinates(weights.shape)) - center, axis=-1).ravel()
    order = np.argsort(distance)
    held = np.cumsum(weights.ravel()[order])
    return float(distance[order[np.searchsorted(held, _HELD * held[-1])]])


def _density(volume: Array | np.ndarray) -> Float[Array, "z y x"]:
    """The blurred map, one at its highest."""
    values = as_float(volume)
    if not bool(jnp.isfinite(values).all()):
        raise InputError("the map has values that are not finite.", hint="Look for NaN in it.")
    blurred = _blurred(values)
    highest = blurred.max()
    if not float(highest) > 0:
        raise InputError(
            "the map has no positive density, so it has no centre.",
            hint="Change its sign where protein is dark, or look for an empty file.",
        )
    return blurred / highest


@jax.jit
def _blurred(volume: Float[Array, "z y x"]) -> Float[Array, "z y x"]:
    # A B-factor of 8π² σ², in voxels.
    return filter_image(volume, BFactorFilter(8 * np.pi**2 * (_BLUR * max(volume.shape)) ** 2), pixel_size=1.0)
