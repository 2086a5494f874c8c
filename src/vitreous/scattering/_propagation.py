"""Waves through free space and through slices of a specimen."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Complex, Float, Inexact

from vitreous._core import FloatLike, InputError, as_scalar
from vitreous.constants import interaction_constant, wavelength
from vitreous.kernels import phasor

from ._wave_grid import band_limit, full_frequencies

_TWO_THIRDS_OF_NYQUIST = 1 / 3  # per pixel


def propagate_wave(
    wave: Complex[Array, "y x"], distance: FloatLike, *, pixel_size: FloatLike, voltage_kv: FloatLike
) -> Complex[Array, "y x"]:
    r"""A wave carried through free space along the beam: its spectrum times $e^{-i\pi\lambda\,dz\,q^2}$.

    Fresnel's approximation (Kirkland 2010, *Advanced Computing in Electron Microscopy*, chapter 6), without a limit to
    the band. A lens at underfocus $\Delta f$ does the same as $dz = -\Delta f$.

    Arguments:
        wave: The wave, relative to the plane wave.
        distance: $dz$ in Å, of either sign.
        pixel_size: Å.
        voltage_kv: Acceleration voltage in kV.

    Examples:
        >>> wave = propagate_wave(jnp.ones((4, 4), complex), 50.0, pixel_size=1.0, voltage_kv=300.0)
        >>> bool(jnp.allclose(wave, 1))
        True
    """
    y, x = wave.shape
    angle = _paraxial_angle((y, x), pixel_size, voltage_kv)
    return jnp.fft.ifft2(jnp.fft.fft2(wave) * phasor(-as_scalar(distance, name="distance") * angle))


def multislice_exit_wave(
    projections: Float[Array, "n y x"],
    thicknesses: Float[Array, " m"],
    *,
    pixel_size: FloatLike,
    voltage_kv: FloatLike,
    amplitude_contrast: FloatLike = 0.0,
    taper: float = 0.0,
) -> Complex[Array, "y x"]:
    r"""The wave behind slices of a potential, a plane wave of amplitude 1 falling on the first.

    Each slice acts in the plane of its middle: free space over half of it, transmission
    $t = \exp(i\lambda\gamma(\sqrt{1 - w^2} + i w)\int U\,dz)$, free space over the other half (Cowley & Moodie 1957,
    *Acta Cryst.* 10, 609; Kirkland 2010, chapter 6), which errs with the square of the thickness and not with the
    thickness. Transmission and propagation are limited to two thirds of the Nyquist frequency of the pixels.

    `MultisliceScattering` does this for a volume, on a grid fine enough to keep the image's own band.

    Arguments:
        projections: $\int U\,dz$ of each slice in Å⁻¹, in the order in which the beam meets them.
        thicknesses: Of the n slices in Å.
        pixel_size: Å.
        voltage_kv: Acceleration voltage in kV.
        amplitude_contrast: The fraction $w$.
        taper: Width of a cosine edge inside the band limit, in units of 1/pixel; 0 cuts sharply.

    Returns:
        The wave at the far face of the last slice, within the band limit.

    Raises:
        InputError: There is not one thickness for each slice.

    Examples:
        >>> slices = jnp.zeros((2, 4, 4))
        >>> wave = multislice_exit_wave(slices, jnp.array([2.0, 1.0]), pixel_size=1.0, voltage_kv=300.0)
        >>> bool(jnp.all(wave == 1))
        True
    """
    if projections.ndim != 3 or thicknesses.shape != projections.shape[:1]:
        raise InputError(
            f"{thicknesses.shape} thicknesses were given for slices of shape {projections.shape}.",
            hint="Give slices (n, y, x) and n thicknesses; for waves through many specimens, use jax.vmap.",
        )
    y, x = projections.shape[1:]
    w = as_scalar(amplitude_contrast, name="amplitude_contrast")
    cycles = full_frequencies((y, x), (y, x), dtype=projections.dtype)
    spectrum = scatter_through_slices(
        projections,
        thicknesses,
        strength=interaction_constant(voltage_kv) * (jnp.sqrt(1 - w**2) + 1j * w),
        angle=_paraxial_angle((y, x), pixel_size, voltage_kv),
        window=band_limit(cycles, _TWO_THIRDS_OF_NYQUIST, taper),
    )
    return 1 + jnp.fft.ifft2(spectrum)


def scatter_through_slices(
    slices: Inexact[Array, "n *slice"],
    thicknesses: Float[Array, " n"],
    *,
    strength: Complex[Array, ""],
    angle: Float[Array, "y x"],
    window: Float[Array, "y x"],
    to_field: Callable[[Inexact[Array, "*slice"]], Float[Array, "y x"]] = lambda field: field,
) -> Complex[Array, "y x"]:
    r"""The spectrum of $\psi - 1$ at the far face of the last slice.

    Each slice is evaluated anew in the gradient, which keeps one spectrum for each and no more.

    Arguments:
        slices: Anything that stands for the projected potential of each slice.
        thicknesses: Å.
        strength: What multiplies the projected potential in the exponent, but for i.
        angle: $\pi\lambda q^2$ of the full spectrum.
        window: The band limit, of the full spectrum.
        to_field: The projected potential of a slice, from what stands for it.
    """

    def step(spectrum: Complex[Array, "y x"], part: tuple[Array, Array]) -> tuple[Complex[Array, "y x"], None]:
        slice_, gap = part
        wave = jnp.fft.ifft2(spectrum * (window * phasor(-gap * angle)))
        change = jnp.fft.ifft2(window * jnp.fft.fft2(jnp.expm1(1j * strength * to_field(slice_))))
        # ψ t − 1 of ψ = 1 + wave and t = 1 + change
        return jnp.fft.fft2(wave + change + wave * change).astype(spectrum.dtype), None

    # From the middle of each slice to the middle of the next; before the first there is nothing to carry.
    gaps = jnp.concatenate([thicknesses[:1], thicknesses[:-1] + thicknesses[1:]]) / 2
    vacuum = jnp.zeros(angle.shape, jnp.result_type(slices, strength, angle, window, jnp.complex64))
    spectrum, _ = jax.lax.scan(jax.checkpoint(step), vacuum, (slices, gaps.astype(angle.dtype)))
    return spectrum * (window * phasor(-thicknesses[-1] / 2 * angle))


def _paraxial_angle(shape: tuple[int, int], pixel_size: FloatLike, voltage_kv: FloatLike) -> Float[Array, "y x"]:
    """πλq² of a full spectrum."""
    pixel_size = as_scalar(pixel_size, name="pixel_size")
    frequencies = full_frequencies(shape, shape, dtype=pixel_size.dtype) / pixel_size
    return jnp.pi * wavelength(voltage_kv) * jnp.sum(frequencies**2, axis=-1)
