"""The noise-free image: volume, pose, projection, scattering and optics as one object."""

import equinox as eqx
from jaxtyping import Array, Complex, PRNGKeyArray

from vitreous._core import InputError
from vitreous.constants import interaction_constant
from vitreous.filters import AbstractFilter, AbstractMask
from vitreous.grids import ImageConfig
from vitreous.ice import AbstractIce
from vitreous.kernels import shift_spectrum
from vitreous.optics import CTF, AbstractOptics, Contrast, warn_if_aliased
from vitreous.poses import AbstractPose, EulerAnglePose
from vitreous.projection import AbstractVolumeIntegrator, integrator_for
from vitreous.scattering import AbstractScattering, WeakPhaseScattering
from vitreous.volumes import AbstractVolumeParametrization

from ._base import AbstractImageModel, key_for


class ImageModel(AbstractImageModel):
    r"""The image of a volume in a pose: $s\,\mathcal F^{-1}\left[e^{-2\pi i q\cdot t}\,\tilde C(q)\right]$.

    The contrast $C = (|\psi|^2/|\psi_0|^2 - 1)/2$ is that of the scattering theory with the volume rotated by the
    pose; it is then moved by the pose's offset $t$ in the image plane, while the offset along the beam adds to the
    defocus. The sign s is the stored contrast: +1 leaves protein dark, as on a micrograph, −1 makes it bright, as in
    most particle stacks. Every array inside is differentiable; `make_image_model` fills in the usual choices.

    Arguments:
        volume: What is imaged.
        pose: Orientation and position.
        optics: The microscope.
        image_config: Shape, pixel size and padding.
        scattering: The scattering theory.
        integrator: How the volume is projected.
        contrast: Whether protein is dark or bright in the image.
        ice: What the specimen lies in, drawn anew with each key; `None` for vacuum. It does not move with the
            particle, and is imaged in the weak-phase theory whatever that of the specimen.
        filter: Multiplies the image's spectrum; `None` for none.
        mask: Multiplies the image; `None` for none.
    """

    volume: AbstractVolumeParametrization
    pose: AbstractPose
    optics: AbstractOptics
    image_config: ImageConfig
    scattering: AbstractScattering
    integrator: AbstractVolumeIntegrator
    contrast: Contrast = eqx.field(static=True)
    ice: AbstractIce | None = None
    filter: AbstractFilter | None = None
    mask: AbstractMask | None = None

    def unfiltered_spectrum(self, *, rng_key: PRNGKeyArray | None = None) -> Complex[Array, "y xh"]:
        """Half spectrum of the image at the padded shape, before the filter (see the class).

        Arguments:
            rng_key: For ice, and for volumes that are drawn at random.

        Raises:
            InputError: There is ice but no key.
        """
        volume = self.volume.get_representation(rng_key).rotate_to_pose(self.pose)
        optics = self.optics.with_defocus_offset(self.pose.offset_z)
        config = self.image_config
        contrast = self.scattering.contrast_spectrum(volume, optics, config, integrator=self.integrator)
        contrast = move_to(self.pose, contrast, config)
        if self.ice is not None:
            contrast = contrast + self._contrast_of_ice(self.ice, rng_key)
        return self.contrast.sign * contrast

    def _contrast_of_ice(self, ice: AbstractIce, rng_key: PRNGKeyArray | None) -> Complex[Array, "y xh"]:
        if rng_key is None:
            raise InputError(
                "ice is drawn at random, and no key was given.",
                hint="simulate(rng_key=…); to score images, leave out the ice and put its power into ColouredNoise.",
            )
        config, key = self.image_config, key_for("ice", rng_key)
        phase = interaction_constant(self.optics.voltage_kv) * ice.sample_spectrum(config, key=key)
        return self.optics(config.frequencies) * phase


def move_to(pose: AbstractPose, spectrum: Complex[Array, "y xh"], image_config: ImageConfig) -> Complex[Array, "y xh"]:
    """The half spectrum of an image moved by the offset of a pose in its plane."""
    return shift_spectrum(spectrum, pose.offset[:2] / image_config.pixel_size, shape=image_config.padded_shape)


def make_image_model(
    volume: AbstractVolumeParametrization,
    image_config: ImageConfig,
    *,
    pose: AbstractPose | None = None,
    optics: AbstractOptics | None = None,
    scattering: AbstractScattering | None = None,
    integrator: AbstractVolumeIntegrator | None = None,
    contrast: Contrast = Contrast.DARK,
    ice: AbstractIce | None = None,
    filter: AbstractFilter | None = None,
    mask: AbstractMask | None = None,
    particle_diameter: float | None = None,
) -> ImageModel:
    """Compose an image model; everything but the volume and the image has a default.

    Arguments:
        volume: What is imaged.
        image_config: Shape, pixel size and padding.
        pose: As deposited, unless given.
        optics: 300 kV, 2.7 mm, 1 µm underfocus, unless given.
        scattering: Weak phase, unless given.
        integrator: The one registered for the volume's type, unless given.
        contrast: Whether protein is dark or bright.
        ice: What the specimen lies in; vacuum unless given.
        filter: Multiplies the image's spectrum; none unless given.
        mask: Multiplies the image; none unless given.
        particle_diameter: Å. If given, a box too small for the microscope's oscillations draws a warning that names the
            smallest sufficient one (`vitreous.optics.warn_if_aliased`); optics and pixel size must then be known, not
            traced.

    Examples:
        >>> import jax.numpy as jnp
        >>> from vitreous.volumes import GaussianMixtureVolume
        >>> atom = GaussianMixtureVolume(jnp.zeros((1, 3)), jnp.full((1, 1), 100.0), jnp.full((1, 1), 4.0))
        >>> image = make_image_model(atom, ImageConfig((32, 32), 2.0)).simulate()
        >>> image.shape, bool(image[16, 16] < 0)
        ((32, 32), True)
    """
    optics = CTF(10000.0) if optics is None else optics
    if particle_diameter is not None:
        pixel_size = float(image_config.pixel_size)
        warn_if_aliased(optics, pixel_size, image_config.padded_shape, particle_diameter=particle_diameter)
    return ImageModel(
        volume=volume,
        pose=EulerAnglePose() if pose is None else pose,
        optics=optics,
        image_config=image_config,
        scattering=WeakPhaseScattering() if scattering is None else scattering,
        integrator=integrator_for(volume.get_representation()) if integrator is None else integrator,
        contrast=contrast,
        ice=ice,
        filter=filter,
        mask=mask,
    )
