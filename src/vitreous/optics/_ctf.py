"""The contrast transfer function."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Complex, Float

from vitreous._core import FloatLike, InputError, as_scalar, may_hold, positive
from vitreous.constants import wavelength
from vitreous.kernels import phasor, sincos

from ._base import AbstractOptics

_ANGSTROM_PER_MM = 1e7


class CTF(AbstractOptics):
    r"""The contrast transfer function of a weak phase object.

    $$\mathrm{CTF}(q) = -\sin\bigl(\chi(q) + \phi + \arcsin w\bigr)\, e^{-B q^2 / 4}$$

    $$\chi(q) = \pi \lambda\, \Delta f(\alpha)\, q^2 - \tfrac12 \pi C_s \lambda^3 q^4, \qquad
    \Delta f(\alpha) = \tfrac12 (u + v) + \tfrac12 (u - v) \cos 2(\alpha - \alpha_0)$$

    at the frequency $q\,(\cos\alpha, \sin\alpha)$ in Å⁻¹ (Rohou & Grigorieff, *J. Struct. Biol.* 2015, 192, 216, eqs.
    1 to 3, with the signs of this library). Positive defocus is underfocus. Protein is dark: the value at $q = 0$ is
    $-\sin(\phi + \arcsin w)$. RELION's formula is the negative of this one.

    One object describes one image; `jax.vmap(CTF)(defocus_u, defocus_v, angle)` builds a batch. Every field can be
    differentiated. `Microscope` adds aberrations, envelopes, apertures and phase plates to it.

    Arguments:
        defocus_u: Defocus $u$ along the direction of the astigmatism angle, in Å.
        defocus_v: Defocus $v$ across it, in Å. Without it there is no astigmatism: $v = u$.
        astigmatism_angle_deg: $\alpha_0$ in degrees, from $+x$ towards $+y$ (as in RELION, CTFFIND and cisTEM).
        voltage_kv: Acceleration voltage in kV, which sets the wavelength $\lambda$.
        cs_mm: Spherical aberration $C_s$ in mm.
        amplitude_contrast: The fraction $w$, 0 ≤ w < 1.
        phase_shift_deg: $\phi$, of a phase plate, in degrees.
        b_factor: $B$ of the envelope, in Å².

    Raises:
        InputError: An argument is an array, or a value is out of range and known (not traced).

    Examples:
        >>> ctf = CTF(15_000.0, 14_500.0, 30.0, voltage_kv=300.0, amplitude_contrast=0.1)
        >>> round(float(ctf(jnp.zeros(2))), 6)
        -0.1
    """

    defocus_u: Float[Array, ""]
    defocus_v: Float[Array, ""]
    astigmatism_angle_deg: Float[Array, ""]
    voltage_kv: Float[Array, ""]
    cs_mm: Float[Array, ""]
    amplitude_contrast: Float[Array, ""]
    phase_shift_deg: Float[Array, ""]
    b_factor: Float[Array, ""]

    def __init__(
        self,
        defocus_u: FloatLike = 10_000.0,
        defocus_v: FloatLike | None = None,
        astigmatism_angle_deg: FloatLike = 0.0,
        *,
        voltage_kv: FloatLike = 300.0,
        cs_mm: FloatLike = 2.7,
        amplitude_contrast: FloatLike = 0.1,
        phase_shift_deg: FloatLike = 0.0,
        b_factor: FloatLike = 0.0,
    ):
        self.defocus_u = as_scalar(defocus_u, name="defocus_u")
        self.defocus_v = as_scalar(defocus_u if defocus_v is None else defocus_v, name="defocus_v")
        self.astigmatism_angle_deg = as_scalar(astigmatism_angle_deg, name="astigmatism_angle_deg")
        self.voltage_kv = positive(voltage_kv, name="voltage_kv", unit="kV", hint="Use kilovolts, such as 300.")
        self.cs_mm = as_scalar(cs_mm, name="cs_mm")
        self.amplitude_contrast = as_scalar(amplitude_contrast, name="amplitude_contrast")
        self.phase_shift_deg = as_scalar(phase_shift_deg, name="phase_shift_deg")
        self.b_factor = as_scalar(b_factor, name="b_factor")
        if not may_hold(lambda fraction: (fraction >= 0) & (fraction < 1), amplitude_contrast):
            raise InputError(
                f"amplitude_contrast={float(amplitude_contrast):g} is not a fraction from 0 to below 1.",
                hint="Use 0.1 for ten percent (0.07 to 0.1 is usual in ice).",
            )

    @property
    def magnification(self) -> None:
        """The magnification is the same in all directions."""
        return None

    def phase(self, frequencies: Float[Array, "*points 2"]) -> Float[Array, "*points"]:
        r"""The phase of the aberrations alone, $\chi(q)$, in radians.

        $\Delta f(\alpha)\, q^2$ is evaluated as a quadratic form in $(q_x, q_y)$, without the angle $\alpha$, so its
        gradient is finite at $q = 0$.

        Arguments:
            frequencies: $(q_x, q_y)$ in Å⁻¹.

        Returns:
            $\chi$ at each frequency.

        Examples:
            >>> round(float(CTF(10_000.0, cs_mm=0.0).phase(jnp.array([0.1, 0.0]))), 3)
            6.185
        """
        lambda_ = wavelength(self.voltage_kv)
        angle = 2 * jnp.deg2rad(self.astigmatism_angle_deg)
        mean = (self.defocus_u + self.defocus_v) / 2
        astigmatism = (self.defocus_u - self.defocus_v) / 2
        x, y = frequencies[..., 0], frequencies[..., 1]
        square = x**2 + y**2
        defocus_square = mean * square + astigmatism * (jnp.cos(angle) * (x**2 - y**2) + jnp.sin(angle) * 2 * x * y)
        spherical = _ANGSTROM_PER_MM * self.cs_mm * lambda_**2 * square**2 / 2
        return jnp.pi * lambda_ * (defocus_square - spherical)

    @eqx.filter_jit
    def __call__(self, frequencies: Float[Array, "*points 2"]) -> Float[Array, "*points"]:
        """The contrast transfer at each frequency.

        Arguments:
            frequencies: $(q_x, q_y)$ in Å⁻¹, such as `ImageConfig.frequencies`.

        Returns:
            What multiplies the phase's spectrum to give the contrast's: negative at low $q$ for underfocus.

        Examples:
            >>> from vitreous.grids import frequencies
            >>> CTF(12_000.0)(frequencies((64, 64), 1.5)).shape
            (64, 33)
        """
        phase = self.phase(frequencies) + jnp.deg2rad(self.phase_shift_deg) + jnp.arcsin(self.amplitude_contrast)
        return -sincos(phase)[0] * self.damping(frequencies)

    def odd_phase(self, frequencies: Float[Array, "*points 2"]) -> Float[Array, "*points"]:
        """Zero: defocus, astigmatism and spherical aberration are even."""
        return jnp.zeros_like(frequencies[..., 0])

    def damping(self, frequencies: Float[Array, "*points 2"]) -> Float[Array, "*points"]:
        r"""The envelope of the B-factor, $e^{-B q^2/4}$.

        Arguments:
            frequencies: $(q_x, q_y)$ in Å⁻¹.

        Returns:
            A factor, 1 at $q = 0$.
        """
        return jnp.exp(-self.b_factor * jnp.sum(frequencies**2, axis=-1) / 4)

    def wave_transfer(self, frequencies: Float[Array, "*points 2"]) -> Complex[Array, "*points"]:
        r"""What multiplies the spectrum of an exit wave: $e^{i\chi} e^{-Bq^2/4}$, and $e^{i\phi}$ on all but $q = 0$.

        Arguments:
            frequencies: $(q_x, q_y)$ in Å⁻¹, on a full or a half spectrum.

        Returns:
            The complex transfer, 1 at $q = 0$.

        Examples:
            >>> lens = CTF(10_000.0, phase_shift_deg=90.0)
            >>> complex(lens.wave_transfer(jnp.zeros(2)))
            (1+0j)
        """
        plate = jnp.where(jnp.any(frequencies != 0, axis=-1), jnp.deg2rad(self.phase_shift_deg), 0)
        return phasor(self.phase(frequencies) + plate) * self.damping(frequencies)

    def image_factor(self, frequencies: Float[Array, "*points 2"]) -> Float[Array, "*points"]:
        """One: the image is as the lens formed it."""
        return jnp.ones_like(frequencies[..., 0])

    def with_defocus_offset(self, offset_z: FloatLike) -> "CTF":
        """The CTF of a particle that sits higher in the beam: `offset_z` is added to both defoci.

        Arguments:
            offset_z: The particle's z in Å, as `AbstractPose.offset_z`; positive is more underfocus.

        Returns:
            A new CTF.

        Examples:
            >>> float(CTF(10_000.0).with_defocus_offset(50.0).defocus_v)
            10050.0
        """
        defoci = (self.defocus_u + offset_z, self.defocus_v + offset_z)
        return eqx.tree_at(lambda ctf: (ctf.defocus_u, ctf.defocus_v), self, defoci)
