"""Phase plates: what turns the phase of scattered electrons against that of unscattered ones."""

from abc import abstractmethod
from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from vitreous._core import FloatLike, as_float, as_scalar, not_negative, positive
from vitreous.constants import lorentz_factor, wavelength


class AbstractPhasePlate(eqx.Module):
    r"""A plate in the back focal plane.

    It multiplies every mode of the exit wave but $q = 0$ by $e^{i\phi(q)}$. A plate of your own needs only
    `phase_shift`.
    """

    @abstractmethod
    def phase_shift(self, frequencies: Float[Array, "*points 2"], *, voltage_kv: FloatLike) -> Float[Array, "*points"]:
        r"""The phase $\phi(q) = \phi(-q)$ in radians, 0 at $q = 0$.

        Arguments:
            frequencies: True frequencies $(q_x, q_y)$ in Å⁻¹.
            voltage_kv: Acceleration voltage in kV.
        """


class VoltaPhasePlate(AbstractPhasePlate):
    r"""A thin film on which the unscattered beam writes its own patch of potential.

    $$\phi(q) = \phi \left(1 - 2^{-q^2/q_c^2}\right)$$

    The patch has about the width of the unscattered beam, so scattering below the cut-on frequency $q_c$ passes
    through it too (Danev et al. 2014, *PNAS* 111, 15635, measure the patch; its Gaussian profile is a model). Without
    a cut-on, every mode but $q = 0$ is turned by $\phi$.

    Arguments:
        phase_shift_deg: $\phi$ in degrees.
        cut_on: $q_c$ in Å⁻¹, where half of the phase is reached; 0 for none.

    Raises:
        InputError: The cut-on is negative and known.

    Examples:
        >>> plate = VoltaPhasePlate(90.0, cut_on=0.002)
        >>> phase = plate.phase_shift(jnp.array([[0.0, 0.0], [0.002, 0.0], [0.1, 0.0]]), voltage_kv=300.0)
        >>> [round(float(angle), 3) for angle in jnp.rad2deg(phase)]
        [0.0, 45.0, 90.0]
    """

    phase_shift_deg: Float[Array, ""]
    cut_on: Float[Array, ""]

    def __init__(self, phase_shift_deg: FloatLike = 90.0, *, cut_on: FloatLike = 0.0):
        self.phase_shift_deg = as_scalar(phase_shift_deg, name="phase_shift_deg")
        self.cut_on = not_negative(cut_on, name="cut_on", unit="Å⁻¹")

    def phase_shift(self, frequencies: Float[Array, "*points 2"], *, voltage_kv: FloatLike) -> Float[Array, "*points"]:
        r"""The phase in radians, 0 at $q = 0$ (the voltage does not matter)."""
        square = jnp.sum(frequencies**2, axis=-1)
        soft = self.cut_on > 0
        ratio = square / jnp.where(soft, self.cut_on, 1) ** 2
        profile = jnp.where(soft, -jnp.expm1(-jnp.log(2) * ratio), square > 0)
        return jnp.deg2rad(self.phase_shift_deg) * profile


class LaserPhasePlate(AbstractPhasePlate):
    r"""Standing laser waves that cross the unscattered beam, at an antinode, in the back focal plane or an image of it.

    The ponderomotive potential of a standing Gaussian mode, integrated along the electrons' path, retards them by

    $$\eta(X, Y) = \frac{\eta_0}{2} \frac{e^{-2Y^2/(1+X^2)}}{\sqrt{1+X^2}} \left[ 1 + \frac{1 - 2\beta^2\cos^2\theta}
    {(1+X^2)^{1/4}} \cos\left( \frac{2XY^2}{1+X^2} + \frac{4X}{\mathrm{NA}^2} - \frac32 \arctan X \right) \right]$$

    where $X$ is the position along the laser in units of its Rayleigh range $w_0/\mathrm{NA}$, $Y$ that across it in
    units of its waist $w_0 = \lambda_L/\pi\mathrm{NA}$, $\beta$ the electrons' speed and $\theta$ the angle of the
    laser's polarisation to their path (Schwartz et al. 2019, *Nature Methods* 16, 1016; with the dependence on the
    polarisation of Axelrod et al. 2020, *Phys. Rev. Lett.* 124, 174801; it follows from integrating the mode's
    intensity along z). A frequency $q$ passes at $\lambda f q$ from the unscattered beam, which is retarded most, so

    $$\phi(q) = \sum_\text{lasers} \eta(0, 0) - \eta(q)$$

    The phase is anisotropic: along a laser it is modulated by the standing wave, half a wavelength of light apart.
    Where that is finer than the image's Fourier pixels, $\lambda f / (N p)$, the sampled image cannot hold the faint
    ghosts it makes: they fold back into the box.

    Arguments:
        phase_shift_deg: $\phi$ far from the lasers, in degrees: the whole retardation of the unscattered beam, to which
            each laser contributes alike.
        azimuths_deg: Directions of the lasers in the image, in degrees from $+x$ towards $+y$; two for a crossed plate
            (Petrov et al. 2024, arXiv:2410.11328).
        laser_wavelength_nm: $\lambda_L$ in nm.
        numerical_aperture: NA of the laser mode.
        focal_length_mm: $f$ of the plane of the lasers: how far apart frequencies pass there, in mm.
        polarisation_deg: $\theta$ in degrees; 90 for a polarisation across the electrons' path.

    Raises:
        InputError: A length or the aperture is not positive and known.

    Examples:
        >>> plate = LaserPhasePlate(90.0)
        >>> phase = plate.phase_shift(jnp.array([[0.0, 0.0], [0.0, 0.2]]), voltage_kv=300.0)
        >>> [round(float(angle), 2) for angle in jnp.rad2deg(phase)]
        [0.0, 90.0]
    """

    phase_shift_deg: Float[Array, ""]
    azimuths_deg: Float[Array, " lasers"]
    laser_wavelength_nm: Float[Array, ""]
    numerical_aperture: Float[Array, ""]
    focal_length_mm: Float[Array, ""]
    polarisation_deg: Float[Array, ""]

    def __init__(
        self,
        phase_shift_deg: FloatLike = 90.0,
        azimuths_deg: Any = (0.0,),
        *,
        laser_wavelength_nm: FloatLike = 1064.0,
        numerical_aperture: FloatLike = 0.05,
        focal_length_mm: FloatLike = 20.0,
        polarisation_deg: FloatLike = 90.0,
    ):
        self.phase_shift_deg = as_scalar(phase_shift_deg, name="phase_shift_deg")
        self.azimuths_deg = jnp.atleast_1d(as_float(jnp.asarray(azimuths_deg, float)))
        self.laser_wavelength_nm = positive(laser_wavelength_nm, name="laser_wavelength_nm", unit="nm")
        self.numerical_aperture = positive(
            numerical_aperture, name="numerical_aperture", unit="rad", hint="Such as 0.05."
        )
        self.focal_length_mm = positive(focal_length_mm, name="focal_length_mm", unit="mm")
        self.polarisation_deg = as_scalar(polarisation_deg, name="polarisation_deg")

    def phase_shift(self, frequencies: Float[Array, "*points 2"], *, voltage_kv: FloatLike) -> Float[Array, "*points"]:
        """The phase in radians, 0 at $q = 0$."""
        aperture = self.numerical_aperture
        waist = self.laser_wavelength_nm * 10 / (jnp.pi * aperture)
        across = wavelength(voltage_kv) * self.focal_length_mm * 1e7 / waist  # waists per Å⁻¹
        beta_square = 1 - lorentz_factor(voltage_kv) ** -2
        contrast = 1 - 2 * beta_square * jnp.cos(jnp.deg2rad(self.polarisation_deg)) ** 2
        x, y = frequencies[..., 0], frequencies[..., 1]
        total = jnp.zeros_like(x)
        for azimuth in jnp.deg2rad(self.azimuths_deg.astype(x.dtype)):
            along = (jnp.cos(azimuth) * x + jnp.sin(azimuth) * y) * across * aperture
            beside = (jnp.cos(azimuth) * y - jnp.sin(azimuth) * x) * across
            total = total + 1 - _retardation(along, beside**2, contrast, aperture) / (1 + contrast)
        return jnp.deg2rad(self.phase_shift_deg) * total / self.azimuths_deg.size


def _retardation(x: Array, y_square: Array, contrast: Array, aperture: Array) -> Array:
    r"""$2\eta/\eta_0$ of one standing wave, $1 + $ contrast at the origin."""
    width = 1 + x**2
    fringes = jnp.cos(2 * x * y_square / width + 4 * x / aperture**2 - 1.5 * jnp.arctan(x))
    return jnp.exp(-2 * y_square / width) / jnp.sqrt(width) * (1 + contrast * width**-0.25 * fringes)
