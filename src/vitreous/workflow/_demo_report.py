"""The report of the demo."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float

from vitreous.datasets import load_volume
from vitreous.grids import FourierCorrelation
from vitreous.io import open_images
from vitreous.reconstruct import describe_resolution
from vitreous.report import Curve, Report, fsc_curves, image_grid, orthogonal_projections, orthogonal_slices
from vitreous.runs import Run, read_run
from vitreous.simulate import SimulationOptions


@dataclass(frozen=True)
class DemoCurves:
    """What one reconstruction of the demo is judged by.

    Arguments:
        halves: Correlation of the half-maps.
        truth: Correlation of the map with the true one.
        expected: What `halves` should be, from the known signal and noise.
        plain: The same without the correction of the outermost shells.
        map: The map.
    """

    halves: FourierCorrelation
    truth: FourierCorrelation
    expected: Float[np.ndarray, " shells"]
    plain: Float[np.ndarray, " shells"]
    map: Float[np.ndarray, "z y x"]


def write_report(run: Run, simulated: Path, *, options: SimulationOptions, curves: dict[str, DemoCurves]) -> None:
    """Write `report.html`: particles, correlations measured and expected, and the maps beside the truth."""
    report = Report("From a structure to particles to a map", subtitle="vitreous demo")
    for symmetry, label in (("O", "Symmetry O"), ("C1", "No symmetry")):
        report.key_result(
            label, describe_resolution(curves[symmetry].halves, 0.143), note="half-maps, FSC 0.143, unmasked"
        )
    report.key_result("Particles", str(options.n), note=f"{options.box} px of {options.pixel_size:g} Å")
    report.key_result("Signal-to-noise ratio", f"{options.snr:g}", note="before averaging")

    report.heading("Particles")
    images = open_images(run.partial("particles.mrcs")).read(range(min(6, options.n)))
    report.figure(image_grid(images, pixel_size=options.pixel_size), caption="The first particles, as simulated.")
    report.text(
        f"Each image is the projection of the {read_run(simulated).options['source']} in a random orientation, with "
        f"the CTF of a {options.voltage_kv:g} kV microscope at {options.defocus[0]:g}–{options.defocus[1]:g} Å defocus "
        "and white noise. The specimen is an octahedral cage of 24 bundles of ideal α-helices. The box is smaller than "
        "what the CTF spreads at high resolution, which wraps around: simulation and reconstruction agree on that."
    )

    report.heading("Resolution")
    for symmetry, label in (("O", "symmetry O"), ("C1", "no symmetry")):
        found = curves[symmetry]
        frequency = np.asarray(found.halves.frequency)
        measured: list[Curve] = [
            ("half-maps", frequency, np.asarray(found.halves.correlation)),
            ("map against truth", frequency, np.asarray(found.truth.correlation)),
        ]
        expected: list[Curve] = [("half-maps, expected", frequency, found.expected)]
        results = run.results[symmetry]
        worst, plain = (results[f"largest_deviation_from_{name}"] for name in ("expected_fsc", "plain_ssnr"))
        report.figure(
            fsc_curves(measured, expected=expected),
            caption=f"Fourier shell correlations with {label}, unmasked. Beyond the third shell the half-maps lie "
            f"within {worst:.3f} of SSNR/(1 + SSNR), which the known signal, noise and CTFs predict. The SSNR of the "
            "outermost shells is corrected for what lies beyond Nyquist and was not measured, which leaves 0.7 of it "
            f"in the last shell; without this edge correction the half-maps lie within {plain:.3f}.",
        )

    report.heading("Maps")
    truth, _ = load_volume(simulated / "volume.mrc")
    for values, name in ((truth, "The truth"), (curves["O"].map, "Symmetry O"), (curves["C1"].map, "No symmetry")):
        report.figure(orthogonal_slices(values, voxel_size=options.pixel_size), caption=f"{name}: central slices.")
    report.figure(
        orthogonal_projections(curves["O"].map, voxel_size=options.pixel_size),
        caption="Symmetry O: sums along the axes.",
    )
    report.write(run.partial("report.html"))
