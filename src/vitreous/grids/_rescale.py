"""Resampling to any pixel size."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float

from vitreous._core import FloatLike, InputError, as_float, is_concrete, positive

from ._checks import same_axes


def rescale(
    array: Float[Array | np.ndarray, "*n"],
    spacing: FloatLike,
    *,
    new_spacing: FloatLike,
    shape: tuple[int, ...] | None = None,
) -> Float[Array, "*m"]:
    r"""The same field at another pixel size: band-limited resampling to exactly that pixel size.

    The field is the trigonometric polynomial through the given samples, without its frequencies beyond the new
    Nyquist; its values are taken at the new pixels' centres, so the mean density is preserved. On each axis

    $$g_j = \sum_i f_i\, \frac1n \sum_{|k| \le K} \exp\!\Bigl(\frac{2\pi i\,k}{n}\Bigl(j\,\frac{p'}{p} - i\Bigr)\Bigr)$$

    with $i$ and $j$ counted from the origin pixels, $K$ the smaller of both Nyquist indices, and half weight on the
    array's own Nyquist. It costs one dense matrix product per axis, and any ratio of the pixel sizes is exact.

    Arguments:
        array: An image "y x" or volume "z y x".
        spacing: Its pixel size in Å.
        new_spacing: The pixel size wanted, in Å.
        shape: The new shape; by default the one nearest to the old field of view.
            Pixels wholly outside the old field of view are 0.

    Returns:
        The resampled array, whose origin pixel lies where it did.

    Raises:
        InputError: A pixel size is not positive, or both are traced and no shape is given.

    Examples:
        >>> import jax.numpy as jnp
        >>> rescale(jnp.ones((10, 10)), 1.0, new_spacing=1.4).shape
        (7, 7)
    """
    array = as_float(array)
    old, new = positive(spacing, name="spacing"), positive(new_spacing, name="new_spacing")
    if shape is None:
        if not (is_concrete(old) and is_concrete(new)):
            raise InputError(
                "The new shape depends on pixel sizes that JAX traces, and shapes must be known.",
                hint="Give the new shape: rescale(array, spacing, new_spacing=..., shape=(64, 64)).",
            )
        shape = tuple(max(1, round(n * float(old) / float(new))) for n in array.shape)
    same_axes(array.shape, shape)
    ratio = (new / old).astype(array.dtype)
    for axis, (n, m) in enumerate(zip(array.shape, shape, strict=True)):
        array = jnp.moveaxis(
            jnp.tensordot(_interpolation(n, m, ratio), array, axes=(1, axis), precision=lax.Precision.HIGHEST), 0, axis
        )
    return array


@partial(jax.jit, static_argnums=(0, 1))
def _interpolation(n: int, m: int, ratio: Float[Array, ""]) -> Float[Array, "m n"]:
    """The matrix that takes n samples to m samples `ratio` pixels apart."""
    i = np.arange(n) - n // 2
    j = (jnp.arange(m) - m // 2) * ratio
    k = np.arange(n // 2 + 1)
    weight = np.full(n // 2 + 1, 2.0)
    weight[0] = 1
    if n % 2 == 0:
        weight[-1] = 1
    # A frequency at the new Nyquist itself, up to rounding, is kept.
    kept = jnp.where(k * ratio * 2 <= n * (1 + 1e-5), weight / n, 0).astype(ratio.dtype)
    turns_in = jnp.asarray((k * i[:, None]) % n / n, dtype=ratio.dtype)
    turns_out = (k / n).astype(ratio.dtype) * j[:, None]
    turns_out = turns_out - jnp.round(turns_out)
    inside = jnp.abs(j) <= (n + ratio) / 2 * (1 + 1e-5)
    matmul = partial(jnp.matmul, precision=lax.Precision.HIGHEST)
    matrix = matmul(jnp.cos(2 * jnp.pi * turns_out) * kept, jnp.cos(2 * jnp.pi * turns_in).T)
    matrix += matmul(jnp.sin(2 * jnp.pi * turns_out) * kept, jnp.sin(2 * jnp.pi * turns_in).T)
    return jnp.where(inside[:, None], matrix, 0)
