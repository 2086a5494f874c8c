"""The report of a simulation."""

from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from vitreous.grids import power_spectrum
from vitreous.optics import CTF
from vitreous.poses import AbstractPose
from vitreous.report import (
    Report,
    ctf_curve,
    histogram,
    image_grid,
    orientation_plot,
    orthogonal_projections,
    power_spectrum_plot,
)

from ._options import SimulationOptions
from ._signal import Signal
from ._stack import Noise

SHOWN = 6


def write_report(path: Path, signal: Signal, noise: Noise, options: SimulationOptions) -> None:
    """Write the report: images with and without noise, the specimen, optics and orientations."""
    specimen, particles = signal.specimen, signal.particles
    box, pixel_size = signal.config.shape[0], specimen.voxel_size
    report = Report("Simulated particles", subtitle=specimen.description)
    report.key_result("Particles", f"{options.n}", note=f"{box} px of {pixel_size:g} Å")
    dose = options.dose_per_a2
    origin = "variance over the whole box" if dose is None else f"{dose:g} electrons per Å²"
    report.key_result("Signal-to-noise ratio", f"{noise.snr:.3g}", note=origin)
    report.key_result("Defocus", f"{options.defocus[0]:g}–{options.defocus[1]:g} Å", note=f"{options.voltage_kv:g} kV")

    shown = min(SHOWN, options.n)
    first = signal.batches(start=0)[0]
    images = signal.images(first)
    noisy, clean = np.asarray(noise.add(images, first))[:shown], images[:shown]
    report.heading("Images")
    report.text("Protein is bright, as in the stacks that RELION extracts: the images hold minus the contrast.")
    report.figure(image_grid(noisy, pixel_size=pixel_size), caption="As written, with noise.")
    report.figure(image_grid(clean, pixel_size=pixel_size), caption="The same particles without noise.")

    report.heading("Specimen")
    moved = [round(s, 2) + 0.0 for s in specimen.shift]  # without the minus of a zero
    where = ", ".join(f"{s:.2f}" for s in moved)
    shift = f" Its atoms were moved by ({where}) Å to the centre of the box." if any(moved) else ""
    report.text(f"The potential in `volume.mrc`, of {specimen.description}.{shift}")
    report.figure(orthogonal_projections(specimen.potential, voxel_size=pixel_size), caption="Sums along the axes.")

    report.heading("Optics and orientations")
    frequency = np.linspace(0, 1 / (2 * pixel_size), 400)
    ctf, directions, powers = _evaluated(particles.ctf, frequency, particles.poses, np.concatenate([noisy, clean]))
    defocus = np.asarray(particles.ctf.defocus_u + particles.ctf.defocus_v) / 2
    report.figure(ctf_curve(frequency, ctf, label=f"defocus {defocus[0]:.0f} Å"), caption="The first particle's CTF.")
    report.figure(histogram(defocus, label="mean defocus (Å)"), caption="Defocus of the particles.")
    report.figure(orientation_plot(directions), caption="Directions of view in the specimen's frame.")
    shells = np.arange(box // 2 + 1) / (box * pixel_size)
    curves = [
        (name, shells, power.mean(axis=0) / noisy[0].size)
        for name, power in (("with noise", powers[:shown]), ("without noise", powers[shown:]))
    ]
    report.figure(power_spectrum_plot(curves), caption="Power per Fourier pixel of the images above.")
    report.text(
        "**Not simulated:** inelastic loss, the detector's DQE, structural noise of the ice, and charging or motion. "
        "The CTF acts on the box as if it were periodic, which is what reconstruction assumes."
    )
    report.write(path)


def _evaluated(
    ctf: CTF, frequency: np.ndarray, poses: AbstractPose, images: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The first particle's CTF along x, all directions of view, and the power spectra of images."""
    first = jax.tree.map(lambda values: values[0], ctf)
    plane = jnp.stack([frequency, jnp.zeros_like(frequency)], axis=-1)
    return jax.tree.map(np.asarray, _compiled(first, plane, poses, jnp.asarray(images)))


@eqx.filter_jit
def _compiled(ctf: CTF, plane: Array, poses: AbstractPose, images: Array) -> tuple[Array, Array, Array]:
    return ctf(plane), eqx.filter_vmap(lambda pose: pose.viewing_direction)(poses), jax.vmap(power_spectrum)(images)
