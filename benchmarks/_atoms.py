"""Atoms whose images and maps are known without a cut-off, in float64."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import erf

from vitreous.constants import PengScatteringFactorParameters

ELEMENTS, SHARES = (6, 7, 8, 16), (0.63, 0.17, 0.19, 0.01)  # of a protein's atoms, hydrogen left out
B_FACTORS = {6: 30.0, 7: 28.0, 8: 35.0, 16: 40.0}  # Å²; one for an element, as cryojax's Fourier form needs it
VOLUME = 20.0  # Å³ of an atom
CHUNK = 4_000  # Gaussians at a time


@dataclass(frozen=True)
class Atoms:
    """Atoms in a ball, as dense as those of a protein.

    Arguments:
        elements: Atomic numbers.
        positions: (x, y, z) in Å.
        amplitudes: Of five Gaussians each, Å.
        variances: Of the Gaussians, Å².
    """

    elements: np.ndarray
    positions: np.ndarray
    amplitudes: np.ndarray
    variances: np.ndarray

    @classmethod
    def in_ball(cls, count: int) -> "Atoms":
        rng = np.random.default_rng(0)
        direction = rng.normal(size=(count, 3))
        direction /= np.linalg.norm(direction, axis=1, keepdims=True)
        radius = (3 * VOLUME * count / (4 * np.pi)) ** (1 / 3) * rng.uniform(size=(count, 1)) ** (1 / 3)
        elements = rng.choice(ELEMENTS, size=count, p=SHARES)
        table = PengScatteringFactorParameters(elements)
        variances = (np.asarray(table.b, np.float64) + _b_factors(elements)[:, None]) / (8 * np.pi**2)
        # As float32 holds them, so that errors are those of the computation.
        arrays = (direction * radius, np.asarray(table.a), variances)
        return cls(elements, *(values.astype(np.float32).astype(np.float64) for values in arrays))

    def first(self, count: int) -> "Atoms":
        return Atoms(*(values[:count] for values in (self.elements, self.positions, self.amplitudes, self.variances)))

    @property
    def inputs(self) -> dict[str, np.ndarray]:
        """What contestants are given."""
        return {
            "elements": self.elements,
            "b_factors": _b_factors(self.elements),
            "positions": self.positions.astype(np.float32),
            "amplitudes": self.amplitudes.astype(np.float32),
            "variances": self.variances.astype(np.float32),
        }

    def averaged(self, shape: tuple[int, ...], pixel_size: float) -> np.ndarray:
        """Averages over pixels or voxels of a projection or of the volume."""

        def along(centres, variance, size):
            edges = (np.arange(size + 1) - size // 2 - 0.5) * pixel_size
            return np.diff(erf((edges - centres) / np.sqrt(2 * variance)), axis=-1) / (2 * pixel_size)

        return self._sum(shape, along)

    def sampled(self, shape: tuple[int, ...], pixel_size: float) -> np.ndarray:
        """Values at pixels' or voxels' centres."""

        def along(centres, variance, size):
            distances = (np.arange(size) - size // 2) * pixel_size - centres
            return np.exp(-(distances**2) / (2 * variance)) / np.sqrt(2 * np.pi * variance)

        return self._sum(shape, along)

    def bandlimited(self, shape: tuple[int, ...], pixel_size: float) -> np.ndarray:
        """What has the exact spectrum below Nyquist, and nothing there or beyond, back in real space."""
        frequencies = [np.fft.fftfreq(size, pixel_size) for size in shape[:-1]]
        frequencies.append(np.fft.rfftfreq(shape[-1], pixel_size))
        squared = sum(k**2 for k in np.meshgrid(*frequencies, indexing="ij", sparse=True))
        spectrum = np.zeros(squared.shape, complex)
        for element in np.unique(self.elements):
            same = self.elements == element
            a, v = self.amplitudes[same][0], self.variances[same][0]
            factor = sum(a_i * np.exp(-2 * np.pi**2 * v_i * squared) for a_i, v_i in zip(a, v, strict=True))
            for positions in _chunks(self.positions[same]):
                centres = positions[:, ::-1][:, -len(shape) :].T[..., None]
                phases = [np.exp(-2j * np.pi * c * k) for c, k in zip(centres, frequencies, strict=True)]
                spectrum += factor * _outer(phases)
        image = np.fft.fftshift(np.fft.irfftn(spectrum, shape, axes=range(len(shape)))) / pixel_size ** len(shape)
        return below_nyquist(image)

    def _sum(self, shape: tuple[int, ...], along) -> np.ndarray:
        """All Gaussians, each the product of what `along(centres, variance, size)` gives for its axes."""
        count = self.variances.shape[1]
        gaussians = np.concatenate(
            [
                np.repeat(self.positions[:, ::-1][:, -len(shape) :], count, axis=0),
                self.variances.reshape(-1, 1),
                self.amplitudes.reshape(-1, 1),
            ],
            axis=1,
        )
        total = np.zeros(shape)
        for part in _chunks(gaussians):
            *centres, variance, amplitude = part.T[..., None]
            first, *rest = (along(c, variance, size) for c, size in zip(centres, shape, strict=True))
            total += _outer([amplitude * first, *rest])
        return total


def below_nyquist(image: np.ndarray) -> np.ndarray:
    """Without the Nyquist modes of even axes, of which programs keep different things."""
    spectrum = np.fft.rfftn(image)
    for axis, size in enumerate(image.shape):
        if size % 2 == 0:
            np.moveaxis(spectrum, axis, 0)[size // 2] = 0
    return np.fft.irfftn(spectrum, image.shape, axes=range(image.ndim))


def _b_factors(elements: np.ndarray) -> np.ndarray:
    return np.array([B_FACTORS[int(element)] for element in elements])


def _chunks(rows: np.ndarray) -> Iterator[np.ndarray]:
    for start in range(0, len(rows), CHUNK):
        yield rows[start : start + CHUNK]


def _outer(factors: list[np.ndarray]) -> np.ndarray:
    """Sum over n of the outer products of rows: `[n, y], [n, x]` to `[y, x]`, and so with three."""
    first, *rest = factors
    others = rest[0] if len(rest) == 1 else (rest[0][:, :, None] * rest[1][:, None, :]).reshape(len(first), -1)
    return (first.T @ others).reshape([factor.shape[1] for factor in factors])
