"""Zernike series at the voxels of a ball, and sums over them."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float, Int

from ._bands import bands, pack, unpack
from ._indices import moment_labels
from ._legendre import legendre_rows, sectoral_next, sectoral_start
from ._octants import Octants, fold_images, unfold_images
from ._radial import radial_table

# Voxels (of an eighth of the ball's upper half) handled at once: enough to keep loops busy, few enough for the cache.
_BLOCK = 8192


class BallVoxels(eqx.Module):
    r"""The voxels of a box inside a ball about the voxel at index n // 2, and what series at them need to know.

    $$ f_v = \sum_{nlm} M_{nlm} \sqrt{2n+3}\, R_{nl}(r_v)\, Y_{lm}(\hat v), \qquad
       \sum_v f_v\, \overline{Z_{nlm}(v / R)} / R^3 $$

    Voxels at one distance share the radial sums over n; those of one direction in the octant share the Legendre
    functions, and eight of a plane the powers of $e^{i\varphi}$. Both sums are exact, and transposes but for
    the factor.

    Voxels of one distance stand in columns, which end with some of no weight; a block is an array of columns.

    Arguments:
        order: The largest n.
        box: Voxels along a side.
        radius: Of the ball, in voxels.
    """

    order: int = eqx.field(static=True)
    scale: float = eqx.field(static=True)
    directions: Float[Array, "blocks 4 w c"]
    weight: Float[Array, "blocks w c"]
    radius: Float[Array, "blocks c"]
    depth: Float[Array, "blocks c"]
    sources: Int[Array, "z y x"]
    voxels: Int[Array, "blocks 2 8 w c"]

    def __init__(self, order: int, box: int, radius: float):
        # The limit itself belongs to the ball.
        octants = Octants.within(min(box // 2, int(radius)), radius**2 * (1 + 1e-12))
        places = _columns(octants.shell)
        filled = places >= 0
        distances = octants.shell[places.max(axis=1)] / radius**2
        # Voxels in the plane z = 0 are their own images below.
        weight = octants.weight * np.where(octants.c == 0, 0.5, 1)
        self.order = order
        self.scale = radius**-3
        self.directions = jnp.asarray(np.moveaxis(octants.directions[:, places], 0, 1), float)
        self.weight = jnp.asarray(np.where(filled, weight[places], 0), float)
        self.radius = jnp.asarray(np.sqrt(distances).clip(max=1), float)
        self.depth = jnp.asarray(2 * (1 - distances).clip(min=0), float)
        voxels = _voxels(octants, box)[..., places]
        indices = np.moveaxis(np.where(filled, voxels, box**3), 2, 0)
        self.voxels = jnp.asarray(indices)
        self.sources = jnp.asarray(_sources(indices, box))

    def values(self, moments: Complex[Array, " moments"]) -> Float[Array, "z y x"]:
        """The series at the voxels; zero outside of the ball."""
        n, _, m = moment_labels(self.order)
        dtype = jnp.finfo(moments.dtype).dtype
        # Terms with m < 0 are the conjugates of those with m > 0.
        scaled = moments * jnp.asarray(np.sqrt(2 * n + 3) * np.where(m > 0, 2, 1), dtype)
        coefficients = unpack(scaled, self.order)
        legendre = [band.legendre_tables(dtype) for band in bands(self.order)]

        # Legendre functions are made again on the way back: kept, they would be larger than the map by the order.
        @jax.checkpoint
        def values_of(block: tuple) -> Array:
            directions, radius, depth = block
            return _series(directions, radial_table(self.order, radius, depth), coefficients, legendre)

        tables = (leaf.astype(dtype) for leaf in (self.directions, self.radius, self.depth))
        values = jax.lax.map(values_of, tuple(tables))
        return jnp.concatenate([values.ravel(), jnp.zeros(1, dtype)])[self.sources]

    def moments(self, volume: Float[Array, "z y x"]) -> Complex[Array, " moments"]:
        """The sums over the voxels: moments of a map that ends inside the ball, to a precision far below its noise."""
        dtype = volume.dtype
        padded = jnp.concatenate([volume.ravel(), jnp.zeros(1, dtype)])
        legendre = [band.legendre_tables(dtype) for band in bands(self.order)]

        @jax.checkpoint
        def add(sums: list[Array], block: tuple) -> tuple[list[Array], None]:
            voxels, weight, directions, radius, depth = block
            found = _sums(padded[voxels] * weight, directions, radial_table(self.order, radius, depth), legendre)
            return [a + b for a, b in zip(sums, found, strict=True)], None

        zeros = [
            jnp.zeros((b.width, 2, b.pairs, b.pairs), jnp.result_type(dtype, jnp.complex64)) for b in bands(self.order)
        ]
        tables = (leaf.astype(dtype) for leaf in (self.weight, self.directions, self.radius, self.depth))
        sums, _ = jax.lax.scan(add, zeros, (self.voxels, *tables))
        n = moment_labels(self.order)[0]
        return pack(sums, self.order) * jnp.asarray(self.scale * np.sqrt(2 * n + 3), dtype)


def _columns(shell: Int[np.ndarray, " orbits"]) -> Int[np.ndarray, "blocks w c"]:
    """Places among orbits sorted by shell, in columns of one shell; −1 where a column has no more."""
    first, counts = np.unique(shell, return_index=True, return_counts=True)[1:]
    # Short columns waste few voxels, long ones share more of the radial sums.
    height = int(2 ** np.ceil(np.log2(max(counts.mean() / 2, 4))))
    parts = -(-counts // height)
    start = np.repeat(first, parts) + height * (np.arange(parts.sum()) - np.repeat(np.cumsum(parts) - parts, parts))
    end = np.repeat(first + counts, parts)
    places = start + np.arange(height)[:, None]
    places = np.where(places < end, places, -1)
    blocks = -(-places.size // _BLOCK)
    columns = -(-places.shape[1] // blocks)
    missing = blocks * columns - places.shape[1]
    places = np.pad(places, ((0, 0), (0, missing)), constant_values=-1)
    return np.moveaxis(places.reshape(height, blocks, columns), 1, 0)


def _voxels(octants: Octants, box: int) -> Int[np.ndarray, "2 8 orbits"]:
    """The index of each voxel in the raveled box, above and below the plane z = 0; `box`³ where it is not in it."""
    x, y = octants.images
    sides = []
    for z in (octants.c, -octants.c):
        zyx = np.stack([np.broadcast_to(z, x.shape), y, x]) + box // 2
        inside = (zyx < box).all(axis=0)
        sides.append(np.where(inside, (zyx[0] * box + zyx[1]) * box + zyx[2], box**3))
    return np.stack(sides).astype(np.int32)


def _sources(voxels: Int[np.ndarray, "blocks 2 8 w c"], box: int) -> Int[np.ndarray, "z y x"]:
    """Where each voxel stands among all values of all blocks, which end in a zero for those outside."""
    sources = np.full(box**3 + 1, voxels.size, np.int32)
    sources[voxels.ravel()] = np.arange(voxels.size)
    return sources[:-1].reshape(box, box, box)


def _series(
    directions: Float[Array, "4 w c"],
    radial: Float[Array, "2 j j c"],
    coefficients: list[Complex[Array, "_ 2 _ _"]],
    legendre: list,
) -> Float[Array, "2 8 w c"]:
    """The series above and below the plane z = 0, at eight points each."""
    shape = directions.shape[1:]
    cos_theta, sin_theta, cos_phi, sin_phi = directions.reshape(4, -1)

    def step(state: tuple, row: tuple) -> tuple[tuple, None]:
        sectoral, phase, turned, reflected = state
        m, (factors, starts), columns = row
        rows = legendre_rows(factors, starts, cos_theta, sectoral)
        even, odd = (
            jnp.sum(functions.reshape(-1, *shape) * sums[:, None], axis=0).ravel()
            for functions, sums in zip(rows, columns, strict=True)
        )
        # Functions with l + m odd change their sign from above to below.
        series = jnp.stack([even + odd, jnp.where(m % 2 == 0, 1, -1) * (even - odd)])
        turned = turned.at[m % 4].add(series * phase)
        reflected = reflected.at[m % 4].add(series * phase.conj())
        sectoral = sectoral_next(m.astype(sectoral.dtype), sin_theta, sectoral)
        return (sectoral, phase * jax.lax.complex(cos_phi, sin_phi), turned, reflected), None

    start = sectoral_start(cos_theta)
    empty = jnp.zeros((4, 2, start.size), coefficients[0].dtype)
    state, first = (start, jax.lax.complex(jnp.ones_like(start), jnp.zeros_like(start)), empty, empty), 0
    for tables, values in zip(legendre, coefficients, strict=True):
        numbers = jnp.arange(first, first + len(values))
        columns = _both("mpln,plnc->mplc", values, radial[:, first // 2 :, first // 2 :])
        state, _ = jax.lax.scan(step, state, (numbers, tables, columns))
        first += len(values)
    _, _, turned, reflected = state
    return jax.vmap(unfold_images, in_axes=1)(turned, reflected).reshape(2, 8, *shape)


def _sums(
    values: Float[Array, "2 8 w c"],
    directions: Float[Array, "4 w c"],
    radial: Float[Array, "2 j j c"],
    legendre: list,
) -> list[Complex[Array, "_ 2 _ _"]]:
    """The transpose of `_series`, for every band: sums by azimuthal number, parity, degree and order."""
    shape = directions.shape[1:]
    cos_theta, sin_theta, cos_phi, sin_phi = directions.reshape(4, -1)
    summed, differences = jax.vmap(fold_images, out_axes=1)(values.reshape(2, 8, -1))

    def step(state: tuple, row: tuple) -> tuple[tuple, Array]:
        sectoral, phase = state
        m, (factors, starts) = row
        above, below = phase.real * summed[m % 4] + phase.imag * differences[m % 4]
        below = jnp.where(m % 2 == 0, 1, -1) * below
        rows = legendre_rows(factors, starts, cos_theta, sectoral)
        columns = [
            jnp.sum((functions * field).reshape(-1, *shape), axis=1)
            for functions, field in zip(rows, (above + below, above - below), strict=True)
        ]
        sectoral = sectoral_next(m.astype(sectoral.dtype), sin_theta, sectoral)
        return (sectoral, phase * jax.lax.complex(cos_phi, sin_phi)), jnp.stack(columns)

    start = sectoral_start(cos_theta)
    state, first, sums = (start, jax.lax.complex(jnp.ones_like(start), jnp.zeros_like(start))), 0, []
    for tables in legendre:
        numbers = jnp.arange(first, first + len(tables[1]))
        state, columns = jax.lax.scan(step, state, (numbers, tables))
        sums.append(_both("mplc,plnc->mpln", columns, radial[:, first // 2 :, first // 2 :]))
        first += len(numbers)
    return sums


def _both(subscripts: str, values: Complex[Array, "..."], table: Float[Array, "..."]) -> Complex[Array, "..."]:
    """A product with a real table: two real ones, which cost half of a complex one."""
    parts = [
        jnp.einsum(subscripts, part, table, precision=jax.lax.Precision.HIGHEST) for part in (values.real, values.imag)
    ]
    return jax.lax.complex(*parts)
