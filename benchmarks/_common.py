"""What the benchmark programs share: a specimen with an exact answer, contestants, tables of results."""

import datetime
import importlib.metadata
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(__file__).parent
RESULTS = FOLDER / "RESULTS.md"
WAVELENGTH, INTERACTION = 0.0196875, 0.0312457  # λ and λγ at 300 kV, Å
MEASURED = ("seconds", "cpu_seconds", "whole", "peak")
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
        result = []
        for rotation, offset, ctf in zip(rotations, offsets, transfer, strict=True):
            x, y = (self.positions @ rotation.T)[:, :2].T + offset[:, None]
            spectrum = np.einsum("a,ay,ax->yx", self.amplitudes, self._spectra(y, row), self._spectra(x, column))
            result.append(np.fft.fftshift(np.fft.irfft2(spectrum * ctf, (self.box, self.box))))
        return np.stack(result)


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


@dataclass(frozen=True)
class Outcome:
    """What a contestant did.

    Arguments:
        seconds: Median of the job once started.
        cpu_seconds: The same in processor time of all its threads, which others on the machine disturb less.
        whole: From spawning the process to the end of the first job, seconds.
        peak_mb: Largest resident memory of the process.
        arrays: What it handed over.
    """

    seconds: float
    cpu_seconds: float
    whole: float
    peak_mb: float
    arrays: dict[str, np.ndarray]


def run(contestant: str, task: str, *, repetitions: int = 3, **inputs: Any) -> Outcome:
    """Run `peers/<contestant>_<task>.py` in its own environment, with two cores as all the others."""
    python = sys.executable if contestant == "vitreous" else FOLDER.parent / f".venv-{contestant}" / "bin" / "python"
    if not Path(python).exists():
        raise SystemExit(f"{contestant} is not installed.\nhint: make bench-setup")
    with tempfile.TemporaryDirectory() as scratch:
        source, target = Path(scratch, "inputs.npz"), Path(scratch, "results.npz")
        np.savez(source, repetitions=repetitions, **inputs)
        program = FOLDER / "peers" / f"{contestant}_{task}.py"
        print(f"{program.stem} …", file=sys.stderr, flush=True)
        done = subprocess.run(
            [python, program, source, target, repr(time.time())], cwd=scratch, capture_output=True, text=True
        )
        if done.returncode:
            raise SystemExit(f"{program.name} failed:\n{done.stderr[-4000:]}")
        with np.load(target, allow_pickle=False) as arrays:
            results = dict(arrays)
    seconds, cpu_seconds, whole, peak = (float(np.median(results.pop(n))) for n in MEASURED)
    return Outcome(seconds, cpu_seconds, whole, peak / 1e6, results)


def timing_rows(ours: Outcome, peer: Outcome, *, images: int) -> list[list[str]]:
    """Rows of a table with columns ours, peer, ratio."""

    def row(name: str, ours: float, peer: float, unit: str, digits: int = 2) -> list[str]:
        return [name, *(f"{value:.{digits}f} {unit}" for value in (ours, peer)), f"{peer / ours:.1f}"]

    return [
        row("once started", ours.seconds, peer.seconds, "s"),
        row("once started, an image", 1e3 * ours.seconds / images, 1e3 * peer.seconds / images, "ms"),
        row("once started, processor time", ours.cpu_seconds, peer.cpu_seconds, "s"),
        row("whole process", ours.whole, peer.whole, "s", 1),
        row("peak memory", ours.peak_mb, peer.peak_mb, "MB", 0),
    ]


def exact_images(particles: Path, blobs: Blobs) -> np.ndarray:
    """Noise-free images of the poses and CTFs in a STAR file, in voxel sums, protein bright: RELION's model.

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
    ctf = dark_ctf(*optics, box=blobs.box, pixel_size=blobs.pixel_size)
    return blobs.images(rotation_matrices(-angles.T), -origins.T / blobs.pixel_size, transfer=-ctf)


def relative_error(images: np.ndarray, reference: np.ndarray) -> float:
    """Relative L2 distance of a batch from its reference."""
    return float(np.linalg.norm(images - reference) / np.linalg.norm(reference))


def require(what: str, value: float, *, at_most: float) -> None:
    """End the program unless a contestant computed what it should."""
    if not value <= at_most:
        raise SystemExit(f"{what}: {value:.2e} exceeds {at_most:.0e}; the times would compare different things.")


def markdown(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def publish(section: str, *paragraphs: str, peer: str) -> None:
    """Print a section and put it into RESULTS.md, in place of its older self."""
    version = subprocess.run(
        [
            FOLDER.parent / f".venv-{peer}" / "bin" / "python",
            "-c",
            f"import importlib.metadata as m; print(m.version('{peer}'))",
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    ours = {name: importlib.metadata.version(name) for name in ("vitreous", "jax", "numpy")}
    where = (
        f"{datetime.date.today()}, {os.cpu_count()} cores ({platform.machine()}, shared machine: quote ratios), load "
        f"{os.getloadavg()[0]:.1f} at the end; "
        + ", ".join(f"{name} {version}" for name, version in {**ours, peer: version}.items())
    )
    text = "\n\n".join([f"## {section}", where, *paragraphs])
    print(text)
    head, *old = RESULTS.read_text(encoding="utf-8").split("\n## ") if RESULTS.exists() else [HEADER]
    sections = {part.partition("\n")[0]: part.strip() for part in old} | {section: text.removeprefix("## ")}
    RESULTS.write_text("\n\n## ".join([head.strip(), *(sections[name] for name in sorted(sections))]) + "\n", "utf-8")


HEADER = """# Benchmarks

Written by the programs in this folder (`make bench-setup`, then `make bench`). Each contestant runs in a process of its
own. *Once started* is the median of three or more repetitions in one process; *whole process* runs from spawning it to
the end of its first job, imports and compilation included; memory is the process's largest resident set.
"""
