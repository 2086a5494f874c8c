"""Masks with straight edges."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from vitreous._core import FloatLike, as_scalar, not_negative, positive
from vitreous.grids import coordinates

from ._base import AbstractMask
from ._checks import same_axes
from ._edges import cosine_edge


class SquareMask(AbstractMask):
    r"""A square about the image's origin, with a soft edge: `RectangularMask` of equal sides.

    Arguments:
        side: Å (pixels where `pixel_size` is 1).
        soft_edge: Width of the edge beyond each side, in the same unit; 0 for a step.
        pixel_size: Å.

    Raises:
        InputError: The side or the pixel size is not positive, or the edge is negative.

    Examples:
        >>> SquareMask(4.0, 2.0).values((9, 9))[4].round(3).tolist()
        [0.0, 0.5, 1.0, 1.0, 1.0, 1.0, 1.0, 0.5, 0.0]
    """

    side: Float[Array, ""]
    soft_edge: Float[Array, ""]
    pixel_size: Float[Array, ""]

    def __init__(self, side: FloatLike, soft_edge: FloatLike = 5.0, *, pixel_size: FloatLike = 1.0):
        self.side = positive(side, name="side")
        self.soft_edge = not_negative(soft_edge, name="soft_edge")
        self.pixel_size = positive(pixel_size, name="pixel_size")

    def values(self, shape: tuple[int, ...]) -> Float[Array, "y x"]:
        """The factor at each pixel of an image of this shape `(y, x)`."""
        same_axes(shape, axes=2, mask="SquareMask", use="Use SphericalMask or CylindricalMask for a volume")
        return _rectangle(coordinates(shape, self.pixel_size), self.side, self.side, edge=self.soft_edge)


class RectangularMask(AbstractMask):
    r"""A rectangle about the image's origin, at any angle, with a soft edge.

    The product of two slabs: along each of its axes 1 up to half the side, then the cosine edge of `CircularMask`. The
    image of a filament is masked by a narrow one turned to the filament's direction.

    Arguments:
        width: Side along x, before the turn, in Å (pixels where `pixel_size` is 1).
        height: Side along y, before the turn, in the same unit.
        soft_edge: Width of the edge beyond each side, in the same unit; 0 for a step.
        angle_deg: Turns the rectangle from +x towards +y.
        pixel_size: Å.

    Raises:
        InputError: A side or the pixel size is not positive, or the edge is negative.

    Examples:
        >>> mask = RectangularMask(4.0, 2.0, soft_edge=0.0)
        >>> values = mask.values((5, 7))
        >>> values[2].tolist(), values[:, 3].tolist()
        ([0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0], [0.0, 1.0, 1.0, 1.0, 0.0])
    """

    width: Float[Array, ""]
    height: Float[Array, ""]
    soft_edge: Float[Array, ""]
    angle_deg: Float[Array, ""]
    pixel_size: Float[Array, ""]

    def __init__(
        self,
        width: FloatLike,
        height: FloatLike,
        *,
        soft_edge: FloatLike = 5.0,
        angle_deg: FloatLike = 0.0,
        pixel_size: FloatLike = 1.0,
    ):
        self.width = positive(width, name="width")
        self.height = positive(height, name="height")
        self.soft_edge = not_negative(soft_edge, name="soft_edge")
        self.angle_deg = as_scalar(angle_deg, name="angle_deg")
        self.pixel_size = positive(pixel_size, name="pixel_size")

    def values(self, shape: tuple[int, ...]) -> Float[Array, "y x"]:
        """The factor at each pixel of an image of this shape `(y, x)`."""
        same_axes(shape, axes=2, mask="RectangularMask", use="Use CylindricalMask for the volume of a filament")
        where = coordinates(shape, self.pixel_size)
        angle = jnp.deg2rad(self.angle_deg).astype(where.dtype)
        x, y = where[..., 0], where[..., 1]
        along, across = x * jnp.cos(angle) + y * jnp.sin(angle), y * jnp.cos(angle) - x * jnp.sin(angle)
        return _rectangle(jnp.stack([along, across], axis=-1), self.width, self.height, edge=self.soft_edge)


def _rectangle(
    where: Float[Array, "y x 2"], width: Float[Array, ""], height: Float[Array, ""], *, edge: Float[Array, ""]
) -> Float[Array, "y x"]:
    return cosine_edge(abs(where[..., 0]), width / 2, edge) * cosine_edge(abs(where[..., 1]), height / 2, edge)
