"""Projection written out as sums, in double precision, and particles made with it: what reconstruction is held to.

Nothing here uses the library's interpolation, transforms or CTF, so that a sign or a factor that is wrong on both of
its sides shows.
"""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

from vitreous.datasets import ParticleDataset, write_particles_star
from vitreous.io import write_mrc
from vitreous.optics import CTF
from vitreous.poses import EulerAnglePose

PIXEL_SIZE = 2.5


def centred_index(n: int) -> np.ndarray:
    return np.arange(n) - n // 2


def blobs(box: int, *, count: int = 12, sigma: float = 1.2, seed: int = 0) -> np.ndarray:
    """Gaussian blobs (σ in voxels) in a ball of 0.3 of the box: without symmetry or mirror image, band-limited."""
    rng = np.random.default_rng(seed)
    places = rng.normal(size=(count, 3))
    places *= 0.3 * box * rng.uniform(0.3, 1, (count, 1)) / np.linalg.norm(places, axis=1, keepdims=True)
    c = centred_index(box)
    z, y, x = (np.exp(-((c - places[:, i, None]) ** 2) / (2 * sigma**2)) for i in (2, 1, 0))
    return np.einsum("a,az,ay,ax->zyx", rng.uniform(0.5, 1.5, count), z, y, x)


def plane(box: int) -> np.ndarray:
    """Modes (x, y, 0) of the half spectrum of an image, in Fourier pixels: "y xh 3"."""
    ky, kx = np.meshgrid(np.fft.fftfreq(box) * box, np.arange(box // 2 + 1), indexing="ij")
    return np.stack([kx, ky, 0 * kx], axis=-1)


def disc(box: int) -> np.ndarray:
    """The modes that are measured: strictly inside the Nyquist circle."""
    return (plane(box) ** 2).sum(-1) < box**2 / 4 - 0.5


def slices(volume: np.ndarray, rotations: np.ndarray) -> np.ndarray:
    """Half spectra of the projections of the turned volume, zero beyond the Nyquist circle: "n y xh".

    F(k) = Σ V(r) exp(-2πi k·r/n) at Rᵀk, because turning a volume turns its transform.
    """
    box = len(volume)
    inside = disc(box)
    modes = np.einsum("pa,nab->npb", plane(box)[inside], rotations).reshape(-1, 3)
    x, y, z = (np.exp(-2j * np.pi / box * np.outer(modes[:, i], centred_index(box))) for i in range(3))
    values = np.einsum("pz,pz->p", np.einsum("py,pzy->pz", y, np.tensordot(x, volume, axes=(1, 2))), z)
    spectra = np.zeros((len(rotations), *inside.shape), complex)
    spectra[:, inside] = values.reshape(len(rotations), -1)
    return spectra


def moved(spectra: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Spectra of the images with their content moved by offsets (x, y) in pixels, towards larger indices."""
    box = spectra.shape[1]
    return spectra * np.exp(-2j * np.pi / box * np.einsum("yxi,ni->nyx", plane(box)[..., :2], offsets))


def images_of(spectra: np.ndarray) -> np.ndarray:
    """Images from half spectra whose phase origin is pixel n // 2."""
    box = spectra.shape[1]
    return np.fft.fftshift(np.fft.irfftn(spectra, (box, box), axes=(1, 2)), axes=(1, 2))


def relion_ctf(ctf: CTF, *, box: int, pixel_size: float) -> np.ndarray:
    """RELION's CTF, written out (bright protein): "n y xh"."""
    return relion_ctf_at(ctf, plane(box)[..., :2] / (box * pixel_size))


def relion_ctf_at(ctf: CTF, q: np.ndarray, *, even: ArrayLike = 0.0) -> np.ndarray:
    """The same at frequencies "y xh 2" in 1/Å, with a phase of even aberrations."""
    u, v, angle, volts, cs, w = (
        np.asarray(value, np.float64)[:, None, None]
        for value in (
            ctf.defocus_u,
            ctf.defocus_v,
            ctf.astigmatism_angle_deg,
            ctf.voltage_kv * 1e3,
            ctf.cs_mm * 1e7,
            ctf.amplitude_contrast,
        )
    )
    wavelength = 12.2643 / np.sqrt(volts * (1 + 0.978466e-6 * volts))
    azimuth = np.arctan2(q[..., 1], q[..., 0])
    defocus = (u + v) / 2 + (u - v) / 2 * np.cos(2 * (azimuth - np.deg2rad(angle)))
    squared = (q**2).sum(-1)
    chi = np.pi * wavelength * defocus * squared - np.pi / 2 * cs * wavelength**3 * squared**2
    return np.sin(chi + np.arcsin(w) - even)


def random_ctf(n: int, *, seed: int = 0, low: float = 3000.0, high: float = 6000.0) -> CTF:
    """Batched CTFs of 300 kV with some astigmatism; defoci in Å."""
    u, v, angle = np.random.default_rng(seed).uniform([low, low, 0], [high, high, 180], (n, 3)).T
    return jax.vmap(CTF)(jnp.asarray(u), jnp.asarray(v), jnp.asarray(angle))


def random_poses(n: int, *, shift: float = 0.0, seed: int = 0) -> EulerAnglePose:
    """Batched uniform poses; offsets up to `shift` Å along x and y."""
    rng = np.random.default_rng(seed)
    phi, psi = rng.uniform(-180, 180, (2, n))
    theta = np.degrees(np.arccos(rng.uniform(-1, 1, n)))
    x, y = rng.uniform(-shift, shift, (2, n))
    return jax.vmap(lambda a, b, c, x, y: EulerAnglePose(a, b, c, offset_x=x, offset_y=y))(
        *map(jnp.asarray, (phi, theta, psi, x, y))
    )


def rotations_of(poses: EulerAnglePose) -> np.ndarray:
    """Rz(ψ) Ry(θ) Rz(φ), written out."""

    def about_z(angle: np.ndarray) -> np.ndarray:
        c, s, zero = np.cos(angle), np.sin(angle), 0 * angle
        return np.stack([[c, -s, zero], [s, c, zero], [zero, zero, zero + 1]]).transpose(2, 0, 1)

    phi, theta, psi = (np.deg2rad(np.asarray(angle, np.float64)) for angle in (poses.phi, poses.theta, poses.psi))
    c, s, zero = np.cos(theta), np.sin(theta), 0 * theta
    about_y = np.stack([[c, zero, s], [zero, zero + 1, zero], [-s, zero, c]]).transpose(2, 0, 1)
    return about_z(psi) @ about_y @ about_z(phi)


def particle_images(volume: np.ndarray, poses: EulerAnglePose, ctf: CTF, *, pixel_size: float) -> np.ndarray:
    """Noise-free bright images: RELION's CTF times the projected sum of voxels, moved by the offsets."""
    offsets = np.stack([np.asarray(poses.offset_x), np.asarray(poses.offset_y)], axis=-1) / pixel_size
    transfer = relion_ctf(ctf, box=len(volume), pixel_size=pixel_size)
    return images_of(moved(slices(volume, rotations_of(poses)) * transfer, offsets))


def write_particles(
    folder: Path,
    images: np.ndarray,
    *,
    poses: EulerAnglePose | None,
    ctf: CTF | None,
    half_sets: np.ndarray | None = None,
    ctf_scale: np.ndarray | None = None,
    name: str = "particles",
) -> Path:
    """A stack and its STAR file, of PIXEL_SIZE; the path of the latter."""
    folder.mkdir(parents=True, exist_ok=True)
    write_mrc(folder / f"{name}.mrcs", images, pixel_size=PIXEL_SIZE, image_stack=True)
    path = folder / f"{name}.star"
    write_particles_star(
        path,
        image_names=[f"{i + 1}@{name}.mrcs" for i in range(len(images))],
        image_shape=images.shape[1:],
        pixel_size=PIXEL_SIZE,
        poses=poses,
        ctf=ctf,
        half_sets=half_sets,
        ctf_scale=ctf_scale,
    )
    return path


def load_particles(*arguments, **options) -> ParticleDataset:
    return ParticleDataset.load(write_particles(*arguments, **options))


def correlation(a: ArrayLike, b: ArrayLike) -> float:
    return float(np.corrcoef(np.ravel(a), np.ravel(b))[0, 1])


def relative_error(a: ArrayLike, b: ArrayLike) -> float:
    """‖a − b‖ / ‖b‖."""
    return float(np.linalg.norm(np.asarray(a) - np.asarray(b)) / np.linalg.norm(b))


def modes_of(volume: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The centred spectrum of a cube and the radius of each mode in Fourier pixels, full grid."""
    box = len(volume)
    k = np.fft.fftfreq(box) * box
    radius = np.sqrt(k[:, None, None] ** 2 + k[:, None] ** 2 + k**2)
    return np.fft.fftn(np.fft.ifftshift(volume)), radius


def in_ball(volume: np.ndarray, share: float = 1.0) -> np.ndarray:
    """The volume without its modes at or beyond this share of Nyquist."""
    spectrum, radius = modes_of(volume)
    return np.fft.fftshift(np.fft.ifftn(np.where(radius < share * len(volume) / 2, spectrum, 0)).real)
