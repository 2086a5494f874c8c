"""1 000 × 64² with known poses to a map, against aspire's MeanEstimator.

Both read the same STAR file and stack, made here from the analytic projections of Gaussian blobs with noise, and write
maps to disk. We reconstruct both half-maps and the full map, and report on them; aspire solves for one map.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
from _blobs import Blobs, exact_images
from _common import markdown, publish, require, run, timing_rows

from vitreous.grids import fourier_shell_correlation
from vitreous.io import write_mrc

BOX, PIXEL_SIZE, SNR = 64, 2.0, 0.1


def write_particles(folder: Path, blobs: Blobs, n: int) -> Path:
    """Poses and CTFs drawn at random, images in closed form, white noise."""
    import jax

    from vitreous.datasets import write_particles_star
    from vitreous.optics import CTF
    from vitreous.poses import EulerAnglePose, euler_from_rotation, uniform_rotations

    rng = np.random.default_rng(2)
    angles = jax.vmap(euler_from_rotation)(uniform_rotations(n, key=jax.random.key(0)))
    x, y = rng.uniform(-3, 3, (2, n)).astype(np.float32)
    mean, difference, azimuth = (rng.uniform(*r, n).astype(np.float32) for r in ((8e3, 2e4), (0, 500), (0, 180)))
    path = folder / "particles.star"
    write_particles_star(
        path,
        image_names=[f"{i + 1:06d}@particles.mrcs" for i in range(n)],
        image_shape=(BOX, BOX),
        pixel_size=PIXEL_SIZE,
        poses=jax.vmap(lambda *a: EulerAnglePose(*a[:3], offset_x=a[3], offset_y=a[4]))(*angles, x, y),
        ctf=jax.vmap(CTF)(mean + difference / 2, mean - difference / 2, azimuth),
        half_sets=1 + np.arange(n) % 2,
    )
    images = exact_images(path, blobs)
    noise = rng.normal(size=images.shape) * np.sqrt(images.var(axis=(1, 2)).mean() / SNR)
    write_mrc(folder / "particles.mrcs", images + noise, pixel_size=PIXEL_SIZE, image_stack=True)
    return path


def contest(blobs: Blobs, n: int, repetitions: int) -> tuple:
    """Outcomes of both; maps in the units of the truth."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        common = {"particles": str(write_particles(folder, blobs, n)), "repetitions": repetitions}
        ours = run("vitreous", "reconstruct", folder=str(folder / "ours"), **common)
        peer = run("aspire", "reconstruct", output=str(folder / "aspire.mrc"), **common)
    # aspire's model of an image is minus the voxel sum over the box, so its map is −box times the truth.
    return ours, peer, (ours.arrays["map"], -peer.arrays["map"] / BOX)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, nargs=2, default=[1000, 4000])
    parser.add_argument("--repetitions", type=int, default=3)
    arguments = parser.parse_args()
    blobs = Blobs.scattered(BOX, pixel_size=PIXEL_SIZE, sigma=0.8)
    truth = blobs.voxels()
    ours, peer, (maps, _) = zip(*(contest(blobs, n, arguments.repetitions) for n in arguments.n), strict=True)
    curves = [fourier_shell_correlation(density, truth, voxel_size=PIXEL_SIZE) for density in maps]
    # Without the last shell: modes beyond Nyquist, which aspire takes from the corners of the images, reach into it.
    shells = [np.asarray(curve.correlation)[1:-1] for curve in curves]
    scales = [_scale(density, truth) for density in maps]
    require("our FSC to the truth below aspire's, worst shell", float((shells[1] - shells[0]).max()), at_most=0.01)
    for name, scale in zip(("ours", "aspire"), scales, strict=True):
        require(f"scale of {name} at low resolution", abs(scale - 1), at_most=0.05)

    def resolution(threshold: float) -> list[str]:
        found = [curve.resolution(threshold) for curve in curves]
        return [f"{value:.2f} Å" if value else f"≤ {2 * PIXEL_SIZE:.2f} Å" for value in found]

    few = arguments.n[0]
    rows = [
        *timing_rows(ours, peer, numbers=arguments.n),
        [f"{few} images, FSC 0.5 to the truth", *resolution(0.5), ""],
        [f"{few} images, FSC 0.143 to the truth", *resolution(0.143), ""],
        [f"{few} images, mean FSC below Nyquist", *(f"{shell.mean():.3f}" for shell in shells), ""],
        [f"{few} images, scale of shells 3–8", *(f"{scale:.3f}" for scale in scales), ""],
    ]
    publish(
        "Reconstruct against aspire",
        f"Particles of {BOX}² at {PIXEL_SIZE:g} Å, SNR {SNR}, known poses, own CTF each, from STAR and stack to maps "
        "on disk, float32, all cores. Ours: two half-maps, the full map, their correlation and the report; aspire: one "
        "map by its MeanEstimator with defaults (Dirac basis, circulant preconditioner, tolerance 1e-5, at most 50 "
        "iterations). No mask; FSC of the full map to the truth.",
        markdown(["", "ours", "aspire", "ratio"], rows),
        peer="aspire",
    )


def _scale(density: np.ndarray, truth: np.ndarray) -> float:
    """Least-squares scale in shells 3 to 8, where the signal is strong and the CTF not zero."""
    modes = np.fft.fftfreq(BOX) * BOX
    radius = np.sqrt((modes[:, None, None] ** 2) + modes[:, None] ** 2 + modes[: BOX // 2 + 1] ** 2)
    shells = (radius > 2.5) & (radius < 8.5)
    a, b = (np.fft.rfftn(m)[shells] for m in (density, truth))
    return float((np.vdot(b, a) / np.vdot(b, b)).real)


if __name__ == "__main__":
    main()
