"""Zernike moments of maps and maps of moments, against ZMPY3D and a plain sum over voxels: time, memory and error.

Everyone gets the same float32 voxels of Gaussian blobs inside the inscribed ball, and may use all cores. Errors are
against the sum over voxels in float64 of some dozens of functions drawn at random; maps are those of random moments,
and both programs must make the same.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
from _blobs import Blobs
from _common import FOLDER, Outcome, interpreter, relative_error, require, run
from _tables import COMPARISON, Entry, at_most, comparison, markdown, publish
from matplotlib.figure import Figure
from scipy.special import eval_jacobi, sph_harm_y

from vitreous.harmonics import moment_labels
from vitreous.report import save_figure

FIGURE = FOLDER.parent / "docs" / "images" / "zernike.svg"
BOXES, ORDERS = (64, 128, 256), (20, 50, 100)
# What peers do in a minute or two; ZMPY3D comes with tables to order 20.
VOXEL_SUM = {("moments", 64, 20), ("map", 64, 20), ("moments", 64, 50)}
ZMPY3D = {("moments", 64, 20), ("moments", 128, 20)}
SAMPLED = 30
# Of single precision; ZMPY3D takes the density as constant in each voxel.
TOLERANCE = {"vitreous": 1e-4, "voxel-sum": 1e-4, "zmpy3d": 2e-2}
# Seconds and megabytes beyond those at the start, by box and order.
TARGETS = {("moments", 64, 50): (0.2, 300), ("map", 64, 50): (1.0, 300), ("moments", 256, 100): (20.0, 2000)}


class Problem:
    """A map, and a sample of its moments or of the voxels of their series."""

    def __init__(self, box: int, order: int):
        blobs = Blobs.scattered(box, pixel_size=1.0, sigma=1.6 * box / 64)
        # Away from the surface of the ball, where a sum over voxels would be no reference.
        blobs = replace(blobs, positions=0.7 * blobs.positions)
        self.radius = box // 2
        self.volume = blobs.voxels().astype(np.float64) * 1e3
        self.labels = moment_labels(order)
        self._rng = np.random.default_rng(0)
        real, imaginary = self._rng.normal(size=(2, self.labels.shape[1])).astype(np.float32)
        self.moments = real + 1j * imaginary * (self.labels[2] > 0)
        axis = np.arange(box) - box // 2
        z, y, x = np.meshgrid(axis, axis, axis, indexing="ij", sparse=True)
        distance = np.sqrt(x**2 + y**2 + z**2)
        self._inside = distance <= self.radius
        self._r = distance[self._inside] / self.radius
        self._polar = np.arccos(
            np.broadcast_to(z, distance.shape)[self._inside] / np.maximum(distance[self._inside], 1)
        )
        self._azimuth = np.broadcast_to(np.arctan2(y, x), distance.shape)[self._inside]

    @property
    def inputs(self) -> dict:
        return {"volume": self.volume.astype(np.float32), "radius": self.radius, "moments": self.moments}

    def error(self, moments: np.ndarray) -> float:
        """Of a sample of moments, relative to the root mean square of all."""
        chosen = self._rng.choice(len(moments), min(SAMPLED, len(moments)), replace=False)
        expected = np.array([self._moment(*self.labels[:, index]) for index in chosen])
        mean_square = np.mean(np.abs(moments) ** 2)
        return float(np.sqrt(np.mean(np.abs(moments[chosen] - expected) ** 2) / mean_square))

    def _moment(self, n: int, l: int, m: int) -> complex:
        radial = np.sqrt(2 * n + 3) * self._r**l * eval_jacobi((n - l) // 2, 0, l + 0.5, 2 * self._r**2 - 1)
        function = radial * sph_harm_y(l, m, self._polar, self._azimuth)
        return np.vdot(function, self.volume[self._inside]) / self.radius**3


def measured(contestant: str, problem: Problem, order: int, wanted: str, repetitions: int) -> Entry:
    outcome = run(contestant, "zernike", repetitions=repetitions, order=order, wanted=wanted, **problem.inputs)
    if outcome is None:
        return Entry("–", None)
    if wanted == "map":
        return Entry(f"order {order}", outcome)
    error = problem.error(_ours(outcome.arrays["moments"], problem.labels))
    require(f"{contestant}, order {order}", error, at_most=TOLERANCE[contestant])
    return Entry(f"order {order}", outcome, f"{error:.1e}")


def _ours(moments: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Moments in our order and scale; ZMPY3D's stand in a cube (n, l, m) and follow Novotni & Klein."""
    if moments.ndim == 1:
        return moments
    n, l, m = labels
    return moments[n, l, m] * (-1j) ** m / np.sqrt(3 / (4 * np.pi))


def target(wanted: str, box: int, order: int, outcome: Outcome) -> str:
    if (wanted, box, order) not in TARGETS:
        return ""
    seconds, megabytes = TARGETS[wanted, box, order]
    return f"{at_most(outcome.seconds, seconds, 's')}; {at_most(outcome.working_mb, megabytes, 'MB')}"


def rows(boxes: tuple[int, ...], repetitions: int) -> tuple[list[list[str]], dict]:
    table, memory = [], {}
    for box in boxes:
        for order in ORDERS:
            if order > np.pi * (box // 2):
                continue
            problem = Problem(box, order)
            for wanted in ("moments", "map"):
                ours = measured("vitreous", problem, order, wanted, repetitions)
                task = f"{'decompose' if wanted == 'moments' else 'reconstruct'} {box}³"
                rivals = [("sum over voxels", "voxel-sum", VOXEL_SUM), ("ZMPY3D", "zmpy3d", ZMPY3D)]
                peers = [
                    (title, measured(name, problem, order, wanted, 0))
                    for title, name, cases in rivals
                    if (wanted, box, order) in cases and interpreter(name)
                ]
                for title, peer in peers:
                    if wanted == "map":
                        difference = relative_error(ours.outcome.arrays["map"], peer.outcome.arrays["map"])
                        require(f"map of order {order}", difference, at_most=TOLERANCE["vitreous"])
                    table.append(comparison(task, ours, Entry(title, peer.outcome, peer.error)))
                if not peers:
                    table.append(comparison(task, ours))
                table[-1][-1] = target(wanted, box, order, ours.outcome)
                memory[wanted, box, order] = ours.outcome.working_mb
    return table, memory


def draw(memory: dict, path: Path) -> None:
    """Memory against the box, for every order."""
    figure = Figure((7, 3.2), layout="constrained")
    panels = figure.subplots(1, 2, sharey=True)
    for axes, (wanted, title) in zip(panels, (("moments", "decompose"), ("map", "reconstruct")), strict=True):
        for order in ORDERS:
            points = [(box, value) for (what, box, n), value in memory.items() if what == wanted and n == order]
            axes.plot(*zip(*points, strict=True), marker="o", label=f"order {order}")
        axes.set(title=title, xlabel="box (voxels)", xscale="log", yscale="log")
        axes.set_xticks(BOXES, labels=map(str, BOXES), minor=False)
        axes.grid(alpha=0.3)
    panels[0].set_ylabel("memory beyond the start (MB)")
    panels[0].legend()
    save_figure(figure, path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=9)
    parser.add_argument("--boxes", type=int, nargs="*", default=BOXES)
    arguments = parser.parse_args()
    table, memory = rows(tuple(arguments.boxes), arguments.repetitions)
    if set(arguments.boxes) == set(BOXES):
        draw(memory, FIGURE)
    publish(
        "Zernike moments",
        "Inscribed ball, float32 voxels, all cores; milliseconds of one map. Whole processes, compiled before, take "
        "the start of Python and JAX besides: their seconds are those of the memory's first figure. Errors are of some "
        "dozens of moments against sums over voxels in float64. A plain sum makes every function at every voxel of the "
        "ball, and ZMPY3D comes with tables to order 20.",
        markdown(COMPARISON, table),
        "![Memory](../docs/images/zernike.svg)",
        peers=("zmpy3d",),
    )


if __name__ == "__main__":
    main()
