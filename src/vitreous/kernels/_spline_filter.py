"""From samples to the coefficients of the cubic spline through them."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Inexact, Num

from ._boundary import check_mode


def compute_spline_coefficients(array: Num[Array | np.ndarray, "*n"], *, mode: str = "mirror") -> Inexact[Array, "*n"]:
    r"""The coefficients c of the cubic B-spline that passes through the samples of an array.

    Along each axis $\tfrac16 c_{j-1} + \tfrac23 c_j + \tfrac16 c_{j+1} = f_j$, that is, with the samples continued
    periodically, a division of their Fourier transform by $\tfrac13(2 + \cos 2\pi x)$ (Unser, Aldroubi & Eden 1993,
    IEEE Trans. Signal Process. 41, 821). It equals `scipy.ndimage.spline_filter(array, 3, mode=mode)`. Linear in the
    array, and differentiable. (SciPy starts its recursion for `"reflect"` approximately; on axes of less than a dozen
    samples it misses the exact coefficients, which these are, by up to 1e-5.)

    Arguments:
        array: The samples, real or complex, with any number of axes.
        mode: How they continue beyond the edges, as in `map_coordinates`. As in SciPy, `"constant"`,
            `"grid-constant"` and `"wrap"` are filtered like `"mirror"`, and `"nearest"` like `"reflect"`.

    Returns:
        The coefficients, in the array's shape.

    Raises:
        InputError: A mode that does not exist.

    Examples:
        >>> coefficients = compute_spline_coefficients(jnp.ones((5, 4)))
        >>> bool(jnp.allclose(coefficients, 1.0))
        True
    """
    check_mode(mode)
    samples = jnp.asarray(array)
    if not jnp.issubdtype(samples.dtype, jnp.inexact):
        samples = samples.astype(jnp.result_type(float))
    return _filter(samples, mode=mode)


@partial(jax.jit, static_argnames="mode")
def _filter(samples: Array, *, mode: str) -> Array:
    for axis in range(samples.ndim):
        samples = jnp.moveaxis(_filter_last(jnp.moveaxis(samples, axis, -1), mode), -1, axis)
    return samples


def _filter_last(samples: Array, mode: str) -> Array:
    n = samples.shape[-1]
    if n == 1:
        return samples
    if mode == "grid-wrap":
        period = samples
    elif mode in ("reflect", "nearest"):
        period = jnp.concatenate([samples, samples[..., ::-1]], axis=-1)
    else:
        period = jnp.concatenate([samples, samples[..., -2:0:-1]], axis=-1)
    is_complex = jnp.iscomplexobj(samples)
    size = period.shape[-1]
    frequency = np.fft.fftfreq(size) if is_complex else np.fft.rfftfreq(size)
    response = jnp.asarray(3 / (2 + np.cos(2 * np.pi * frequency)), jnp.finfo(samples.dtype).dtype)
    if is_complex:
        return jnp.fft.ifft(jnp.fft.fft(period) * response)[..., :n]
    return jnp.fft.irfft(jnp.fft.rfft(period) * response, n=size)[..., :n]
