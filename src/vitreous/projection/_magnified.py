"""Projections as a microscope with an anisotropic magnification shows them."""

import equinox as eqx
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Complex, Float

from vitreous._core import map_batches
from vitreous.grids import ImageConfig
from vitreous.optics import AbstractOptics
from vitreous.volumes import AbstractVolumeRepresentation, FourierVoxelGridVolume

from ._base import AbstractVolumeIntegrator

_TERMS_AT_A_TIME = 2**22


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

    - Fourier voxels are read at $M q$, which costs nothing more.
    - For any other volume the integrator projects as ever, and the transform of that image is evaluated at $M q$ from
      its definition, $\sum_r P(r) e^{-2\pi i\,Mq\cdot r}$, without interpolation. What `Sampling.AVERAGE` averages is
      then the pixel of the undistorted image.

    Frequencies whose $M q$ lies beyond the Nyquist frequency are zero. Without a magnification the projection is the
    integrator's own.

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
    if isinstance(volume, FourierVoxelGridVolume):
        nyquist = 1 / (2 * jnp.maximum(image_config.pixel_size, volume.voxel_size))
        inside = jnp.sum(true**2, axis=-1) < nyquist**2
        return jnp.where(inside, integrator.integrate(_distorted(volume, optics.magnification), image_config), 0)
    image = integrator.integrate(volume, image_config, outputs_real_space=True)
    cycles = true * image_config.pixel_size
    # Nyquist itself is inside, however the product is rounded.
    inside = jnp.all(jnp.abs(cycles) <= 0.5 * (1 + 1e-6), axis=-1)
    return jnp.where(inside, _transform_at(image, cycles), 0)


def _distorted(volume: FourierVoxelGridVolume, magnification: Float[Array, "2 2"]) -> FourierVoxelGridVolume:
    """The voxels read at (M q) R instead of q R, for row vectors q."""
    rotation = volume.rotation
    matrix = jnp.eye(3, dtype=rotation.dtype).at[:2, :2].set(magnification.T.astype(rotation.dtype))
    return eqx.tree_at(lambda v: v.rotation, volume, jnp.matmul(matrix, rotation, precision=lax.Precision.HIGHEST))


def _transform_at(image: Float[Array, "y x"], cycles: Float[Array, "my mxh 2"]) -> Complex[Array, "my mxh"]:
    """The transform of an image at frequencies in cycles per pixel."""
    y, x = (jnp.arange(n, dtype=image.dtype) - n // 2 for n in image.shape)

    def one(frequency: Float[Array, "2"]) -> Complex[Array, ""]:
        waves_x, waves_y = jnp.exp(-2j * jnp.pi * frequency[0] * x), jnp.exp(-2j * jnp.pi * frequency[1] * y)
        columns = jnp.matmul(image, waves_x, precision=lax.Precision.HIGHEST)
        return jnp.matmul(waves_y, columns, precision=lax.Precision.HIGHEST)

    batch_size = max(1, _TERMS_AT_A_TIME // sum(image.shape))
    return map_batches(one, cycles.reshape(-1, 2), batch_size=batch_size).reshape(cycles.shape[:-1])
