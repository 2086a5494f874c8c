"""Whether protein is dark or bright in a stored image."""

from enum import Enum


class Contrast(Enum):
    """The sign of stored images: `image = contrast.sign * C + noise`, with $C$ the contrast of the theory.

    `DARK` is how a micrograph is recorded, protein darker than ice. `BRIGHT` is its negative, which RELION makes when
    it extracts particles, so that maps come out positive.

    Examples:
        >>> Contrast.DARK.sign, Contrast.BRIGHT.sign
        (1, -1)
    """

    DARK = "dark"
    BRIGHT = "bright"

    @property
    def sign(self) -> int:
        """What multiplies the contrast of the theory (protein dark) to give the stored image: +1 or −1."""
        return 1 if self is Contrast.DARK else -1
