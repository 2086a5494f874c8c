"""Envelopes: what an imperfect source, a drifting supply and the beam's damage leave of the transfer."""

from abc import abstractmethod
from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from vitreous._core import FloatLike, not_negative
from vitreous.constants import lorentz_factor, wavelength

from ._dose import damage_rate

_FWHM = 2.3548200450309493  # full width at half maximum of a Gaussian in standard deviations, 2 √(2 ln 2)


class AbstractEnvelope(eqx.Module):
    """A damping of the transfer with frequency.

    An envelope of your own needs only `damping`.
    """

    @abstractmethod
    def damping(
        self,
        frequencies: Float[Array, "*points 2"],
        phase: Callable[[Array], Array],
        *,
        voltage_kv: FloatLike,
    ) -> Float[Array, "*points"]:
        """The factor at each frequency, 1 at zero.

        Arguments:
            frequencies: True frequencies $(q_x, q_y)$ in Å⁻¹.
            phase: The whole phase of the aberrations, even and odd, in radians, as a function of true frequencies.
            voltage_kv: Acceleration voltage in kV.
        """


class DefocusSpreadEnvelope(AbstractEnvelope):
    r"""A defocus that fluctuates while the image is taken.

    $$E(q) = e^{-\frac12 \pi^2 \lambda^2 \Delta^2 q^4}$$

    for a Gaussian distribution of standard deviation $\Delta$: the mean of $e^{i\pi\lambda\,\delta f q^2}$ over it
    (Wade & Frank 1977, *Optik* 49, 81).

    Arguments:
        defocus_spread: $\Delta$ in Å.

    Raises:
        InputError: A negative spread that is known.

    Examples:
        >>> envelope = DefocusSpreadEnvelope(50.0)
        >>> round(float(envelope.damping(jnp.array([0.3, 0.0]), lambda q: q[..., 0], voltage_kv=300.0)), 4)
        0.962
    """

    defocus_spread: Float[Array, ""]

    def __init__(self, defocus_spread: FloatLike):
        self.defocus_spread = not_negative(defocus_spread, name="defocus_spread", unit="Å")

    def damping(
        self,
        frequencies: Float[Array, "*points 2"],
        phase: Callable[[Array], Array],
        *,
        voltage_kv: FloatLike,
    ) -> Float[Array, "*points"]:
        """The factor at each frequency (the aberrations do not matter)."""
        return _temporal(frequencies, self.defocus_spread, voltage_kv)


class TemporalEnvelope(AbstractEnvelope):
    r"""Partial temporal coherence: electrons of other energies, and unstable supplies, have another focus.

    The envelope of `DefocusSpreadEnvelope` with

    $$\Delta = C_c \sqrt{ f_r^2 \left[\left(\frac{\delta E}{E}\right)^2 + \left(\frac{\delta V}{V}\right)^2\right]
    + \left(\frac{2\,\delta I}{I}\right)^2 }, \qquad
    f_r = \frac{1 + E/m_0c^2}{1 + E/2m_0c^2} = \frac{2\gamma}{1+\gamma}$$

    in standard deviations, independent of each other (Reimer & Kohl 2008, *Transmission Electron Microscopy*, sections
    2.4 and 6.4.2; Frank 1973, *Optik* 38, 519). $f_r$ is 1.23 at 300 kV: the focal length follows the momentum,
    $p^2 \propto E(1 + E/2m_0c^2)$. Where $C_c$ is quoted with it inside, divide it out.

    Arguments:
        cc_mm: Chromatic aberration $C_c$ in mm.
        energy_spread_ev: Full width at half maximum of the source's energies, in eV, as makers state it: 2.3548 times
            $\delta E$. About 0.7 for a Schottky source, 0.3 for a cold one.
        voltage_ripple: $\delta V / V$ of the acceleration voltage, a standard deviation, such as 1e-7.
        current_ripple: $\delta I / I$ of the lens current, a standard deviation.

    Raises:
        InputError: A negative value that is known.

    Examples:
        >>> round(float(TemporalEnvelope(2.7, 0.7).defocus_spread(300.0)), 2)
        32.82
    """

    cc_mm: Float[Array, ""]
    energy_spread_ev: Float[Array, ""]
    voltage_ripple: Float[Array, ""]
    current_ripple: Float[Array, ""]

    def __init__(
        self,
        cc_mm: FloatLike = 2.7,
        energy_spread_ev: FloatLike = 0.7,
        *,
        voltage_ripple: FloatLike = 0.0,
        current_ripple: FloatLike = 0.0,
    ):
        self.cc_mm = not_negative(cc_mm, name="cc_mm", unit="mm")
        self.energy_spread_ev = not_negative(energy_spread_ev, name="energy_spread_ev", unit="eV")
        self.voltage_ripple = not_negative(voltage_ripple, name="voltage_ripple", unit="", hint="Such as 1e-7.")
        self.current_ripple = not_negative(current_ripple, name="current_ripple", unit="", hint="Such as 1e-7.")

    def defocus_spread(self, voltage_kv: FloatLike) -> Float[Array, ""]:
        r"""$\Delta$, the standard deviation of the defocus in Å.

        Arguments:
            voltage_kv: Acceleration voltage in kV.
        """
        return self.cc_mm * 1e7 * _root(self._variance(voltage_kv))

    def damping(
        self,
        frequencies: Float[Array, "*points 2"],
        phase: Callable[[Array], Array],
        *,
        voltage_kv: FloatLike,
    ) -> Float[Array, "*points"]:
        """The factor at each frequency (the aberrations do not matter)."""
        return _temporal(frequencies, self.defocus_spread(voltage_kv), voltage_kv)

    def _variance(self, voltage_kv: FloatLike) -> Float[Array, ""]:
        gamma = lorentz_factor(voltage_kv)
        energy = self.energy_spread_ev / (_FWHM * 1e3 * voltage_kv)
        return (2 * gamma / (1 + gamma)) ** 2 * (energy**2 + self.voltage_ripple**2) + 4 * self.current_ripple**2


class SpatialEnvelope(AbstractEnvelope):
    r"""Partial spatial coherence: a source that is seen under an angle.

    $$E(q) = \exp\left( -\frac{\alpha^2}{4\lambda^2} |\nabla \chi(q) - \nabla \chi(0)|^2 \right)$$

    for illumination from the directions $\theta$ with the weight $e^{-\theta^2/\alpha^2}$, each of which turns the wave
    by $\chi(q + \theta/\lambda) - \chi(\theta/\lambda)$ instead of $\chi(q)$, to first order in $\theta$. Without
    astigmatism it is $\exp(-(\pi\alpha/\lambda)^2 (C_s\lambda^3 q^3 - \Delta f\,\lambda q)^2)$ (Frank 1973, *Optik* 38,
    519; Reimer & Kohl 2008, section 6.4.2). Here $\chi$ is the whole phase, with astigmatism and all aberrations.

    Arguments:
        source_angle_mrad: $\alpha$ in mrad, the half-angle at which the source falls to 1/e.

    Raises:
        InputError: A negative angle that is known.

    Examples:
        >>> from vitreous.optics import CTF
        >>> envelope = SpatialEnvelope(0.01)
        >>> round(float(envelope.damping(jnp.array([0.3, 0.0]), CTF(20_000.0).phase, voltage_kv=300.0)), 4)
        0.9683
    """

    source_angle_mrad: Float[Array, ""]

    def __init__(self, source_angle_mrad: FloatLike):
        self.source_angle_mrad = not_negative(source_angle_mrad, name="source_angle_mrad", unit="mrad")

    def damping(
        self,
        frequencies: Float[Array, "*points 2"],
        phase: Callable[[Array], Array],
        *,
        voltage_kv: FloatLike,
    ) -> Float[Array, "*points"]:
        """The factor at each frequency."""
        points = jnp.pad(frequencies.reshape(-1, 2), ((0, 1), (0, 0)))  # and zero, the last
        slopes = phase_gradient(phase, points)
        slopes = (slopes[:-1] - slopes[-1]).reshape(frequencies.shape)
        size = self.source_angle_mrad * 1e-3 / (2 * wavelength(voltage_kv))
        return jnp.exp(-jnp.sum((size * slopes) ** 2, axis=-1))


class DamageEnvelope(AbstractEnvelope):
    r"""Radiation damage during the exposure.

    $$E(q) = \frac{2N_e}{N_1 - N_0} \left( e^{-N_0/2N_e} - e^{-N_1/2N_e} \right)$$

    The mean of what `DoseFilter` leaves of the amplitude at the frequency $q$ over an exposure from $N_0$ to $N_1$: of
    an image that sums all its frames alike. $N_e(q)$ is `critical_exposure` (Grant & Grigorieff 2015, *eLife* 4,
    e06980).

    Arguments:
        dose_per_a2: $N_1 - N_0$, the exposure of the image, in electrons per Å².
        before_per_a2: $N_0$, the exposure before it.

    Raises:
        InputError: A negative dose that is known.

    Examples:
        >>> envelope = DamageEnvelope(40.0)
        >>> round(float(envelope.damping(jnp.array([0.3, 0.0]), lambda q: q[..., 0], voltage_kv=300.0)), 4)
        0.2284
    """

    dose_per_a2: Float[Array, ""]
    before_per_a2: Float[Array, ""]

    def __init__(self, dose_per_a2: FloatLike, *, before_per_a2: FloatLike = 0.0):
        self.dose_per_a2 = not_negative(dose_per_a2, name="dose_per_a2", unit="electrons per Å²")
        self.before_per_a2 = not_negative(before_per_a2, name="before_per_a2", unit="electrons per Å²")

    def damping(
        self,
        frequencies: Float[Array, "*points 2"],
        phase: Callable[[Array], Array],
        *,
        voltage_kv: FloatLike,
    ) -> Float[Array, "*points"]:
        """The factor at each frequency (the aberrations do not matter)."""
        half_rate = damage_rate(frequencies, voltage_kv) / 2
        exponent = self.dose_per_a2 * half_rate
        small = exponent < 1e-3
        safe = jnp.where(small, 1, exponent)
        # (1 − e^−x)/x, by its series where x is small: the next term is x³/24 < 5e-11.
        mean = jnp.where(small, 1 - exponent / 2 + exponent**2 / 6, -jnp.expm1(-safe) / safe)
        return jnp.exp(-self.before_per_a2 * half_rate) * mean


def phase_gradient(
    phase: Callable[[Array], Array], frequencies: Float[Array, "*points 2"]
) -> Float[Array, "*points 2"]:
    """The gradient of a phase in the frequency, in radians Å, of each point by itself."""

    def along(direction: Array) -> Array:
        return jax.jvp(phase, (frequencies,), (jnp.broadcast_to(direction, frequencies.shape),))[1]

    return jax.vmap(along, out_axes=-1)(jnp.eye(2, dtype=frequencies.dtype))


def _temporal(
    frequencies: Float[Array, "*points 2"], defocus_spread: Float[Array, ""], voltage_kv: FloatLike
) -> Float[Array, "*points"]:
    size = jnp.pi * wavelength(voltage_kv) * defocus_spread * jnp.sum(frequencies**2, axis=-1)
    return jnp.exp(-(size**2) / 2)


def _root(value: Float[Array, ""]) -> Float[Array, ""]:
    """The square root, its derivative 0 and not NaN at 0."""
    return jnp.where(value > 0, jnp.sqrt(jnp.where(value > 0, value, 1)), 0)
