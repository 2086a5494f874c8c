"""How a camera passes on signal and noise, frequency by frequency."""

from abc import abstractmethod
from pathlib import Path

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from vitreous._core import FloatLike, InputError, as_float, as_scalar, may_hold
from vitreous.grids import radius
from vitreous.io import read_star


class AbstractDetectorCurves(eqx.Module):
    r"""Transfer of signal and of noise by a detector, at frequencies in cycles per detector pixel.

    The *modulation transfer function* MTF multiplies the spectrum of the signal; the *noise transfer function* NTF,
    squared, multiplies the power of the noise. Both are 1 at zero frequency. The *detective quantum efficiency* is the
    square of the signal-to-noise ratio behind the detector over that before it,

    $$\mathrm{DQE}(q) = \mathrm{DQE}(0)\, \frac{\mathrm{MTF}^2(q)}{\mathrm{NTF}^2(q)}$$

    (McMullan, Faruqi, Clare & Henderson 2014, Ultramicroscopy 147, 156): a weak modulation of amplitude $a$ of $\mu$
    electrons per pixel comes in with the ratio $a^2/\mu$ and goes out with $a^2\, \mathrm{MTF}^2$ over the noise power
    $\mu\, \mathrm{NTF}^2/\mathrm{DQE}(0)$.

    Attributes:
        dqe_zero: DQE(0), at most 1: what electrons that were missed, or weighed differently, add to the noise.
    """

    dqe_zero: eqx.AbstractVar[Float[Array, ""]]

    @abstractmethod
    def mtf(self, frequencies: Float[Array, "*nh 2"]) -> Float[Array, "*nh"]:
        """The modulation transfer function at frequency vectors in cycles per detector pixel."""

    @abstractmethod
    def ntf(self, frequencies: Float[Array, "*nh 2"]) -> Float[Array, "*nh"]:
        """The noise transfer function at frequency vectors in cycles per detector pixel, positive."""

    def dqe(self, frequencies: Float[Array, "*nh 2"]) -> Float[Array, "*nh"]:
        """The detective quantum efficiency at frequency vectors in cycles per detector pixel."""
        return self.dqe_zero * (self.mtf(frequencies) / self.ntf(frequencies)) ** 2


class IdealPixel(AbstractDetectorCurves):
    r"""A pixel that counts every electron that falls on its area: the best that square pixels can do.

    $$\mathrm{MTF} = \operatorname{sinc}(q_x) \operatorname{sinc}(q_y), \qquad \mathrm{NTF} = 1, \qquad
    \mathrm{DQE}(0) = 1$$

    with $\operatorname{sinc} x = \sin(\pi x) / \pi x$. The counts of different pixels are independent, so their noise
    is white. (Signal beyond Nyquist, which square pixels alias, is taken to be absent, as in a band-limited image.)

    Examples:
        >>> curves = IdealPixel()
        >>> round(float(curves.dqe(jnp.array([0.5, 0.0]))), 4)  # (2 / π)²
        0.4053
    """

    @property
    def dqe_zero(self) -> Float[Array, ""]:
        """1: no electron is lost."""
        return jnp.ones(())

    def mtf(self, frequencies: Float[Array, "*nh 2"]) -> Float[Array, "*nh"]:
        """The transform of the pixel's area."""
        return jnp.sinc(frequencies[..., 0]) * jnp.sinc(frequencies[..., 1])

    def ntf(self, frequencies: Float[Array, "*nh 2"]) -> Float[Array, "*nh"]:
        """1: white noise."""
        return jnp.ones(frequencies.shape[:-1], frequencies.dtype)


class DetectorCurves(AbstractDetectorCurves):
    r"""Measured curves, the same in every direction, interpolated linearly and constant beyond their ends.

    A measured MTF includes the pixel's own. Without a measured NTF two limits are known: a camera that puts every
    electron into one pixel at random about its true place blurs the signal and has white noise, NTF = 1 (the default:
    electron counting); one that spreads each electron the same way blurs both, NTF = MTF, and its DQE is flat.

    Arguments:
        frequency: Cycles per detector pixel, rising; Nyquist is 0.5.
        mtf_values: MTF at these frequencies, 1 at zero.
        ntf_values: NTF at these frequencies, 1 at zero and positive; 1 everywhere unless given.
        dqe_zero: DQE(0), above 0 and at most 1.

    Raises:
        InputError: The arrays differ in length, frequencies do not rise, a curve is not 1 at its first frequency, the
            NTF or DQE(0) is not positive, or DQE(0) is above 1.

    Examples:
        >>> curves = DetectorCurves([0.0, 0.5], [1.0, 0.6], dqe_zero=0.8)
        >>> q = jnp.array([[0.0, 0.0], [0.0, 0.25]])
        >>> [round(float(x), 3) for x in curves.dqe(q)]
        [0.8, 0.512]
    """

    frequency: Float[Array, " f"]
    mtf_values: Float[Array, " f"]
    ntf_values: Float[Array, " f"]
    dqe_zero: Float[Array, ""]

    def __init__(
        self,
        frequency: Float[Array | np.ndarray, " f"] | list[float],
        mtf_values: Float[Array | np.ndarray, " _"] | list[float],
        ntf_values: Float[Array | np.ndarray, " _"] | list[float] | None = None,
        *,
        dqe_zero: FloatLike = 1.0,
    ):
        self.frequency, self.mtf_values = as_float(frequency), as_float(mtf_values)
        self.ntf_values = jnp.ones_like(self.mtf_values) if ntf_values is None else as_float(ntf_values)
        self.dqe_zero = as_scalar(dqe_zero, name="dqe_zero")
        _check_curves(self)

    @classmethod
    def from_star(
        cls,
        path: str | Path,
        *,
        blurs_noise: bool = False,
        dqe_zero: FloatLike = 1.0,
    ) -> "DetectorCurves":
        """The MTF of a STAR file, as camera makers and RELION give it: resolution in 1/pixel against MTF.

        Values are divided by the first, since files are 1 there only to their last digits.

        Arguments:
            path: A file with the columns `rlnResolutionInversePixel` and `rlnMtfValue`.
            blurs_noise: NTF = MTF, as in a camera that integrates; otherwise NTF = 1, as in one that counts. The file
                does not tell, and the DQE hangs on it: a camera of MTF 0.1 at Nyquist has a DQE of DQE(0) there, or
                of a hundredth of it.
            dqe_zero: DQE(0).

        Raises:
            InputError: The file is absent, or has no such columns.
        """
        tables = [t for t in read_star(path).values() if "rlnMtfValue" in t and "rlnResolutionInversePixel" in t]
        if len(tables) != 1:
            raise InputError(
                f"{path}: holds no table of an MTF, rlnResolutionInversePixel and rlnMtfValue.",
                hint="Give the mtf_….star file of the camera and voltage.",
            )
        frequency, mtf = (tables[0].column(name) for name in ("rlnResolutionInversePixel", "rlnMtfValue"))
        mtf = mtf / mtf[0]
        return cls(frequency, mtf, mtf if blurs_noise else None, dqe_zero=dqe_zero)

    @classmethod
    def from_dqe(
        cls,
        frequency: Float[Array | np.ndarray, " f"] | list[float],
        mtf_values: Float[Array | np.ndarray, " f"] | list[float],
        dqe_values: Float[Array | np.ndarray, " f"] | list[float],
    ) -> "DetectorCurves":
        r"""Curves from the two that are published.

        $$\mathrm{NTF} = \mathrm{MTF} \sqrt{\mathrm{DQE}(0)/\mathrm{DQE}}$$

        Arguments:
            frequency: Cycles per detector pixel, from 0.
            mtf_values: MTF at these frequencies.
            dqe_values: DQE at these frequencies, positive.
        """
        mtf, dqe = as_float(mtf_values), as_float(dqe_values)
        return cls(frequency, mtf, mtf * jnp.sqrt(dqe[0] / dqe), dqe_zero=dqe[0])

    def mtf(self, frequencies: Float[Array, "*nh 2"]) -> Float[Array, "*nh"]:
        """The interpolated modulation transfer function."""
        return jnp.interp(radius(frequencies), self.frequency, self.mtf_values)

    def ntf(self, frequencies: Float[Array, "*nh 2"]) -> Float[Array, "*nh"]:
        """The interpolated noise transfer function."""
        return jnp.interp(radius(frequencies), self.frequency, self.ntf_values)


def _check_curves(curves: DetectorCurves) -> None:
    frequency, mtf, ntf, zero = curves.frequency, curves.mtf_values, curves.ntf_values, curves.dqe_zero
    if frequency.ndim != 1 or frequency.size == 0 or not frequency.shape == mtf.shape == ntf.shape:
        raise InputError(
            f"curves of shapes {frequency.shape}, {mtf.shape} and {ntf.shape} do not go together.",
            hint="Give one MTF, and one NTF if any, for each frequency.",
        )
    if not may_hold(lambda values: np.diff(values) > 0, frequency):
        raise InputError("the frequencies of a detector's curves do not rise.", hint="Sort them, cycles per pixel.")
    for name, values in (("MTF", mtf), ("NTF", ntf)):
        if not may_hold(lambda values: abs(values[0] - 1) < 1e-4, values):
            raise InputError(
                f"the {name} begins at {np.asarray(values)[0]:g}, not at 1.",
                hint="Divide it by its value at zero frequency.",
            )
    if not may_hold(lambda values: values > 0, ntf):
        raise InputError(
            "the NTF is not positive everywhere, so noise of some frequency would be impossible.",
            hint="Measure it on flat images, or leave it out for white noise.",
        )
    if not may_hold(lambda value: (value > 0) & (value <= 1), zero):
        raise InputError(f"dqe_zero={float(zero):g} is no efficiency.", hint="Give a fraction above 0 and at most 1.")
