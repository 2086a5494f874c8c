"""The noise-free image: volume, pose, projection, scattering and optics as one object."""

import equinox as eqx
from jaxtyping import Array, Complex, Float, PRNGKeyArray

from vitreous.grids import ImageConfig, crop, irfftn, shift_phases
from vitreous.optics import CTF, Contrast
from vitreous.poses import AbstractPose, EulerAnglePose
from vitreous.projection import AbstractVolumeIntegrator, integrator_for
from vitreous.scattering import AbstractScattering, WeakPhaseScattering
from vitreous.volumes import AbstractVolumeParametrization


class ImageModel(eqx.Module):
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
    """

    volume: AbstractVolumeParametrization
    pose: AbstractPose
    optics: CTF
    image_config: ImageConfig
    scattering: AbstractScattering
    integrator: AbstractVolumeIntegrator
    contrast: Contrast = eqx.field(static=True)

    def spectrum(self, *, rng_key: PRNGKeyArray | None = None) -> Complex[Array, "y xh"]:
        """Half spectrum of the image at the padded shape.

        Arguments:
            rng_key: For volumes that are drawn at random.
        """
        volume = self.volume.get_representation(rng_key).rotate_to_pose(self.pose)
        optics = self.optics.with_defocus_offset(self.pose.offset_z)
        contrast = self.scattering.contrast_spectrum(volume, optics, self.image_config, integrator=self.integrator)
        config = self.image_config
        phases = shift_phases(self.pose.offset[:2], config.padded_shape, config.pixel_size)
        return self.contrast.sign * contrast * phases.astype(contrast.dtype)

    def simulate(self, *, rng_key: PRNGKeyArray | None = None) -> Float[Array, "y x"]:
        """The noise-free image, cropped to its shape; a contrast, without unit.

        Arguments:
            rng_key: For volumes that are drawn at random.
        """
        image = irfftn(self.spectrum(rng_key=rng_key), self.image_config.padded_shape)
        return crop(image, self.image_config.shape)


def make_image_model(
    volume: AbstractVolumeParametrization,
    image_config: ImageConfig,
    *,
    pose: AbstractPose | None = None,
    optics: CTF | None = None,
    scattering: AbstractScattering | None = None,
    integrator: AbstractVolumeIntegrator | None = None,
    contrast: Contrast = Contrast.DARK,
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

    Examples:
        >>> import jax.numpy as jnp
        >>> from vitreous.volumes import GaussianMixtureVolume
        >>> atom = GaussianMixtureVolume(jnp.zeros((1, 3)), jnp.full((1, 1), 100.0), jnp.full((1, 1), 4.0))
        >>> image = make_image_model(atom, ImageConfig((32, 32), 2.0)).simulate()
        >>> image.shape, bool(image[16, 16] < 0)
        ((32, 32), True)
    """
    return ImageModel(
        volume=volume,
        pose=EulerAnglePose() if pose is None else pose,
        optics=CTF(10000.0) if optics is None else optics,
        image_config=image_config,
        scattering=WeakPhaseScattering() if scattering is None else scattering,
        integrator=integrator_for(volume.get_representation()) if integrator is None else integrator,
        contrast=contrast,
    )
