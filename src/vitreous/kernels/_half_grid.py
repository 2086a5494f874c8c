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
    half = jax.ShapeDtypeStruct(tuple(size - 2 * apron for size in grid.shape), grid.dtype)
    (folded,) = jax.linear_transpose(lambda h: add_apron(h, x_size=x_size, apron=apron), half)(jnp.conj(grid))
    return jnp.conj(folded)  # JAX transposes under Re Σ a b


def _friedel_mate(columns: Inexact[Array, "z y c"]) -> Inexact[Array, "z y c"]:
    flipped = jnp.roll(columns[::-1, ::-1], (1, 1), axis=(0, 1))
    return jax.lax.conj(flipped) if jnp.iscomplexobj(flipped) else flipped
