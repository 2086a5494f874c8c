"""Helical specimens."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from vitreous._core import FloatLike, InputError, as_float, as_scalar
from vitreous.poses import helical_operations

from ._assembly import assemble
from ._base import AbstractVolumeParametrization, AbstractVolumeRepresentation


class HelicalVolume(AbstractVolumeParametrization):
    r"""A helix about z of copies of a unit, differentiable in its rise and twist.

    Copy k of start s is the unit turned by $k\,\Delta\varphi + 360°\,s/S$ about z and raised by $k\,\Delta z$
    (`vitreous.poses.helical_operations`). A positive twist with a positive rise is right-handed.

    Arguments:
        unit: The asymmetric unit.
        rise: $\Delta z$ in Å, from one copy to the next along a start.
        twist_deg: $\Delta\varphi$ in degrees.
        n: How many copies along each start, in the middle of which is the unit itself.
        starts: $S$, the rotational symmetry about the axis.
        dihedral: Whether there are twofold axes across, too.
        unit_offset: Where the origin of the unit sits before it is copied, in Å: (radius, 0, 0).

    Raises:
        InputError: `n` or `starts` is less than 1.

    Examples:
        >>> from vitreous.volumes import GaussianMixtureVolume
        >>> atom = GaussianMixtureVolume(np.array([[20.0, 0.0, 0.0]]), 1.0, 1.0)
        >>> helix = HelicalVolume(atom, rise=4.0, twist_deg=90.0, n=3).get_representation()
        >>> (helix.positions.round(3) + 0.0).tolist()
        [[0.0, -20.0, -4.0], [20.0, 0.0, 0.0], [0.0, 20.0, 4.0]]
    """

    unit: AbstractVolumeParametrization
    rise: Float[Array, ""]
    twist_deg: Float[Array, ""]
    unit_offset: Float[Array, "3"]
    n: int = eqx.field(static=True)
    starts: int = eqx.field(static=True)
    dihedral: bool = eqx.field(static=True)

    def __init__(
        self,
        unit: AbstractVolumeParametrization,
        rise: FloatLike,
        twist_deg: FloatLike,
        *,
        n: int,
        starts: int = 1,
        dihedral: bool = False,
        unit_offset: Float[Array | np.ndarray, "3"] | None = None,
    ):
        self.unit = unit
        self.rise, self.twist_deg = as_scalar(rise, name="rise"), as_scalar(twist_deg, name="twist_deg")
        self.n, self.starts, self.dihedral = n, starts, dihedral
        self.unit_offset = jnp.zeros(3) if unit_offset is None else as_float(unit_offset)
        if n < 1 or starts < 1:
            raise InputError(f"a helix of n={n} and starts={starts} is empty.", hint="Use 1 or more of each.")

    def get_representation(self, rng_key: PRNGKeyArray | None = None) -> AbstractVolumeRepresentation:
        """All copies, as in `AssembledVolume.get_representation`."""
        operations = helical_operations(self.rise, self.twist_deg, self.n, starts=self.starts, dihedral=self.dihedral)
        return assemble(self.unit.get_representation(rng_key), *operations, self.unit_offset)
