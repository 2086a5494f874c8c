"""Filters that let pass low or high frequencies or those between, or damp them by a B-factor."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from vitreous._core import FloatLike, InputError, as_scalar, may_hold, not_negative, positive
from vitreous.grids import radius

from ._base import AbstractFilter
from ._edges import cosine_edge


class LowPassFilter(AbstractFilter):
    r"""Keeps what is coarser than a resolution.

    $$T(q) = \tfrac12\Bigl(1 + \cos \pi\,\frac{q - q_c + w/2}{w}\Bigr) \quad \text{for } |q - q_c| \le w/2$$

    1 below and 0 above, with $q_c = 1/$`cutoff_a`; so $T(q_c) = \tfrac12$.

    Arguments:
        cutoff_a: Resolution in Å.
        width: Width $w$ of the edge in Å⁻¹; 0 for a step.

    Raises:
        InputError: The cut-off is not positive, or the edge reaches beyond the zero frequency.

    Examples:
        >>> import jax.numpy as jnp
        >>> low_pass = LowPassFilter(10.0, 0.04)
        >>> low_pass.transfer(jnp.array([[0.0, 0.0], [0.1, 0.0], [0.0, 0.13]])).round(3).tolist()
        [1.0, 0.5, 0.0]
    """

    cutoff_a: Float[Array, ""]
    width: Float[Array, ""]

    def __init__(self, cutoff_a: FloatLike, width: FloatLike = 0.02):
        self.cutoff_a, self.width = _edge(cutoff_a, width)

    def transfer(self, frequencies: Float[Array, "*nh d"]) -> Float[Array, "*nh"]:
        """The factor at each frequency vector (Å⁻¹)."""
        return cosine_edge(radius(frequencies), 1 / self.cutoff_a - self.width / 2, self.width)


class HighPassFilter(AbstractFilter):
    r"""Keeps what is finer than a resolution: 1 minus `LowPassFilter`.

    Arguments:
        cutoff_a: Resolution in Å.
        width: Width of the edge in Å⁻¹; 0 for a step.

    Raises:
        InputError: The cut-off is not positive, or the edge reaches beyond the zero frequency.

    Examples:
        >>> import jax.numpy as jnp
        >>> high_pass = HighPassFilter(100.0)
        >>> high_pass.transfer(jnp.array([[0.0, 0.0], [0.01, 0.0], [0.0, 0.1]])).round(3).tolist()
        [0.0, 0.5, 1.0]
    """

    cutoff_a: Float[Array, ""]
    width: Float[Array, ""]

    def __init__(self, cutoff_a: FloatLike, width: FloatLike = 0.005):
        self.cutoff_a, self.width = _edge(cutoff_a, width)

    def transfer(self, frequencies: Float[Array, "*nh d"]) -> Float[Array, "*nh"]:
        """The factor at each frequency vector (Å⁻¹)."""
        return 1 - cosine_edge(radius(frequencies), 1 / self.cutoff_a - self.width / 2, self.width)


class BandPassFilter(AbstractFilter):
    r"""Keeps what is finer than one resolution and coarser than another: a `HighPassFilter` times a `LowPassFilter`.

    Arguments:
        coarsest_a: The coarsest resolution kept, in Å.
        finest_a: The finest resolution kept, in Å.
        coarse_width: Width of the edge at the coarsest resolution in Å⁻¹; 0 for a step.
        fine_width: Width of the edge at the finest resolution in Å⁻¹; 0 for a step.

    Raises:
        InputError: A resolution is not positive, the coarsest is not coarser than the finest, or an edge reaches
            beyond the zero frequency.

    Examples:
        >>> import jax.numpy as jnp
        >>> band = BandPassFilter(100.0, 10.0)
        >>> band.transfer(jnp.array([[0.0, 0.0], [0.01, 0.0], [0.05, 0.0], [0.0, 0.1], [0.2, 0.0]])).round(3).tolist()
        [0.0, 0.5, 1.0, 0.5, 0.0]
    """

    high_pass: HighPassFilter
    low_pass: LowPassFilter

    def __init__(
        self,
        coarsest_a: FloatLike,
        finest_a: FloatLike,
        *,
        coarse_width: FloatLike = 0.005,
        fine_width: FloatLike = 0.02,
    ):
        self.high_pass = HighPassFilter(coarsest_a, coarse_width)
        self.low_pass = LowPassFilter(finest_a, fine_width)
        if not may_hold(lambda coarsest, finest: coarsest > finest, coarsest_a, finest_a):
            raise InputError(
                f"Nothing lies between coarsest_a={float(coarsest_a):g} and finest_a={float(finest_a):g} Å.",
                hint="Give the larger number of Å first, as BandPassFilter(100, 10).",
            )

    def transfer(self, frequencies: Float[Array, "*nh d"]) -> Float[Array, "*nh"]:
        """The factor at each frequency vector (Å⁻¹)."""
        return self.high_pass.transfer(frequencies) * self.low_pass.transfer(frequencies)


class BFactorFilter(AbstractFilter):
    r"""Damps (or sharpens, where negative) by a B-factor.

    $$T(q) = \exp(-B q^2 / 4)$$

    Arguments:
        b_factor: $B$ in Å².

    Examples:
        >>> import jax.numpy as jnp
        >>> [round(float(t), 4) for t in BFactorFilter(100.0).transfer(jnp.array([[0.0, 0.0], [0.2, 0.0]]))]
        [1.0, 0.3679]
    """

    b_factor: Float[Array, ""]

    def __init__(self, b_factor: FloatLike):
        self.b_factor = as_scalar(b_factor, name="b_factor")

    def transfer(self, frequencies: Float[Array, "*nh d"]) -> Float[Array, "*nh"]:
        """The factor at each frequency vector (Å⁻¹)."""
        return jnp.exp(-self.b_factor / 4 * jnp.sum(frequencies**2, axis=-1))


def _edge(cutoff_a: FloatLike, width: FloatLike) -> tuple[Array, Array]:
    cutoff = positive(cutoff_a, name="cutoff_a", hint="Give it in Å, such as cutoff_a=20.")
    edge = not_negative(width, name="width", unit="Å⁻¹")
    # Rounding allows an edge that ends at zero exactly.
    if not may_hold(lambda cutoff_a, width: cutoff_a * width <= 2 * (1 + 1e-6), cutoff_a, width):
        raise InputError(
            f"An edge of width={float(width):g} Å⁻¹ about 1/{float(cutoff_a):g} Å⁻¹ does not lie at positive "
            "frequencies.",
            hint=f"Use a width from 0 to {2 / float(cutoff_a):g}.",
        )
    return cutoff, edge
