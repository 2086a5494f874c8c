"""Interpolation of an array between its samples, as SciPy does it, with derivatives."""

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Inexact, Num

from vitreous._core import FloatLike, InputError

from ._boundary import check_mode, fold, samples_around
from ._interpolant import cubic_bspline, linear_interpolant
from ._spline_filter import compute_spline_coefficients

CHUNK = 2**12  # points in flight: their windows stay within the cache
_PAD = 12  # samples, where the outside is not a mirror: SciPy's number, beyond which the filter has forgotten the edge


def map_coordinates(
    array: Num[Array | np.ndarray, "*n"],
    coordinates: Float[Array | np.ndarray, "d *points"],
    *,
    order: int = 1,
    mode: str = "constant",
    fill_value: FloatLike | complex = 0.0,
) -> Inexact[Array, "*points"]:
    r"""The values of an array between its samples, by B-splines of order 0, 1 or 3 that pass through the samples.

    The interpolant is $f(u) = \sum_j c_j \prod_i \beta^{(m)}(u_i - j_i)$ with the B-spline $\beta^{(m)}$ of order m;
    the coefficients c are the samples themselves for m ≤ 1, and `compute_spline_coefficients` for m = 3 (Unser,
    Aldroubi & Eden 1993, IEEE Trans. Signal Process. 41, 821). It equals `scipy.ndimage.map_coordinates`, its modes
    included, which differ in what lies outside of the samples $0 \ldots n - 1$ of an axis:

    | mode | outside |
    |---|---|
    | `"constant"` | `fill_value` beyond the first and the last sample |
    | `"grid-constant"` | samples of `fill_value`, interpolated with the others |
    | `"nearest"` | the first or last sample |
    | `"mirror"` | the array mirrored about its first and last sample |
    | `"reflect"` | the array mirrored half a sample beyond |
    | `"grid-wrap"` | the array again, with period n: what spectra want |
    | `"wrap"` | SciPy's older form, with period n − 1 |

    Differentiable in the array, the coordinates (from order 1 on) and `fill_value`; memory is bounded for any number
    of points, in the gradient too.

    Arguments:
        array: The samples, real or complex.
        coordinates: Positions in units of samples. The first axis lists the array's axes in their order, as in SciPy
            ((z, y, x) for a volume): for vectors (x, y, z), pass `jnp.moveaxis(vectors[..., ::-1], -1, 0)`.
        order: 0 (nearest sample), 1 (linear) or 3 (cubic).
        mode: What lies outside.
        fill_value: For the two constant modes.

    Raises:
        InputError: An order or a mode that does not exist, or coordinates of another number of axes.

    Examples:
        >>> ramp = jnp.arange(4.0)
        >>> map_coordinates(ramp, jnp.array([[0.5, 2.25, 7.0]]), fill_value=-1.0).round(4).tolist()
        [0.5, 2.25, -1.0]
    """
    samples, points = _checked(array, coordinates, mode)
    if order not in (0, 1, 3):
        raise InputError(f"order={order} is not an order of interpolation here.", hint="Use 0, 1 or 3.")
    if order == 3:
        if mode == "nearest":
            samples, points = jnp.pad(samples, _PAD, mode="edge"), points + _PAD
        elif mode == "grid-constant":
            samples, points = jnp.pad(samples, _PAD, constant_values=fill_value), points + _PAD
        samples = compute_spline_coefficients(samples, mode=mode)
    return _interpolate(samples, points, fill_value, order=order, mode=mode)


def map_coordinates_spline(
    coefficients: Num[Array | np.ndarray, "*n"],
    coordinates: Float[Array | np.ndarray, "d *points"],
    *,
    mode: str = "constant",
    fill_value: FloatLike | complex = 0.0,
) -> Inexact[Array, "*points"]:
    """The values of a cubic spline whose coefficients are known: the second half of `map_coordinates` of order 3.

    It equals `scipy.ndimage.map_coordinates(…, order=3, prefilter=False)`. Filter once and evaluate often.

    Arguments:
        coefficients: From `compute_spline_coefficients`, in the array's shape.
        coordinates: Positions in samples, as for `map_coordinates`.
        mode: What lies outside, as for `map_coordinates`; that of the filter.
        fill_value: For the two constant modes.

    Raises:
        InputError: A mode that does not exist, or coordinates of another number of axes.

    Examples:
        >>> wave = compute_spline_coefficients(jnp.sin(jnp.arange(0.0, 9.0, 0.5)), mode="reflect")
        >>> bool(jnp.allclose(map_coordinates_spline(wave, jnp.array([[7.3]])), jnp.sin(3.65), atol=1e-3))
        True
    """
    samples, points = _checked(coefficients, coordinates, mode)
    return _interpolate(samples, points, fill_value, order=3, mode=mode)


def _checked(array: Array | np.ndarray, coordinates: Array | np.ndarray, mode: str) -> tuple[Array, Array]:
    check_mode(mode)
    samples, points = jnp.asarray(array), jnp.asarray(coordinates)
    if points.shape[0] != samples.ndim or min(samples.shape, default=0) < 1:
        raise InputError(
            f"coordinates of shape {points.shape} do not point into an array of shape {samples.shape}.",
            hint="The first axis of the coordinates has one entry for each axis of the array, in their order.",
        )
    return (samples if jnp.issubdtype(samples.dtype, jnp.inexact) else samples.astype(points.dtype)), points


@partial(jax.jit, static_argnames=("order", "mode"))
def _interpolate(
    samples: Array, points: Array, fill_value: FloatLike | complex | Array, *, order: int, mode: str
) -> Array:
    fill = jnp.asarray(fill_value, samples.dtype)
    shape, apron = samples.shape, order + 1
    flat = points.reshape(len(shape), -1)
    outside = jnp.zeros(flat.shape[1], bool)
    if mode == "constant":
        outside = jnp.any((flat < 0) | (flat > jnp.asarray(shape)[:, None] - 1), axis=0)
    positions = jnp.stack([fold(u, n, mode=mode, margin=order / 2 + 1) for u, n in zip(flat, shape, strict=True)])
    if mode == "grid-constant":
        samples = jnp.pad(samples, apron, constant_values=fill)
    else:
        for axis, n in enumerate(shape):
            samples = jnp.take(samples, samples_around(n, mode=mode, apron=apron), axis=axis)
    values = _in_chunks(partial(_read, order=order), samples, positions + apron)
    return jnp.where(outside, fill, values).reshape(points.shape[1:])


def _in_chunks(read: Callable[[Array, Array], Array], samples: Array, points: Array) -> Array:
    count = points.shape[1]
    if count <= CHUNK:
        return read(samples, points)
    batches = -(-count // CHUNK)
    chunks = jnp.pad(points, ((0, 0), (0, batches * CHUNK - count))).reshape(len(points), batches, CHUNK)
    checkpointed = jax.checkpoint(read)
    values = jax.lax.map(lambda chunk: checkpointed(samples, chunk), jnp.moveaxis(chunks, 1, 0))
    return values.reshape(-1)[:count]


def _read(samples: Array, points: Array, *, order: int) -> Array:
    """The values at points `d p` within an array whose apron holds every window; NaN stays NaN."""
    d, width = samples.ndim, order + 1
    first, weights = zip(*[_weights(position, order) for position in points], strict=True)
    numbers = jax.lax.GatherDimensionNumbers(tuple(range(d)), collapsed_slice_dims=(), start_index_map=tuple(range(d)))
    mode = jax.lax.GatherScatterMode.CLIP
    block = jax.lax.gather(samples, jnp.stack(first, axis=-1), numbers, (width,) * d, mode=mode)
    for taps in weights:  # the points run along the last axis, so that each sum over taps is one of vectors
        taps = taps.astype(jnp.finfo(samples.dtype).dtype)
        block = jnp.sum(block * taps.reshape(width, *[1] * (block.ndim - 2), -1), axis=0)
    return block


def _weights(position: Array, order: int) -> tuple[Array, Array]:
    """The first sample that a position touches, and the weights of the `order + 1` samples from there."""
    if order == 0:
        return jnp.floor(position + 0.5).astype(jnp.int32), jnp.ones((1, *position.shape), position.dtype)
    window = linear_interpolant() if order == 1 else cubic_bspline()
    start = position - window.width / 2
    first = jnp.ceil(start)
    return first.astype(jnp.int32), window.weights(first - start)
