"""Zernike series at the voxels of a ball."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float, Int

from ._bands import Band, bands, unpack
from ._indices import moment_labels
from ._legendre import legendre_rows, sectoral_next, sectoral_start
from ._octants import Octants, unfold_images
from ._radial import radial_table

# Voxels (of an eighth of the ball's upper half) handled at once.
_BLOCK = 8192


class BallVoxels(eqx.Module):
    r"""The voxels of a box inside a ball about the voxel at index n // 2, and what series at them need to know.

    $$ f = \sum_{nlm} M_{nlm} \sqrt{2n+3}\, R_{nl}(|x|)\, Y_{lm}(\hat x), \qquad x = v / R $$

    Voxels at one distance share the radial sums over n, which are done first; those of one direction in the octant
    share the Legendre functions, and eight of a plane the powers of $e^{i\varphi}$. The values are exact.

    Arguments:
        order: The largest n.
        box: Voxels along a side.
        radius: Of the ball, in voxels.
    """

    order: int = eqx.field(static=True)
    directions: Float[Array, "blocks 4 p"]
    shell: Int[Array, "blocks p"]
    radius: Float[Array, "blocks s"]
    depth: Float[Array, "blocks s"]
    sources: Int[Array, "z y x"]

    def __init__(self, order: int, box: int, radius: float):
        # The limit itself belongs to the ball.
        octants = Octants.within(min(box // 2, int(radius)), radius**2 * (1 + 1e-12))
        blocks = -(-len(octants) // _BLOCK)
        length = -(-len(octants) // blocks)
        places = np.minimum(np.arange(blocks * length), len(octants) - 1).reshape(blocks, length)
        squared = octants.shell[places]
        shells = [np.unique(block, return_inverse=True) for block in squared]
        most = max(len(values) for values, _ in shells)
        distances = np.stack([np.pad(values, (0, most - len(values)), mode="edge") for values, _ in shells])
        self.order = order
        self.directions = jnp.asarray(np.moveaxis(octants.directions[:, places], 0, 1), float)
        self.shell = jnp.asarray(np.stack([inverse for _, inverse in shells]))
        relative = distances / radius**2
        self.radius = jnp.asarray(np.sqrt(relative).clip(max=1), float)
        self.depth = jnp.asarray(2 * (1 - relative).clip(min=0), float)
        self.sources = jnp.asarray(_sources(octants, box, blocks, length))

    def values(self, moments: Complex[Array, " moments"]) -> Float[Array, "z y x"]:
        """The series at the voxels; zero outside of the ball."""
        dtype = jnp.finfo(moments.dtype).dtype
        tables = jax.tree.map(lambda leaf: leaf.astype(dtype) if eqx.is_inexact_array(leaf) else leaf, self)
        return tables._values(moments)

    def _values(self, moments: Array) -> Array:
        n, _, m = moment_labels(self.order)
        dtype = self.radius.dtype
        # Terms with m < 0 are the conjugates of those with m > 0.
        scaled = moments * jnp.asarray(np.sqrt(2 * n + 3) * np.where(m > 0, 2, 1), dtype)
        coefficients = unpack(scaled, self.order)
        legendre = [band.legendre_tables(dtype) for band in bands(self.order)]

        @jax.checkpoint
        def values_of(block: tuple) -> Array:
            return _values_of_block(*block, self.order, coefficients, legendre)

        values = jax.lax.map(values_of, (self.directions, self.shell, self.radius, self.depth))
        return jnp.concatenate([values.ravel(), jnp.zeros(1, dtype)])[self.sources]


def _sources(octants: Octants, box: int, blocks: int, length: int) -> Int[np.ndarray, "z y x"]:
    """Where each voxel stands among the values "block side image place", which end in a zero for those outside."""
    extent = box // 2
    sources = np.full((2 * extent + 1,) * 3, blocks * 2 * 8 * length, np.int32)
    place = np.arange(len(octants))
    x, y = octants.images
    for side, z in enumerate((octants.c, -octants.c)):
        start = (place // length * 2 + side) * 8 * length + place % length
        sources[z + extent, y + extent, x + extent] = start + np.arange(8)[:, None] * length
    return sources[:box, :box, :box]


def _values_of_block(
    directions: Float[Array, "4 p"],
    shell: Int[Array, " p"],
    radius: Float[Array, " s"],
    depth: Float[Array, " s"],
    order: int,
    coefficients: list[Complex[Array, "m 2 j j"]],
    legendre: list,
) -> Float[Array, "2 8 p"]:
    """The series above and below the plane z = 0, at eight points each."""
    cos_theta, sin_theta, cos_phi, sin_phi = directions
    radial = radial_table(order, radius, depth)

    def step(state: tuple, row: tuple) -> tuple[tuple, None]:
        sectoral, cos_m, sin_m, turned, reflected = state
        m, (factors, starts), shells = row
        rows = legendre_rows(factors, starts, cos_theta, sectoral)
        even, odd = (jnp.sum(rows[parity] * shells[parity][:, shell], axis=0) for parity in (0, 1))
        # Functions with l + m odd change their sign from above to below.
        above, below = even + odd, jnp.where(m % 2 == 0, 1, -1) * (even - odd)
        series = jnp.stack([above, below])
        phase = jax.lax.complex(cos_m, sin_m)
        turned = turned.at[m % 4].add(series * phase)
        reflected = reflected.at[m % 4].add(series * phase.conj())
        phase = phase * jax.lax.complex(cos_phi, sin_phi)
        sectoral = sectoral_next(m.astype(sectoral.dtype), sin_theta, sectoral)
        return (sectoral, phase.real, phase.imag, turned, reflected), None

    empty = jnp.zeros((4, 2, len(shell)), coefficients[0].dtype)
    state = (sectoral_start(cos_theta), jnp.ones_like(cos_theta), jnp.zeros_like(cos_theta), empty, empty)
    for band, tables, values in zip(bands(order), legendre, coefficients, strict=True):
        sums = _radial_sums(values, radial, band)
        state, _ = jax.lax.scan(step, state, (jnp.arange(band.first, band.end), tables, sums))
    _, _, _, turned, reflected = state
    return jax.vmap(unfold_images, in_axes=1)(turned, reflected)


def _radial_sums(
    coefficients: Complex[Array, "m 2 j j"], radial: Float[Array, "2 k k s"], band: Band
) -> Complex[Array, "m 2 j s"]:
    first = band.first // 2
    table = radial[:, first:, first:]
    parts = [
        jnp.einsum("mpln,plns->mpls", part, table, precision=jax.lax.Precision.HIGHEST)
        for part in (coefficients.real, coefficients.imag)
    ]
    return jax.lax.complex(*parts)
