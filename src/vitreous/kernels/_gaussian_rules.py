r"""Gaussians added to a grid and read from it: one closed family of two operations.

`gaussian_spread` adds windows of Gaussians, or of any derivatives of them, to images or volumes; `gaussian_gather`
reads those through the same windows, and each is the transpose of the other. An isotropic Gaussian obeys the heat
equation, $\partial G/\partial\sigma^2 = \tfrac12\nabla^2 G$, so derivatives in the variance are some in the position.
Every derivative, forward or reverse and of any order, is then one of the two operations, in one pass over the atoms.
The first axis of all operands counts separate images or volumes.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from vitreous._core import Rules, array_type, define_primitive, is_zero

from ._backends import Backend, platform_forms, resolve
from ._gaussian_jax import Lattice, Orders, gather_jax, spread_jax
from ._gaussian_native import gather_native, spread_native
from ._gaussian_pallas import gather_pallas, spread_pallas


def gaussian_spread(
    positions: Float[Array, "n d"],
    amplitudes: Float[Array, "n g"],
    variances: Float[Array, "n g"],
    half_widths: Float[Array, " n"],
    *,
    lattice: Lattice,
    backend: Backend = Backend.AUTO,
) -> Float[Array, "..."]:
    """Isotropic Gaussians summed on a grid, each within a window, as in `_gaussian_jax`.

    Differentiable in positions, amplitudes and variances, forward and reverse and any number of times.

    Arguments:
        positions: Centres (x, y[, z]) in grid steps from the origin.
        amplitudes: Integral of each Gaussian.
        variances: In grid steps squared.
        half_widths: Of each position's window, in whole steps; they are not differentiated.
        lattice: The grid.
        backend: What computes it.

    Examples:
        >>> from vitreous.grids import Sampling
        >>> grid = Lattice((8, 9), Sampling.AVERAGE)
        >>> one = jnp.ones((1, 1))
        >>> image = gaussian_spread(jnp.zeros((1, 2)), one, one, jnp.array([3.0]), lattice=grid)
        >>> image.shape, round(float(image[4, 4]), 4)
        ((8, 9), 0.1466)
    """
    value = ((0,) * (len(lattice.shape) + 1),)
    operands = (positions[None], amplitudes[None, None], variances[None], half_widths[None])
    return _spread(*operands, orders=value, lattice=lattice, backend=resolve(backend))[0]


def gaussian_gather(
    grid: Float[Array, "..."],
    positions: Float[Array, "n d"],
    variances: Float[Array, "n g"],
    half_widths: Float[Array, " n"],
    *,
    lattice: Lattice,
    backend: Backend = Backend.AUTO,
) -> Float[Array, "n g"]:
    """A grid's sums through the windows of Gaussians: the transpose of `gaussian_spread` in its amplitudes.

    Arguments:
        grid: Values on the grid.
        positions: Centres (x, y[, z]) in grid steps from the origin.
        variances: In grid steps squared.
        half_widths: Of each position's window, in whole steps; they are not differentiated.
        lattice: The grid.
        backend: What computes it.

    Examples:
        >>> from vitreous.grids import Sampling
        >>> grid = Lattice((8, 9), Sampling.AVERAGE)
        >>> atom = jnp.zeros((1, 2)), jnp.ones((1, 1)), jnp.array([3.0])
        >>> round(float(gaussian_gather(jnp.ones((8, 9)), *atom, lattice=grid)[0, 0]), 3)  # all but what is beyond 3 σ
        0.999
    """
    value = ((0,) * (len(lattice.shape) + 1),)
    operands = (grid[None], positions[None], variances[None], half_widths[None])
    return _gather(*operands, orders=value, lattice=lattice, backend=resolve(backend))[0, 0]


def _along_positions(orders: Orders) -> Orders:
    """Every order once more differentiated along x, or y, or z."""
    d = len(orders[0]) - 1
    return tuple(tuple(m + (axis == i) for i, m in enumerate(order)) for order in orders for axis in range(d))


def _along_variances(orders: Orders) -> Orders:
    """Every order with one more Laplacian, of which a derivative in the variance is a half."""
    return tuple((*order[:-1], order[-1] + 1) for order in orders)


def _slopes(positions_dot, variances_dot, orders: Orders) -> tuple[Orders, list[Array]]:
    """Orders of the derivatives along a tangent, and the factors of those of one order, `m c n 1` or `m c n g`.

    Those along the positions come first, c = d of each order, then one of each along the variances.
    """
    raised, factors = (), []
    if not is_zero(positions_dot):
        raised += _along_positions(orders)
        factors.append(jnp.moveaxis(positions_dot, -1, 1)[..., None])
    if not is_zero(variances_dot):
        raised += _along_variances(orders)
        factors.append(variances_dot[:, None] / 2)
    return raised, factors


def _products(amplitudes: Array, factors: Array) -> Array:
    """Amplitudes `m k n g` times factors `m c n 1` or `m c n g`, as `m (k c) n g`.

    Where Gaussians share a factor they are taken one by one: the transpose is a sum over them, a short axis, over which
    XLA's product of matrices takes a hundred times as long as sums written out.
    """
    m, _, n, g = amplitudes.shape
    if factors.shape[-1] == g:
        products = amplitudes[:, :, None] * factors[:, None]
    else:
        one = factors[:, None, :, :, 0]
        products = jnp.stack([amplitudes[:, :, None, :, i] * one for i in range(g)], axis=-1)
    return products.reshape(m, -1, n, g)


def _spread_jvp(primals, tangents, *, orders, **static):
    (positions, amplitudes, variances, half_widths), (positions_dot, amplitudes_dot, variances_dot, _) = (
        primals,
        tangents,
    )
    image = _spread(*primals, orders=orders, **static)
    raised, factors = _slopes(positions_dot, variances_dot, orders)
    parts = [_products(amplitudes, factor) for factor in factors]
    if not is_zero(amplitudes_dot):
        raised, parts = orders + raised, [amplitudes_dot, *parts]
    return image, _spread(positions, jnp.concatenate(parts, axis=1), variances, half_widths, orders=raised, **static)


def _gather_jvp(primals, tangents, *, orders, **static):
    (_, positions, variances, half_widths), (grid_dot, positions_dot, variances_dot, _) = primals, tangents
    raised, factors = _slopes(positions_dot, variances_dot, orders)
    values = _gather(*primals, orders=orders + raised, **static)
    result, tangent, start = values[:, : len(orders)], 0.0, len(orders)
    for factor in factors:
        m, c, n, _ = factor.shape
        slopes = values[:, start : start + len(orders) * c].reshape(m, len(orders), c, n, -1)
        tangent = tangent + sum(slopes[:, :, i] * factor[:, None, i] for i in range(c))
        start += len(orders) * c
    if not is_zero(grid_dot):
        tangent = tangent + _gather(grid_dot, positions, variances, half_widths, orders=orders, **static)
    return result, tangent


def _spread_transpose(cotangent, positions, amplitudes, variances, half_widths, **static):
    if is_zero(cotangent):
        return None, None, None, None
    return None, _gather(cotangent, positions, variances, half_widths, **static), None, None


def _gather_transpose(cotangent, grid, positions, variances, half_widths, **static):
    if is_zero(cotangent):
        return None, None, None, None
    return _spread(positions, cotangent, variances, half_widths, **static), None, None, None


def _folded(operands, axes, into: int = 0) -> tuple[list[Array], int]:
    """Operands whose batch is part of axis `into` of each, and the size of the batch; unbatched ones are repeated."""
    b = next(x.shape[axis] for x, axis in zip(operands, axes, strict=True) if axis is not None)

    def fold(x: Array, axis: int | None) -> Array:
        spread_out = jnp.broadcast_to(x, (b, *x.shape)) if axis is None else jnp.moveaxis(x, axis, 0)
        moved = jnp.moveaxis(spread_out, 0, into)
        return moved.reshape(*moved.shape[:into], -1, *moved.shape[into + 2 :])

    return [fold(x, axis) for x, axis in zip(operands, axes, strict=True)], b


def _batch_spread(operands, axes, **static):
    folded, b = _folded(operands, axes)
    images = _spread(*folded, **static)
    return images.reshape(b, -1, *images.shape[1:]), 0


def _batch_gather(operands, axes, **static):
    """Batched positions at one grid are one longer list of positions; the grid is not copied."""
    if axes[0] is not None:
        folded, b = _folded(operands, axes)
        values = _gather(*folded, **static)
        return values.reshape(b, -1, *values.shape[1:]), 0
    folded, b = _folded(operands[1:], axes[1:], into=1)
    values = _gather(operands[0], *folded, **static)
    return values.reshape(*values.shape[:2], b, -1, values.shape[-1]), 2


def _spread_abstract(positions, amplitudes, variances, half_widths, *, orders, lattice, backend):
    return array_type((positions.shape[0], *lattice.shape), amplitudes.dtype)


def _gather_abstract(grid, positions, variances, half_widths, *, orders, lattice, backend):
    return array_type((positions.shape[0], len(orders), *variances.shape[1:]), grid.dtype)


_spread_forms = platform_forms(spread_jax, native=spread_native, pallas=spread_pallas)
_gather_forms = platform_forms(gather_jax, native=gather_native, pallas=gather_pallas)

_spread = define_primitive(
    "gaussian_spread",
    Rules(_spread_forms[None], _spread_abstract, _spread_jvp, _spread_transpose, _batch_spread, _spread_forms),
)
_gather = define_primitive(
    "gaussian_gather",
    Rules(_gather_forms[None], _gather_abstract, _gather_jvp, _gather_transpose, _batch_gather, _gather_forms),
)
