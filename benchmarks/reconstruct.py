"""Particles with known poses to a map, against relion_reconstruct, aspire's MeanEstimator and cryoDRGN.

All read the same STAR file and stack, made here from the analytic projections of Gaussian blobs with noise, and write
maps to disk. We reconstruct both half-maps and the full map, and report on them.
"""

import argparse
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from _blobs import Blobs, exact_images
from _common import Outcome, require, run
from _tables import THROUGHPUT, Series, at_least, at_most, further, markdown, publish, throughput

from vitreous.grids import fourier_shell_correlation
from vitreous.io import write_mrc

SNR = 0.1
FASTER = {"relion": 1, "aspire": 20}  # times that we should be
BELOW = 0.01  # what our mean FSC to the truth may fall short of the best by: two maps of one quality differ by 0.002


@dataclass(frozen=True)
class Case:
    """A size of image, and how many of them each contestant reconstructs from: fewest and most."""

    box: int
    pixel_size: float
    numbers: dict[str, tuple[int, int]]
    compared: int | None = None  # number of images whose maps are held against the truth
    milliseconds: float | None = None
    maps: dict[str, np.ndarray] = field(default_factory=dict)

    @property
    def blobs(self) -> Blobs:
        return Blobs.scattered(self.box, pixel_size=self.pixel_size, sigma=0.8)

    def section(self, repetitions: int) -> str:
        series: dict[str, Series] = {}
        for name, numbers in self.numbers.items():
            outcomes = [self._contest(name, n, repetitions) for n in numbers]
            if None not in outcomes:
                series[name] = numbers, outcomes
        paragraphs = [f"### {self.box}²", markdown(THROUGHPUT, throughput(series)), self._targets(series)]
        return "\n\n".join(paragraphs + ([self._quality()] if self.compared else []))

    def _contest(self, contestant: str, n: int, repetitions: int) -> Outcome | None:
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            particles = write_particles(folder, self.blobs, n)
            # Of those that take a minute, the first run counts: they compile nothing.
            repetitions = repetitions if contestant in ("vitreous", "relion") else 0
            paths = {"particles": str(particles), "folder": str(folder / "made")}
            outcome = run(contestant, "reconstruct", repetitions=repetitions, **paths)
        if outcome is not None and n == self.compared:
            # aspire's model of an image is minus the voxel sum over the box, so its map is −box times the truth.
            self.maps[contestant] = outcome.arrays["map"] * (-1 / self.box if contestant == "aspire" else 1)
        return outcome

    def _targets(self, series: dict[str, Series]) -> str:
        ours = further(series["vitreous"])
        lines = ["each image " + at_most(1e3 * ours, self.milliseconds, "ms")] if self.milliseconds else []
        lines += [f"{n} " + at_least(further(series[n]) / ours, times) for n, times in FASTER.items() if n in series]
        return "Targets, of each further image: " + "; ".join(lines) + "."

    def _quality(self) -> str:
        """FSC to the truth of every map, and its scale where the signal is strong."""
        truth, mask = self.blobs.voxels(), ball(self.box)
        rows, shells = [], {}
        for name, density in self.maps.items():
            curve = fourier_shell_correlation(density * mask, truth * mask, voxel_size=self.pixel_size)
            # Without the last shell: modes beyond Nyquist, which some take from the corners of images, reach into it.
            shells[name] = np.asarray(curve.correlation)[1:-1]
            found = [curve.resolution(threshold) for threshold in (0.5, 0.143)]
            resolutions = [f"{value:.2f} Å" if value else f"≤ {2 * self.pixel_size:.2f} Å" for value in found]
            rows.append([name, *resolutions, f"{shells[name].mean():.3f}", f"{scale(density, truth):.3f}"])
        best = max(shell.mean() for shell in shells.values())
        require("mean FSC to the truth, ours below the best", best - shells["vitreous"].mean(), at_most=BELOW)
        require("scale of our map at low resolution", abs(scale(self.maps["vitreous"], truth) - 1), at_most=0.05)
        columns = ("program", "FSC 0.5", "FSC 0.143", "mean FSC below Nyquist", "scale of shells 3–8")
        return f"Maps from {self.compared} images, against the truth:\n\n" + markdown(columns, rows)


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
        image_shape=(blobs.box, blobs.box),
        pixel_size=blobs.pixel_size,
        poses=jax.vmap(lambda *a: EulerAnglePose(*a[:3], offset_x=a[3], offset_y=a[4]))(*angles, x, y),
        ctf=jax.vmap(CTF)(mean + difference / 2, mean - difference / 2, azimuth),
        half_sets=1 + np.arange(n) % 2,
    )
    images = exact_images(path, blobs)
    images += rng.standard_normal(images.shape, np.float32) * np.sqrt(images.var(axis=(1, 2)).mean() / SNR)
    write_mrc(folder / "particles.mrcs", images, pixel_size=blobs.pixel_size, image_stack=True)
    return path


def ball(box: int) -> np.ndarray:
    """A soft mask around the specimen, for all maps alike: RELION masks its own, and noise outside lowers an FSC."""
    along = np.arange(box) - box // 2
    radius = np.sqrt(along[:, None, None] ** 2 + along[:, None] ** 2 + along**2)
    return (1 - np.tanh(radius - 0.45 * box)) / 2


def scale(density: np.ndarray, truth: np.ndarray) -> float:
    """Least-squares scale in shells 3 to 8, where the signal is strong and the CTF not zero."""
    box = len(truth)
    modes = np.fft.fftfreq(box) * box
    radius = np.sqrt((modes[:, None, None] ** 2) + modes[:, None] ** 2 + modes[: box // 2 + 1] ** 2)
    shells = (radius > 2.5) & (radius < 8.5)
    a, b = (np.fft.rfftn(m)[shells] for m in (density, truth))
    return float((np.vdot(b, a) / np.vdot(b, b)).real)


CASES = (
    Case(
        64,
        2.0,
        {"vitreous": (1000, 10_000), "relion": (1000, 4000), "aspire": (500, 1000), "cryodrgn": (100, 1000)},
        compared=1000,
        milliseconds=0.5,
    ),
    Case(128, 1.5, {"vitreous": (1000, 10_000), "relion": (500, 1500), "aspire": (100, 300)}),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--boxes", type=int, nargs="+", default=[case.box for case in CASES])
    parser.add_argument("--repetitions", type=int, default=3)
    arguments = parser.parse_args()
    publish(
        "Reconstruct against RELION, aspire and cryoDRGN",
        f"Particles at SNR {SNR}, known poses, own CTF each, from STAR and stack to maps on disk, float32. Ours: two "
        "half-maps, the full map, their correlation and the report, all cores. relion_reconstruct: one map, padding 2, "
        "with CTF, one thread, a process for each job. aspire: one map by its MeanEstimator with defaults (Dirac "
        "basis, circulant preconditioner, tolerance 1e-5, at most 50 iterations), all cores, its first run. cryoDRGN: "
        "backproject_voxel, half-maps and FSC left out, a process for each job. FSC is that of the full map to the "
        "truth, both masked by a soft ball of 0.45 of the box (relion_reconstruct masks its maps itself).",
        *(case.section(arguments.repetitions) for case in CASES if case.box in arguments.boxes),
        peers=("relion", "aspire", "cryodrgn"),
    )


if __name__ == "__main__":
    main()
