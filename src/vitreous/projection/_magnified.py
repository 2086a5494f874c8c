"""Projections as a microscope with an anisotropic magnification shows them."""

import equinox as eqx
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Complex, Float

from vitreous.grids import ImageConfig
from vitreous.kernels import fourier_transform_at
from vitreous.optics import AbstractOptics
from vitreous.volumes import AbstractFourierVolume, AbstractVolumeRepresentation

from ._base import AbstractVolumeIntegrator


def project_magnified(
    volume: AbstractVolumeRepresentation,
    optics: AbstractOptics,
    image_config: ImageConfig,
    *,
    integrator: AbstractVolumeIntegrator,
) -> Complex[Array, "y xh"]:
    r"""The spectrum of a projection at the true frequencies of a microscope, $\tilde P(M q)$.

    In real space the projection is $P(M^{-\mathsf T} r)$, sheared and stretched, over $|\det M|$. Every integrator can
    be used:

    - Volumes that know their transform, such as Fourier voxels, are read at $M q$, which costs nothing more.
    - For any other volume the integrator projects as ever, and the transform of that image is evaluated at $M q$ by
      NUFFT, $\sum_r P(r) e^{-2\pi i\,Mq\cdot r}$, to the precision of the numbers. What `Sampling.AVERAGE` averages
      is then the pixel of the undistorted image.

    Frequencies whose $M q$ lies beyond the Nyquist frequency of the voxels, or of that image, are zero. Without a
    magnification the projection is the integrator's own.

    Arguments:
        volume: The volume, in its pose.
        optics: The microscope.
        image_config: The image's padded shape and pixel size.
        integrator: How the volume is projected.

    Returns:
        The half spectrum at the padded shape.

    Examples:
        >>> from vitreous.optics import CTF, Microscope
        >>> from vitreous.projection import GaussianMixtureProjection
        >>> from vitreous.volumes import GaussianMixtureVolume
        >>> atom = GaussianMixtureVolume(jnp.zeros((1, 3)), amplitudes=2.0, variances=3.0)
        >>> optics = Microscope(CTF(), magnification=[[1.02, 0.0], [0.0, 0.99]])
        >>> spectrum = project_magnified(
        ...     atom, optics, ImageConfig((16, 16), 1.5), integrator=GaussianMixtureProjection()
        ... )
        >>> spectrum.shape
        (16, 9)
    """
    if optics.magnification is None:
        return integrator.integrate(volume, image_config)
    true = optics.true_frequencies(image_config.frequencies)
    if isinstance(volume, AbstractFourierVolume):
        inside = jnp.sum(true**2, axis=-1) < 1 / (2 * volume.voxel_size) ** 2
        return jnp.where(inside, integrator.integrate(_distorted(volume, optics.magnification), image_config), 0)
    image = integrator.integrate(volume, image_config, outputs_real_space=True)
    cycles = true * image_config.pixel_size
    # Nyquist itself is inside, however the product is rounded.
    inside = jnp.all(jnp.abs(cycles) <= 0.5 * (1 + 1e-6), axis=-1)
    eps = 1e-12 if image.dtype == jnp.float64 else 1e-6
    values = fourier_transform_at(image, cycles.reshape(-1, 2), eps=eps).reshape(inside.shape)
    return jnp.where(inside, values, 0)


def _distorted(volume: AbstractFourierVolume, magnification: Float[Array, "2 2"]) -> AbstractFourierVolume:
    """The volume read at (M q) R instead of q R, for row vectors q."""
    rotation = volume.rotation
    matrix = jnp.eye(3, dtype=rotation.dtype).at[:2, :2].set(magnification.T.astype(rotation.dtype))
    return eqx.tree_at(lambda v: v.rotation, volume, jnp.matmul(matrix, rotation, precision=lax.Precision.HIGHEST))
