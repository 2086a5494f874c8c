"""Half spectra with an apron, so that interpolation never meets an edge."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Inexact


def apron_width(width: int) -> int:
    """Voxels added on either side of a half spectrum, along each axis, for an interpolant of that width.

    Examples:
        >>> apron_width(5)
        3
    """
    return width // 2 + 1


def add_apron(half: Inexact[Array, "z y xh"], *, x_size: int, apron: int) -> Inexact[Array, "za ya xa"]:
    r"""The modes $k_x = -a, \dots, \lfloor n/2\rfloor + a$ of a spectrum from $0, \dots, \lfloor n/2\rfloor$.

    The new columns follow from Friedel's law $F(-k) = F(k)^*$ and the period n of the spectrum. Along y and z the
    spectrum is continued with its period by a voxels on either side.

    Arguments:
        half: Half spectrum of a real volume.
        x_size: The volume's size n along x.
        apron: Number of voxels a.

    Examples:
        >>> add_apron(jnp.ones((4, 4, 3), complex), x_size=4, apron=2).shape
        (8, 8, 7)
    """
    columns = half.shape[-1]
    left = _friedel_mate(half[..., 1 : apron + 1])[..., ::-1]
    right = _friedel_mate(half[..., x_size - columns - apron + 1 : x_size - columns + 1])[..., ::-1]
    wide = jnp.concatenate([left, half, right], axis=-1)
    return jnp.pad(wide, ((apron, apron), (apron, apron), (0, 0)), mode="wrap")


def fold_apron(grid: Inexact[Array, "za ya xa"], *, x_size: int, apron: int) -> Inexact[Array, "z y xh"]:
    r"""The adjoint of `add_apron` under the inner product $\mathrm{Re}\sum a^* b$.

    Arguments:
        grid: A half spectrum with its apron, such as `fourier_spread` fills.
        x_size: The volume's size n along x.
        apron: Number of voxels a.

    Examples:
        >>> fold_apron(jnp.ones((8, 8, 7), complex), x_size=4, apron=2).shape
        (4, 4, 3)
    """
    columns = grid.shape[-1] - 2 * apron
    for axis in (0, 1):  # the apron of one side is the other side of the spectrum
        grid = jnp.moveaxis(grid, axis, 0)
        size = grid.shape[0] - 2 * apron
        grid = grid.at[size : size + apron].add(grid[:apron]).at[apron : 2 * apron].add(grid[size + apron :])
        grid = jnp.moveaxis(grid, 0, axis)
    left, half, right = jnp.split(grid[apron:-apron, apron:-apron], (apron, apron + columns), axis=-1)
    half = half.at[..., 1 : apron + 1].add(_friedel_mate(left[..., ::-1]))
    return half.at[..., x_size - columns - apron + 1 : x_size - columns + 1].add(_friedel_mate(right[..., ::-1]))


def _friedel_mate(columns: Inexact[Array, "z y c"]) -> Inexact[Array, "z y c"]:
    flipped = jnp.roll(columns[::-1, ::-1], (1, 1), axis=(0, 1))
    return jax.lax.conj(flipped) if jnp.iscomplexobj(flipped) else flipped
