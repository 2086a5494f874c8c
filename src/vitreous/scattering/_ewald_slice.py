"""The potential's Fourier transform on the Ewald sphere."""

from enum import Enum
from typing import Protocol, runtime_checkable

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float

from vitreous._core import InputError
from vitreous.constants import wavelength
from vitreous.grids import ImageConfig
from vitreous.optics import AbstractOptics
from vitreous.volumes import AbstractFourierVolume, AbstractVolumeRepresentation


class EwaldSurface(Enum):
    r"""The surface of the frequencies that a wave of length $\lambda$ can be scattered to.

    Along +z of numpy's transform it lies at

    $$ q_z = -\frac{\lambda q^2}{1 + \sqrt{1 - \lambda^2 q^2}} \quad (\text{sphere}), \qquad
       q_z = -\frac{\lambda q^2}{2} \quad (\text{paraboloid}). $$

    The paraboloid belongs to free space as multislice has it, $e^{-i\pi\lambda\,dz\,q^2}$. The two differ by
    $\lambda^3 q^4 / 8$: at 300 kV and 2 Å a phase of 4e-5 rad at 100 Å from the plane of focus.

    Examples:
        >>> EwaldSurface("sphere").name
        'SPHERE'
    """

    SPHERE = "sphere"
    PARABOLOID = "paraboloid"


@runtime_checkable
class HasFourierTransform(Protocol):
    """A volume that knows its Fourier transform at any frequency, so that curved slices can be taken of it.

    Every `vitreous.volumes.AbstractFourierVolume` does. So do atoms, which are no such volume: they have no voxel size,
    and a pose turns the atoms themselves.

    Examples:
        >>> from vitreous.volumes import GaussianMixtureVolume
        >>> isinstance(GaussianMixtureVolume(np.zeros((1, 3)), 1.0, 1.0), HasFourierTransform)
        True
    """

    def values_at(self, frequencies: Float[Array, "*points 3"]) -> Complex[Array, "*points"]:
        r"""The continuous transform $\int U e^{-2\pi i k\cdot r} d^3r$ (Å) at frequencies (x, y, z) in Å⁻¹."""
        ...


def ewald_height(surface: EwaldSurface, wavelength: Float[Array, ""], squares: Float[Array, "..."]) -> Array:
    """$q_z$ of a surface (see `EwaldSurface`) at squared frequencies $q^2$."""
    if surface is EwaldSurface.PARABOLOID:
        return -wavelength * squares / 2
    # Beyond 1/λ nothing is scattered to; no image has such frequencies.
    return -wavelength * squares / (1 + jnp.sqrt(jnp.maximum(1 - wavelength**2 * squares, 1e-6)))


def ewald_slices(
    volume: AbstractVolumeRepresentation,
    optics: AbstractOptics,
    image_config: ImageConfig,
    *,
    surface: EwaldSurface,
    reverse_curvature: bool,
) -> tuple[Complex[Array, "y xh"], Complex[Array, "y xh"]]:
    r"""Half spectra of $\tilde U(q', q_z)$ and $\tilde U(q', -q_z)$, scaled to the image's discrete transform.

    The second holds what the surface has on the other side of the half spectrum, since
    $\tilde U(-q', q_z) = \tilde U(q', -q_z)^*$. Frequencies at or beyond the Nyquist frequency of the pixels, or of the
    volume's voxels, are zero, as in a slice.

    Arguments:
        volume: The potential, turned to its pose.
        optics: The microscope: voltage and magnification.
        image_config: Shape and pixel size.
        surface: The surface.
        reverse_curvature: Take $-q_z$ for $q_z$.

    Raises:
        InputError: The volume does not know its transform.
    """
    transform = require_transform(volume)
    frequencies = optics.true_frequencies(image_config.frequencies)
    squares = jnp.sum(frequencies**2, axis=-1)
    height = ewald_height(surface, wavelength(optics.voltage_kv), squares)
    height = -height if reverse_curvature else height

    def at(z: Float[Array, "y xh"]) -> Complex[Array, "y xh"]:
        points = jnp.concatenate([frequencies, z[..., None]], axis=-1)
        inside = below_nyquist(points, volume, image_config)
        values = transform.values_at(jnp.where(inside[..., None], points, 0.0))
        return jnp.where(inside, values, 0.0) / image_config.pixel_size**2

    return at(height), at(-height)


def require_transform(volume: AbstractVolumeRepresentation) -> HasFourierTransform:
    """The volume, refused unless it has `values_at`."""
    if isinstance(volume, HasFourierTransform):
        return volume
    raise InputError(
        f"a volume of type {type(volume).__name__} is only known in projection; this theory sees it in depth and needs "
        "its Fourier transform, a method values_at(frequencies).",
        hint="Give the volume that method, or draw it on voxels and use FourierVoxelGridVolume.from_real_voxel_grid.",
    )


def below_nyquist(
    points: Float[Array, "*points 3"], volume: AbstractVolumeRepresentation, image_config: ImageConfig
) -> Array:
    """Which frequencies lie within the ball of the lower Nyquist frequency, of the pixels or of the voxels."""
    spacing = image_config.pixel_size
    if isinstance(volume, AbstractFourierVolume):
        spacing = jnp.maximum(spacing, volume.voxel_size)
    # Modes at the limit itself are outside, however they are rounded: half a step in squared radius below it.
    limit = 0.25 - 0.5 / np.max(image_config.padded_shape) ** 2
    return jnp.sum((points * spacing) ** 2, axis=-1) < limit
