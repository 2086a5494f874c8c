"""Particles that exceed memory: shuffled batches from stacks on disk against the same batches from an array in memory.

A dataset of many gigabytes is made of links to a few small stacks, which the system keeps in its cache: what is
measured is the program, not the disk. Batches hold images, poses and optics, on JAX's device.
"""

import argparse
import tempfile
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from _common import Outcome, require, run
from _tables import markdown, publish

from vitreous.datasets import write_particles_star
from vitreous.io import write_mrc
from vitreous.optics import CTF
from vitreous.poses import EulerAnglePose

STACKS = 8
COLUMNS = (
    *("images", "equivalent to", "batch, window", "from stacks images/s", "from memory images/s", "ratio"),
    *("of processor time", "MB: whole", "MB grown after the first tenth", "target"),
)
LEAST_RATIO = 0.5


def dataset(folder: Path, box: int, *, links: int, per_stack: int) -> Path:
    """A list of particles in `links` stacks, most of which are links to the first few."""
    generator = np.random.default_rng(0)
    for stack in range(links):
        path = folder / f"{stack}.mrcs"
        if path.exists():
            continue
        if stack < STACKS:
            images = generator.normal(size=(per_stack, box, box)).astype(np.float32)
            write_mrc(path, images, pixel_size=1.5, image_stack=True)
        else:
            path.symlink_to(folder / f"{stack % STACKS}.mrcs")
    n = links * per_stack
    angles = jnp.asarray(generator.uniform(0, 180, (3, n)))
    poses = jax.vmap(lambda phi, theta, psi: EulerAnglePose(phi, theta, psi, offset_x=0.1 * phi))(*angles)
    target = folder / f"{links}.star"
    write_particles_star(
        target,
        image_names=[f"{image}@{stack}.mrcs" for stack in range(links) for image in range(1, per_stack + 1)],
        image_shape=(box, box),
        pixel_size=1.5,
        poses=poses,
        ctf=jax.vmap(CTF)(10_000 + 50 * angles[0]),
    )
    return target


def row(folder: Path, box: int, *, links: int, per_stack: int, batch_size: int, window: int) -> list[str]:
    common = {"batch_size": batch_size, "window": window, "stacks": STACKS, "images_per_stack": per_stack}

    path = dataset(folder, box, links=links, per_stack=per_stack)

    def contestant(*, from_stacks: bool) -> Outcome:
        outcome = run("vitreous", "streaming", repetitions=0, particles=str(path), from_stacks=from_stacks, **common)
        assert outcome is not None
        return outcome

    streamed, held = contestant(from_stacks=True), contestant(from_stacks=False)
    sums = [float(outcome.arrays["checksum"]) for outcome in (streamed, held)]
    require("difference of the batches' sums", abs(sums[0] - sums[1]), at_most=1e-6 * abs(sums[0]))
    n = links * per_stack
    ratio = held.seconds / streamed.seconds
    return [
        f"{n} of {box}²",
        f"{n * 4 * box**2 / 1e9:.1f} GB",
        f"{batch_size}, {window}",
        f"{n / streamed.seconds:.0f}",
        f"{n / held.seconds:.0f}",
        f"**{ratio:.2f}**",
        f"{held.cpu_seconds / streamed.cpu_seconds:.2f}",
        f"{streamed.peak_mb:.0f}",
        f"{float(streamed.arrays['grown']) / 1e6:.0f}",
        f"≥ {LEAST_RATIO}: " + ("met" if ratio >= LEAST_RATIO else "**missed**"),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=20.0, help="how much the particles would be")
    gigabytes = parser.parse_args().gigabytes
    rows = []
    for box, per_stack, batch_size, window in ((128, 256, 128, 4096), (256, 64, 64, 1024)):
        links = max(STACKS, round(gigabytes * 1e9 / (4 * box**2 * per_stack)))
        with tempfile.TemporaryDirectory() as folder:
            rows.append(row(Path(folder), box, links=links, per_stack=per_stack, batch_size=batch_size, window=window))
    publish(
        "Streaming of particles",
        "An epoch of shuffled batches of images with poses and optics, from stacks on disk (`ParticleLoader`) and from "
        "a NumPy array in memory, in the same order. The stacks are links to eight small ones, which the system has "
        "in its cache. Nothing is computed with the batches, so this is the most that a program could feel of the "
        "difference, and where the machine was busy the ratio of processor time says more. Megabytes are the peak of "
        "the whole process, with JAX, the metadata of all particles and a window of 268, and by how much what is "
        "resident later exceeds its maximum in the first tenth of the epoch.",
        markdown(COLUMNS, rows),
    )


if __name__ == "__main__":
    main()
