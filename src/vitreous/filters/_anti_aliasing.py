"""The filter that removes what a coarser sampling could not hold."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from vitreous._core import FloatLike, InputError, may_hold, not_negative, positive
from vitreous.grids import radius

from ._base import AbstractFilter
from ._edges import cosine_edge


class AntiAliasingFilter(AbstractFilter):
    r"""Removes every mode beyond a fraction of the Nyquist frequency.

    With $\nu = 2 p q$ the frequency as a fraction of Nyquist, $c$ the cut-off and $w$ the width of the edge,

    $$T(q) = \begin{cases} 1 & \nu \le c - w \\
    \tfrac12\bigl(1 + \cos \pi\,\tfrac{\nu - c + w}{w}\bigr) & c - w < \nu < c \\ 0 & \nu \ge c \end{cases}$$

    and without an edge, $w = 0$, a step that keeps $\nu = c$. Of a square spectrum it keeps a disc: what lies in the
    corners, beyond Nyquist, goes.

    Arguments:
        pixel_size: $p$ in Å, of the sampling whose Nyquist frequency $1/2p$ is meant.
        cutoff: $c$, a fraction of Nyquist: ⅔ is what a multislice needs.
        width: $w$, a fraction of Nyquist too, inside the cut-off; 0 for a step.

    Raises:
        InputError: The pixel size or the cut-off is not positive, or the edge is negative or wider than the cut-off.

    Examples:
        >>> import jax.numpy as jnp
        >>> anti_aliasing = AntiAliasingFilter(1.5, 0.75, width=0.5)
        >>> nyquist = 1 / 3.0
        >>> q = nyquist * jnp.array([[0.25, 0.0], [0.5, 0.0], [0.0, 0.75], [0.8, 0.8]])
        >>> anti_aliasing.transfer(q).round(3).tolist()
        [1.0, 0.5, 0.0, 0.0]
    """

    pixel_size: Float[Array, ""]
    cutoff: Float[Array, ""]
    width: Float[Array, ""]

    def __init__(self, pixel_size: FloatLike, cutoff: FloatLike = 1.0, *, width: FloatLike = 0.05):
        self.pixel_size = positive(pixel_size, name="pixel_size")
        self.cutoff = positive(cutoff, name="cutoff", unit="", hint="Give a fraction of Nyquist, such as 0.667.")
        self.width = not_negative(width, name="width", unit="", hint="Give a fraction of Nyquist, such as 0.05.")
        if not may_hold(lambda width, cutoff: width <= cutoff, width, cutoff):
            raise InputError(
                f"An edge of width={float(width):g} does not fit below cutoff={float(cutoff):g}.",
                hint=f"Use a width from 0 to {float(cutoff):g}, a fraction of Nyquist as the cut-off is.",
            )

    def transfer(self, frequencies: Float[Array, "*nh d"]) -> Float[Array, "*nh"]:
        """The factor at each frequency vector (Å⁻¹)."""
        fraction = 2 * self.pixel_size * radius(frequencies)
        # A step at a mode's own frequency keeps it, whichever way the product above was rounded.
        step = self.cutoff * (1 + 8 * float(jnp.finfo(fraction.dtype).eps))
        return cosine_edge(fraction, jnp.where(self.width > 0, self.cutoff - self.width, step), self.width)
