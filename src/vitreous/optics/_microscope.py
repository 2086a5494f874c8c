"""The microscope, composed of its parts."""

from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Complex, Float

from vitreous._core import FloatLike, InputError, as_float, as_scalar
from vitreous.kernels import phasor, sincos

from ._aberrations import Aberrations
from ._aperture import ObjectiveAperture
from ._base import AbstractOptics
from ._ctf import CTF
from ._envelopes import AbstractEnvelope
from ._phase_plates import AbstractPhasePlate


class Microscope(AbstractOptics):
    r"""A contrast transfer function with everything else that a microscope does to it.

    At the true frequency $q' = Mq$ of each frequency $q$ of the image,

    $$T(q) = -s \sin\Bigl(\chi(q') - \sum_i e_i Z_i(q') + \phi + \phi_p(q') + \arcsin w\Bigr)\;
    e^{i \sum_i o_i Z_i(q')} \; e^{-B q'^2/4} \prod_j E_j(q') \; A(q')$$

    with $\chi$, $\phi$, $w$ and $B$ of the `CTF`, the even and odd aberrations $e_i$ and $o_i$, a phase plate
    $\phi_p$, envelopes $E_j$, the aperture $A$ and a scale $s$. Images that were already multiplied by their CTF (as
    RELION's `rlnCtfDataAreCtfPremultiplied` says: by minus this function without the odd phases, which is positive at
    low frequency under focus) have $T$ times that factor; protein stays as dark or bright as it was.

    Where odd aberrations meet spatial coherence, the sidebands at $q$ and $-q$ are damped by different envelopes
    $E_\pm$; then $-\sin(\ldots) E$ is $-\sin(\ldots) \tfrac12(E_+ + E_-) + i \cos(\ldots) \tfrac12(E_+ - E_-)$, as
    `wave_transfer` makes of a weak specimen.

    The image of an anisotropic magnification is the specimen's spectrum at $q'$ with no factor $|\det M|$, as RELION
    defines it; a scale can hold that factor.

    Everything but `premultiplied` can be differentiated, and what is `None` costs nothing.

    Arguments:
        ctf: Defocus, astigmatism, spherical aberration, amplitude contrast, B-factor.
        aberrations: Higher aberrations, beam tilt.
        magnification: $M$, two rows of two numbers acting on $(q_x, q_y)$ (see `magnification_matrix`), or `None` for
            the identity.
        envelopes: Envelopes, multiplied together.
        aperture: The objective aperture.
        phase_plate: A phase plate; its phase adds to the `phase_shift_deg` of the CTF.
        scale: $s$, RELION's `rlnCtfScalefactor`.
        premultiplied: Whether the images were multiplied by their CTF.

    Raises:
        InputError: A magnification that is no 2 × 2 matrix, or an envelope that is none.

    Examples:
        >>> ctf = CTF(12_000.0, 11_500.0, 20.0)
        >>> tilt = Aberrations.from_beam_tilt(0.5, 0.0, voltage_kv=300.0, cs_mm=2.7)
        >>> microscope = Microscope(ctf, aberrations=tilt)
        >>> q = jnp.array([0.2, 0.0])
        >>> bool(jnp.allclose(microscope(q), ctf(q) * jnp.exp(1j * tilt.odd_phase(q))))
        True
    """

    ctf: CTF
    aberrations: Aberrations | None
    magnification: Float[Array, "2 2"] | None
    envelopes: tuple[AbstractEnvelope, ...]
    aperture: ObjectiveAperture | None
    phase_plate: AbstractPhasePlate | None
    scale: Float[Array, ""]
    premultiplied: bool = eqx.field(static=True)

    def __init__(
        self,
        ctf: CTF,
        *,
        aberrations: Aberrations | None = None,
        magnification: Any = None,
        envelopes: tuple[AbstractEnvelope, ...] = (),
        aperture: ObjectiveAperture | None = None,
        phase_plate: AbstractPhasePlate | None = None,
        scale: FloatLike = 1.0,
        premultiplied: bool = False,
    ):
        matrix = None if magnification is None else as_float(jnp.asarray(magnification))
        if matrix is not None and matrix.shape != (2, 2):
            raise InputError(
                f"magnification has the shape {matrix.shape}, but it is a matrix of 2 × 2 numbers.",
                hint="Use [[xx, xy], [yx, yy]]; for a batch, jax.vmap over the constructor.",
            )
        wrong = [type(envelope).__name__ for envelope in envelopes if not isinstance(envelope, AbstractEnvelope)]
        if wrong:
            raise InputError(
                f"envelopes holds {', '.join(wrong)}, which is no envelope.",
                hint="Use a tuple, such as (TemporalEnvelope(2.7, 0.7), SpatialEnvelope(0.01)).",
            )
        self.ctf = ctf
        self.aberrations = aberrations
        self.magnification = matrix
        self.envelopes = tuple(envelopes)
        self.aperture = aperture
        self.phase_plate = phase_plate
        self.scale = as_scalar(scale, name="scale")
        self.premultiplied = bool(premultiplied)

    @property
    def voltage_kv(self) -> Float[Array, "..."]:
        """Acceleration voltage in kV."""
        return self.ctf.voltage_kv

    @property
    def amplitude_contrast(self) -> Float[Array, "..."]:
        """The fraction $w$."""
        return self.ctf.amplitude_contrast

    def phase(self, frequencies: Float[Array, "*points 2"]) -> Float[Array, "*points"]:
        r"""The even phase $\chi(q') - \sum e_i Z_i(q')$ in radians."""
        return self._even(self.true_frequencies(frequencies))

    def odd_phase(self, frequencies: Float[Array, "*points 2"]) -> Float[Array, "*points"]:
        r"""The odd phase $\sum o_i Z_i(q')$ in radians."""
        return self._odd(self.true_frequencies(frequencies))

    @eqx.filter_jit
    def __call__(self, frequencies: Float[Array, "*points 2"]) -> Float[Array, "*points"] | Complex[Array, "*points"]:
        """The transfer $T(q)$ of the linear theory: real without odd aberrations, complex with them.

        Arguments:
            frequencies: $(q_x, q_y)$ of the image in Å⁻¹.
        """
        true = self.true_frequencies(frequencies)
        linear, sideband = self._linear(true)
        transfer = linear if sideband is None else (linear + 1j * sideband) * phasor(self._odd(true))
        return transfer * self._image_factor(linear)

    def wave_transfer(self, frequencies: Float[Array, "*points 2"]) -> Complex[Array, "*points"]:
        r"""What multiplies the spectrum of an exit wave, $e^{i(\chi - \sum eZ + \phi + \phi_p + \sum oZ)} \prod E A$.

        The mode $q = 0$ is left as it is, also where an even coefficient is a constant, which acts as a phase plate.

        Arguments:
            frequencies: $(q_x, q_y)$ of the image in Å⁻¹, on a full or a half spectrum.
        """
        true = self.true_frequencies(frequencies)
        phase = self._aberration(true) + self._plate(true)
        return phasor(jnp.where(jnp.any(frequencies != 0, axis=-1), phase, 0)) * self._damping(true)

    def image_factor(self, frequencies: Float[Array, "*points 2"]) -> Float[Array, "*points"]:
        """The scale, times what premultiplied images were multiplied by."""
        true = self.true_frequencies(frequencies)
        return self._image_factor(self._linear(true)[0] if self.premultiplied else jnp.ones_like(true[..., 0]))

    def with_defocus_offset(self, offset_z: FloatLike) -> "Microscope":
        """The microscope of a particle that sits higher in the beam, with more underfocus by `offset_z` Å."""
        return eqx.tree_at(lambda microscope: microscope.ctf, self, self.ctf.with_defocus_offset(offset_z))

    @property
    def _has_odd(self) -> bool:
        return self.aberrations is not None and self.aberrations.odd.shape[-1] > 0

    def _image_factor(self, linear: Array) -> Array:
        return -(self.scale**2) * linear if self.premultiplied else self.scale * jnp.ones_like(linear)

    def _linear(self, true: Array) -> tuple[Array, Array | None]:
        r"""The transfer without odd phases, $-\tfrac12(E_+ + E_-)\sin$, and with them also $\tfrac12(E_+ - E_-)\cos$.

        Spatial coherence damps the sidebands at q and −q differently, by $E_+$ and $E_-$, where an odd phase has a
        slope.
        """
        phase = self._even(true) + self._plate(true) + jnp.arcsin(self.amplitude_contrast)
        if not self._has_odd:
            return -sincos(phase)[0] * self._damping(true), None
        plus, minus = self._damping(jnp.stack([true, -true]))
        sine, cosine = sincos(phase)
        return -sine * (plus + minus) / 2, cosine * (plus - minus) / 2

    def _even(self, true: Array) -> Array:
        phase = self.ctf.phase(true)
        return phase if self.aberrations is None else phase - self.aberrations.even_phase(true)

    def _odd(self, true: Array) -> Array:
        return self.aberrations.odd_phase(true) if self.aberrations is not None else jnp.zeros_like(true[..., 0])

    def _aberration(self, true: Array) -> Array:
        return self._even(true) + self._odd(true) if self._has_odd else self._even(true)

    def _plate(self, true: Array) -> Array:
        phase = jnp.deg2rad(self.ctf.phase_shift_deg)
        if self.phase_plate is None:
            return phase
        return phase + self.phase_plate.phase_shift(true, voltage_kv=self.voltage_kv)

    def _damping(self, true: Array) -> Array:
        factor = self.ctf.damping(true)
        for envelope in self.envelopes:
            factor = factor * envelope.damping(true, self._aberration, voltage_kv=self.voltage_kv)
        return factor if self.aperture is None else factor * self.aperture.transmission(true)
