"""Gaussians drawn in their windows, on an image or a volume: what the two have in common."""

from functools import partial

import jax
import jax.numpy as jnp
from jaxtyping import Array, Complex, Float

from vitreous._core import FloatLike
from vitreous.grids import Sampling

from ._backends import Backend, resolve
from ._gaussian_axes import NARROWEST_PIXELS
from ._gaussian_jax import Lattice
from ._gaussian_rules import gaussian_spread
from ._gaussian_spectrum import fine_grid_spectrum
from ._gaussian_windows import block_width, further_blur, half_widths, upsampling


def draw_gaussians(
    atoms: tuple[Float[Array, "n d"], Float[Array, "n g"], Float[Array, "n g"]],
    *,
    shape: tuple[int, ...],
    spacing: FloatLike,
    sampling: Sampling,
    accuracy: float,
    half_width: int | None,
    batch_size: int | None,
    backend: Backend,
) -> Complex[Array, "..."] | Float[Array, "..."]:
    """The half spectrum (band-limited) or the grid (averaged) of a sum of Gaussians.

    Arguments:
        atoms: Positions, amplitudes and variances, in Å.
        shape: Of the image or the volume.
        spacing: Size of a pixel or voxel in Å.
        sampling: What a pixel or voxel means.
        accuracy: What a Gaussian is at its window's end, relative to its middle.
        half_width: Pixels or voxels that all windows reach, instead of that.
        batch_size: Number of positions in flight at a time, in pure JAX.
        backend: What computes it.
    """
    dtype = jnp.result_type(*atoms)
    if half_width is None:
        block = block_width(atoms[2], spacing, sampling, accuracy)
    else:
        block = 2 * half_width * upsampling(sampling) + 1
    return _draw(
        *(x.astype(dtype) for x in atoms),
        jnp.asarray(spacing, dtype),
        lattice=Lattice(tuple(upsampling(sampling) * size for size in shape), sampling, block, batch_size),
        accuracy=accuracy,
        half_width=half_width,
        backend=resolve(backend),
    )


@partial(jax.jit, static_argnames=("lattice", "accuracy", "half_width", "backend"))
def _draw(positions, amplitudes, variances, spacing, *, lattice: Lattice, accuracy, half_width, backend):
    sampling, fine = lattice.sampling, upsampling(lattice.sampling)
    squares = variances / spacing**2
    blur = jnp.zeros((), spacing.dtype)
    if sampling is Sampling.BANDLIMITED:
        blur = further_blur(squares, accuracy)
        squares = (squares + blur) * fine**2
    else:
        squares = jnp.maximum(squares, NARROWEST_PIXELS**2)
    if half_width is None:
        reach = half_widths(squares, sampling, accuracy)
    else:
        reach = jnp.full(len(positions), half_width * fine, squares.dtype)
    amounts = amplitudes / spacing ** positions.shape[1]
    grid = gaussian_spread(positions * (fine / spacing), amounts, squares, reach, lattice=lattice, backend=backend)
    if sampling is Sampling.AVERAGE:
        return grid
    return fine_grid_spectrum(grid, tuple(size // fine for size in lattice.shape), blur)
