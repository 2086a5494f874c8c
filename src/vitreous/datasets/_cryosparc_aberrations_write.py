r"""Zernike coefficients as what cryoSPARC's columns hold.

With the polynomials written out in powers of $\rho$, every term that RELION fits by default has a place: those of
`ctf/tilt_A`, `ctf/trefoil_A` and `ctf/tetra_A` (see `Aberrations.from_lengths`), defocus, astigmatism, spherical
aberration and phase shift, which turn the same powers, and the shift of the particle, which is the linear term.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64

from vitreous.constants import wavelength

from ._metadata import ParticleMetadata

_ANGSTROM_PER_MM = 1e7
_EVEN, _ODD = 9, 6  # coefficients up to the fourth and the third order


class CryosparcOpticsColumns(NamedTuple):
    """What the columns `ctf/…` hold, with what moves into defocus and shift."""

    ctf: dict[str, Float64[np.ndarray, " n"]]
    tilt: Float64[np.ndarray, "n 2"]
    trefoil: Float64[np.ndarray, "n 2"]
    tetra: Float64[np.ndarray, "n 4"]
    offsets: Float64[np.ndarray, "n 2"]  # Å, to add to those of the particles
    moved: tuple[str, ...]
    lost: tuple[str, ...]


def cryosparc_optics_columns(
    metadata: ParticleMetadata, given: Mapping[str, Float64[np.ndarray, " n"]]
) -> CryosparcOpticsColumns:
    r"""CTF and aberrations of particles whose transfer function is the same as that of the metadata.

    With $E = \sum e_i Z_i$, of the coefficients $e_i$ in RELION's order,

    $$E = (e_0 - e_2 + e_6) + (2 e_2 - 6 e_6)\rho^2 + 6 e_6 \rho^4
    + \bigl[(e_3 - 3 e_7)\rho^2 + 4 e_7 \rho^4\bigr] \cos 2\varphi
    + \bigl[(e_1 - 3 e_5)\rho^2 + 4 e_5 \rho^4\bigr] \sin 2\varphi
    + \rho^4 (e_8 \cos 4\varphi + e_4 \sin 4\varphi)$$

    is subtracted from $\chi + \phi$, and of the odd ones

    $$O = \bigl[(o_1 - 2 o_4)\rho + 3 o_4 \rho^3\bigr] \cos\varphi + \bigl[(o_0 - 2 o_3)\rho + 3 o_3 \rho^3\bigr]
    \sin\varphi + \rho^3 (o_5 \cos 3\varphi + o_2 \sin 3\varphi)$$

    is the odd phase. Coefficients of a higher order have no place and are named in `lost`.

    Arguments:
        metadata: Of n particles.
        given: Their CTF, by the arguments of `CTF`.
    """
    even, lost_even = _padded(metadata.even_zernike, len(metadata), _EVEN, "even")
    odd, lost_odd = _padded(metadata.odd_zernike, len(metadata), _ODD, "odd")
    wave = _wavelengths(given["voltage_kv"])
    ctf, moved_even = _with_even(given, even, wave)
    half, third = np.pi / 2 * wave**3, 2 * np.pi / 3 * wave**2
    # 4 e₇ and 4 e₅ are 2πλ³ s₀ and 2πλ³ s₁, e₈ and e₄ are half of πλ³ s₂ and πλ³ s₃.
    tetra = even[:, [7, 5, 8, 4]] / half[:, None]
    tilt = -np.stack([3 * odd[:, 4], 3 * odd[:, 3]], axis=-1) / (2 * np.pi * wave**2)[:, None]
    if metadata.beam_tilt_mrad is not None:
        tilt = tilt + metadata.beam_tilt_mrad * 1e-3 * _ANGSTROM_PER_MM * given["cs_mm"][:, None]
    offsets, linear = _linear(odd, metadata.magnification)
    has_shifts = metadata.offsets is not None
    return CryosparcOpticsColumns(
        ctf=ctf,
        tilt=tilt,
        trefoil=-np.stack([odd[:, 5], odd[:, 2]], axis=-1) / third[:, None],
        tetra=tetra,
        offsets=offsets,
        moved=(*moved_even, *(f"{terms} went into the particles' shifts" for terms in linear if has_shifts)),
        lost=(*lost_even, *lost_odd, *(f"{terms} of particles without poses" for terms in linear if not has_shifts)),
    )


def _wavelengths(voltages: Float64[np.ndarray, " n"]) -> Float64[np.ndarray, " n"]:
    """In Å; a particle without a voltage has no CTF, so what stands in for it does not matter."""
    kinds, kind_of = np.unique(np.nan_to_num(voltages, nan=300.0), return_inverse=True)
    return np.array([float(wavelength(kv)) for kv in kinds])[kind_of.reshape(-1)]


def _padded(
    values: Float64[np.ndarray, "n k"] | None, n: int, size: int, parity: str
) -> tuple[Float64[np.ndarray, "n size"], tuple[str, ...]]:
    """The coefficients that have a place, and in words those that have none."""
    padded = np.zeros((n, size))
    if values is None:
        return padded, ()
    kept = min(size, values.shape[1])
    padded[:, :kept] = values[:, :kept]
    beyond = np.abs(values[:, size:]).max(axis=0, initial=0.0)
    named = ", ".join(f"number {size + k} ({beyond[k]:.3g} rad)" for k in np.flatnonzero(beyond))
    return padded, (f"{parity} Zernike coefficients, counted from 0: {named}",) if named else ()


def _with_even(
    given: Mapping[str, Float64[np.ndarray, " n"]], even: Float64[np.ndarray, "n 9"], wave: Float64[np.ndarray, " n"]
) -> tuple[dict[str, Float64[np.ndarray, " n"]], tuple[str, ...]]:
    """The CTF with the terms that have its own powers of the frequency."""
    constant = even[:, 0] - even[:, 2] + even[:, 6]
    square = 2 * even[:, 2] - 6 * even[:, 6]
    cosine, sine = even[:, 3] - 3 * even[:, 7], even[:, 1] - 3 * even[:, 5]
    moved = []
    ctf = dict(given)
    # What is there in a file of cryoSPARC's own aberrations is what rounding leaves.
    if _counts(np.stack([square, cosine, sine]), even):
        u, v, angle = given["defocus_u"], given["defocus_v"], 2 * np.deg2rad(given["astigmatism_angle_deg"])
        mean = (u + v) / 2 - square / (np.pi * wave)
        x = (u - v) / 2 * np.cos(angle) - cosine / (np.pi * wave)
        y = (u - v) / 2 * np.sin(angle) - sine / (np.pi * wave)
        ctf |= {"defocus_u": mean + np.hypot(x, y), "defocus_v": mean - np.hypot(x, y)}
        ctf["astigmatism_angle_deg"] = np.rad2deg(np.arctan2(y, x)) / 2
        moved.append("even Zernike terms of second order went into defocus and astigmatism")
    if _counts(constant, even):
        ctf["phase_shift_deg"] = given["phase_shift_deg"] - np.rad2deg(constant)
        moved.append("even Zernike terms of order zero went into the phase shift")
    if even[:, 6].any():
        ctf["cs_mm"] = given["cs_mm"] + 6 * even[:, 6] / (np.pi / 2 * wave**3) / _ANGSTROM_PER_MM
        moved.append("the even Zernike term number 6 went into the spherical aberration")
    return ctf, tuple(moved)


def _linear(
    odd: Float64[np.ndarray, "n 6"], magnification: Float64[np.ndarray, "n 2 2"] | None
) -> tuple[Float64[np.ndarray, "n 2"], tuple[str, ...]]:
    r"""The shift $t$ of which a phase $l \cdot q'$ is $-2\pi\, q \cdot t$, where $q' = M q$, and its name."""
    slope = np.stack([odd[:, 1] - 2 * odd[:, 4], odd[:, 0] - 2 * odd[:, 3]], axis=-1)
    if not _counts(slope, odd):
        return np.zeros((len(odd), 2)), ()
    if magnification is not None:
        slope = np.einsum("nji,nj->ni", magnification, slope)
    return -slope / (2 * np.pi), ("odd Zernike terms of first order, which are shifts,",)


def _counts(terms: np.ndarray, coefficients: np.ndarray) -> bool:
    """Whether terms are more than the rounding of the coefficients that they are sums of, in single precision."""
    return bool(np.abs(terms).max(initial=0.0) > 1e-6 * np.abs(coefficients).max(initial=0.0))
