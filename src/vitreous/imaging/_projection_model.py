"""The image before any lens: the phase that the specimen gives the wave."""

import equinox as eqx
from jaxtyping import Array, Complex, Float, PRNGKeyArray

from vitreous._core import FloatLike, as_scalar
from vitreous.constants import interaction_constant
from vitreous.filters import AbstractFilter, AbstractMask
from vitreous.grids import ImageConfig
from vitreous.optics import Contrast
from vitreous.poses import AbstractPose, EulerAnglePose
from vitreous.projection import AbstractVolumeIntegrator, integrator_for
from vitreous.volumes import AbstractVolumeParametrization

from ._base import AbstractImageModel
from ._image_model import move_to


class ProjectionModel(AbstractImageModel):
    r"""Scattering alone: the phase $\lambda\gamma\int U\,dz$ (radians) of the exit wave, as a picture.

    The first rung of the ladder projection, image (`ImageModel`), counts (`CountingLikelihood`), score
    (`GaussianLikelihood`), each with all of the one below it. In any of them it takes the place of an image, so that
    class averages or phase plates without a lens are simulated and scored in the same way.

    Arguments:
        volume: What is projected.
        image_config: Shape, pixel size and padding.
        pose: Orientation and position; as deposited unless given.
        voltage_kv: Sets the wavelength $\lambda$ and the Lorentz factor $\gamma$.
        integrator: How the volume is projected; the one registered for its type unless given.
        contrast: Bright keeps the sign of the phase, which is positive for protein; dark negates it.
        filter: Multiplies the image's spectrum; none unless given.
        mask: Multiplies the image; none unless given.

    Examples:
        >>> import jax.numpy as jnp
        >>> from vitreous.volumes import GaussianMixtureVolume
        >>> atom = GaussianMixtureVolume(jnp.zeros((1, 3)), jnp.full((1, 1), 100.0), jnp.full((1, 1), 4.0))
        >>> phase = ProjectionModel(atom, ImageConfig((32, 32), 2.0)).simulate()
        >>> round(float(phase.sum() * 4.0 / interaction_constant(300.0)), 3)  # the amplitude, in Å
        100.0
    """

    volume: AbstractVolumeParametrization
    pose: AbstractPose
    image_config: ImageConfig
    voltage_kv: Float[Array, ""]
    integrator: AbstractVolumeIntegrator
    contrast: Contrast = eqx.field(static=True)
    filter: AbstractFilter | None
    mask: AbstractMask | None

    def __init__(
        self,
        volume: AbstractVolumeParametrization,
        image_config: ImageConfig,
        *,
        pose: AbstractPose | None = None,
        voltage_kv: FloatLike = 300.0,
        integrator: AbstractVolumeIntegrator | None = None,
        contrast: Contrast = Contrast.BRIGHT,
        filter: AbstractFilter | None = None,
        mask: AbstractMask | None = None,
    ):
        self.volume, self.image_config = volume, image_config
        self.pose = EulerAnglePose() if pose is None else pose
        self.voltage_kv = as_scalar(voltage_kv, name="voltage_kv")
        self.integrator = integrator_for(volume.get_representation()) if integrator is None else integrator
        self.contrast, self.filter, self.mask = contrast, filter, mask

    def unfiltered_spectrum(self, *, rng_key: PRNGKeyArray | None = None) -> Complex[Array, "y xh"]:
        """Half spectrum of the phase at the padded shape, before the filter (see the class).

        Arguments:
            rng_key: For volumes that are drawn at random.
        """
        volume = self.volume.get_representation(rng_key).rotate_to_pose(self.pose)
        projection = self.integrator.integrate(volume, self.image_config)
        phase = -self.contrast.sign * interaction_constant(self.voltage_kv) * projection
        return move_to(self.pose, phase, self.image_config)
