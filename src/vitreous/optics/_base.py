"""What every microscope is."""

from abc import abstractmethod

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Complex, Float

from vitreous._core import FloatLike


class AbstractOptics(eqx.Module):
    r"""A microscope, for every theory of scattering.

    The linear theories multiply the spectrum of the specimen's phase by `__call__`; the wave theories multiply the
    spectrum of an exit wave by `wave_transfer`, and that of the contrast which the wave then makes by `image_factor`.
    All of them take the frequencies of the image, $q$, and see the specimen at the true ones, $q' = M q$
    (`true_frequencies`): a projection must be evaluated there too, which `vitreous.projection.project_magnified` does.

    One object describes one image; `jax.vmap` over a constructor builds a batch.

    Attributes:
        voltage_kv: Acceleration voltage in kV.
        amplitude_contrast: The fraction $w$ of amplitude contrast, 0 ≤ w < 1.
        magnification: The matrix $M$ of an anisotropic magnification, or `None` where there is none.
    """

    voltage_kv: eqx.AbstractVar[Float[Array, ""]]
    amplitude_contrast: eqx.AbstractVar[Float[Array, ""]]
    magnification: eqx.AbstractVar[Float[Array, "2 2"] | None]

    @abstractmethod
    def __call__(self, frequencies: Float[Array, "*points 2"]) -> Float[Array, "*points"] | Complex[Array, "*points"]:
        r"""The transfer of the linear theory, $\tilde C(q) / \lambda\gamma \int \tilde U dz$.

        Arguments:
            frequencies: $(q_x, q_y)$ of the image in Å⁻¹, such as `ImageConfig.frequencies`.

        Returns:
            Real without odd aberrations, complex with them.
        """

    @abstractmethod
    def phase(self, frequencies: Float[Array, "*points 2"]) -> Float[Array, "*points"]:
        r"""The even phase of the aberrations, $\chi$ in radians, without phase plate and amplitude contrast.

        Arguments:
            frequencies: $(q_x, q_y)$ of the image in Å⁻¹.
        """

    @abstractmethod
    def odd_phase(self, frequencies: Float[Array, "*points 2"]) -> Float[Array, "*points"]:
        """The odd phase of the aberrations in radians, which turns the phases of the image's spectrum.

        Arguments:
            frequencies: $(q_x, q_y)$ of the image in Å⁻¹.
        """

    @abstractmethod
    def wave_transfer(self, frequencies: Float[Array, "*points 2"]) -> Complex[Array, "*points"]:
        r"""What multiplies the spectrum of an exit wave: $e^{+i(\chi + \text{odd})}$, phase plate, damping, aperture.

        It holds no amplitude contrast, which wave theories have in their complex potential. A phase plate turns every
        mode but $q = 0$. The damping of the linear transfer is applied to the wave, which gives the terms linear in
        the wave their right damping (the quasi-coherent approximation; Kirkland 2010, *Advanced Computing in Electron
        Microscopy*, section 3.2).

        Arguments:
            frequencies: $(q_x, q_y)$ of the image in Å⁻¹, on a full or a half spectrum.
        """

    @abstractmethod
    def image_factor(self, frequencies: Float[Array, "*points 2"]) -> Float[Array, "*points"]:
        """What was done to the image after it was formed, as a factor of its contrast's spectrum.

        `__call__` includes it; a wave theory multiplies the contrast that it computes by it.

        Arguments:
            frequencies: $(q_x, q_y)$ of the image in Å⁻¹.
        """

    @abstractmethod
    def with_defocus_offset(self, offset_z: FloatLike) -> "AbstractOptics":
        """The same microscope for a particle that sits higher in the beam.

        Arguments:
            offset_z: The particle's z in Å, as `AbstractPose.offset_z`; positive is more underfocus.
        """

    def true_frequencies(self, frequencies: Float[Array, "*points 2"]) -> Float[Array, "*points 2"]:
        r"""The specimen's frequencies, $q' = M q$, that the image shows at $q$.

        Arguments:
            frequencies: $(q_x, q_y)$ of the image in Å⁻¹.

        Returns:
            $q'$ in Å⁻¹.
        """
        if self.magnification is None:
            return frequencies
        ((xx, xy), (yx, yy)) = self.magnification.astype(frequencies.dtype)
        x, y = frequencies[..., 0], frequencies[..., 1]
        return jnp.stack([xx * x + xy * y, yx * x + yy * y], axis=-1)
