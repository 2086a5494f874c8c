"""Boxes and corrections that go with an interpolation window."""

import jax.numpy as jnp
import numpy as np
from jax.typing import DTypeLike
from jaxtyping import Array, Float
from scipy.fft import next_fast_len

from ._interpolant import Interpolant


def deconvolution(
    shape: tuple[int, ...], padded_shape: tuple[int, ...], interpolant: Interpolant, *, dtype: DTypeLike
) -> Float[Array, "z y x"]:
    r"""The window's transform $\hat\varphi(x)\hat\varphi(y)\hat\varphi(z)$ at each voxel of the unpadded box.

    Arguments:
        shape: The box (z, y, x).
        padded_shape: The padded box: positions are in units of its extent.
        interpolant: The window.
        dtype: Of the result.

    Examples:
        >>> from vitreous.kernels import linear_interpolant
        >>> float(deconvolution((2, 2, 2), (4, 4, 4), linear_interpolant(), dtype=jnp.float32)[1, 1, 1])
        1.0
    """
    z, y, x = (interpolant.transform((np.arange(n) - n // 2) / m) for n, m in zip(shape, padded_shape, strict=True))
    return jnp.asarray(z[:, None, None] * y[:, None] * x, dtype)


def padded_size(n: int, pad_scale: float) -> int:
    """The smallest even size of at least `pad_scale * n` whose FFT is fast.

    Examples:
        >>> padded_size(65, 1.5)
        100
    """
    size = int(np.ceil(pad_scale * n - 1e-9))
    while size % 2 or next_fast_len(size, real=True) != size:
        size += 1
    return size
