"""Gaussians projected onto a plane, exactly: the oracle of the windowed form."""

from functools import partial

import jax
import jax.numpy as jnp
from jaxtyping import Array, Complex, Float

from vitreous._core import FloatLike, sum_batches
from vitreous.grids import Sampling

from ._gaussian_axes import fourier_envelopes, fourier_waves, pixel_averages, pixel_edges
from ._gaussian_checks import check_batch_size, check_gaussians

_BATCH_SIZE = 512


def sum_gaussians_2d(
    positions: Float[Array, "n 3"] | Float[Array, "n 2"],
    amplitudes: Float[Array, "n g"],
    variances: Float[Array, "n g"],
    *,
    shape: tuple[int, int],
    pixel_size: FloatLike,
    sampling: Sampling = Sampling.BANDLIMITED,
    batch_size: int | None = None,
) -> Complex[Array, "y xh"] | Float[Array, "y x"]:
    """What `project_gaussians` approximates, evaluated at every pixel for every Gaussian: exact, slow, the oracle.

    An isotropic Gaussian is a product over the axes, so the sum over atoms is one product of two real matrices. Time
    grows as n · g · y · x; memory as the atoms, the image and one batch, when differentiated too.

    Arguments:
        positions: Centres (x, y[, z]) in Å.
        amplitudes: Integral of each Gaussian in Å.
        variances: Variance of each Gaussian in Å².
        shape: Number of pixels (y, x).
        pixel_size: Pixel size in Å.
        sampling: What a pixel means.
        batch_size: Number of positions in flight at a time; a few hundred suit processors and accelerators alike.

    Returns:
        The half spectrum (band-limited) or the image (averaged), as `project_gaussians`.

    Raises:
        InputError: The arrays do not fit together, the shape has no pixels, or the pixel size or the batch size is not
            positive.

    Examples:
        >>> atom = dict(amplitudes=jnp.ones((1, 1)), variances=jnp.full((1, 1), 2.0), shape=(8, 9), pixel_size=0.5)
        >>> spectrum = sum_gaussians_2d(jnp.zeros((1, 3)), **atom)
        >>> spectrum.shape, float(spectrum[0, 0].real)  # Å over the area of a pixel
        ((8, 5), 4.0)
    """
    check_gaussians(positions, amplitudes, variances, shape=shape, spacing=pixel_size)
    size = max(1, min(check_batch_size(batch_size) or _BATCH_SIZE, positions.shape[0]))
    dtype = jnp.result_type(positions, amplitudes, variances)
    atoms = (positions[:, :2].astype(dtype), amplitudes.astype(dtype), variances.astype(dtype))
    project = _bandlimited if sampling is Sampling.BANDLIMITED else _average
    return project(*atoms, jnp.asarray(pixel_size, dtype), shape=tuple(shape), batch_size=size)


@partial(jax.jit, static_argnames=("shape", "batch_size"))
def _bandlimited(positions, amplitudes, variances, pixel_size, *, shape, batch_size) -> Complex[Array, "y xh"]:
    y_size, x_size = shape

    def batch_sum(batch: tuple[Array, Array, Array]) -> Float[Array, "yy xx"]:
        centres, weights, widths = batch
        x_waves = _waves(centres[:, 0], widths, x_size, pixel_size)
        y_waves = _waves(centres[:, 1], widths, y_size, pixel_size) * weights[..., None]
        return jnp.einsum("ngy,ngx->yx", y_waves, x_waves, precision=jax.lax.Precision.HIGHEST)

    # With c and s the cosine and sine sums, F(±ky, kx) = (cc ∓ ss) − i (cs ± sc): the rows ky < 0 cost nothing.
    products = sum_batches(batch_sum, (positions, amplitudes, variances), batch_size=batch_size)
    rows, columns = y_size // 2 + 1, x_size // 2 + 1
    cc, cs = products[:rows, :columns], products[:rows, columns:]
    sc, ss = products[rows:, :columns], products[rows:, columns:]
    upper = jax.lax.complex(cc - ss, -(cs + sc))
    lower = jax.lax.complex(cc + ss, sc - cs)
    return jnp.concatenate([upper, lower[1 : y_size - rows + 1][::-1]]) / pixel_size**2


def _waves(
    coordinates: Float[Array, " n"], variances: Float[Array, "n g"], size: int, spacing: Float[Array, ""]
) -> Float[Array, "n g waves"]:
    cosine, sine = fourier_waves(coordinates, size, spacing)
    envelope = fourier_envelopes(variances, size, spacing)
    return jnp.concatenate([envelope * cosine[:, None], envelope * sine[:, None]], axis=-1)


@partial(jax.jit, static_argnames=("shape", "batch_size"))
def _average(positions, amplitudes, variances, pixel_size, *, shape, batch_size) -> Float[Array, "y x"]:
    y_edges, x_edges = (pixel_edges(size, pixel_size) for size in shape)

    def batch_sum(batch: tuple[Array, Array, Array]) -> Float[Array, "y x"]:
        centres, weights, widths = batch
        x_part = pixel_averages(x_edges - centres[:, 0, None], widths, pixel_size)
        y_part = pixel_averages(y_edges - centres[:, 1, None], widths, pixel_size) * weights[..., None]
        return jnp.einsum("ngy,ngx->yx", y_part, x_part, precision=jax.lax.Precision.HIGHEST)

    return sum_batches(batch_sum, (positions, amplitudes, variances), batch_size=batch_size)
