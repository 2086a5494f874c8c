"""Zernike series at the voxels of a ball, and sums over them."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float, Int

from ._bands import bands, pack, unpack
from ._columns import Columns, contract, series_at_columns, sum_columns
from ._indices import moment_labels
from ._octants import Octants, fold_images, unfold_images
from ._radial import radial_table


class BallVoxels(eqx.Module):
    r"""The voxels of a box inside a ball about the voxel at index n // 2, and what series at them need to know.

    $$ f_v = \sum_{nlm} M_{nlm} \sqrt{2n+3}\, R_{nl}(r_v)\, Y_{lm}(\hat v), \qquad
       \sum_v f_v\, \overline{Z_{nlm}(v / R)} / R^3 $$

    Voxels at one distance share the radial sums over n; those of one direction in the octant share the Legendre
    functions, and eight of a plane the powers of $e^{i\varphi}$. Both sums are exact, and each is the other's transpose
    but for a factor.

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
        columns = Columns.of(octants)
        relative = columns.squared_distance / radius**2
        self.order = order
        self.scale = radius**-3
        self.directions = jnp.asarray(columns.directions, float)
        # Voxels in the plane z = 0 are their own images below.
        self.weight = jnp.asarray(columns.take(octants.weight * np.where(octants.c == 0, 0.5, 1), fill=0), float)
        self.radius = jnp.asarray(np.sqrt(relative).clip(max=1), float)
        self.depth = jnp.asarray(2 * (1 - relative).clip(min=0), float)
        voxels = columns.take(_voxels(octants, box), fill=box**3)
        self.voxels = jnp.asarray(voxels)
        self.sources = jnp.asarray(_sources(voxels, box))

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
            radial = _by_band(radial_table(self.order, radius, depth), self.order)
            pairs = zip(coefficients, radial, strict=True)
            columns = [contract("mpln,plnc->mplc", values, table) for values, table in pairs]
            turned, reflected = series_at_columns(columns, directions, legendre)
            return jax.vmap(unfold_images, in_axes=1)(turned, reflected)

        tables = (leaf.astype(dtype) for leaf in (self.directions, self.radius, self.depth))
        values = jax.lax.map(values_of, tuple(tables))
        return jnp.concatenate([values.ravel(), jnp.zeros(1, dtype)])[self.sources]

    def moments(self, volume: Float[Array, "z y x"]) -> Complex[Array, " moments"]:
        """The sums over the voxels: moments of a map that ends inside the ball, to a precision far below its noise."""
        dtype = volume.dtype
        padded = jnp.concatenate([volume.ravel(), jnp.zeros(1, dtype)])
        legendre = [band.legendre_tables(dtype) for band in bands(self.order)]
        # By m modulo 4: whether the functions of even l + m are even in z, of which those of odd l are the opposite.
        signs = jnp.asarray([1, -1, 1, -1], dtype)[:, None]

        @jax.checkpoint
        def add(sums: list[Array], block: tuple) -> tuple[list[Array], None]:
            voxels, weight, directions, radius, depth = block
            values = (padded[voxels] * weight).reshape(2, 8, -1)
            summed, differences = (
                jnp.stack([above + signs * below, above - signs * below])
                for above, below in zip(fold_images(values[0]), fold_images(values[1]), strict=True)
            )
            columns = sum_columns(summed, differences, directions, legendre)
            radial = _by_band(radial_table(self.order, radius, depth), self.order)
            pairs = zip(sums, columns, radial, strict=True)
            return [total + contract("mplc,plnc->mpln", found, table) for total, found, table in pairs], None

        kind = jnp.result_type(dtype, jnp.complex64)
        zeros = [jnp.zeros((band.width, 2, band.pairs, band.pairs), kind) for band in bands(self.order)]
        tables = (leaf.astype(dtype) for leaf in (self.weight, self.directions, self.radius, self.depth))
        sums, _ = jax.lax.scan(add, zeros, (self.voxels, *tables))
        n = moment_labels(self.order)[0]
        return pack(sums, self.order) * jnp.asarray(self.scale * np.sqrt(2 * n + 3), dtype)


def _by_band(radial: Float[Array, "2 j j c"], order: int) -> list[Float[Array, "2 _ _ c"]]:
    """The degrees and orders that each band has."""
    return [radial[:, band.first // 2 :, band.first // 2 :] for band in bands(order)]


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
