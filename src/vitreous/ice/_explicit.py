"""Ice, molecule by molecule."""

import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Complex, Float, Int, PRNGKeyArray

from vitreous._core import FloatLike, InputError, as_float, as_scalar, is_concrete, map_batches, not_negative, positive
from vitreous.constants import PengScatteringFactorParameters
from vitreous.grids import ImageConfig
from vitreous.io import AtomTable
from vitreous.kernels import nufft_type1
from vitreous.volumes import GaussianScatteringFactor

from ._base import AbstractIce
from ._water_box import WaterBox

_DISTANCES_AT_A_TIME = 2**22


class ExplicitWater(AbstractIce):
    r"""A layer of relaxed water molecules, around a specimen where there is one.

    The field of view is filled with a periodic box of water, layer upon layer of the height of the box. Each layer is
    the box's water turned by a random angle about the beam, with a random one of its axes along the beam, and moved
    by a random distance, so that layers do not repeat each other; between two layers, as at the edge of the (periodic)
    image, molecules do not know each other, which adds power at frequencies below 0.15 Å⁻¹ or so. Molecules whose
    oxygen is within `clearance` of an atom of the specimen are taken away.

    A sample is the projection of the molecules' potentials, exact up to the Nyquist frequency, minus the mean of the
    layer. So what the specimen displaces is accounted for: do not add `vitreous.volumes.displaced_solvent` to it.

    The molecules themselves, for a theory that sees depth, come from `atoms`.

    Arguments:
        box: The water.
        thickness: Of the layer, in Å; it reaches from $-t/2$ to $t/2$ along the beam.
        density_g_cm3: Mass density to which the box is stretched; `None` takes it as it is.
        b_factor: B-factor of the molecules in Å², for motion during the exposure.
        specimen: Positions (x, y, z) in Å of the specimen's atoms in its pose.
        clearance: Å. With 1.7 the hole has the mass of water that a protein with its hydrogens displaces, which sets
            the contrast at low resolution. With 2.4 the first molecules are where they are found around proteins, but
            the hole is half as heavy again: water that relaxes around a protein crowds at its surface, cut water does
            not.
        tiles: How many boxes (across, along the beam) fill the field of view; only needed where a size is traced by
            JAX: at least $\sqrt{w^2 + h^2}/s + 1$ for a field of $w \times h$ and the box's side $s$, and $t/s$.

    Raises:
        InputError: A length is not positive, or the clearance is negative.

    Examples:
        >>> water = np.array([[[0.0, 0.0, 0.0], [0.76, 0.59, 0.0], [-0.76, 0.59, 0.0]]])
        >>> ice = ExplicitWater(WaterBox(water, 3.1), 6.0)
        >>> ice.sample(ImageConfig((12, 13), 1.0), key=jax.random.key(0)).shape
        (12, 13)
    """

    box: WaterBox
    thickness: Float[Array, ""]
    b_factor: Float[Array, ""]
    specimen: Float[Array, "atoms 3"] | None
    clearance: Float[Array, ""]
    tiles: tuple[int, int] | None = eqx.field(static=True)

    def __init__(
        self,
        box: WaterBox,
        thickness: FloatLike,
        *,
        density_g_cm3: FloatLike | None = 0.94,
        b_factor: FloatLike = 0.0,
        specimen: Float[Array | np.ndarray, "atoms 3"] | None = None,
        clearance: FloatLike = 1.7,
        tiles: tuple[int, int] | None = None,
    ):
        self.box = box if density_g_cm3 is None else box.with_density(density_g_cm3)
        self.thickness = positive(thickness, name="thickness", hint="Use Å, such as 300.")
        self.b_factor = as_scalar(b_factor, name="b_factor")
        self.specimen = None if specimen is None else as_float(specimen)
        self.clearance = not_negative(clearance, name="clearance", hint="Use Å, such as 1.7.")
        self.tiles = tiles

    def molecules(
        self, image_config: ImageConfig, *, key: PRNGKeyArray
    ) -> tuple[Float[Array, "m 3 3"], Bool[Array, " m"]]:
        """The molecules of a sample: more than there are, and which of them are there.

        Arguments:
            image_config: Its padded shape and pixel size are the field of view.
            key: A JAX random key.

        Returns:
            Positions in Å of oxygen, hydrogen and hydrogen of each molecule, and whether it is in the layer.

        Raises:
            InputError: A size that decides how many there are is traced by JAX.
        """
        return self._placed(image_config, self._tiles(image_config), key=key)

    def atoms(self, image_config: ImageConfig, *, key: PRNGKeyArray) -> AtomTable:
        """The atoms of a sample, the same molecules as `sample` projects. Not for use under `jax.jit`.

        Arguments:
            image_config: Its padded shape and pixel size are the field of view.
            key: A JAX random key.
        """
        molecules, kept = self.molecules(image_config, key=key)
        positions = np.asarray(molecules, np.float64)[np.asarray(kept)].reshape(-1, 3)
        numbers = np.tile([8, 1, 1], len(positions) // 3)
        b_factors = np.full(len(positions), float(self.b_factor))
        return AtomTable.from_positions(positions, numbers, b_factors=b_factors, source="explicit water")

    def sample_spectrum(self, image_config: ImageConfig, *, key: PRNGKeyArray) -> Complex[Array, "y xh"]:
        """The half spectrum of a sample at the padded shape (see the class)."""
        return self._projected(image_config, self._tiles(image_config), key=key)

    @eqx.filter_jit
    def _projected(
        self, image_config: ImageConfig, tiles: tuple[int, int], *, key: PRNGKeyArray
    ) -> Complex[Array, "y xh"]:
        molecules, kept = self._placed(image_config, tiles, key=key)
        shape, pixel_size = image_config.padded_shape, image_config.pixel_size
        field = pixel_size * jnp.asarray(shape[::-1], molecules.dtype)
        table = PengScatteringFactorParameters([8, 1])
        total, mean = 0.0, 0.0
        for a, b, sites in zip(table.a, table.b, (slice(0, 1), slice(1, 3)), strict=True):
            points = molecules[:, sites, :2].reshape(-1, 2) / field
            weights = jnp.repeat(kept.astype(molecules.dtype), points.shape[0] // len(kept))
            factor = GaussianScatteringFactor(a, b + self.b_factor)
            total = total + factor(nufft_type1(weights, points, shape=shape), image_config.frequencies)
            mean = mean + jnp.sum(a) * (points.shape[0] // len(kept))
        expected = self.box.molecules_per_a3 * self.thickness * jnp.prod(field) * mean
        real = molecules.dtype
        return jnp.asarray(total).at[0, 0].add(-jnp.asarray(expected, real)) / pixel_size.astype(real) ** 2

    @eqx.filter_jit
    def _placed(
        self, image_config: ImageConfig, tiles: tuple[int, int], *, key: PRNGKeyArray
    ) -> tuple[Float[Array, "m 3 3"], Bool[Array, " m"]]:
        across, layers = tiles
        # The field is one period of the padded image.
        width, height = (n * image_config.pixel_size for n in image_config.padded_shape[::-1])
        stacked = jax.vmap(lambda key, layer: self._layer(across, layer, key=key))(
            jax.random.split(key, layers), jnp.arange(layers)
        )
        molecules = stacked.reshape(-1, 3, 3)
        x, y, z = jnp.moveaxis(molecules[:, 0], -1, 0)
        inside = (-width / 2 <= x) & (x < width / 2) & (-height / 2 <= y) & (y < height / 2) & (z < self.thickness / 2)
        return molecules, inside if self.specimen is None else inside & self._clear(molecules[:, 0], self.specimen)

    def _layer(self, across: int, layer: Int[Array, ""], *, key: PRNGKeyArray) -> Float[Array, "m 3 3"]:
        """The molecules of one layer, `across` boxes wide each way, turned and moved at random."""
        molecules, side = self.box.molecules, self.box.side
        axis_key, shift_key, angle_key = jax.random.split(key, 3)
        axes = (jnp.arange(3) + jax.random.randint(axis_key, (), 0, 3)) % 3
        oxygens, bonds = molecules[:, 0, axes], molecules[..., axes] - molecules[:, :1, axes]
        # Drawn in one precision, so that a key means the same molecules in either.
        shift = side * jax.random.uniform(shift_key, (3,), jnp.float32).astype(molecules.dtype)
        wrapped = jnp.mod(oxygens + shift, side) - side / 2
        corner = (jnp.arange(across) - (across - 1) / 2) * side
        offsets = jnp.stack([*jnp.meshgrid(corner, corner), jnp.zeros((across, across))], axis=-1).reshape(-1, 1, 3)
        tiled = (wrapped + offsets)[:, :, None] + bonds
        angle = 2 * jnp.pi * jax.random.uniform(angle_key, (), jnp.float32).astype(molecules.dtype)
        x, y, z = jnp.moveaxis(tiled.reshape(-1, 3, 3), -1, 0)
        turned = [x * jnp.cos(angle) - y * jnp.sin(angle), x * jnp.sin(angle) + y * jnp.cos(angle)]
        bottom = (layer + 0.5) * side - self.thickness / 2
        return jnp.stack([*turned, z + bottom], axis=-1).astype(molecules.dtype)

    def _clear(self, oxygens: Float[Array, "m 3"], specimen: Float[Array, "atoms 3"]) -> Bool[Array, " m"]:
        """Whether each oxygen keeps its distance from every atom of the specimen."""
        batch_size = max(1, _DISTANCES_AT_A_TIME // max(len(specimen), 1))
        nearest = map_batches(
            lambda oxygen: jnp.min(jnp.sum((specimen - oxygen) ** 2, axis=-1), initial=jnp.inf),
            jax.lax.stop_gradient(oxygens),
            batch_size=batch_size,
        )
        return nearest >= self.clearance**2

    def _tiles(self, image_config: ImageConfig) -> tuple[int, int]:
        if self.tiles is not None:
            return self.tiles
        if not all(map(is_concrete, (image_config.pixel_size, self.box.side, self.thickness))):
            raise InputError(
                "How many molecules fill the field of view depends on sizes that JAX traces, and it must be known.",
                hint="Give ExplicitWater(..., tiles=(across, layers)), or use the ice as a constant inside jax.jit.",
            )
        side = float(self.box.side)
        diagonal = math.hypot(*image_config.padded_shape) * float(image_config.pixel_size)
        return math.ceil(diagonal / side) + 1, math.ceil(float(self.thickness) / side)
