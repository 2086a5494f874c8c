"""Radiation damage: what exposure leaves of the signal, and how to weight frames for it."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from vitreous._core import FloatLike, not_negative, positive
from vitreous.filters import AbstractFilter
from vitreous.grids import radius

_OPTIMUM = 2.51284  # twice the root of e^x = 1 + 2x, x = N / 2 N_e


def critical_exposure(frequencies: Float[Array, "*points d"], voltage_kv: FloatLike) -> Float[Array, "*points"]:
    r"""The exposure after which a Fourier component's intensity has fallen to $1/e$, in electrons per Å².

    $$N_e(q) = s\,(0.245\, q^{-1.665} + 2.81)$$

    with $s = 1$ at 300 kV and 0.8 at 200 kV (Grant & Grigorieff 2015, *eLife* 4, e06980, eq. 3, fitted on rotavirus).
    Other voltages take the line through these two: 0.6 at 100 kV.

    Arguments:
        frequencies: Frequency vectors in Å⁻¹; the exposure is infinite at zero.
        voltage_kv: Acceleration voltage in kV.

    Examples:
        >>> round(float(critical_exposure(jnp.array([0.1, 0.0]), 300.0)), 2)
        14.14
    """
    return 1 / damage_rate(frequencies, voltage_kv)


def optimal_exposure(frequencies: Float[Array, "*points d"], voltage_kv: FloatLike) -> Float[Array, "*points"]:
    r"""The exposure with the best signal-to-noise ratio at a frequency, $2.51284\, N_e(q)$, in electrons per Å².

    The signal of an exposure $N$ grows as $1 - e^{-N/2N_e}$ and its noise as $\sqrt N$ (Hayward & Glaeser 1979,
    *Ultramicroscopy* 4, 201; Grant & Grigorieff 2015).

    Arguments:
        frequencies: Frequency vectors in Å⁻¹; the exposure is infinite at zero.
        voltage_kv: Acceleration voltage in kV.

    Examples:
        >>> round(float(optimal_exposure(jnp.array([0.0, 0.3]), 300.0)), 2)
        11.63
    """
    return _OPTIMUM * critical_exposure(frequencies, voltage_kv)


def damage_rate(frequencies: Float[Array, "*points d"], voltage_kv: FloatLike) -> Float[Array, "*points"]:
    r"""$1/N_e(q)$ in Å² per electron: 0 and not infinite at $q = 0$, with all its first derivatives."""
    power = radius(frequencies) ** 1.665
    return power / ((0.245 + 2.81 * power) * (0.4 + 0.002 * voltage_kv))


class DoseFilter(AbstractFilter):
    r"""What is left of a Fourier component's amplitude after an exposure $N$: $e^{-N / 2 N_e(q)}$.

    $N_e$ is `critical_exposure`; the factor is 1 at $q = 0$. As the signal falls so while the noise does not, it is
    also the weight of a frame that was exposed until $N$ (Grant & Grigorieff 2015); `dose_weights` normalises those of
    a movie.

    Arguments:
        dose_per_a2: $N$ in electrons per Å², counted from the start of the exposure.
        voltage_kv: Acceleration voltage in kV.

    Raises:
        InputError: A negative dose or a voltage that is not positive, where known.

    Examples:
        >>> round(float(DoseFilter(30.0).transfer(jnp.array([0.0, 0.2]))), 4)
        0.0953
    """

    dose_per_a2: Float[Array, ""]
    voltage_kv: Float[Array, ""]

    def __init__(self, dose_per_a2: FloatLike, voltage_kv: FloatLike = 300.0):
        self.dose_per_a2 = not_negative(dose_per_a2, name="dose_per_a2", unit="electrons per Å²")
        self.voltage_kv = positive(voltage_kv, name="voltage_kv", unit="kV")

    def transfer(self, frequencies: Float[Array, "*nh d"]) -> Float[Array, "*nh"]:
        """The factor at each frequency vector (Å⁻¹)."""
        return jnp.exp(-self.dose_per_a2 / 2 * damage_rate(frequencies, self.voltage_kv))


def dose_weights(
    doses_per_a2: Float[Array, " frames"], frequencies: Float[Array, "*points 2"], *, voltage_kv: FloatLike
) -> Float[Array, "frames *points"]:
    r"""Weights of the frames of a movie whose weighted sum has the noise of the plain sum.

    $$w_f(q) = e^{-N_f / 2N_e(q)} \Big/ \sqrt{\tfrac1n \sum_g e^{-N_g / N_e(q)}}$$

    for $n$ frames, so $\sum_f w_f^2 = n$ at every frequency (Grant & Grigorieff 2015, who normalise to the noise of
    one frame). They are 1 at $q = 0$.

    Arguments:
        doses_per_a2: $N_f$, the exposure from its start to the end of each frame, in electrons per Å².
        frequencies: Frequency vectors in Å⁻¹.
        voltage_kv: Acceleration voltage in kV.

    Returns:
        The weight of each frame at each frequency.

    Examples:
        >>> weights = dose_weights(jnp.array([1.0, 20.0]), jnp.array([[0.0, 0.0], [0.25, 0.0]]), voltage_kv=300.0)
        >>> [[round(float(weight), 3) for weight in frame] for frame in weights]
        [[1.0, 1.395], [1.0, 0.23]]
    """
    rate = damage_rate(frequencies, voltage_kv) / 2
    exponent = -jnp.expand_dims(doses_per_a2.astype(rate.dtype), tuple(range(1, rate.ndim + 1))) * rate
    # Relative to the first and least damaged frame, so that no weight underflows before it is normalised.
    weights = jnp.exp(exponent - jnp.max(exponent, axis=0))
    return weights / jnp.sqrt(jnp.mean(weights**2, axis=0))
