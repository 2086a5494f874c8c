"""Zernike moments from the Fourier modes of a map, in closed form."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float, Int

from vitreous.grids import rfftn

from ._bands import Band, bands, pack
from ._bessel import spherical_bessel
from ._indices import moment_labels
from ._legendre import legendre_rows, sectoral_next, sectoral_start
from ._octants import Octants, fold_images

# Modes handled at once: enough for matrix products at full speed, and few enough to stay in the cache.
_BLOCK = 8192


class FourierModes(eqx.Module):
    r"""The modes of a periodic box inside its Nyquist sphere, and what moments of a ball need to know of them.

    A map is the sum $f(x) = \sum_k c_k e^{2\pi i k \cdot x / n}$ of the modes inside the Nyquist sphere, as everywhere
    in this library. The integral of a plane wave over the ball with a Zernike function is a spherical Bessel function
    (Mathar 2009, Serb. Astron. J. 179, 107), so

    $$ M_{nlm} = 4\pi\, i^n \sqrt{2n+3} \sum_k c_k \frac{j_{n+1}(\kappa)}{\kappa} \overline{Y_{lm}(\hat k)},
       \qquad \kappa = 2\pi |k| R / n $$

    exactly: nothing is interpolated, and the sharp edge of the ball is accounted for. Since k is on a lattice, few
    values of κ occur, and $Y_{lm}$ is needed in one eighth of each plane only.

    Arguments:
        order: The largest n.
        box: Voxels along a side, padding included.
        radius: Of the ball, in voxels.
    """

    box: int = eqx.field(static=True)
    rows: Int[Array, "8 modes"]
    heights: Int[Array, " modes"]
    weight: Float[Array, "blocks p"]
    directions: Float[Array, "blocks 4 p"]
    shell: Int[Array, "blocks p"]
    bessel: Float[Array, "shells n"]
    order: int = eqx.field(static=True)

    def __init__(self, order: int, box: int, radius: float):
        octants = Octants.within((box - 1) // 2, box**2 / 4)
        blocks = -(-len(octants) // _BLOCK)
        length = -(-len(octants) // blocks)

        def blocked(values: np.ndarray) -> np.ndarray:
            padding = [(0, 0)] * (values.ndim - 1) + [(0, blocks * length - len(octants))]
            return np.moveaxis(np.pad(values, padding).reshape(*values.shape[:-1], blocks, length), -2, 0)

        x, y = octants.images
        self.order = order
        self.box = box
        self.rows = jnp.asarray(x % box * box + y % box)
        self.heights = jnp.asarray(octants.c)
        # A mode and its mirror image −k together are twice a real or imaginary part; in the plane c = 0 both are there.
        self.weight = jnp.asarray(blocked(octants.weight * np.where(octants.c == 0, 1, 2)), float)
        self.directions = jnp.asarray(blocked(octants.directions), float)
        self.shell = jnp.asarray(blocked(octants.shell))
        kappa = 2 * np.pi * radius / box * np.sqrt(np.arange(octants.shell.max() + 1))
        # One order more than asked for, so that orders come in pairs of an even and an odd one.
        functions = spherical_bessel(order + 2, kappa)[1:] / np.where(kappa > 0, kappa, 1)
        functions[0, 0] = 1 / 3
        self.bessel = jnp.asarray(functions.T, float)

    def moments(self, volume: Float[Array, "z y x"]) -> Complex[Array, " moments"]:
        """The moments of a map that fills the box."""
        tables = jax.tree.map(lambda leaf: leaf.astype(volume.dtype) if eqx.is_inexact_array(leaf) else leaf, self)
        return tables._moments(volume)

    def _moments(self, volume: Array) -> Array:
        blocks = self.weight.shape[0]
        modes = jnp.moveaxis(self._padded(self._gathered(volume)).reshape(8, blocks, -1), 1, 0)
        legendre = [band.legendre_tables(volume.dtype) for band in bands(self.order)]

        # Legendre functions are made again on the way back: kept, they would be larger than the map by the order.
        @jax.checkpoint
        def add(sums: list[Array], block: tuple) -> tuple[list[Array], None]:
            values, directions, shell = block
            found = _moments_of_block(values, directions, self.bessel[shell], self.order, legendre)
            return [a + b for a, b in zip(sums, found, strict=True)], None

        zeros = [jnp.zeros((b.width, 2, 2, b.pairs, b.pairs), volume.dtype) for b in bands(self.order)]
        sums, _ = jax.lax.scan(add, zeros, (modes * self.weight[:, None], self.directions, self.shell))
        packed = pack([jax.lax.complex(s[:, :, 0], s[:, :, 1]) for s in sums], self.order)
        n = moment_labels(self.order)[0]
        # iⁿ, and another i for odd n, where the part that remains of c and its mirror image is imaginary.
        signs = np.where((n + 1) // 2 % 2 == 0, 1, -1)
        return packed * jnp.asarray(4 * np.pi * np.sqrt(2 * n + 3) * signs, volume.dtype)

    def _gathered(self, volume: Array) -> Complex[Array, "8 modes"]:
        spectrum = rfftn(jnp.transpose(volume, (2, 1, 0))) / volume.size
        return spectrum.reshape(self.box**2, -1)[self.rows, self.heights]

    def _padded(self, values: Complex[Array, "8 modes"]) -> Complex[Array, "8 padded"]:
        return jnp.pad(values, ((0, 0), (0, self.weight.size - values.shape[1])))


def _moments_of_block(
    values: Complex[Array, "8 p"],
    directions: Float[Array, "4 p"],
    bessel: Float[Array, "p n"],
    order: int,
    legendre: list,
) -> list[Float[Array, "_ 2 2 _ _"]]:
    """What a block of modes adds, for every band: azimuthal number, parity, real and imaginary part, degree, order."""
    cos_theta, sin_theta, cos_phi, sin_phi = directions
    # Even orders see the even part of the map, whose spectrum is real, odd orders the odd part.
    folds = [fold_images(part) for part in (values.real, values.imag)]
    summed, differences = (jnp.stack(parts) for parts in zip(*folds, strict=True))

    def step(state: tuple, row: tuple, *, band: Band) -> tuple[tuple, Array]:
        sectoral, cos_m, sin_m = state
        m, coefficients, starts = row
        azimuthal = cos_m * summed[:, m % 4] + sin_m * differences[:, m % 4]
        rows = legendre_rows(coefficients, starts, cos_theta, sectoral)
        found = [
            _contract(functions, field, bessel[:, band.first + parity :: 2][:, : band.pairs])
            for parity, (functions, field) in enumerate(zip(rows, azimuthal, strict=True))
        ]
        turned = cos_m * cos_phi - sin_m * sin_phi, sin_m * cos_phi + cos_m * sin_phi
        return (sectoral_next(m.astype(sectoral.dtype), sin_theta, sectoral), *turned), jnp.stack(found)

    state = (sectoral_start(cos_theta), jnp.ones_like(cos_theta), jnp.zeros_like(cos_theta))
    sums = []
    for band, tables in zip(bands(order), legendre, strict=True):
        numbers = jnp.arange(band.first, band.end)
        state, found = jax.lax.scan(lambda *args, band=band: step(*args, band=band), state, (numbers, *tables))
        sums.append(found)
    return sums


def _contract(
    legendre: Float[Array, "l p"], field: Complex[Array, " p"], bessel: Float[Array, "p n"]
) -> Float[Array, "2 l n"]:
    products = jnp.concatenate([legendre * field.real, legendre * field.imag])
    return jnp.dot(products, bessel, precision=jax.lax.Precision.HIGHEST).reshape(2, len(legendre), -1)
