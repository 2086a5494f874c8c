"""How times grow with the box, the atoms and the images: a table and docs/images/scaling.svg."""

import argparse
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from _atoms import Atoms
from _blobs import Blobs
from _common import FOLDER, run
from _tables import markdown, publish
from atoms import OURS as ATOM_FORMS
from matplotlib.figure import Figure
from slice import Problem

from vitreous.io import write_mrc
from vitreous.report import save_figure

FIGURE = FOLDER.parent / "docs" / "images" / "scaling.svg"
BOXES, ATOMS, IMAGES = (64, 128, 256, 512), (1000, 10_000, 100_000, 1_000_000), (1, 10, 100, 1000, 10_000, 100_000)
# Beyond these a peer takes minutes or tens of gigabytes.
MOST_BOX, MOST_ATOMS, MOST_IMAGES = 256, 100_000, 10_000
SHAPE, PIXEL_SIZE = (256, 256), 1.3
AVERAGE = "average, 4σ"


@dataclass
class Panel:
    """Curves over one quantity.

    Arguments:
        across: What grows.
        up: What is measured, with its unit.
        curves: By name, points (x, y).
    """

    across: str
    up: str
    curves: dict[str, list[tuple[int, float]]]

    @property
    def sizes(self) -> list[int]:
        return sorted({x for points in self.curves.values() for x, _ in points})

    def table(self) -> str:
        sizes = self.sizes
        rows = [
            [name, *(f"{dict(points)[x]:.3g}" if x in dict(points) else "" for x in sizes)]
            for name, points in self.curves.items()
        ]
        return f"{self.up}:\n\n" + markdown([self.across, *(f"{x:,}".replace(",", " ") for x in sizes)], rows)


def boxes(largest: int) -> Panel:
    curves: dict[str, list] = {}
    for box in (box for box in BOXES if box <= largest):
        batch = 16 if box < 512 else 4
        inputs = Problem(box, batch=batch).inputs
        contests = [
            ("vitreous: Kaiser-Bessel 5", "vitreous", "Kaiser-Bessel 5", 1.5, "images"),
            ("vitreous: with gradient in pose", "vitreous", "Kaiser-Bessel 5", 1.5, "pose"),
            ("cryojax: cubic", "cryojax", "cubic", 1.5, "images"),
        ]
        for name, contestant, interpolant, pad_scale, wanted in contests:
            if contestant == "vitreous" or box <= MOST_BOX:
                options = {"interpolant": interpolant, "pad_scale": pad_scale, "wanted": wanted}
                outcome = run(contestant, "slice", **inputs, **options)
                _add(curves, name, box, outcome and 1e3 * outcome.seconds / batch)
    return Panel("box, pixels", "slice, CTF, shift, inverse FFT: ms an image", curves)


def atoms(largest: int) -> Panel:
    curves: dict[str, list] = {}
    for count in (count for count in ATOMS if count <= largest):
        inputs = {"shape": np.array(SHAPE), "pixel_size": PIXEL_SIZE, "proved": 10} | Atoms.in_ball(count).inputs
        contests = [
            ("vitreous: average, 4σ", "vitreous", ATOM_FORMS[AVERAGE], False),
            ("vitreous: with all gradients", "vitreous", ATOM_FORMS[AVERAGE], True),
            ("cryojax: spread, 4σ", "cryojax", {"form": "spread"}, False),
        ]
        for name, contestant, options, gradient in contests:
            if contestant == "vitreous" or count <= MOST_ATOMS:
                outcome = run(contestant, "atoms", gradient=gradient, **inputs, **options)
                _add(curves, name, count, outcome and 1e3 * outcome.seconds)
    return Panel("atoms", f"atoms to an image of {SHAPE[0]}²: ms", curves)


def images(largest: int) -> Panel:
    curves: dict[str, list] = {}
    for n in (n for n in IMAGES if n <= largest):
        for name, seconds in _jobs(n):
            _add(curves, name, n, seconds)
    return Panel("images", "images of 64², on disk: s", curves)


def _jobs(n: int) -> Iterator[tuple[str, float | None]]:
    """Simulation and reconstruction, once started; the first run of the largest jobs counts."""
    repetitions = 0 if n >= 100_000 else 2
    blobs = Blobs.scattered(64, pixel_size=2.0, sigma=1.6)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write_mrc(folder / "map.mrc", blobs.voxels(), pixel_size=blobs.pixel_size)
        made, common = folder / "made", {"repetitions": repetitions, "compared": 0}
        options = {"map": str(folder / "map.mrc"), "folder": str(made), "n": n, "snr": 0.1}
        ours = run("vitreous", "simulate", **options, **common)
        yield "vitreous: simulate", ours and ours.seconds
        particles = {"particles": str(made / "particles.star")}
        relion = {"volume": str(made / "volume.mrc"), "folder": str(folder / "relion"), "variance": 1.0}
        if n <= MOST_IMAGES:
            peer = run("relion", "simulate", **relion, **particles, **common)
            yield "RELION 3.1: relion_project", peer and peer.seconds
        if n == 1:  # two half-maps need two particles
            return
        ours = run("vitreous", "reconstruct", folder=str(folder / "map"), repetitions=repetitions, **particles)
        yield "vitreous: reconstruct", ours and ours.seconds
        if n <= MOST_IMAGES:
            peer = run("relion", "reconstruct", folder=str(folder / "relion"), repetitions=0, **particles)
            yield "RELION 3.1: relion_reconstruct", peer and peer.seconds


def _add(curves: dict[str, list], name: str, x: int, y: float | None) -> None:
    if y is not None:
        curves.setdefault(name, []).append((x, y))


def draw(panels: list[Panel]) -> Figure:
    figure = Figure(figsize=(11, 3.6), layout="constrained")
    for axes, panel in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True):
        for name, points in panel.curves.items():
            ours = name.startswith("vitreous")
            axes.loglog(*zip(*points, strict=True), marker="o", markersize=3, ls="-" if ours else "--", label=name)
        if panel.sizes[-1] < 1000:  # less than a decade or so: the sizes themselves
            axes.set_xticks(panel.sizes, panel.sizes)
            axes.minorticks_off()
        axes.set(xlabel=panel.across, title=panel.up)
        axes.title.set_fontsize(9)
        axes.grid(True, alpha=0.25)
        axes.legend(fontsize=7, frameon=False)
    return figure


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--box", type=int, default=BOXES[-1], help="largest")
    parser.add_argument("--atoms", type=int, default=ATOMS[-1], help="most")
    parser.add_argument("--images", type=int, default=IMAGES[-1], help="most")
    arguments = parser.parse_args()
    panels = [boxes(arguments.box), atoms(arguments.atoms), images(arguments.images)]
    save_figure(draw(panels), FIGURE)
    publish(
        "Scaling",
        "Float32, all cores, RELION one. Boxes and atoms: once started, settings as in the other sections. Images: "
        "whole jobs from file to file, reports included; ours once started, but the first run of 100 000.",
        *(panel.table() for panel in panels),
        peers=("cryojax", "relion"),
    )


if __name__ == "__main__":
    main()
