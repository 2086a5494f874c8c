"""Round masks."""

import math

from jaxtyping import Array, Float

from vitreous._core import FloatLike, InputError, as_scalar, is_concrete
from vitreous.grids import coordinates
from vitreous.grids import radius as length

from ._base import AbstractMask
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
        self.radius = _length(radius, name="radius")
        self.soft_edge = _length(soft_edge, name="soft_edge", zero=True)
        self.pixel_size = _length(pixel_size, name="pixel_size")

    def values(self, shape: tuple[int, ...]) -> Float[Array, "y x"]:
        """The factor at each pixel of an image of this shape `(y, x)`."""
        return _round(self.radius, self.soft_edge, shape=shape, spacing=self.pixel_size, axes=2)


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
        self.radius = _length(radius, name="radius")
        self.soft_edge = _length(soft_edge, name="soft_edge", zero=True)
        self.voxel_size = _length(voxel_size, name="voxel_size")

    def values(self, shape: tuple[int, ...]) -> Float[Array, "z y x"]:
        """The factor at each voxel of a volume of this shape `(z, y, x)`."""
        return _round(self.radius, self.soft_edge, shape=shape, spacing=self.voxel_size, axes=3)


def _length(value: FloatLike, *, name: str, zero: bool = False) -> Array:
    scalar = as_scalar(value, name=name)
    if is_concrete(scalar) and not (math.isfinite(float(scalar)) and (float(scalar) > 0 or (zero and scalar == 0))):
        sign = "zero or positive" if zero else "positive"
        raise InputError(f"{name}={float(scalar):g} makes no mask.", hint=f"Give {name} in Å, {sign}.")
    return scalar


def _round(
    radius: Float[Array, ""], edge: Float[Array, ""], *, shape: tuple[int, ...], spacing: Float[Array, ""], axes: int
) -> Float[Array, "..."]:
    if len(shape) != axes:
        raise InputError(
            f"A mask in {axes} dimensions does not fit an array of shape {shape}.",
            hint="Use CircularMask for an image and SphericalMask for a volume; for a stack, use jax.vmap.",
        )
    return cosine_edge(length(coordinates(shape, spacing)), radius, edge)
