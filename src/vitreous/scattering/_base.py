"""The interface of the scattering theories."""

from abc import abstractmethod

import equinox as eqx
from jaxtyping import Array, Complex

from vitreous.grids import ImageConfig
from vitreous.optics import AbstractOptics
from vitreous.projection import AbstractVolumeIntegrator
from vitreous.volumes import AbstractVolumeRepresentation


class AbstractScattering(eqx.Module):
    r"""From a volume in its pose, and a microscope, to the contrast $C = (|\psi|^2/|\psi_0|^2 - 1)/2$."""

    @abstractmethod
    def contrast_spectrum(
        self,
        volume: AbstractVolumeRepresentation,
        optics: AbstractOptics,
        image_config: ImageConfig,
        *,
        integrator: AbstractVolumeIntegrator,
    ) -> Complex[Array, "y xh"]:
        """Half spectrum of the contrast at the padded shape.

        Arguments:
            volume: The potential, turned to its pose.
            optics: The microscope, its defocus counted from the plane z = 0 of the volume's coordinates.
            image_config: Shape and pixel size.
            integrator: How the volume is projected. Theories that see the volume in depth say what they use of it.
        """
