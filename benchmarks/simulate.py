"""1 000 particles of 64² with CTF and noise, written to disk, against aspire's Simulation.

We draw poses, defoci and offsets, and write STAR, stack, map and report; aspire gets the poses, CTFs, map and noise
variance from our files and writes STAR and stack. Both noise-free stacks are held against the analytic projections in
float64.
"""

import argparse
import tempfile
from pathlib import Path

from _blobs import INTERACTION, Blobs, exact_images
from _common import markdown, publish, relative_error, require, run, timing_rows

from vitreous.io import write_mrc

BOX, PIXEL_SIZE, SNR = 64, 2.0, 0.1
COMPARED = 64  # particles held against the analytic projections
TOLERANCE = 1e-3  # relative L2; aspire's projections by NUFFT are good to its float32, ours to the interpolant


def contest(blobs: Blobs, n: int, repetitions: int) -> tuple:
    """Outcomes of both and the errors of their noise-free images."""
    common = {"repetitions": repetitions, "compared": min(COMPARED, n)}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write_mrc(folder / "map.mrc", blobs.voxels(), pixel_size=PIXEL_SIZE)
        paths = {"map": str(folder / "map.mrc"), "folder": str(folder / "ours")}
        ours = run("vitreous", "simulate", n=n, snr=SNR, **paths, **common)
        drawn = {"particles": str(folder / "ours/particles.star"), "volume": str(folder / "ours/volume.mrc")}
        options = {"variance": float(ours.arrays["variance"]), "folder": str(folder / "aspire")}
        peer = run("aspire", "simulate", **drawn, **options, **common)
        exact = exact_images(folder / "ours/particles.star", blobs, number=COMPARED) * INTERACTION * PIXEL_SIZE
    # aspire's images are voxel sums over −box: its CTF has the sign of a micrograph, its projections are divided.
    errors = [relative_error(images, exact) for images in (ours.arrays["clean"], -BOX * peer.arrays["clean"])]
    for name, error in zip(("ours", "aspire"), errors, strict=True):
        require(f"{name} against the analytic images", error, at_most=TOLERANCE)
    return ours, peer, errors


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, nargs=2, default=[1000, 4000])
    parser.add_argument("--repetitions", type=int, default=5)
    arguments = parser.parse_args()
    blobs = Blobs.scattered(BOX, pixel_size=PIXEL_SIZE, sigma=1.6)
    ours, peer, errors = zip(*(contest(blobs, n, arguments.repetitions) for n in arguments.n), strict=True)
    rows = [
        *timing_rows(ours, peer, numbers=arguments.n),
        ["error of the noise-free images", *(f"{error:.1e}" for error in errors[0]), ""],
    ]
    publish(
        "Simulate against aspire",
        f"Particles of {BOX}², own CTF each, white noise at SNR {SNR}, float32, written to disk; ours with metadata, "
        "true map and report, aspire's with metadata. Both may use all cores. Errors are relative L2 of "
        f"{COMPARED} noise-free images against the analytic projections in float64, scale and sign fixed.",
        markdown(["", "ours", "aspire", "ratio"], rows),
        peer="aspire",
    )


if __name__ == "__main__":
    main()
