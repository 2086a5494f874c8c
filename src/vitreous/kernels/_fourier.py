r"""Reading a Fourier grid at points and on planes, and filling it: slices and their adjoint."""

import jax.numpy as jnp
from jaxtyping import Array, Float, Inexact

from vitreous._core import InputError

from . import _fourier_rules as rules
from ._backends import Backend, resolve
from ._fourier_jax import VALUE
from ._half_grid import apron_width
from ._interpolant import Interpolant
from ._plane import Plane


def fourier_gather(
    grid: Inexact[Array, "za ya xa"],
    points: Float[Array, "p 3"],
    interpolant: Interpolant,
    *,
    backend: Backend = Backend.AUTO,
) -> Inexact[Array, " p"]:
    r"""Interpolate a half spectrum at points: $f(u) = \sum_j F_j\,\varphi(u - j)$ over the window's points.

    Points with $u_x < 0$ are read at $-u$ and conjugated. Along z and y the spectrum is periodic. Differentiable in
    grid and points, forward and reverse; batched points are read in one pass without copying the grid.

    Arguments:
        grid: Half spectrum with its apron (`add_apron`), divided on its other side by the window's transform.
        points: Positions (x, y, z) in grid steps; $|u_x|$ at most half the size along x. Those that are no numbers,
            or 2²² steps away or more, give NaN.
        interpolant: The window.
        backend: Which program computes it.

    Returns:
        The values, of the grid's dtype.

    Raises:
        InputError: The backend cannot be used here, or the grid is smaller than a window.

    Examples:
        >>> from vitreous.kernels import add_apron, linear_interpolant
        >>> grid = add_apron(jnp.ones((8, 8, 5), complex), x_size=8, apron=2)
        >>> value = fourier_gather(grid, jnp.array([[-1.5, 0.25, 2.0]]), linear_interpolant())
        >>> round(abs(complex(value[0])), 6)
        1.0
    """
    _check(grid.shape, interpolant)
    return rules.gather(
        grid[None],
        _like(grid, points)[None],
        interpolant=interpolant,
        orders=VALUE,
        plane=None,
        backend=resolve(backend),
    )[0, 0]


def fourier_spread(
    values: Inexact[Array, " p"],
    points: Float[Array, "p 3"],
    interpolant: Interpolant,
    *,
    shape: tuple[int, int, int],
    backend: Backend = Backend.AUTO,
) -> Inexact[Array, "za ya xa"]:
    r"""Add values into a half spectrum: $F_j = \sum_p v_p\,\varphi(u_p - j)$, the adjoint of `fourier_gather`.

    $\mathrm{Re}\langle\text{gather}(F, u), v\rangle = \mathrm{Re}\langle F, \text{spread}(v, u)\rangle$. Values of
    points with $u_x < 0$ are conjugated and added at $-u$.

    Arguments:
        values: What to add, real or complex.
        points: Positions (x, y, z) in grid steps.
        interpolant: The window.
        shape: Shape of the grid with its apron.
        backend: Which program computes it.

    Raises:
        InputError: The backend cannot be used here, or the shape is smaller than a window.

    Examples:
        >>> from vitreous.kernels import linear_interpolant
        >>> grid = fourier_spread(jnp.ones(1), jnp.array([[1.0, 0.5, 0.0]]), linear_interpolant(), shape=(12, 12, 9))
        >>> round(float(grid.sum()), 6)
        1.0
    """
    _check(shape, interpolant)
    return rules.spread(
        values[None, None],
        _like(values, points)[None],
        interpolant=interpolant,
        orders=VALUE,
        plane=None,
        shape=tuple(shape),
        backend=resolve(backend),
    )[0]


def fourier_slice(
    grid: Inexact[Array, "za ya xa"],
    matrix: Float[Array, "3 2"],
    interpolant: Interpolant,
    *,
    plane: Plane,
    backend: Backend = Backend.AUTO,
) -> Inexact[Array, "y xh"]:
    r"""Read a half spectrum on a plane through its origin: $f(k) = \text{gather}(F, A k)$ at the modes k of an image.

    The central slice of Bracewell 1956 (Aust. J. Phys. 9, 198), without a list of points in memory. Differentiable in
    grid and matrix; a batch of matrices is one pass.

    Arguments:
        grid: Half spectrum with its apron.
        matrix: A, which takes whole modes $(k_x, k_y)$ of the image to positions (x, y, z) in grid steps: the first
            two columns of a rotation, for an image and a grid of the same extent.
        interpolant: The window.
        plane: Which modes are read; the others are zero.
        backend: Which program computes it.

    Returns:
        The half spectrum of the image.

    Raises:
        InputError: The backend cannot be used here, or the grid is smaller than a window.

    Examples:
        >>> from vitreous.kernels import Plane, add_apron, linear_interpolant
        >>> grid = add_apron(jnp.ones((8, 8, 5), complex), x_size=8, apron=2)
        >>> spectrum = fourier_slice(grid, jnp.eye(3)[:, :2], linear_interpolant(), plane=Plane.disc((8, 8)))
        >>> spectrum.shape, float(jnp.abs(spectrum).sum())
        ((8, 5), 26.0)
    """
    _check(grid.shape, interpolant)
    return rules.gather(
        grid[None],
        _like(grid, matrix)[None, None],
        interpolant=interpolant,
        orders=VALUE,
        plane=plane,
        backend=resolve(backend),
    )[0, 0, 0]


def insert_slices(
    grids: tuple[Inexact[Array, "za ya xa"], Float[Array, "za ya xa"]],
    values: Inexact[Array, "n y xh"],
    weights: Float[Array, "n y xh"],
    *,
    matrices: Float[Array, "g n 3 2"],
    interpolant: Interpolant,
    plane: Plane,
    backend: Backend = Backend.AUTO,
) -> tuple[Inexact[Array, "za ya xa"], Float[Array, "za ya xa"]]:
    r"""Add spectra of images, and weights at the same places, into two grids: the adjoint of `fourier_slice`.

    $$ N \mathrel{+}= \sum_{g,n,k} y_n(k)\,\varphi(A_{gn}k - \cdot), \qquad
       W \mathrel{+}= \sum_{g,n,k} w_n(k)\,\varphi(A_{gn}k - \cdot) $$

    Both grids are filled in one pass, in their own memory where the caller donates them (`jax.jit(…,
    donate_argnums=…)`), without a volume or a list of points for an image or a copy.

    Arguments:
        grids: N, complex, and W, real, half spectra with their aprons.
        values: Half spectra y.
        weights: w.
        matrices: A of each symmetry copy g of each image n, see `fourier_slice`.
        interpolant: The window.
        plane: Which modes are added.
        backend: Which program computes it.

    Returns:
        N and W with the images added.

    Raises:
        InputError: The backend cannot be used here, or the shapes do not fit together.

    Examples:
        >>> from vitreous.kernels import Plane, linear_interpolant
        >>> grids = jnp.zeros((12, 12, 9), complex), jnp.zeros((12, 12, 9))
        >>> images = jnp.ones((1, 8, 5))
        >>> n, w = insert_slices(grids, images + 0j, images, matrices=jnp.eye(3)[None, None, :, :2],
        ...                      interpolant=linear_interpolant(), plane=Plane.disc((8, 8)))
        >>> round(float(w.sum()), 6)
        26.0
    """
    numerator, weight = grids
    _check(numerator.shape, interpolant)
    g, n = matrices.shape[:2]
    if numerator.shape != weight.shape or values.shape != weights.shape or values.shape[1:] != plane.spectrum_shape:
        raise InputError(
            f"grids of shape {numerator.shape} and {weight.shape}, spectra {values.shape} and weights {weights.shape} "
            f"of images of shape {plane.shape} do not fit together.",
            hint="Both grids have one shape, and values and weights are half spectra (n, y, x // 2 + 1).",
        )
    return tuple(
        rules.insert(
            numerator,
            weight,
            values.astype(numerator.dtype),
            weights.astype(weight.dtype),
            _like(weight, matrices).reshape(g * n, 3, 2),
            interpolant=interpolant,
            plane=plane,
            backend=resolve(backend),
        )
    )


def _like(grid: Array, points: Array) -> Array:
    """Points in the precision of the grid, whichever program reads it."""
    return points.astype(jnp.finfo(grid.dtype).dtype)


def _check(shape: tuple[int, ...], interpolant: Interpolant) -> None:
    apron = apron_width(interpolant.width)
    if shape[0] <= 2 * apron or shape[1] <= 2 * apron or shape[2] < interpolant.width:
        raise InputError(
            f"a grid of shape {tuple(shape)} is smaller than its apron of {apron} on either side.",
            hint="Use vitreous.kernels.add_apron, and a wider map or a narrower window.",
        )
