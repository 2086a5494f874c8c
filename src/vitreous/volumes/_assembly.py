"""Specimens made of copies of one unit."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from vitreous._core import InputError, as_float
from vitreous.poses import PointGroup

from ._assembled_fourier import AssembledFourierVolume
from ._atoms import move_atoms
from ._base import AbstractVolumeParametrization, AbstractVolumeRepresentation
from ._cloud import PointCloudVolume
from ._fourier import AbstractFourierVolume
from ._gaussian_mixture import GaussianMixtureVolume
from ._independent_atoms import IndependentAtomVolume

_PRECISION = jax.lax.Precision.HIGHEST
_PER_ATOM: dict[type, tuple[str, ...]] = {
    GaussianMixtureVolume: ("amplitudes", "variances"),
    PointCloudVolume: ("weights",),
    IndependentAtomVolume: (),
}


class AssembledVolume(AbstractVolumeParametrization):
    r"""Copies of a unit, each rotated and moved: $U(r) = \sum_g U_0(R_g^\mathsf{T}(r - t_g))$.

    Atoms are copied as atoms, exactly. A volume that knows its transform stays one, and each slice of the assembly is
    a sum of slices with phases (`AssembledFourierVolume`), so nothing is interpolated twice. Everything is
    differentiable: the unit, the operations, and where the unit sits.

    Arguments:
        unit: The asymmetric unit.
        rotations: Active rotations $R_g$, the identity among them if the unit itself is to be seen.
        translations: $t_g$ in Å; none unless given.
        unit_offset: Where the origin of the unit sits before it is copied, (x, y, z) in Å: the radius of a ring, for
            a unit that was drawn about its own centre.

    Raises:
        InputError: There is not one translation for each rotation.

    Examples:
        >>> from vitreous.poses import point_group
        >>> atom = GaussianMixtureVolume(np.array([[5.0, 0.0, 0.0]]), 1.0, 1.0)
        >>> ring = AssembledVolume.from_point_group(atom, point_group("C4")).get_representation()
        >>> (ring.positions.round(3) + 0.0).tolist()
        [[5.0, 0.0, 0.0], [0.0, 5.0, 0.0], [-5.0, 0.0, 0.0], [0.0, -5.0, 0.0]]
    """

    unit: AbstractVolumeParametrization
    rotations: Float[Array, "g 3 3"]
    translations: Float[Array, "g 3"]
    unit_offset: Float[Array, "3"]

    def __init__(
        self,
        unit: AbstractVolumeParametrization,
        rotations: Float[Array | np.ndarray, "g 3 3"],
        translations: Float[Array | np.ndarray, "t 3"] | None = None,
        *,
        unit_offset: Float[Array | np.ndarray, "3"] | None = None,
    ):
        self.unit = unit
        self.rotations = as_float(rotations)
        count = self.rotations.shape[0]
        self.translations = jnp.zeros((count, 3)) if translations is None else as_float(translations)
        self.unit_offset = jnp.zeros(3) if unit_offset is None else as_float(unit_offset)
        if self.rotations.shape != (count, 3, 3) or self.translations.shape != (count, 3):
            raise InputError(
                f"rotations of shape {self.rotations.shape} and translations of shape {self.translations.shape} do "
                "not go together.",
                hint="Give one 3 × 3 matrix and one vector (x, y, z) for each copy.",
            )

    @classmethod
    def from_point_group(
        cls,
        unit: AbstractVolumeParametrization,
        group: PointGroup,
        *,
        unit_offset: Float[Array | np.ndarray, "3"] | None = None,
    ) -> "AssembledVolume":
        """The particle of a point group about the origin.

        Arguments:
            unit: The asymmetric unit.
            group: From `vitreous.poses.point_group`.
            unit_offset: Where the origin of the unit sits before it is copied, in Å.
        """
        return cls(unit, jnp.asarray(group.matrices, float), unit_offset=unit_offset)

    def get_representation(self, rng_key: PRNGKeyArray | None = None) -> AbstractVolumeRepresentation:
        """All copies.

        Arguments:
            rng_key: For a unit that is drawn at random; each copy is the same draw.

        Returns:
            Atoms of the unit's own type, or an `AssembledFourierVolume`.

        Raises:
            InputError: The unit is of a type that can be neither copied nor sliced.
        """
        unit = self.unit.get_representation(rng_key)
        return assemble(unit, self.rotations, self.translations, self.unit_offset)


def assemble(
    unit: AbstractVolumeRepresentation,
    rotations: Float[Array, "g 3 3"],
    translations: Float[Array, "g 3"],
    unit_offset: Float[Array, "3"],
) -> AbstractVolumeRepresentation:
    """The copies of a unit, atoms as atoms, and any volume that knows its transform as a sum of slices."""
    translations = translations + jnp.matmul(rotations, unit_offset.astype(rotations.dtype), precision=_PRECISION)
    if isinstance(unit, AbstractFourierVolume):
        return AssembledFourierVolume(unit, rotations, translations)
    fields = _PER_ATOM.get(type(unit))
    if fields is None:
        raise InputError(
            f"a volume of type {type(unit).__name__} cannot be copied.",
            hint="Give atoms (GaussianMixtureVolume, IndependentAtomVolume, PointCloudVolume) or a volume that knows "
            "its transform (an AbstractFourierVolume, such as FourierVoxelGridVolume).",
        )
    count = rotations.shape[0]

    def copies(positions: Float[Array, "n 3"]) -> Float[Array, "gn 3"]:
        dtype = positions.dtype
        turned = jnp.einsum("ni,gji->gnj", positions, rotations.astype(dtype), precision=_PRECISION)
        return (turned + translations[:, None].astype(dtype)).reshape(-1, 3)

    placed = move_atoms(unit, copies)
    if not fields:
        return placed
    tiled = [jnp.concatenate([getattr(unit, name)] * count) for name in fields]
    return eqx.tree_at(lambda v: [getattr(v, name) for name in fields], placed, tiled)
