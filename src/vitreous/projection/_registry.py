"""Which integrator images which kind of volume: a table that users may add to."""

from collections.abc import Callable

from vitreous._core import InputError
from vitreous.volumes import (
    AbstractFourierVolume,
    AbstractVolumeRepresentation,
    GaussianMixtureVolume,
    IndependentAtomVolume,
    PointCloudVolume,
    RealVoxelGridVolume,
)

from ._base import AbstractVolumeIntegrator
from ._cloud import PointCloudProjection
from ._fft_atoms import FFTAtomProjection
from ._fourier_slice import FourierSliceExtraction
from ._gaussian import GaussianMixtureProjection
from ._real_voxels import RealVoxelProjection

IntegratorFactory = Callable[[], AbstractVolumeIntegrator]

_FACTORIES: dict[type[AbstractVolumeRepresentation], IntegratorFactory] = {
    AbstractFourierVolume: FourierSliceExtraction,
    GaussianMixtureVolume: GaussianMixtureProjection,
    IndependentAtomVolume: FFTAtomProjection,
    PointCloudVolume: PointCloudProjection,
    RealVoxelGridVolume: RealVoxelProjection,
}


def register_integrator(volume_type: type[AbstractVolumeRepresentation], factory: IntegratorFactory) -> None:
    """Say how volumes of a type are projected, so that everything that images volumes images them too.

    Arguments:
        volume_type: The type; an abstract one stands for all types derived from it that are not registered themselves.
            Registering a type again replaces what it had.
        factory: What makes the integrator, without arguments: often the integrator's class itself.

    Examples:
        >>> register_integrator(GaussianMixtureVolume, GaussianMixtureProjection)
    """
    _FACTORIES[volume_type] = factory


def integrator_for(volume_representation: AbstractVolumeRepresentation) -> AbstractVolumeIntegrator:
    """The integrator with which a volume is imaged unless one asks for another.

    Arguments:
        volume_representation: The volume.

    Returns:
        The registered integrator of its type or, failing that, of the nearest type that it is derived from.

    Raises:
        InputError: None is registered.

    Examples:
        >>> import jax.numpy as jnp
        >>> volume = GaussianMixtureVolume(jnp.zeros((1, 3)), amplitudes=1.0, variances=1.0)
        >>> type(integrator_for(volume)).__name__
        'GaussianMixtureProjection'
    """
    volume_type = type(volume_representation)
    for ancestor in volume_type.__mro__:
        if ancestor in _FACTORIES:
            return _FACTORIES[ancestor]()
    known = ", ".join(sorted(known_type.__name__ for known_type in _FACTORIES))
    raise InputError(
        f"no integrator is registered for a volume of type {volume_type.__name__}, so it cannot be projected; "
        f"there are integrators for {known}.",
        hint=f"vitreous.projection.register_integrator({volume_type.__name__}, YourIntegrator); if this is a "
        "parametrization, pass its get_representation() instead.",
    )
