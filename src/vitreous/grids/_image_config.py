"""What an image is: its shape and its pixels."""

from enum import Enum

import equinox as eqx
from jaxtyping import Array, Float

from vitreous._core import FloatLike, InputError, positive

from ._coordinates import coordinates, frequencies
from ._crop import crop


class Sampling(Enum):
    r"""What the value of a pixel means.

    With the object's spectrum $F(k)$ and pixels of size $p$, the first keeps $F$ up to Nyquist as it is; the second
    holds $\sum_m F(k + m/p)\,\mathrm{sinc}(\ldots)$, the aliases of $F$ times the transform of the pixel.
    """

    BANDLIMITED = "bandlimited"
    """The value, at the pixel's centre, of the object without the frequencies beyond Nyquist."""
    AVERAGE = "average"
    """The mean of the object over the pixel's area: what a detector pixel measures."""


class ImageConfig(eqx.Module):
    """The shape and pixel size of an image, and how far it is padded while it is computed.

    Arguments:
        shape: Numbers of pixels `(y, x)`, even or odd.
        pixel_size: Å; may be traced.
        padded_shape: The shape in which the image is computed before it is cropped to `shape`, at least as large;
            the shape itself by default. Padding keeps the CTF from carrying one edge over to the other.

    Raises:
        InputError: A size is not positive, or the padded shape is smaller than the shape.

    Examples:
        >>> config = ImageConfig((64, 65), 1.5, padded_shape=(96, 96))
        >>> config.frequencies.shape, config.coordinates.shape
        ((96, 49, 2), (64, 65, 2))
    """

    shape: tuple[int, int] = eqx.field(static=True)
    pixel_size: Float[Array, ""]
    padded_shape: tuple[int, int] = eqx.field(static=True)

    def __init__(self, shape: tuple[int, int], pixel_size: FloatLike, *, padded_shape: tuple[int, int] | None = None):
        if len(shape) != 2 or min(shape) < 1:
            raise InputError(
                f"shape={shape} is no shape of an image.", hint="Use two positive sizes, such as (64, 64)."
            )
        padded_shape = shape if padded_shape is None else padded_shape
        if len(padded_shape) != 2 or any(p < n for p, n in zip(padded_shape, shape, strict=True)):
            raise InputError(
                f"padded_shape={padded_shape} does not hold an image of shape {shape}.",
                hint="Use a padded shape at least as large on each axis, or leave it out.",
            )
        self.shape = (int(shape[0]), int(shape[1]))
        self.padded_shape = (int(padded_shape[0]), int(padded_shape[1]))
        self.pixel_size = positive(pixel_size, name="pixel_size")

    @property
    def frequencies(self) -> Float[Array, "y xh 2"]:
        """The frequencies of the padded image's half spectrum, in Å⁻¹."""
        return frequencies(self.padded_shape, self.pixel_size)

    @property
    def coordinates(self) -> Float[Array, "y x 2"]:
        """The positions of the image's pixels, in Å."""
        return coordinates(self.shape, self.pixel_size)

    @property
    def padded_coordinates(self) -> Float[Array, "y x 2"]:
        """The positions of the padded image's pixels, in Å."""
        return coordinates(self.padded_shape, self.pixel_size)

    def crop(self, padded_image: Float[Array, "py px"]) -> Float[Array, "y x"]:
        """The image within its padded form."""
        return crop(padded_image, self.shape)
