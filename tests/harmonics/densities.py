"""Densities whose moments are known without any of the code that is tested."""

import numpy as np
from scipy.special import eval_jacobi, ive, roots_legendre, sph_harm_y

from vitreous.harmonics import moment_labels

# Gauss–Legendre nodes for the radial integral of a Gaussian: more than its width needs.
_NODES = 400


def gaussian(points: np.ndarray, center: np.ndarray, sigma: float) -> np.ndarray:
    """exp(−|x − c|² / 2σ²) at points (x, y, z) in the last axis."""
    return np.exp(-np.sum((np.asarray(points, float) - center) ** 2, axis=-1) / (2 * sigma**2))


def gaussian_moments(order: int, center: np.ndarray, sigma: float) -> np.ndarray:
    r"""Moments of a Gaussian in the unit ball, by its plane-wave expansion and one radial integral for each (n, l).

    exp(x·c/σ²) = 4π Σ i_l(rc/σ²) Y_lm(x) Ȳ_lm(c), where i_l are modified spherical Bessel functions.
    """
    distance = np.linalg.norm(center)
    polar = np.arccos(center[2] / distance)
    azimuth = np.arctan2(center[1], center[0])
    nodes, weights = roots_legendre(_NODES)
    r, w = (nodes + 1) / 2, weights / 2
    argument = r * distance / sigma**2
    falloff = np.exp(-((r - distance) ** 2) / (2 * sigma**2)) * r**2 * w
    bessel = [ive(l + 0.5, argument) * np.sqrt(np.pi / (2 * argument)) for l in range(order + 1)]
    moments = []
    for n, l, m in moment_labels(order).T:
        radial = r**l * eval_jacobi((n - l) // 2, 0, l + 0.5, 2 * r**2 - 1)
        value = 4 * np.pi * np.sqrt(2 * n + 3) * np.sum(falloff * bessel[l] * radial)
        moments.append(value * np.conj(sph_harm_y(l, m, polar, azimuth)))
    return np.array(moments)


def relative_error(found: np.ndarray, true: np.ndarray) -> float:
    """The norm of the difference over the norm."""
    return float(np.linalg.norm(np.asarray(found) - true) / np.linalg.norm(true))


def voxel_centers(box: int) -> np.ndarray:
    """(x, y, z) in voxels from the one at index n // 2, as an array "z y x 3"."""
    return np.stack(np.mgrid[:box, :box, :box][::-1], axis=-1) - float(box // 2)
