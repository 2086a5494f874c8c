r"""The two libraries below the non-uniform Fourier sums of `_nufft_sums`, behind one form.

FINUFFT computes on processors (through `jax-finufft`), `nufftax` in pure JAX on everything else; why both is in
`docs/adr/0006-nufft.md`. Only their transforms are used: derivatives and batches are ours.
"""

import importlib.util
import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import cache, partial

import jax
import jax.numpy as jnp
from jax.typing import DTypeLike
from jaxtyping import Array, Bool, Complex, Float

from vitreous._core import InputError

Modes = tuple[range, ...]
"""The whole frequencies along each axis (…, y, x) of a box."""

_TAPS_IN_FLIGHT = 2**24  # of the pure-JAX form: 128 MB of single-precision complex numbers


class NufftBackend(Enum):
    """Which library computes a non-uniform Fourier transform; their results differ by no more than `eps`."""

    AUTO = "auto"
    """FINUFFT on processors where it is installed, pure JAX otherwise."""
    FINUFFT = "finufft"
    """FINUFFT, on processors only."""
    JAX = "jax"
    """Pure JAX, anywhere: slower on processors by a factor of 3 to 10."""


@dataclass(frozen=True)
class NufftOptions:
    """How a non-uniform Fourier transform is computed; none of it changes the result.

    Arguments:
        backend: The library.
        threads: Threads that FINUFFT uses for one transform. One is best beside JAX's own threads, unless a single
            transform of millions of points has the machine to itself; 0 takes all.

    Raises:
        InputError: The number of threads is negative, or FINUFFT is asked for and not installed.

    Examples:
        >>> NufftOptions().threads
        1
    """

    backend: NufftBackend = NufftBackend.AUTO
    threads: int = 1

    def __post_init__(self):
        if self.threads < 0:
            raise InputError(f"threads={self.threads} is no number of threads.", hint="Use 1, or 0 for all there are.")
        if self.backend is NufftBackend.FINUFFT and not _has_finufft():
            raise InputError("jax-finufft is not installed.", hint="pip install jax-finufft, or NufftBackend.AUTO.")


def check_eps(eps: float, dtype: DTypeLike) -> None:
    """Refuse an accuracy that the precision does not reach.

    Raises:
        InputError: It is not below 0.1, or below what single (1e-6) or double precision (1e-14) reaches.
    """
    single = jnp.finfo(dtype).bits == 32
    least = 1e-6 if single else 1e-14
    if not eps < 0.1:
        raise InputError(f"eps={eps} is no accuracy of a Fourier transform.", hint="Use 1e-6, or anything below 0.1.")
    if eps < least * (1 - 1e-6):
        kind = "single" if single else "double"
        raise InputError(
            f"eps={eps:g} was asked of a non-uniform Fourier transform in {kind} precision, which reaches {least:g}.",
            hint='jax.config.update("jax_enable_x64", True) and float64 arrays reach 1e-14.'
            if single
            else f"Use eps={least:g} or more.",
        )


def transform_type1(
    values: Complex[Array, "b t p"],
    points: Float[Array, "b p d"],
    *,
    modes: Modes,
    sign: int,
    eps: float,
    options: NufftOptions,
) -> Complex[Array, "b t *modes"]:
    """The sums of `_nufft_sums.type1`, computed."""
    turns, lost = _fold(points)
    values = values * jnp.where(lost, jnp.nan, _carrier(turns, modes, sign))[:, None]
    form = {"shape": tuple(map(len, modes)), "sign": sign, "eps": eps}
    finufft = partial(_finufft_type1, threads=options.threads, **form)
    return _on_platform(finufft, partial(_jax_type1, **form), options)(values, _angles(turns))


def transform_type2(
    coefficients: Complex[Array, "b t *modes"],
    points: Float[Array, "b p d"],
    *,
    modes: Modes,
    sign: int,
    eps: float,
    options: NufftOptions,
) -> Complex[Array, "b t p"]:
    """The sums of `_nufft_sums.type2`, computed."""
    turns, lost = _fold(points)
    form = {"sign": sign, "eps": eps}
    finufft = partial(_finufft_type2, threads=options.threads, **form)
    values = _on_platform(finufft, partial(_jax_type2, **form), options)(coefficients, _angles(turns))
    return values * jnp.where(lost, jnp.nan, _carrier(turns, modes, sign))[:, None]


def _fold(points: Float[Array, "b p d"]) -> tuple[Float[Array, "b p d"], Bool[Array, "b p"]]:
    """Points within half a period of zero, and which are NaN or infinite (the libraries would read out of bounds)."""
    turns = points - jnp.round(points)
    lost = ~jnp.isfinite(turns).all(-1)
    return jnp.where(lost[..., None], 0, turns), lost


def _angles(turns: Float[Array, "b p d"]) -> Float[Array, "d b p"]:
    """In the order (…, y, x) of the axes of an array."""
    return jnp.moveaxis(2 * math.pi * turns[..., ::-1], -1, 0)


def _carrier(turns: Float[Array, "b p d"], modes: Modes, sign: int) -> Complex[Array, "b p"]:
    r"""$e^{2\pi i\,s\,k_c\cdot x}$ for the mode $k_c$ in the middle of the box, which the libraries call zero."""
    middle = jnp.asarray([axis[len(axis) // 2] for axis in modes[::-1]], turns.dtype)
    phase = turns * middle
    return jnp.exp(2j * math.pi * sign * (phase - jnp.round(phase)).sum(-1))


def _on_platform(finufft: Callable, pure: Callable, options: NufftOptions) -> Callable:
    if options.backend is NufftBackend.JAX or not _has_finufft():
        return pure
    if options.backend is NufftBackend.FINUFFT:
        return partial(jax.lax.platform_dependent, cpu=finufft)
    return partial(jax.lax.platform_dependent, cpu=finufft, default=pure)


@cache
def _has_finufft() -> bool:
    return importlib.util.find_spec("jax_finufft") is not None


def _finufft_type1(values, angles, *, shape, sign, eps, threads):
    import jax_finufft
    from jax_finufft.options import Opts

    return jax_finufft.nufft1(shape, values, *angles, iflag=sign, eps=eps, opts=Opts(nthreads=threads))


def _finufft_type2(coefficients, angles, *, sign, eps, threads):
    import jax_finufft
    from jax_finufft.options import Opts

    return jax_finufft.nufft2(coefficients, *angles, iflag=sign, eps=eps, opts=Opts(nthreads=threads))


def _jax_type1(values, angles, *, shape, sign, eps):
    import nufftax

    transform = {2: nufftax.nufft2d1, 3: nufftax.nufft3d1}[len(shape)]
    start = jnp.zeros((values.shape[1], *shape), values.dtype)

    def one(pair):
        def add(total, chunk):
            amounts, where = chunk
            return total + transform(*where[::-1], amounts, shape[::-1], eps=eps, isign=sign), None

        return jax.lax.scan(add, start, tuple(_chunks(x, len(shape), eps) for x in pair))[0]

    return jax.lax.map(one, (values, jnp.moveaxis(angles, 0, 1)))


def _jax_type2(coefficients, angles, *, sign, eps):
    import nufftax

    transform = {2: nufftax.nufft2d2, 3: nufftax.nufft3d2}[angles.shape[0]]
    points = angles.shape[-1]

    def one(pair):
        modes, where = pair
        chunks = _chunks(where, angles.shape[0], eps)
        values = jax.lax.map(lambda chunk: transform(*chunk[::-1], modes, eps=eps, isign=sign), chunks)
        return jnp.moveaxis(values, 0, 1).reshape(modes.shape[0], -1)[:, :points]

    return jax.lax.map(one, (coefficients, jnp.moveaxis(angles, 0, 1)))


def _chunks(array: Array, dimensions: int, eps: float) -> Array:
    """The last axis split into chunks, which come first, so that the taps of one chunk fit the memory."""
    width = math.ceil(-math.log10(eps)) + 2
    *rest, n = array.shape
    size = max(1, min(n, _TAPS_IN_FLIGHT // width**dimensions))
    count = max(1, -(-n // size))
    padded = jnp.pad(array, [(0, 0)] * len(rest) + [(0, count * size - n)])
    return jnp.moveaxis(padded.reshape(*rest, count, size), -2, 0)
