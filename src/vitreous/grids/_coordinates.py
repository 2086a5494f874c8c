"""Where the pixels are, in real and in Fourier space."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from vitreous._core import FloatLike, positive


def coordinates(shape: tuple[int, ...], spacing: FloatLike = 1.0) -> Float[Array, "*n d"]:
    r"""The positions of the pixels of an image or volume, as vectors $(x, y)$ or $(x, y, z)$.

    Pixel $i$ of an axis of $n$ pixels is at $(i - \lfloor n/2 \rfloor) \times$ `spacing`: the origin is a pixel,
    in even boxes too.

    Arguments:
        shape: Numbers of pixels, `(y, x)` or `(z, y, x)`.
        spacing: Pixel size in Å (1 to measure in pixels).

    Returns:
        Positions in Å, "y x 2" or "z y x 3".

    Raises:
        InputError: The spacing is not positive.

    Examples:
        >>> coordinates((3, 4), 2.0)[1, 0].tolist()
        [-4.0, 0.0]
    """
    step = positive(spacing, name="spacing")
    return _centred(step, tuple(shape))


def frequencies(shape: tuple[int, ...], spacing: FloatLike = 1.0) -> Float[Array, "*nh d"]:
    r"""The spatial frequencies of the half spectrum of an image or volume, as vectors $(x, y)$ or $(x, y, z)$.

    In the order of `rfftn`: zero first, then the positive and the negative frequencies; the last axis holds only
    $0 \ldots \lfloor n/2 \rfloor$. The Nyquist index of an even axis stands for both signs; it is listed as
    $+\tfrac12$ per pixel on the last axis and as $-\tfrac12$ on the others.

    Arguments:
        shape: Numbers of pixels in real space, `(y, x)` or `(z, y, x)`.
        spacing: Pixel size in Å (1 for frequencies per pixel).

    Returns:
        Frequencies in Å⁻¹, "y xh 2" or "z y xh 3", where xh = x // 2 + 1.

    Raises:
        InputError: The spacing is not positive.

    Examples:
        >>> frequencies((4, 4), 2.0)[3, 2].tolist()
        [0.25, -0.125]
    """
    step = positive(spacing, name="spacing")
    return _half_spectrum(step, tuple(shape))


@partial(jax.jit, static_argnums=1)
def _centred(step: Float[Array, ""], shape: tuple[int, ...]) -> Float[Array, "*n d"]:
    return grid_vectors([np.arange(n) - n // 2 for n in shape], step.dtype) * step


@partial(jax.jit, static_argnums=1)
def _half_spectrum(step: Float[Array, ""], shape: tuple[int, ...]) -> Float[Array, "*nh d"]:
    return grid_vectors([*map(np.fft.fftfreq, shape[:-1]), np.fft.rfftfreq(shape[-1])], step.dtype) / step


def grid_vectors(axes: list[np.ndarray], dtype: np.dtype) -> Float[Array, "*n d"]:
    """All points of a grid given by its axes (…, y, x), as vectors (x, y, …)."""
    grids = jnp.meshgrid(*(jnp.asarray(axis, dtype=dtype) for axis in axes), indexing="ij")
    return jnp.stack(grids[::-1], axis=-1)
