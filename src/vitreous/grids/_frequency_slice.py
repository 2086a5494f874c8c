"""Frequencies as lists of modes of any layout: half or full spectra, zero in the corner or in the centre."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from vitreous._core import FloatLike, InputError, positive

from ._coordinates import coordinates, grid_vectors


def make_coordinate_grid(shape: tuple[int, ...], grid_spacing: FloatLike = 1.0) -> Float[Array, "*n d"]:
    """The positions of the pixels, the origin at pixel n // 2: another name for `coordinates`.

    Arguments:
        shape: Numbers of pixels, `(y, x)` or `(z, y, x)`.
        grid_spacing: Pixel size in Å (1 to measure in pixels).

    Returns:
        Positions, "y x 2" or "z y x 3", vectors (x, y[, z]) in the last axis.

    Raises:
        InputError: The spacing is not positive.

    Examples:
        >>> make_coordinate_grid((4, 5))[0, 0].tolist()
        [-2.0, -2.0]
    """
    return coordinates(shape, grid_spacing)


def make_frequency_grid(
    shape: tuple[int, ...],
    grid_spacing: FloatLike = 1.0,
    *,
    outputs_rfft: bool = True,
    fftshifted: bool = False,
) -> Float[Array, "*nk d"]:
    r"""The spatial frequencies of a spectrum in any layout, as vectors (x, y) or (x, y, z).

    Without options it is `frequencies`: the half spectrum, zero frequency in the corner. The Nyquist index of an even
    axis is listed as $-\tfrac12$ per pixel, and as $+\tfrac12$ on the last axis of a half spectrum.

    Arguments:
        shape: Numbers of pixels in real space, `(y, x)` or `(z, y, x)`.
        grid_spacing: Pixel size in Å (1 for frequencies per pixel).
        outputs_rfft: List the half spectrum; otherwise all modes.
        fftshifted: Put the zero frequency at index n // 2 of each axis that holds all its modes.

    Returns:
        Frequencies in Å⁻¹, of the shape of the spectrum with the components in the last axis.

    Raises:
        InputError: The spacing is not positive.

    Examples:
        >>> grid = make_frequency_grid((4, 4), 2.0, outputs_rfft=False, fftshifted=True)
        >>> grid[2, 2].tolist(), grid[2, 0].tolist()
        ([0.0, 0.0], [-0.25, 0.0])
    """
    return _modes(positive(grid_spacing, name="grid_spacing"), tuple(shape), outputs_rfft, fftshifted)


def make_frequency_slice(
    shape: tuple[int, ...],
    grid_spacing: FloatLike = 1.0,
    *,
    outputs_rfft: bool = True,
    fftshifted: bool = False,
) -> Float[Array, "1 y xk 3"]:
    r"""The frequencies $(k_x, k_y, 0)$ of the central slice that is the transform of a projection along z.

    Rotate it by the inverse of a pose to slice a volume in that pose.

    Arguments:
        shape: Shape `(y, x)` of the projection.
        grid_spacing: Pixel size in Å (1 for frequencies per pixel).
        outputs_rfft: List the half spectrum; otherwise all modes.
        fftshifted: Put the zero frequency at index n // 2 of each axis that holds all its modes.

    Returns:
        Frequencies in Å⁻¹, with a leading axis of length 1 for z.

    Raises:
        InputError: The shape is not that of an image, or the spacing is not positive.

    Examples:
        >>> make_frequency_slice((6, 6), outputs_rfft=False, fftshifted=True).shape
        (1, 6, 6, 3)
    """
    if len(shape) != 2:
        raise InputError(f"shape={shape} is no shape of a projection.", hint="Give (y, x), as (64, 64).")
    plane = make_frequency_grid(shape, grid_spacing, outputs_rfft=outputs_rfft, fftshifted=fftshifted)
    return jnp.pad(plane, ((0, 0), (0, 0), (0, 1)))[None]


@partial(jax.jit, static_argnums=(1, 2, 3))
def _modes(step: Float[Array, ""], shape: tuple[int, ...], half: bool, centred: bool) -> Float[Array, "*nk d"]:
    axes = [np.fft.fftfreq(n) for n in shape]
    if centred:
        axes = [np.fft.fftshift(axis) for axis in axes]
    if half:
        axes[-1] = np.fft.rfftfreq(shape[-1])
    return grid_vectors(axes, step.dtype) / step
