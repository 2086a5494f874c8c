"""Round masks."""

from jaxtyping import Array, Float

from vitreous._core import FloatLike, not_negative, positive
from vitreous.grids import coordinates
from vitreous.grids import radius as distance

from ._base import AbstractMask
from ._checks import same_axes
from ._edges import cosine_edge


class CircularMask(AbstractMask):
    r"""A disc about the image's origin, with a soft edge.

    1 up to `radius`, then $\tfrac12(1 + \cos \pi (r - \text{radius})/\text{soft\_edge})$, and 0 from
    `radius + soft_edge` on.

    Arguments:
        radius: Å (pixels where `pixel_size` is 1).
        soft_edge: Width of the edge beyond the radius, in the same unit; 0 for a step.
        pixel_size: Å.

    Raises:
        InputError: The radius or the pixel size is not positive, or the edge is negative.

    Examples:
        >>> CircularMask(2.0, 2.0).values((9, 9))[4].round(3).tolist()
        [0.0, 0.5, 1.0, 1.0, 1.0, 1.0, 1.0, 0.5, 0.0]
    """

    radius: Float[Array, ""]
    soft_edge: Float[Array, ""]
    pixel_size: Float[Array, ""]

    def __init__(self, radius: FloatLike, soft_edge: FloatLike = 5.0, *, pixel_size: FloatLike = 1.0):
        self.radius = positive(radius, name="radius")
        self.soft_edge = not_negative(soft_edge, name="soft_edge")
        self.pixel_size = positive(pixel_size, name="pixel_size")

    def values(self, shape: tuple[int, ...]) -> Float[Array, "y x"]:
        """The factor at each pixel of an image of this shape `(y, x)`."""
        same_axes(shape, axes=2, mask="CircularMask", use="Use SphericalMask for a volume")
        return cosine_edge(distance(coordinates(shape, self.pixel_size)), self.radius, self.soft_edge)


class SphericalMask(AbstractMask):
    r"""A ball about the volume's origin, with a soft edge: `CircularMask` in three dimensions.

    Arguments:
        radius: Å (voxels where `voxel_size` is 1).
        soft_edge: Width of the edge beyond the radius, in the same unit; 0 for a step.
        voxel_size: Å.

    Raises:
        InputError: The radius or the voxel size is not positive, or the edge is negative.

    Examples:
        >>> SphericalMask(4.0, 4.0, voxel_size=2.0).values((9, 9, 9))[4, 4].round(3).tolist()
        [0.0, 0.5, 1.0, 1.0, 1.0, 1.0, 1.0, 0.5, 0.0]
    """

    radius: Float[Array, ""]
    soft_edge: Float[Array, ""]
    voxel_size: Float[Array, ""]

    def __init__(self, radius: FloatLike, soft_edge: FloatLike = 5.0, *, voxel_size: FloatLike = 1.0):
        self.radius = positive(radius, name="radius")
        self.soft_edge = not_negative(soft_edge, name="soft_edge")
        self.voxel_size = positive(voxel_size, name="voxel_size")

    def values(self, shape: tuple[int, ...]) -> Float[Array, "z y x"]:
        """The factor at each voxel of a volume of this shape `(z, y, x)`."""
        same_axes(shape, axes=3, mask="SphericalMask", use="Use CircularMask for an image")
        return cosine_edge(distance(coordinates(shape, self.voxel_size)), self.radius, self.soft_edge)


class CylindricalMask(AbstractMask):
    r"""A cylinder about the z axis of a volume, such as a helical filament's, with a soft edge.

    The product of a disc of radius $\sqrt{x^2 + y^2}$ and a slab of half the height in $|z|$, each with the cosine
    edge of `CircularMask`.

    Arguments:
        radius: Å (voxels where `voxel_size` is 1).
        height: Full height along z in the same unit; without end unless given.
        soft_edge: Width of the edge beyond the radius and beyond both ends, in the same unit; 0 for a step.
        voxel_size: Å.

    Raises:
        InputError: The radius, the height or the voxel size is not positive, or the edge is negative.

    Examples:
        >>> mask = CylindricalMask(2.0, 3.0, soft_edge=0.0)
        >>> values = mask.values((9, 9, 9))
        >>> values[4, 4].tolist(), values[:, 4, 4].tolist()
        ([0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0])
    """

    radius: Float[Array, ""]
    height: Float[Array, ""] | None
    soft_edge: Float[Array, ""]
    voxel_size: Float[Array, ""]

    def __init__(
        self,
        radius: FloatLike,
        height: FloatLike | None = None,
        *,
        soft_edge: FloatLike = 5.0,
        voxel_size: FloatLike = 1.0,
    ):
        self.radius = positive(radius, name="radius")
        self.height = None if height is None else positive(height, name="height")
        self.soft_edge = not_negative(soft_edge, name="soft_edge")
        self.voxel_size = positive(voxel_size, name="voxel_size")

    def values(self, shape: tuple[int, ...]) -> Float[Array, "z y x"]:
        """The factor at each voxel of a volume of this shape `(z, y, x)`."""
        same_axes(shape, axes=3, mask="CylindricalMask", use="Use RectangularMask for the image of a filament")
        where = coordinates(shape, self.voxel_size)
        disc = cosine_edge(distance(where[..., :2]), self.radius, self.soft_edge)
        if self.height is None:
            return disc
        return disc * cosine_edge(abs(where[..., 2]), self.height / 2, self.soft_edge)
