"""The objective aperture."""

import equinox as eqx
from jaxtyping import Array, Float

from vitreous._core import FloatLike, InputError, as_float, may_hold, not_negative, positive
from vitreous.constants import wavelength
from vitreous.filters import LowPassFilter


class ObjectiveAperture(eqx.Module):
    r"""A round, centred hole in the back focal plane: nothing beyond $|q| = q_a$ passes.

    Scattering at the angle $\lambda q$ reaches the focal plane $f \lambda q$ from the axis, so a hole of diameter $d$
    cuts at $q_a = d / 2 f\lambda$. (What it stops is lost from the image; the beam that scattered it is weaker, which
    the amplitude contrast describes.) A soft edge, a raised cosine as in `vitreous.filters.LowPassFilter`, keeps it
    differentiable.

    Arguments:
        cutoff: $q_a$ in Å⁻¹.
        width: Width of the edge in Å⁻¹, centred at $q_a$; 0 for a sharp one.

    Raises:
        InputError: A cut-off that is not positive, or a width that is negative or more than twice that, where known.

    Examples:
        >>> import jax.numpy as jnp
        >>> ObjectiveAperture(0.3).transmission(jnp.array([[0.0, 0.0], [0.29, 0.0], [0.0, 0.31]])).tolist()
        [1.0, 1.0, 0.0]
    """

    cutoff: Float[Array, ""]
    width: Float[Array, ""]

    def __init__(self, cutoff: FloatLike, width: FloatLike = 0.0):
        self.cutoff = positive(cutoff, name="cutoff", unit="Å⁻¹")
        self.width = not_negative(width, name="width", unit="Å⁻¹")
        # Rounding allows an edge that begins at zero exactly.
        if not may_hold(lambda width, cutoff: width <= 2 * cutoff * (1 + 1e-6), width, cutoff):
            raise InputError(
                f"An edge of width={float(width):g} Å⁻¹ about {float(cutoff):g} Å⁻¹ reaches beyond zero and must not.",
                hint=f"Use a width of at most {2 * float(cutoff):g}.",
            )

    @classmethod
    def from_diameter(
        cls, diameter_um: FloatLike, focal_length_mm: FloatLike, *, voltage_kv: FloatLike, width: FloatLike = 0.0
    ) -> "ObjectiveAperture":
        """The aperture of a hole in µm in the back focal plane of an objective lens.

        Arguments:
            diameter_um: Diameter $d$ in µm.
            focal_length_mm: Focal length $f$ in mm (about 3.5 for the lenses of 300 kV microscopes).
            voltage_kv: Acceleration voltage in kV.
            width: Width of the edge in Å⁻¹.

        Examples:
            >>> round(float(ObjectiveAperture.from_diameter(70.0, 3.5, voltage_kv=300.0).cutoff), 3)
            0.508
        """
        focal_length = positive(focal_length_mm, name="focal_length_mm", unit="mm")
        return cls(as_float(diameter_um) * 1e4 / (2 * focal_length * 1e7 * wavelength(voltage_kv)), width)

    def transmission(self, frequencies: Float[Array, "*points 2"]) -> Float[Array, "*points"]:
        """What passes, from 0 to 1.

        Arguments:
            frequencies: True frequencies $(q_x, q_y)$ in Å⁻¹.
        """
        return LowPassFilter(1 / self.cutoff, self.width).transfer(frequencies)
