"""Images brought to another shape."""

from jaxtyping import Array, Float

from vitreous.grids import crop, pad


def crop_or_pad(image: Float[Array, "y x"], shape: tuple[int, int]) -> Float[Array, "y2 x2"]:
    """The image cropped where it is larger than the shape, and padded with zeros where it is smaller."""
    smaller = (min(image.shape[0], shape[0]), min(image.shape[1], shape[1]))
    return pad(crop(image, smaller), shape)
