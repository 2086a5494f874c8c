"""The interfaces between a specimen and the rooms that image it."""

from abc import abstractmethod

import equinox as eqx
from jaxtyping import PRNGKeyArray

from vitreous.poses import AbstractPose


class AbstractVolumeParametrization(eqx.Module):
    r"""What a specimen is described by: parameters from which a volume can be had.

    A volume is the rescaled potential of Hawkes & Kasper (*Principles of Electron Optics* 4, 2022, eq. 69.6),

    $$ U(\mathbf r) = \frac{m_0 e}{2 \pi \hbar^2} V(\mathbf r) \quad [\text{Å}^{-2}], $$

    whose Fourier transform is the elastic scattering factor, so that $\int U \, d^3r = \sum a$ (Å) over the
    atoms. To image a new kind of specimen, derive from `AbstractVolumeRepresentation`, or derive from this class
    and return one of the representations that exist.
    """

    @abstractmethod
    def get_representation(self, rng_key: PRNGKeyArray | None = None) -> "AbstractVolumeRepresentation":
        """The volume that these parameters describe.

        Arguments:
            rng_key: A random key, for a parametrization that draws its volume from a distribution.
        """


class AbstractVolumeRepresentation(AbstractVolumeParametrization):
    """A volume in the form that an integrator or a renderer works on: atoms, voxels, a network.

    A representation is its own parametrization.
    """

    @abstractmethod
    def rotate_to_pose(self, pose: AbstractPose, inverse: bool = False) -> "AbstractVolumeRepresentation":
        """The volume with its object rotated by the pose (about the origin, actively).

        Arguments:
            pose: The pose; its offset is not used.
            inverse: Rotate by the inverse of the pose's rotation.
        """


class AbstractAtomVolume(AbstractVolumeRepresentation):
    """A volume made of points in space, which can be moved in all three directions."""

    @abstractmethod
    def translate_to_pose(self, pose: AbstractPose) -> "AbstractAtomVolume":
        """The volume moved by the pose's offset (x, y, z) in Å; the pose's rotation is not used."""
