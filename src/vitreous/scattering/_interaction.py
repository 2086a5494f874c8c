"""How strongly the potential acts on the wave."""

import jax.numpy as jnp
from jaxtyping import Array, Complex, Float

from vitreous.constants import interaction_constant, wavelength
from vitreous.optics import AbstractOptics


def complex_strength(optics: AbstractOptics) -> Complex[Array, ""]:
    r"""$\lambda\gamma\,(\sqrt{1 - w^2} + i w)$ in Å, which multiplies $\int U\,dz$ in the exponent."""
    w = optics.amplitude_contrast
    return interaction_constant(optics.voltage_kv) * (jnp.sqrt(1 - w**2) + 1j * w)


def stretched_area(optics: AbstractOptics) -> Float[Array, ""] | float:
    r"""$|\det M|$ of an anisotropic magnification.

    A spectrum read at $Mq$ is that of a stretched field over $|\det M|$. Linear theories leave it so, as `Microscope`
    defines its image. What enters an exponential must have its own height: wave theories multiply the field by this,
    and divide the contrast by it again.
    """
    matrix = optics.magnification
    return 1.0 if matrix is None else jnp.abs(matrix[0, 0] * matrix[1, 1] - matrix[0, 1] * matrix[1, 0])


def paraxial_angle(optics: AbstractOptics, frequencies: Float[Array, "*points 2"]) -> Float[Array, "*points"]:
    r"""$\pi\lambda |q'|^2$ in rad/Å at the specimen's frequencies: free space over $d$ is $e^{-i\pi\lambda d q'^2}$."""
    true = optics.true_frequencies(frequencies)
    return jnp.pi * wavelength(optics.voltage_kv) * jnp.sum(true**2, axis=-1)
