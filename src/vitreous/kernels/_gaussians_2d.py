"""Gaussians projected onto a plane, each within a window."""

import jax.numpy as jnp
from jaxtyping import Array, Complex, Float

from vitreous._core import FloatLike
from vitreous.grids import Sampling

from ._backends import Backend
from ._gaussian_checks import check_accuracy, check_batch_size, check_gaussians
from ._gaussians_drawn import draw_gaussians

# As much as rounding: in float32 the error of 20 000 atoms is 9e-7 with either 1e-5 or 1e-6.
_ACCURACY_SINGLE, _ACCURACY_DOUBLE = 1e-5, 1e-13


def project_gaussians(
    positions: Float[Array, "n 3"] | Float[Array, "n 2"],
    amplitudes: Float[Array, "n g"],
    variances: Float[Array, "n g"],
    *,
    shape: tuple[int, int],
    pixel_size: FloatLike,
    sampling: Sampling = Sampling.BANDLIMITED,
    accuracy: float | None = None,
    batch_size: int | None = None,
    backend: Backend = Backend.AUTO,
) -> Complex[Array, "y xh"] | Float[Array, "y x"]:
    r"""The integral along z of a sum of isotropic Gaussians, on the pixels of an image.

    With `Sampling.BANDLIMITED`, the half spectrum of the image whose spectrum is that of the projection up to Nyquist
    and nothing beyond, as `vitreous.grids.rfftn` would give it:

    $$ F(k) = \frac{1}{p^2} \sum_{i,j} a_{ij} \, e^{-2\pi^2\sigma_{ij}^2 |k|^2} \, e^{-2\pi i k\cdot r_i}, $$

    by the gridding that `spread_gaussians_3d` describes. Gaussians outside the image are wrapped around, as the
    spectrum is that of a periodic image.

    With `Sampling.AVERAGE`, the image in real space whose pixels hold the projection's average over their area, from
    error functions. It is the band-limited one with aliases, $\sum_m p^2 F(k + m/p) \operatorname{sinc}(\dots)$.
    Gaussians outside the image are lost.

    Time grows as the atoms times the pixels of a window around each, memory as the atoms and the image, when
    differentiated too; every argument may be traced. `sum_gaussians_2d` is the same without windows.

    Arguments:
        positions: Centres (x, y[, z]) in Å, from the centre of pixel (y // 2, x // 2).
        amplitudes: Integral of each Gaussian in Å, of any sign.
        variances: Variance of each Gaussian in Å².
        shape: Number of pixels (y, x).
        pixel_size: Pixel size p in Å.
        sampling: What a pixel means.
        accuracy: What is left out of a Gaussian, relative to it: each atom's window reaches to
            $\sqrt{2\ln(1/\varepsilon)}$ standard deviations of its widest Gaussian, so that 3.4e-4 cuts at four of
            them. The image's relative error (L2) is a tenth of this or less. By default 1e-5 in float32 and 1e-13 in
            float64, where windows change an image as much as rounding does.
        batch_size: Number of positions in flight at a time, in pure JAX.
        backend: What computes it.

    Returns:
        The half spectrum (band-limited) or the image (averaged), whose pixels are in Å⁻¹.

    Raises:
        InputError: The arrays do not fit together; the shape has no pixels; the pixel size or the batch size is not
            positive; the accuracy is not between 0 and 1; or the backend is not to be had.

    Examples:
        >>> atom = dict(amplitudes=jnp.ones((1, 1)), variances=jnp.full((1, 1), 2.0), shape=(8, 9), pixel_size=0.5)
        >>> spectrum = project_gaussians(jnp.zeros((1, 3)), **atom)
        >>> spectrum.shape, round(float(spectrum[0, 0].real), 4)  # Å over the area of a pixel
        ((8, 5), 4.0)
    """
    check_gaussians(positions, amplitudes, variances, shape=shape, spacing=pixel_size)
    dtype = jnp.result_type(positions, amplitudes, variances)
    if accuracy is None:
        accuracy = _ACCURACY_DOUBLE if dtype == jnp.float64 else _ACCURACY_SINGLE
    return draw_gaussians(
        (positions[:, :2], amplitudes, variances),
        shape=tuple(shape),
        spacing=pixel_size,
        sampling=sampling,
        accuracy=check_accuracy(accuracy),
        half_width=None,
        batch_size=check_batch_size(batch_size),
        backend=backend,
    )
