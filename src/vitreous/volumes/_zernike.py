"""Zernike series as volumes."""

import math
from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float

from vitreous._core import FloatLike, InputError, is_concrete, positive
from vitreous.harmonics import (
    ZernikePlan,
    moment_labels,
    moment_order,
    spherical_harmonics,
    zernike_radial_transform,
)

from ._fourier import AbstractFourierVolume

# Values of spherical harmonics at hand at a time: 16 MB of each table in single precision.
_TERMS_AT_A_TIME = 2**22
# Zernike functions of order n have most of their transform near κ = n + 2, and this reaches beyond their flank.
_BEYOND_ORDER = 1.5


class ZernikeVolume(AbstractFourierVolume):
    r"""A volume that is a series of 3D Zernike functions in a ball, and zero outside of it.

    $$ U(r) = \sum_{nlm} M_{nlm} Z_{nlm}(r / R), \qquad
       \tilde U(k) = 4\pi R^3 \sum_{nlm} (-i)^n \sqrt{2n+3}\; M_{nlm}\, \frac{j_{n+1}(\kappa)}{\kappa}\,
       Y_{lm}(\hat k), \qquad \kappa = 2\pi |k| R $$

    (Mathar 2009, Serb. Astron. J. 179, 107). The transform is in closed form, so projections are exact at every
    frequency below `1 / (2 voxel_size)`, no grid is made, and images are linear in the coefficients: moments can be
    fitted to images, by gradients or as linear least squares. An image costs two matrix products of the coefficients
    with the spherical harmonics at its frequencies.

    Sums are over all m, those with m < 0 by $M_{nl,-m} = (-1)^m \overline{M_{nlm}}$; the imaginary part of
    coefficients with m = 0 changes nothing. JAX's gradient of a real loss in complex coefficients is
    $\partial L/\partial \operatorname{Re} M - i\, \partial L/\partial \operatorname{Im} M$: descend along its
    conjugate.

    Arguments:
        coefficients: $M_{nlm}$ in Å⁻² for m ≥ 0, in the order of `vitreous.harmonics.moment_labels`.
        radius: R in Å.
        voxel_size: Å; images have no frequencies at or beyond `1 / (2 voxel_size)`. Unless given, that is where
            κ = 1.5 (n + 2) for the largest n, beyond which the series has little but the sharp edge of its ball.

    Raises:
        InputError: No order has this many coefficients, or the radius or the voxel size is not positive.

    Examples:
        >>> ball = ZernikeVolume(jnp.array([math.sqrt(4 * math.pi / 3) + 0j]), 10.0)  # one everywhere in it
        >>> round(float(ball.values_at(jnp.zeros(3)).real), 2)  # its volume, 4π R³ / 3
        4188.79
    """

    coefficients: Complex[Array, " moments"]
    radius: Float[Array, ""]
    voxel_size: Float[Array, ""]
    rotation: Float[Array, "3 3"]

    def __init__(
        self,
        coefficients: Complex[Array | np.ndarray, " moments"],
        radius: FloatLike,
        *,
        voxel_size: FloatLike | None = None,
    ):
        self.coefficients = jnp.asarray(coefficients)
        order = moment_order(len(self.coefficients))
        self.radius = positive(radius, name="radius", hint="Give the radius of the ball in Å.")
        if voxel_size is None:
            self.voxel_size = self.radius * (math.pi / (_BEYOND_ORDER * (order + 2)))
        else:
            self.voxel_size = positive(voxel_size, name="voxel_size", hint="Give it in Å, such as 1.5.")
        self.rotation = jnp.eye(3, dtype=jnp.finfo(self.coefficients.dtype).dtype)

    @classmethod
    def from_map(
        cls,
        volume: Float[Array | np.ndarray, "z y x"],
        voxel_size: FloatLike,
        *,
        order: int,
        radius: float | None = None,
    ) -> "ZernikeVolume":
        """From a map, by the moments of the ball about its origin.

        Arguments:
            volume: The potential in Å⁻² in a cubic box, origin at voxel n // 2 of each axis.
            voxel_size: Å; it is that of the series too.
            order: The largest n.
            radius: Of the ball in Å; that of the ball inscribed in the box unless given.

        Raises:
            InputError: The box is not a cube, or the ball does not fit the sphere about it.

        Examples:
            >>> blob = jnp.exp(-jnp.sum(jnp.square(jnp.mgrid[:16, :16, :16] - 8), axis=0) / 8)
            >>> series = ZernikeVolume.from_map(blob, 2.0, order=12)
            >>> float(series.radius), round(float(series.values_at(jnp.zeros(3)).real / 8 / blob.sum()), 2)
            (16.0, 1.0)
        """
        side = positive(voxel_size, name="voxel_size", hint="Give it in Å, such as 1.5.")
        box = volume.shape[-1]
        if volume.shape != (box,) * 3:
            raise InputError(
                f"a map of shape {volume.shape} is not a cube.", hint="Pad it with vitreous.grids.pad(volume, shape)."
            )
        in_voxels = float(box // 2) if radius is None else radius / _known(side, "voxel_size")
        plan = ZernikePlan(order, box, radius=in_voxels)
        return cls(plan.decompose(volume), in_voxels * side, voxel_size=side)

    @property
    def order(self) -> int:
        """The largest n."""
        return moment_order(self.coefficients.shape[-1])

    def to_map(self, box: int, voxel_size: FloatLike) -> Float[Array, "z y x"]:
        """The series at the voxels of a cubic box, before any rotation; zero outside of the ball.

        The values are those of the series at the voxels' centres, differentiable in the coefficients.

        Arguments:
            box: Voxels along each side, origin at voxel n // 2.
            voxel_size: Å.

        Returns:
            The potential in Å⁻².

        Raises:
            InputError: The ball is larger than the sphere about the box, or the radius is traced by JAX.

        Examples:
            >>> ball = ZernikeVolume(jnp.array([math.sqrt(4 * math.pi / 3) + 0j]), 10.0)
            >>> ball.to_map(16, 2.0)[8, 8, 2:5].round(3).tolist()  # 12, 10 and 8 Å from the centre
            [0.0, 1.0, 1.0]
        """
        side = positive(voxel_size, name="voxel_size", hint="Give it in Å, such as 1.5.")
        radius = _known(self.radius, "radius") / _known(side, "voxel_size")
        return ZernikePlan(self.order, box, radius=radius).reconstruct(self.coefficients)

    def object_values_at(self, frequencies: Float[Array, "p 3"]) -> Complex[Array, " p"]:
        """The transform (Å) before rotation, in the precision of the coefficients and in bounded memory.

        Arguments:
            frequencies: (x, y, z) in Å⁻¹, of any magnitude.
        """
        order = self.order
        dtype = jnp.finfo(self.coefficients.dtype).dtype
        radius = self.radius.astype(dtype)
        table = _table(self.coefficients, order)
        block = max(_TERMS_AT_A_TIME // (order + 1) ** 2, 1)
        values = _in_blocks(lambda q: _series(q, table, order), 2 * jnp.pi * radius * frequencies.astype(dtype), block)
        return 4 * jnp.pi * radius**3 * values


def _known(value: Float[Array, ""], name: str) -> float:
    if not is_concrete(value):
        raise InputError(
            f"the {name} must be known when the moments of voxels are planned.",
            hint="Call it outside jit, or only trace the map or the coefficients.",
        )
    return float(value)


def _table(coefficients: Complex[Array, " moments"], order: int) -> Complex[Array, "n lm"]:
    """The matrix whose product with spherical harmonics has the terms of each n as its real part."""
    n, l, m = moment_labels(order)
    # (−i)ⁿ without its factor −i for odd n; terms with m < 0 are the conjugates of those with m > 0.
    scale = np.sqrt(2 * n + 3) * np.where(n // 2 % 2 == 0, 1, -1) * np.where(m > 0, 2, 1)
    weighted = coefficients * jnp.asarray(scale, jnp.finfo(coefficients.dtype).dtype)
    empty = jnp.zeros((order + 1, (order + 1) * (order + 2) // 2), weighted.dtype)
    return empty.at[n, l * (l + 1) // 2 + m].set(weighted, unique_indices=True)


def _series(q: Float[Array, "p 3"], table: Complex[Array, "n lm"], order: int) -> Complex[Array, " p"]:
    """The sum over n, l and m at frequencies q with |q| = κ."""
    squared = jnp.sum(q**2, axis=-1)
    at_origin = squared == 0
    # Double where: the derivative of a length is not defined at the origin.
    kappa = jnp.where(at_origin, 0, jnp.sqrt(jnp.where(at_origin, 1, squared)))
    # At the origin itself the term with n = 1 is linear, b₁ Y₁ₘ(q / κ) → Y₁ₘ(q) / 15, and so are its derivatives.
    directions = jnp.where(at_origin[:, None], q, q / jnp.where(at_origin, 1, kappa)[:, None])
    limits = jnp.asarray(np.array([1 / 3, 1 / 15] + [0] * order)[: order + 1, None], q.dtype)
    radial = jnp.where(at_origin, limits, zernike_radial_transform(order, kappa))
    harmonics = spherical_harmonics(order, directions)
    product = partial(jnp.matmul, precision=jax.lax.Precision.HIGHEST)
    terms = radial * (product(table.real, harmonics.real) - product(table.imag, harmonics.imag))
    return jax.lax.complex(terms[0::2].sum(axis=0), -terms[1::2].sum(axis=0))


def _in_blocks(function: Callable[[Array], Array], points: Float[Array, "p 3"], size: int) -> Complex[Array, " p"]:
    """A function of points, of few at a time and anew in the gradient, so that memory is bounded."""
    count = len(points)
    if count <= size:
        return function(points)
    blocks = -(-count // size)
    length = -(-count // blocks)
    padded = jnp.pad(points, ((0, blocks * length - count), (0, 0))).reshape(blocks, length, 3)
    return jax.lax.map(jax.checkpoint(function), padded).ravel()[:count]
