"""Gaussians spread onto the voxels of a volume, each within a window."""

import math
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float, Int

from vitreous._core import FloatLike, InputError, is_concrete
from vitreous.grids import Sampling

from ._gaussian_axes import pixel_averages
from ._gaussian_checks import check_batch_size, check_gaussians
from ._gaussian_windows import UPSAMPLING, gaussian_half_width, least_variance, steps_needed, upsampling, window_classes

_BATCH_SIZE = 64


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
            the largest variance to expect. Without it the variances decide, for which they must not be traced; atoms
            are then sorted into at most three classes of width.
        accuracy: What is left out of a Gaussian, relative to it: the window reaches to $\sqrt{2\ln(1/\varepsilon)}$
            standard deviations. The result's relative error (L2) is about a tenth of this, or 1e-6 in float32.
        batch_size: Number of positions in flight at a time.

    Returns:
        The half spectrum (band-limited) or the volume (averaged), whose voxels are in Å⁻².

    Raises:
        InputError: The variances or the voxel size are traced and no half-width is given; the half-width is known to be
            too small; the arrays do not fit together; or the shape, the voxel size, the batch size or the accuracy is
            out of range.

    Examples:
        >>> atom = dict(amplitudes=jnp.ones((1, 1)), variances=jnp.full((1, 1), 2.0), shape=(8, 8, 9), voxel_size=1.0)
        >>> spectrum = spread_gaussians_3d(jnp.zeros((1, 3)), **atom)
        >>> spectrum.shape, round(float(spectrum[0, 0, 0].real), 4)  # Å over the volume of a voxel
        ((8, 8, 5), 1.0)
    """
    check_gaussians(positions, amplitudes, variances, shape=shape, spacing=voxel_size)
    if half_width is not None and half_width < 1:
        raise InputError(f"half_width={half_width} holds no voxel.", hint="Leave it out, or use 5 or more.")
    if not 0 < accuracy < 1:
        raise InputError(f"accuracy={accuracy} is not between 0 and 1.", hint="Leave it out, or use 1e-5.")
    size = check_batch_size(batch_size, default=_BATCH_SIZE, n=positions.shape[0])
    dtype = jnp.result_type(positions, amplitudes, variances)
    atoms = tuple(x.astype(dtype) for x in (positions, amplitudes, variances))
    if half_width is None:
        steps = steps_needed(variances, voxel_size, sampling, accuracy)
        classes = window_classes(steps.max(axis=1, initial=1))
    else:
        if is_concrete(variances) and is_concrete(voxel_size):
            needed = gaussian_half_width(variances, voxel_size=voxel_size, sampling=sampling, accuracy=accuracy)
            if half_width < needed:
                raise InputError(
                    f"half_width={half_width} would cut the widest Gaussian short; it needs {needed} voxels.",
                    hint=f"Use half_width={needed}, leave it out, or ask for less accuracy.",
                )
        classes = [(np.arange(positions.shape[0]), half_width * upsampling(sampling))]
    spread = _bandlimited if sampling is Sampling.BANDLIMITED else _average
    return spread(
        atoms,
        tuple(members for members, _ in classes),
        jnp.asarray(voxel_size, dtype),
        shape=tuple(shape),
        steps=tuple(width for _, width in classes),
        accuracy=accuracy,
        batch_size=size,
    )


@partial(jax.jit, static_argnames=("shape", "steps", "accuracy", "batch_size"))
def _bandlimited(atoms, classes, voxel_size, *, shape, steps, accuracy, batch_size) -> Complex[Array, "z y xh"]:
    spacing = voxel_size / UPSAMPLING
    fine = tuple(UPSAMPLING * size for size in shape)
    margin = max(steps)
    narrowest = jnp.min(atoms[2], initial=jnp.inf)
    # The result does not depend on how much was blurred and deblurred, so neither do its derivatives.
    blur = jax.lax.stop_gradient(jnp.maximum(0, least_variance(accuracy) * voxel_size**2 - narrowest))

    def window(atom: tuple[Array, Array, Array], width: int) -> tuple[Int[Array, " 3"], Float[Array, "z y x"]]:
        position, amplitude, variance = atom
        nearest, offset = _nearest(position / spacing)
        distance = (jnp.arange(-width, width + 1) - offset[:, None]) * spacing
        wide = variance + blur
        x, y, z = jnp.exp(-(distance[:, None] ** 2) / (2 * wide[:, None]))
        weight = amplitude * (2 * math.pi * wide) ** -1.5
        start = jnp.mod(nearest, jnp.asarray(fine[::-1])) + margin - width
        return start, _outer(z * weight[:, None], y, x)

    grid = jnp.zeros([size + 2 * margin for size in fine], voxel_size.dtype)
    for members, width in zip(classes, steps, strict=True):
        grid = _add_windows(grid, tuple(x[members] for x in atoms), partial(window, width=width), batch_size)
    spectrum: Array = grid
    for axis in (2, 1, 0):
        spectrum = _transform_axis(_fold(spectrum, fine[axis], margin, axis), shape[axis], axis)
        spectrum = spectrum * _deblur(shape[axis], blur, voxel_size, axis)
    return spectrum / UPSAMPLING**3


@partial(jax.jit, static_argnames=("shape", "steps", "accuracy", "batch_size"))
def _average(atoms, classes, voxel_size, *, shape, steps, accuracy, batch_size) -> Float[Array, "z y x"]:
    margin = 2 * max(steps) + 1
    origin = jnp.asarray([size // 2 for size in shape[::-1]])
    size_xyz = jnp.asarray(shape[::-1])

    def window(atom: tuple[Array, Array, Array], width: int) -> tuple[Int[Array, " 3"], Float[Array, "z y x"]]:
        position, amplitude, variance = atom
        nearest, offset = _nearest(position / voxel_size)
        edges = (jnp.arange(-width, width + 2) - 0.5 - offset[:, None]) * voxel_size
        x, y, z = (pixel_averages(e[None], variance[None], voxel_size)[0] for e in edges)
        # A window beyond the margin would start outside the grid, and is dropped whole.
        start = jnp.clip(nearest + origin, -margin, size_xyz + margin) + margin - width
        return start, _outer(z * amplitude[:, None], y, x)

    grid = jnp.zeros([size + 2 * margin for size in shape], voxel_size.dtype)
    for members, width in zip(classes, steps, strict=True):
        grid = _add_windows(grid, tuple(x[members] for x in atoms), partial(window, width=width), batch_size)
    return grid[tuple(slice(margin, margin + size) for size in shape)]


def _nearest(steps: Float[Array, " 3"]) -> tuple[Int[Array, " 3"], Float[Array, " 3"]]:
    """Nearest grid point, and where the position is from it; a position that is no number keeps a window."""
    whole = jax.lax.stop_gradient(jnp.round(steps))
    return jnp.clip(jnp.nan_to_num(whole), -(2**30), 2**30).astype(jnp.int32), steps - whole


def _outer(z: Float[Array, "g z"], y: Float[Array, "g y"], x: Float[Array, "g x"]) -> Float[Array, "z y x"]:
    """The Gaussians of one atom, summed over its window."""
    return jnp.einsum("gz,gy,gx->zyx", z, y, x, precision=jax.lax.Precision.HIGHEST)


def _add_windows(grid: Float[Array, "z y x"], atoms, window, batch_size: int) -> Float[Array, "z y x"]:
    """Add each atom's window to the grid, in place, a batch at a time.

    Windows are evaluated anew in the gradient. The scatter stays outside that, so its residuals are the
    windows' corners and not a grid for every batch.
    """
    n = atoms[0].shape[0]
    batches = -(-n // batch_size)
    # The atoms that fill up the last batch have no amplitude, but a width.
    fills = zip(atoms, (0, 0, 1), strict=True)
    padded = [jnp.pad(x, ((0, batches * batch_size - n), (0, 0)), constant_values=fill) for x, fill in fills]
    split = tuple(x.reshape(batches, batch_size, *x.shape[1:]) for x in padded)
    evaluate = jax.checkpoint(jax.vmap(window))
    places = jax.lax.ScatterDimensionNumbers(
        update_window_dims=(1, 2, 3), inserted_window_dims=(), scatter_dims_to_operand_dims=(2, 1, 0)
    )

    def step(total, batch):
        start, values = evaluate(batch)
        mode = jax.lax.GatherScatterMode.FILL_OR_DROP
        return jax.lax.scatter_add(total, start, values, places, mode=mode), None

    return jax.lax.scan(step, grid, split)[0]


def _fold(grid: Array, size: int, margin: int, axis: int) -> Array:
    """One period of an axis, with what lies in the margins on either side added where it belongs."""

    def part(start: int, stop: int) -> Array:
        return jax.lax.slice_in_dim(grid, start, stop, axis=axis)

    def place(piece: Array, start: int) -> Array:
        pads = [(0, 0)] * grid.ndim
        pads[axis] = (start, size - start - piece.shape[axis])
        return jnp.pad(piece, pads)

    total = part(margin, margin + size)
    length = grid.shape[axis]
    for start in range(margin + size, length, size):
        total = total + place(part(start, min(start + size, length)), 0)
    for stop in range(margin, 0, -size):
        piece = part(max(0, stop - size), stop)
        total = total + place(piece, size - piece.shape[axis])
    return total


def _transform_axis(values: Array, size: int, axis: int) -> Array:
    """Fourier transform along one axis, cut to `size` frequencies; the last axis, transformed first, is halved.

    The two frequencies that share an even axis's Nyquist index give half of each.
    """
    if axis == 2:
        half = jnp.fft.rfft(values, axis=2)[..., : size // 2 + 1]
        return half if size % 2 else half.at[..., -1].set(half[..., -1].real)
    full = jnp.fft.fft(values, axis=axis)

    def part(start: int, stop: int) -> Array:
        return jax.lax.slice_in_dim(full, start, stop, axis=axis)

    length, half = full.shape[axis], size // 2
    if size % 2:
        return jnp.concatenate([part(0, half + 1), part(length - half, length)], axis=axis)
    nyquist = (part(half, half + 1) + part(length - half, length - half + 1)) / 2
    return jnp.concatenate([part(0, half), nyquist, part(length - half + 1, length)], axis=axis)


def _deblur(size: int, blur: Float[Array, ""], voxel_size: Float[Array, ""], axis: int) -> Float[Array, "..."]:
    index = jnp.arange(size // 2 + 1) if axis == 2 else jnp.fft.fftfreq(size, 1 / size)
    frequencies = index.astype(blur.dtype) / (size * voxel_size)
    factor = jnp.exp(2 * math.pi**2 * blur * frequencies**2)
    return jnp.expand_dims(factor, [a for a in range(3) if a != axis])
