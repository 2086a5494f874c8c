"""The interface of every method of projection."""

from abc import abstractmethod
from typing import Generic, TypeVar

import equinox as eqx
from jaxtyping import Array, Complex, Float

from vitreous.grids import ImageConfig
from vitreous.volumes import AbstractVolumeRepresentation

VolumeT = TypeVar("VolumeT", bound=AbstractVolumeRepresentation)


class AbstractVolumeIntegrator(eqx.Module, Generic[VolumeT]):
    r"""A way to integrate a volume along the beam, onto a plane.

    $$ P(x, y) = \int U(x, y, z) \, dz \quad [\text{Å}^{-1}] $$

    The volume comes rotated (and moved) as its pose wants it; the beam travels along +z.
    """

    @abstractmethod
    def integrate(
        self,
        volume_representation: VolumeT,
        image_config: ImageConfig,
        outputs_real_space: bool = False,
    ) -> Complex[Array, "y xh"] | Float[Array, "y x"]:
        """The projection on the padded grid of an image.

        Arguments:
            volume_representation: The volume.
            image_config: The image's padded shape and pixel size.
            outputs_real_space: Return the image instead of its half spectrum.

        Returns:
            The half spectrum of the projection in the convention of `vitreous.grids.rfftn`, or the projection itself
            in Å⁻¹, of shape `image_config.padded_shape`.
        """
