"""Projections of point clouds by non-uniform FFTs."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Complex, Float

from vitreous.grids import ImageConfig, irfftn
from vitreous.kernels import NufftOptions, nufft_type1
from vitreous.volumes import PointCloudVolume

from ._base import AbstractVolumeIntegrator


class PointCloudProjection(AbstractVolumeIntegrator[PointCloudVolume]):
    r"""Integrate a cloud of weighted points along z: a non-uniform FFT of their positions in the plane.

    $$ F_k = \frac1{p^2} \sum_i w_i\, e^{-2\pi i\,k\cdot r_i} \quad\text{for } |k| \le \xi_c $$

    with pixel size p, up to the cloud's cut-off frequency. Points beyond the padded image are wrapped around.

    Arguments:
        eps: Relative accuracy of the NUFFT, from 1e-6 in single and 1e-14 in double precision.
        opts: How the NUFFT is computed.

    Examples:
        >>> cloud = PointCloudVolume(jnp.zeros((1, 3)), jnp.ones(1))
        >>> image = PointCloudProjection().integrate(cloud, ImageConfig((8, 8), 2.0), outputs_real_space=True)
        >>> round(float(image[4, 4]), 3)  # 1 Å in a pixel of 4 Å²
        0.25
    """

    eps: float = eqx.field(static=True, default=1e-6, kw_only=True)
    opts: NufftOptions | None = eqx.field(static=True, default=None, kw_only=True)

    @eqx.filter_jit
    def integrate(
        self, volume_representation: PointCloudVolume, image_config: ImageConfig, outputs_real_space: bool = False
    ) -> Complex[Array, "y xh"] | Float[Array, "y x"]:
        """The projection on the padded grid of an image, as in `AbstractVolumeIntegrator`.

        Arguments:
            volume_representation: The cloud, already turned and moved to its pose.
            image_config: The image's padded shape and pixel size.
            outputs_real_space: Return the image instead of its half spectrum.

        Raises:
            InputError: `eps` is beyond the precision of the cloud.
        """
        shape, positions = image_config.padded_shape, volume_representation.positions
        pixel_size = image_config.pixel_size.astype(positions.dtype)
        points = positions[:, :2] / (jnp.asarray(shape[::-1], positions.dtype) * pixel_size)
        sums = nufft_type1(volume_representation.weights, points, shape=shape, eps=self.eps, options=self.opts)
        spectrum = jnp.where(volume_representation.holds(image_config.frequencies), sums / pixel_size**2, 0)
        return irfftn(spectrum, shape) if outputs_real_space else spectrum
