"""What the theories share that follow the wave itself: the lens and the detection of its intensity."""

from abc import abstractmethod

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Complex

from vitreous._core import FloatLike
from vitreous.grids import ImageConfig
from vitreous.optics import AbstractOptics
from vitreous.projection import AbstractVolumeIntegrator
from vitreous.volumes import AbstractVolumeRepresentation

from ._base import AbstractScattering
from ._interaction import stretched_area
from ._wave_grid import WaveGrid


class AbstractWaveScattering(AbstractScattering):
    r"""A theory of the wave $\psi$ that leaves the specimen, whose intensity behind the lens is detected.

    With the exit wave $\psi_e$ at the plane $z_e$, unscattered beam $\psi_0 = 1$, and the lens $L(q)$ of a microscope
    at defocus $\Delta f$,

    $$ \psi = \mathcal F^{-1}[L_{\Delta f + z_e}\, \tilde\psi_e], \qquad C = (|\psi|^2 - 1)/2, $$

    so that defocus refers to the plane z = 0 of the specimen's coordinates. A specimen of potential $U$ and amplitude
    contrast $w$ scatters with the complex potential $U\,(\sqrt{1 - w^2} + i w)$.

    The potential is taken within the image's band: what it scatters beyond the image's Nyquist frequency is not there,
    and an image at smaller pixels, cropped in Fourier space afterwards, holds more of it. Waves are limited to a disc
    on a grid `oversampling` times finer than the image: with 1.5 the disc is that of the image's Nyquist frequency,
    and the image holds no aliases of its squares; with 1 it is two thirds of that.

    Attributes:
        oversampling: Pixels of the waves' grid per pixel of the image, along each axis.
        exit_plane: $z_e$ in Å.
    """

    oversampling: eqx.AbstractVar[float]
    exit_plane: eqx.AbstractVar[FloatLike]

    @abstractmethod
    def scattered_spectrum(
        self,
        volume: AbstractVolumeRepresentation,
        optics: AbstractOptics,
        image_config: ImageConfig,
        *,
        integrator: AbstractVolumeIntegrator,
    ) -> Complex[Array, "y x"]:
        r"""The full spectrum of the scattered wave, $\psi_e - 1$, at the exit plane, on the grid of the waves.

        The difference keeps its digits in single precision, and is exactly zero in vacuum.

        Arguments:
            volume: The potential, turned to its pose.
            optics: The microscope: voltage, amplitude contrast, magnification.
            image_config: Shape and pixel size.
            integrator: How the volume is projected.
        """

    @eqx.filter_jit
    def exit_wave(
        self,
        volume: AbstractVolumeRepresentation,
        optics: AbstractOptics,
        image_config: ImageConfig,
        *,
        integrator: AbstractVolumeIntegrator,
    ) -> Complex[Array, "y x"]:
        r"""The wave $\psi_e$ at the exit plane, before the lens, where the unscattered beam is 1.

        Arguments:
            volume: The potential, turned to its pose.
            optics: The microscope: voltage, amplitude contrast, magnification.
            image_config: Shape and pixel size.
            integrator: How the volume is projected.

        Returns:
            The wave at the padded shape, within the band of the image and of the waves.
        """
        grid = WaveGrid.around(image_config, self.oversampling)
        return 1 + grid.to_image(self.scattered_spectrum(volume, optics, image_config, integrator=integrator))

    @eqx.filter_jit
    def contrast_spectrum(
        self,
        volume: AbstractVolumeRepresentation,
        optics: AbstractOptics,
        image_config: ImageConfig,
        *,
        integrator: AbstractVolumeIntegrator,
    ) -> Complex[Array, "y xh"]:
        """Half spectrum of the contrast at the padded shape (see the class), quadratic terms included."""
        grid = WaveGrid.around(image_config, self.oversampling)
        scattered = self.scattered_spectrum(volume, optics, image_config, integrator=integrator)
        lens = optics.with_defocus_offset(self.exit_plane).wave_transfer(grid.frequencies)
        # |1 + φ|² = 1 + 2 Re φ + |φ|², relative to the beam that the lens lets through.
        wave = jnp.fft.ifft2(scattered * (lens / lens[0, 0] * grid.window))
        contrast = wave.real + (wave.real**2 + wave.imag**2) / 2
        factor = optics.image_factor(image_config.frequencies) / stretched_area(optics)
        return grid.to_half_spectrum(contrast) * factor
