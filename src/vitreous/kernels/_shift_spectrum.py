"""Moving an image by multiplying its half spectrum with phases."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float

from vitreous._core import InputError, Rules, array_type, define_primitive, is_undefined, is_zero

from ._backends import Backend, platform_forms, resolve


def shift_spectrum(
    spectrum: Complex[Array, "y xh"],
    pixels: Float[Array, "2"],
    *,
    shape: tuple[int, int],
    backend: Backend = Backend.AUTO,
) -> Complex[Array, "y xh"]:
    r"""The half spectrum of an image that was moved by s: $F(k)\,e^{-2\pi i k\cdot s}$.

    What multiplies is `vitreous.grids.shift_phases`; it is not kept in memory. Differentiable in spectrum and shift,
    and a batch of either is one pass.

    Arguments:
        spectrum: Half spectrum F.
        pixels: How far (x, y) the object moves, s in pixels.
        shape: Shape (y, x) of the image.
        backend: Which program computes it.

    Raises:
        InputError: The spectrum does not belong to an image of this shape, or the backend cannot be used here.

    Examples:
        >>> from vitreous.grids import irfftn, rfftn
        >>> image = jnp.zeros((4, 4)).at[1, 1].set(1.0)
        >>> moved = irfftn(shift_spectrum(rfftn(image), jnp.array([2.0, 0.0]), shape=(4, 4)), (4, 4))
        >>> round(float(moved[1, 3]), 4)
        1.0
    """
    if spectrum.shape != (shape[0], shape[1] // 2 + 1) or pixels.shape != (2,):
        raise InputError(
            f"a spectrum of shape {spectrum.shape} and a shift of shape {pixels.shape} do not belong to an image of "
            f"shape {tuple(shape)}.",
            hint="Give the half spectrum (y, x // 2 + 1) and a shift (x, y).",
        )
    pixels = pixels.astype(jnp.finfo(spectrum.dtype).dtype)
    return _shift(
        spectrum[None], pixels[None], shape=tuple(shape), orders=(0, 0), backend=resolve(backend, in_pallas=False)
    )[0]


def _pure(spectra: Array, pixels: Array, *, shape: tuple[int, int], orders: tuple[int, int]) -> Array:
    columns = _axis_factor(pixels[:, 0], np.fft.rfftfreq(shape[1]), orders[0])
    rows = _axis_factor(pixels[:, 1], np.fft.fftfreq(shape[0]), orders[1])
    return spectra * (rows[:, :, None] * columns[:, None]).astype(spectra.dtype)


def _axis_factor(s: Float[Array, " b"], k: Float[np.ndarray, " n"], order: int) -> Complex[Array, "b n"]:
    """$(-2πik)^m e^{-2πiks}$; a Nyquist index, which stands for k and −k at once, holds the mean of both."""
    turns = s[:, None] * k
    # Whole turns are taken off first, so that float32 keeps its precision for long shifts.
    angle = -2 * jnp.pi * (turns - jnp.round(turns))
    factor = jax.lax.complex(jnp.cos(angle), jnp.sin(angle)) * ((-2j * np.pi * k) ** order).astype(np.complex128)
    return jnp.where(np.abs(k) == 0.5, factor.real.astype(factor.dtype), factor)


def _native(spectra: Array, pixels: Array, *, shape: tuple[int, int], orders: tuple[int, int]) -> Array:
    call = jax.ffi.ffi_call("vitreous_shift", jax.ShapeDtypeStruct(spectra.shape, spectra.dtype))
    return call(spectra, pixels, orders=np.asarray(orders, np.int64), width=np.int64(shape[1]))


def _jvp(primals, tangents, *, orders, **options):
    (spectra, pixels), (spectra_dot, pixels_dot) = primals, tangents
    x, y = orders
    result, tangent = _shift(spectra, pixels, orders=orders, **options), 0.0
    if not is_zero(spectra_dot):
        tangent = _shift(spectra_dot, pixels, orders=orders, **options)
    if not is_zero(pixels_dot):
        for axis, raised in enumerate(((x + 1, y), (x, y + 1))):
            slope = _shift(spectra, pixels, orders=raised, **options)
            tangent = tangent + slope * pixels_dot[:, axis, None, None].astype(slope.dtype)
    return result, tangent


def _transpose(cotangent, spectra, pixels, **options):
    if is_zero(cotangent) or not is_undefined(spectra):
        return None, None
    return _shift(cotangent, pixels, **options), None


def _batch(operands, axes, **options):
    size = next(x.shape[axis] for x, axis in zip(operands, axes, strict=True) if axis is not None)

    def merged(operand: Array, axis: int | None) -> Array:
        many = jnp.broadcast_to(operand, (size, *operand.shape)) if axis is None else jnp.moveaxis(operand, axis, 0)
        return many.reshape(-1, *many.shape[2:])

    shifted = _shift(*map(merged, operands, axes), **options)
    return shifted.reshape(size, -1, *shifted.shape[1:]), 0


def _abstract(spectra, pixels, **_):
    return array_type(spectra.shape, spectra.dtype)


_shift = define_primitive(
    "shift_spectrum",
    Rules(_pure, _abstract, _jvp, _transpose, _batch, platforms=platform_forms(_pure, native=_native)),
)
