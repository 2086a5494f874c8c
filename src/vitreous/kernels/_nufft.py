r"""Fourier transforms between regular grids and points anywhere (NUFFT), in the library's convention."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float

from vitreous._core import InputError
from vitreous.grids import mode_multiplicity

from ._nufft_backends import Modes, NufftOptions, check_eps
from ._nufft_sums import type1, type2

EPS = 1e-6


def nufft_type1(
    values: Float[Array, " p"],
    points: Float[Array, "p d"],
    *,
    shape: tuple[int, ...],
    eps: float = EPS,
    options: NufftOptions | None = None,
) -> Complex[Array, "*nh"]:
    r"""The half spectrum of points with real weights, as `vitreous.grids.rfftn` would give it.

    $$ F_k = \sum_p v_p \, e^{-2\pi i\,k\cdot x_p}, \qquad
       k_x = 0, \dots, \lfloor n_x/2\rfloor, \quad k_y = 0, 1, \dots, -1 $$

    At the Nyquist index of an even axis, which the frequencies ±n/2 share, it is the mean of the two: the spectrum of
    a real image, band-limited. Points beyond the box are wrapped around. Of type 1 in the terms of Dutt & Rokhlin
    1993 (SIAM J. Sci. Comput. 14, 1368); computed as Barnett, Magland & af Klinteberg 2019 (SIAM J. Sci. Comput. 41,
    C479) say, in a time of $p + n\log n$. Differentiable in values and points to any order.

    Arguments:
        values: Weights $v_p$.
        points: Positions (x, y) or (x, y, z) from the origin pixel, in units of the box (1 is one period).
        shape: Pixels (y, x) or voxels (z, y, x) of the box.
        eps: Relative accuracy, from 1e-6 in single and 1e-14 in double precision.
        options: How it is computed.

    Returns:
        The half spectrum, zero frequency in the corner; sums over points, not divided by their number.

    Raises:
        InputError: `eps` is beyond the precision, or points and shape differ in their dimensions.

    Examples:
        >>> spectrum = nufft_type1(jnp.ones(1), jnp.array([[0.25, 0.0]]), shape=(4, 6))
        >>> bool(jnp.allclose(spectrum[0], jnp.array([1, -1j, -1, 0]), atol=1e-5))
        True
    """
    return _type1(*_checked(values, points, shape, eps), shape=tuple(shape), eps=eps, options=options or NufftOptions())


def nufft_type2(
    spectrum: Complex[Array, "*nh"],
    points: Float[Array, "p d"],
    *,
    shape: tuple[int, ...],
    eps: float = EPS,
    options: NufftOptions | None = None,
) -> Float[Array, " p"]:
    r"""The real Fourier series of a half spectrum at points: the adjoint of `nufft_type1`.

    $$ f(x_p) = \sum_k F_k \, e^{2\pi i\,k\cdot x_p} $$

    over all modes of the full spectrum, those at the Nyquist index of an even axis as cosines. Divided by the number of
    pixels, it is the band-limited interpolation of `vitreous.grids.irfftn(spectrum, shape)`. Differentiable in
    spectrum and points to any order.

    Arguments:
        spectrum: Half spectrum of a real image or volume, zero frequency in the corner.
        points: Positions (x, y) or (x, y, z) from the origin pixel, in units of the box (1 is one period).
        shape: Pixels (y, x) or voxels (z, y, x) of the box.
        eps: Relative accuracy, from 1e-6 in single and 1e-14 in double precision.
        options: How it is computed.

    Raises:
        InputError: `eps` is beyond the precision, points and shape differ in their dimensions, or the spectrum does
            not belong to the shape.

    Examples:
        >>> from vitreous.grids import rfftn
        >>> image = jnp.arange(15.0).reshape(3, 5)  # at the pixel right of the origin, which is (1, 2)
        >>> round(float(nufft_type2(rfftn(image), jnp.array([[1 / 5, 0.0]]), shape=(3, 5))[0]) / 15, 4)
        8.0
    """
    half = (*shape[:-1], shape[-1] // 2 + 1)
    if spectrum.shape != half:
        raise InputError(
            f"a spectrum of shape {spectrum.shape} does not belong to an array of shape {shape}.",
            hint=f"Its half spectrum has shape {half}.",
        )
    operands = _checked(spectrum, points, shape, eps)
    return _type2(*operands, shape=tuple(shape), eps=eps, options=options or NufftOptions())


def fourier_transform_at(
    grid: Float[Array, "*n"],
    points: Float[Array, "p d"],
    *,
    eps: float = EPS,
    options: NufftOptions | None = None,
) -> Complex[Array, " p"]:
    r"""The Fourier transform of a real image or volume at any frequencies.

    $$ F(\xi_p) = \sum_r f_r \, e^{-2\pi i\,\xi_p\cdot r}, \qquad r = 0 \text{ at the pixel } \lfloor n/2\rfloor $$

    What `vitreous.grids.rfftn` gives at whole multiples of 1/n, without interpolation, periodic in $\xi$ with 1.

    Arguments:
        grid: The image "y x" or volume "z y x".
        points: Frequencies (x, y) or (x, y, z) in cycles per pixel.
        eps: Relative accuracy, from 1e-6 in single and 1e-14 in double precision.
        options: How it is computed.

    Raises:
        InputError: `eps` is beyond the precision, or points and grid differ in their dimensions.

    Examples:
        >>> grid = jnp.zeros((4, 4)).at[2, 3].set(1.0)  # one pixel to the right of the origin
        >>> bool(jnp.allclose(fourier_transform_at(grid, jnp.array([[0.25, 0.1]])), -1j, atol=1e-5))
        True
    """
    return _transform_at(*_checked(grid, points, grid.shape, eps), eps=eps, options=options or NufftOptions())


@partial(jax.jit, static_argnames=("shape", "eps", "options"))
def _type1(values, points, *, shape, eps, options):
    sums = type1(values[None, None], points[None], modes=_half_box(shape), sign=-1, eps=eps, options=options)
    return _fold_nyquist(sums[0, 0], shape)


@partial(jax.jit, static_argnames=("shape", "eps", "options"))
def _type2(spectrum, points, *, shape, eps, options):
    box = _unfold_nyquist(spectrum * mode_multiplicity(shape).astype(points.dtype), shape)
    sums = type2(box[None, None], points[None], modes=_half_box(shape), sign=1, eps=eps, options=options)
    return sums[0, 0].real


@partial(jax.jit, static_argnames=("eps", "options"))
def _transform_at(grid, points, *, eps, options):
    modes = tuple(range(-(n // 2), n - n // 2) for n in grid.shape)
    return type2(grid[None, None], points[None], modes=modes, sign=-1, eps=eps, options=options)[0, 0]


def _checked(values: Array, points: Array, shape: tuple[int, ...], eps: float) -> tuple[Array, Array]:
    """Values as complex numbers and points in their common precision, which must reach `eps`."""
    if len(shape) not in (2, 3) or points.shape[-1] != len(shape) or min(shape) < 1:
        raise InputError(
            f"points with {points.shape[-1]} coordinates do not lie in a box of shape {shape}.",
            hint="Give (x, y) with a shape (y, x), or (x, y, z) with a shape (z, y, x).",
        )
    dtype = jnp.result_type(values.real.dtype, points.dtype)
    complex_dtype = jnp.result_type(dtype, np.complex64)
    check_eps(eps, dtype)
    return values.astype(complex_dtype), points.astype(dtype)


def _half_box(shape: tuple[int, ...]) -> Modes:
    """The modes -n//2 … n//2 along all axes but the last, and 0 … n//2 along that."""
    *full, last = (n // 2 for n in shape)
    return (*(range(-h, h + 1) for h in full), range(last + 1))


def _fold_nyquist(box: Complex[Array, "*m"], shape: tuple[int, ...]) -> Complex[Array, "*nh"]:
    """A half box as a half spectrum: ±n/2 of each even axis as their mean, zero frequency in the corner."""
    if shape[-1] % 2 == 0:
        box = box.at[..., -1].set(_hermitian(box[..., -1]))
    for axis, n in enumerate(shape[:-1]):
        if n % 2 == 0:
            box = jnp.moveaxis(box, axis, 0)
            box = jnp.moveaxis(box[:-1].at[0].set((box[0] + box[-1]) / 2), 0, axis)
    return jnp.fft.ifftshift(box, axes=range(len(shape) - 1))


def _unfold_nyquist(half: Complex[Array, "*nh"], shape: tuple[int, ...]) -> Complex[Array, "*m"]:
    """A half spectrum as a half box: half of each Nyquist mode at +n/2 and half at -n/2."""
    box = jnp.fft.fftshift(half, axes=range(len(shape) - 1))
    for axis, n in enumerate(shape[:-1]):
        if n % 2 == 0:
            box = jnp.moveaxis(box, axis, 0)
            box = jnp.moveaxis(jnp.concatenate([box[:1] / 2, box[1:], box[:1] / 2]), 0, axis)
    return box.at[..., -1].set(_hermitian(box[..., -1])) if shape[-1] % 2 == 0 else box


def _hermitian(column: Complex[Array, "..."]) -> Complex[Array, "..."]:
    """The mean of the modes +n/2 of a real image and of the modes -n/2, their mirrored conjugates."""
    return (column + jnp.conj(jnp.flip(column))) / 2
