"""Formulas of the optics, written out in NumPy with angles and lengths, which the library avoids."""

import numpy as np


def wavelength_a(voltage_kv):
    """De Broglie, from SI constants."""
    h, m, e, c = 6.62607015e-34, 9.1093837139e-31, 1.602176634e-19, 299792458.0
    volt = voltage_kv * 1e3
    return h / np.sqrt(2 * m * e * volt * (1 + e * volt / (2 * m * c**2))) * 1e10


def polar(frequencies):
    x, y = np.moveaxis(np.asarray(frequencies, float), -1, 0)
    return np.hypot(x, y), np.arctan2(y, x)


def chi(frequencies, u, v, angle, *, kv=300.0, cs=2.7):
    q, alpha = polar(frequencies)
    wave = wavelength_a(kv)
    defocus = (u + v) / 2 + (u - v) / 2 * np.cos(2 * (alpha - np.deg2rad(angle)))
    return np.pi * wave * defocus * q**2 - np.pi / 2 * cs * 1e7 * wave**3 * q**4


def ctf(frequencies, u, v, angle, *, kv=300.0, cs=2.7, w=0.1, phase=0.0, b=0.0):
    q, _ = polar(frequencies)
    return -np.sin(chi(frequencies, u, v, angle, kv=kv, cs=cs) + np.deg2rad(phase) + np.arcsin(w)) * np.exp(
        -b * q**2 / 4
    )


def zernike(n, m, frequencies):
    """Z_n^m by its closed radial polynomials (Born & Wolf, table 9.1), the radius not scaled."""
    rho, phi = polar(frequencies)
    radial = {
        (0, 0): 1 + 0 * rho,
        (1, 1): rho,
        (2, 0): 2 * rho**2 - 1,
        (2, 2): rho**2,
        (3, 1): 3 * rho**3 - 2 * rho,
        (3, 3): rho**3,
        (4, 0): 6 * rho**4 - 6 * rho**2 + 1,
        (4, 2): 4 * rho**4 - 3 * rho**2,
        (4, 4): rho**4,
        (5, 1): 10 * rho**5 - 12 * rho**3 + 3 * rho,
        (5, 3): 5 * rho**5 - 4 * rho**3,
        (5, 5): rho**5,
        (6, 0): 20 * rho**6 - 30 * rho**4 + 12 * rho**2 - 1,
        (6, 4): 6 * rho**6 - 5 * rho**4,
    }[n, abs(m)]
    return radial * (np.cos(m * phi) if m >= 0 else np.sin(-m * phi))
