"""A specimen whose images are known in closed form."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

WAVELENGTH, INTERACTION = 0.0196875, 0.0312457  # λ and λγ at 300 kV, Å
CS_MM, AMPLITUDE_CONTRAST = 2.7, 0.1


@dataclass(frozen=True)
class Blobs:
    """Gaussian blobs in a ball of 0.4 box: their projections are known in closed form.

    Arguments:
        box: Edge in pixels.
        pixel_size: Å.
        sigma: Of the blobs, pixels.
        positions: (x, y, z) of each, pixels.
        amplitudes: Integral of each over voxels.
    """

    box: int
    pixel_size: float
    sigma: float
    positions: np.ndarray
    amplitudes: np.ndarray

    @classmethod
    def scattered(cls, box: int, *, pixel_size: float, sigma: float, count: int = 60) -> "Blobs":
        rng = np.random.default_rng(0)
        direction = rng.normal(size=(count, 3))
        direction /= np.linalg.norm(direction, axis=1, keepdims=True)
        radius = 0.4 * box * rng.uniform(size=(count, 1)) ** (1 / 3)
        return cls(box, pixel_size, sigma, direction * radius, rng.uniform(0.5, 1.5, count) * 1e-3)

    def _spectra(self, centres: np.ndarray, cycles: np.ndarray) -> np.ndarray:
        """Transforms of unit Gaussians along one axis, `[blob, mode]`."""
        envelope = np.exp(-2 * (np.pi * self.sigma * cycles) ** 2)
        return np.exp(-2j * np.pi * centres[:, None] * cycles) * envelope

    def voxels(self) -> np.ndarray:
        """Their band-limited map (z, y, x), origin at voxel box // 2."""
        cycles = np.fft.rfftfreq(self.box)
        x, y, z = (
            np.fft.fftshift(np.fft.irfft(self._spectra(centres, cycles), self.box), axes=-1)
            for centres in self.positions.T
        )
        return np.einsum("a,az,ay,ax->zyx", self.amplitudes, z, y, x, optimize=True).astype(np.float32)

    def images(self, rotations: np.ndarray, offsets: np.ndarray, *, transfer: np.ndarray) -> np.ndarray:
        """Float64 images: plain voxel sums along z of the rotated blobs, moved by `offsets` (pixels), times a CTF."""
        row, column = np.fft.fftfreq(self.box), np.fft.rfftfreq(self.box)
        result = np.empty((len(rotations), self.box, self.box))
        for image, rotation, offset, ctf in zip(result, rotations, offsets, transfer, strict=True):
            x, y = (self.positions @ rotation.T)[:, :2].T + offset[:, None]
            spectrum = (self.amplitudes[:, None] * self._spectra(y, row)).T @ self._spectra(x, column)
            image[:] = np.fft.fftshift(np.fft.irfft2(spectrum * ctf, (self.box, self.box)))
        return result


def rotation_matrices(angles: np.ndarray) -> np.ndarray:
    """Active $R_z(ψ) R_y(θ) R_z(φ)$ of angles (φ, θ, ψ) in degrees."""
    phi, theta, psi = np.deg2rad(np.asarray(angles, np.float64)).T
    zero, one = np.zeros_like(phi), np.ones_like(phi)

    def about_z(a):
        return np.array([[np.cos(a), -np.sin(a), zero], [np.sin(a), np.cos(a), zero], [zero, zero, one]])

    about_y = np.array([[np.cos(theta), zero, np.sin(theta)], [zero, one, zero], [-np.sin(theta), zero, np.cos(theta)]])
    return np.einsum("ijn,jkn,kln->nil", about_z(psi), about_y, about_z(phi))


def dark_ctf(defocus_u: Any, defocus_v: Any, angle_deg: Any, *, box: int, pixel_size: float) -> np.ndarray:
    """−sin(χ + asin w) on half spectra, 300 kV, protein dark; the closed formula, in float64."""
    y, x = np.meshgrid(np.fft.fftfreq(box, pixel_size), np.fft.rfftfreq(box, pixel_size), indexing="ij")
    u, v, angle = (np.asarray(values, np.float64)[:, None, None] for values in (defocus_u, defocus_v, angle_deg))
    defocus = (u + v) / 2 + (u - v) / 2 * np.cos(2 * (np.arctan2(y, x) - np.deg2rad(angle)))
    q2 = x**2 + y**2
    chi = np.pi * WAVELENGTH * defocus * q2 - np.pi / 2 * CS_MM * 1e7 * WAVELENGTH**3 * q2**2
    return -np.sin(chi + np.arcsin(AMPLITUDE_CONTRAST))


def exact_images(particles: Path, blobs: Blobs, *, number: int | None = None) -> np.ndarray:
    """Noise-free images of the (first) poses and CTFs in a STAR file, in voxel sums, protein bright: RELION's model.

    RELION's angles are those of the inverse rotation, and its origins are minus the offsets.
    """
    from vitreous.io import read_star

    table = read_star(particles)["particles"]
    angles, origins, optics = (
        np.stack([np.asarray(table.column(f"rln{name}"), np.float64) for name in names])
        for names in (
            ("AngleRot", "AngleTilt", "AnglePsi"),
            ("OriginXAngst", "OriginYAngst"),
            ("DefocusU", "DefocusV", "DefocusAngle"),
        )
    )
    angles, origins, optics = angles[:, :number], origins[:, :number], optics[:, :number]
    ctf = dark_ctf(*optics, box=blobs.box, pixel_size=blobs.pixel_size)
    return blobs.images(rotation_matrices(-angles.T), -origins.T / blobs.pixel_size, transfer=-ctf)
