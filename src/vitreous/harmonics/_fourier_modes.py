"""Zernike moments from the Fourier modes of a map, in closed form."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float, Int

from vitreous.grids import rfftn

from ._bands import Band, bands, pack
from ._bessel import spherical_bessel
from ._columns import Columns, contract, sum_columns
from ._indices import moment_labels
from ._octants import Octants, fold_images


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

    order: int = eqx.field(static=True)
    box: int = eqx.field(static=True)
    modes: Int[Array, "blocks 8 w c"]
    weight: Float[Array, "blocks w c"]
    directions: Float[Array, "blocks 4 w c"]
    bessel: Float[Array, "blocks n c"]

    def __init__(self, order: int, box: int, radius: float):
        octants = Octants.within((box - 1) // 2, box**2 / 4)
        columns = Columns.of(octants)
        x, y = octants.images
        self.order = order
        self.box = box
        self.modes = jnp.asarray(columns.take(((x % box) * box + y % box) * (box // 2 + 1) + octants.c, fill=0))
        # A mode and its mirror image −k together are twice a real or imaginary part; in the plane c = 0 both are there.
        weight = octants.weight * np.where(octants.c == 0, 1, 2)
        self.weight = jnp.asarray(columns.take(weight, fill=0), float)
        self.directions = jnp.asarray(columns.directions, float)
        kappa = 2 * np.pi * radius / box * np.sqrt(columns.squared_distance)
        self.bessel = jnp.asarray(np.moveaxis(_transforms(order + 1, kappa), 1, 0), float)

    def moments(self, volume: Float[Array, "z y x"]) -> Complex[Array, " moments"]:
        """The moments of a map that fills the box."""
        dtype = volume.dtype
        spectrum = (rfftn(jnp.transpose(volume, (2, 1, 0))) / volume.size).ravel()
        legendre = [band.legendre_tables(dtype) for band in bands(self.order)]

        # Legendre functions are made again on the way back: kept, they would be larger than the map by the order.
        @jax.checkpoint
        def add(sums: list[Array], block: tuple) -> tuple[list[Array], None]:
            modes, weight, directions, bessel = block
            values = (spectrum[modes] * weight).reshape(8, -1)
            # Even orders see the even part of the map, whose spectrum is real, odd orders the odd part.
            summed, differences = (
                jnp.stack(parts) for parts in zip(fold_images(values.real), fold_images(values.imag), strict=True)
            )
            columns = sum_columns(summed, differences, directions, legendre)
            return [
                total + contract("mplc,npc->mpln", found, _by_pairs(bessel, band))
                for total, found, band in zip(sums, columns, bands(self.order), strict=True)
            ], None

        kind = jnp.result_type(dtype, jnp.complex64)
        zeros = [jnp.zeros((band.width, 2, band.pairs, band.pairs), kind) for band in bands(self.order)]
        tables = (leaf.astype(dtype) for leaf in (self.weight, self.directions, self.bessel))
        sums, _ = jax.lax.scan(add, zeros, (self.modes, *tables))
        n = moment_labels(self.order)[0]
        # iⁿ, and another i for odd n, where the part that remains of c and its mirror image is imaginary.
        signs = np.where((n + 1) // 2 % 2 == 0, 1, -1)
        return pack(sums, self.order) * jnp.asarray(4 * np.pi * np.sqrt(2 * n + 3) * signs, dtype)


def _transforms(order: int, kappa: Float[np.ndarray, "blocks c"]) -> Float[np.ndarray, "n blocks c"]:
    """The functions j_{n+1}(κ) / κ to an order."""
    at_origin = kappa == 0
    functions = spherical_bessel(order + 1, kappa.ravel())[1:].reshape(-1, *kappa.shape)
    functions = functions / np.where(at_origin, 1, kappa)
    functions[0] = np.where(at_origin, 1 / 3, functions[0])
    return functions


def _by_pairs(bessel: Float[Array, "n c"], band: Band) -> Float[Array, "j 2 c"]:
    """The orders from a band's first on, in pairs of an even and an odd one."""
    return bessel[band.first : band.first + 2 * band.pairs].reshape(band.pairs, 2, -1)
