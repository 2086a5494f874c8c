"""Moments of point masses, whose turns are turns of the points: exact at every order."""

import numpy as np
from scipy.special import eval_jacobi, sph_harm_y

from vitreous.harmonics import moment_labels


def point_moments(order, points, weights):
    """$\\sum_p w_p \\overline{Z_{nlm}(x_p)}$, from SciPy's functions."""
    n, l, m = moment_labels(order)
    x, y, z = points.T[..., None]
    r = np.sqrt(x**2 + y**2 + z**2)
    angular = sph_harm_y(l, m, np.arccos(z / r), np.arctan2(y, x))
    radial = np.sqrt(2 * n + 3) * r**l * eval_jacobi((n - l) // 2, 0, l + 0.5, 2 * r**2 - 1)
    return weights @ np.conj(radial * angular)


def random_points(count=5, seed=0):
    """Points of the unit ball and weights, without any symmetry."""
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(count, 3))
    points *= (rng.uniform(0.3, 0.95, count) / np.linalg.norm(points, axis=1))[:, None]
    return points, rng.uniform(0.5, 2.0, count)
