"""Gaussians spread onto the voxels of a volume, each within a window."""

from jaxtyping import Array, Complex, Float

from vitreous._core import FloatLike, InputError, is_concrete
from vitreous.grids import Sampling

from ._backends import Backend
from ._gaussian_checks import check_accuracy, check_batch_size, check_gaussians
from ._gaussian_windows import gaussian_half_width
from ._gaussians_drawn import draw_gaussians


def spread_gaussians_3d(
    positions: Float[Array, "n 3"],
    amplitudes: Float[Array, "n g"],
    variances: Float[Array, "n g"],
    *,
    shape: tuple[int, int, int],
    voxel_size: FloatLike,
    sampling: Sampling = Sampling.BANDLIMITED,
    half_width: int | None = None,
    accuracy: float = 1e-5,
    batch_size: int | None = None,
    backend: Backend = Backend.AUTO,
) -> Complex[Array, "z y xh"] | Float[Array, "z y x"]:
    r"""A sum of isotropic Gaussians on the voxels of a volume.

    With `Sampling.BANDLIMITED`, the half spectrum of the volume whose spectrum is that of the sum up to Nyquist and
    nothing beyond, as `vitreous.grids.rfftn` would give it:

    $$ F(k) = \frac{1}{p^3} \sum_{i,j} a_{ij} \, e^{-2\pi^2\sigma_{ij}^2 |k|^2} \, e^{-2\pi i k\cdot r_i}. $$

    Every Gaussian is blurred by the same further variance τ (none if all are wide enough), sampled on a grid of half
    the spacing within a window, the grid transformed, cut at Nyquist, and multiplied by $e^{2\pi^2\tau|k|^2}$: the
    Gaussian gridding of Greengard & Lee (*SIAM Review* 46, 2004, 443) with the Gaussians that are there anyway. τ is
    the least for which aliases from beyond the fine grid's Nyquist stay below `accuracy`:
    $\sigma^2 + \tau \ge p^2 \ln(1/\varepsilon) / 4\pi^2$. Gaussians outside the box are wrapped around, as the
    spectrum is that of a periodic volume.

    With `Sampling.AVERAGE`, the volume in real space whose voxels hold the sum's average over their cube, from error
    functions within a window. Gaussians outside the box are lost.

    Arguments:
        positions: Centres (x, y, z) in Å, from the centre of voxel n // 2 of each axis.
        amplitudes: Integral of each Gaussian in Å, of any sign.
        variances: Variance of each Gaussian in Å².
        shape: Number of voxels (z, y, x).
        voxel_size: Voxel size p in Å.
        sampling: What a voxel means.
        half_width: Half the width in voxels of the window around each position, as `gaussian_half_width` tells it for
            the largest variance to expect. Without it each atom's own variances decide, for which they must not be
            traced.
        accuracy: What is left out of a Gaussian, relative to it: the window reaches to $\sqrt{2\ln(1/\varepsilon)}$
            standard deviations. The result's relative error (L2) is about a tenth of this, or 1e-6 in float32.
        batch_size: Number of positions in flight at a time, in pure JAX.
        backend: What computes it.

    Returns:
        The half spectrum (band-limited) or the volume (averaged), whose voxels are in Å⁻².

    Raises:
        InputError: The variances or the voxel size are traced and no half-width is given; the half-width is known to be
            too small; the arrays do not fit together; the shape, the voxel size, the batch size or the accuracy is out
            of range; or the backend is not to be had.

    Examples:
        >>> import jax.numpy as jnp
        >>> atom = dict(amplitudes=jnp.ones((1, 1)), variances=jnp.full((1, 1), 2.0), shape=(8, 8, 9), voxel_size=1.0)
        >>> spectrum = spread_gaussians_3d(jnp.zeros((1, 3)), **atom)
        >>> spectrum.shape, round(float(spectrum[0, 0, 0].real), 4)  # Å over the volume of a voxel
        ((8, 8, 5), 1.0)
    """
    check_gaussians(positions, amplitudes, variances, shape=shape, spacing=voxel_size)
    if half_width is not None and half_width < 1:
        raise InputError(f"half_width={half_width} holds no voxel.", hint="Leave it out, or use 5 or more.")
    check_accuracy(accuracy)
    if half_width is None or (is_concrete(variances) and is_concrete(voxel_size)):
        needed = gaussian_half_width(variances, voxel_size=voxel_size, sampling=sampling, accuracy=accuracy)
        if half_width is not None and half_width < needed:
            raise InputError(
                f"half_width={half_width} would cut the widest Gaussian short; it needs {needed} voxels.",
                hint=f"Use half_width={needed}, leave it out, or ask for less accuracy.",
            )
    return draw_gaussians(
        (positions, amplitudes, variances),
        shape=tuple(shape),
        spacing=voxel_size,
        sampling=sampling,
        accuracy=accuracy,
        half_width=half_width,
        batch_size=check_batch_size(batch_size),
        backend=backend,
    )
