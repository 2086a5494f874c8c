"""Gaussians summed in a volume, exactly: the oracle of the windowed form."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Complex, Float

from vitreous._core import FloatLike
from vitreous.grids import Sampling

from ._gaussian_axes import fourier_envelopes, fourier_waves, pixel_averages, pixel_edges
from ._gaussian_checks import check_gaussians


def sum_gaussians_3d(
    positions: Float[Array, "n 3"],
    amplitudes: Float[Array, "n g"],
    variances: Float[Array, "n g"],
    *,
    shape: tuple[int, int, int],
    voxel_size: FloatLike,
    sampling: Sampling = Sampling.BANDLIMITED,
) -> Complex[Array, "z y xh"] | Float[Array, "z y x"]:
    """What `spread_gaussians_3d` approximates, evaluated at every voxel for every Gaussian: exact, slow, the oracle.

    Arguments:
        positions: Centres (x, y, z) in Å.
        amplitudes: Integral of each Gaussian in Å.
        variances: Variance of each Gaussian in Å².
        shape: Number of voxels (z, y, x).
        voxel_size: Voxel size in Å.
        sampling: What a voxel means.

    Returns:
        The half spectrum (band-limited) or the volume (averaged), as `spread_gaussians_3d`.

    Raises:
        InputError: The arrays do not fit together, the shape has no voxels, or the voxel size is not positive.

    Examples:
        >>> one = jnp.ones((1, 1))
        >>> volume = sum_gaussians_3d(jnp.zeros((1, 3)), one, one, shape=(16,) * 3, voxel_size=1.0,
        ...                           sampling=Sampling.AVERAGE)
        >>> round(float(volume.sum()), 6)
        1.0
    """
    check_gaussians(positions, amplitudes, variances, shape=shape, spacing=voxel_size)
    spacing = jnp.asarray(voxel_size, positions.dtype)

    def axis_part(axis: int, size: int) -> Array:
        x = positions[:, axis]
        if sampling is Sampling.AVERAGE:
            return pixel_averages(pixel_edges(size, spacing) - x[:, None], variances, spacing)
        cosine, sine = fourier_waves(x, size, spacing)
        half = fourier_envelopes(variances, size, spacing) * jax.lax.complex(cosine, -sine)[:, None] / spacing
        negative = jnp.conj(half[..., 1 : size - size // 2][..., ::-1])
        return half if axis == 0 else jnp.concatenate([half, negative], axis=-1)

    z, y, x = (axis_part(2 - i, size) for i, size in enumerate(shape))
    return jnp.einsum("ng,ngz,ngy,ngx->zyx", amplitudes, z, y, x, precision=jax.lax.Precision.HIGHEST)
