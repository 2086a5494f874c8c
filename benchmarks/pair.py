"""Projection pair of a 64³ map: to 64 images and back, against torch-fourier-slice on the processor.

Forward is from voxels to images, the transform of the padded map included; backward is the gradient of their overlap
with other images in the voxels; insertion is from images to the sums and weights of a Fourier grid. Both may use all
cores; float32.
"""

import argparse

import numpy as np
from _blobs import Blobs, rotation_matrices
from _common import relative_error, require, run
from _tables import COMPARISON, Entry, at_least, comparison, markdown, publish

BOX, COUNT = 64, 64
TIMES_FASTER = 10  # the target
OURS = (("Kaiser-Bessel 5", 1.5), ("linear", 2.0))
# Relative L2 against the analytic projections; linear interpolation in a box padded twice leaves 2e-2 to 6e-2.
TOLERANCE = {"Kaiser-Bessel 5": 5e-4, "linear": 1e-1}


def problem() -> tuple[dict, np.ndarray]:
    rng = np.random.default_rng(3)
    blobs = Blobs.scattered(BOX, pixel_size=1.0, sigma=1.6)
    turns, tilts = rng.uniform(-180, 180, (2, COUNT)), rng.uniform(0, 180, COUNT)
    rotations = rotation_matrices(np.stack([turns[0], tilts, turns[1]], -1))
    no_offsets, no_ctf = np.zeros((COUNT, 2)), np.ones((COUNT, 1, 1))
    exact = blobs.images(rotations, no_offsets, transfer=no_ctf)
    target = blobs.images(rotations[::-1], no_offsets, transfer=no_ctf)
    return {"voxels": blobs.voxels(), "rotations": rotations, "target": target}, exact


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=9)
    arguments = parser.parse_args()
    inputs, exact = problem()

    def entry(name: str, wanted: str, interpolant: str, pad_scale: float) -> Entry:
        options = {"wanted": wanted, "interpolant": interpolant, "pad_scale": pad_scale}
        outcome = run(name, "pair", repetitions=arguments.repetitions, **inputs, **options)
        settings = f"{interpolant}, pad {pad_scale:g}"
        if outcome is None or wanted == "insertion":
            return Entry(settings, outcome)
        right = exact if wanted == "forward" else np.sum(exact * inputs["target"])
        error = relative_error(outcome.arrays["value"], right)
        require(f"{name}, {settings}", error, at_most=TOLERANCE[interpolant])
        return Entry(settings, outcome, f"{error:.1e}")

    rows = []
    for wanted in ("forward", "backward", "insertion"):
        peer = entry("torch-fourier-slice", wanted, "linear", 2.0)
        for choice in OURS:
            ours = entry("vitreous", wanted, *choice)
            ratio = peer.outcome and at_least(peer.outcome.seconds / ours.outcome.seconds, TIMES_FASTER)
            what = {"forward": "voxels → images", "backward": "value + gradient in voxels", "insertion": "insertion"}
            rows.append(comparison(f"{what[wanted]}, {BOX}³, {COUNT} images", ours, peer, target=ratio or ""))
    publish(
        "Projection pair against torch-fourier-slice",
        f"{COUNT} images of a {BOX}³ map, float32, all cores: from voxels to images (the transform of the padded map "
        "included), the same with the gradient of an overlap in the voxels, and insertion of images' spectra with "
        "weights. Milliseconds are those of the whole batch. Errors of images and overlaps are against the analytic "
        "projections in float64.",
        markdown(COMPARISON, rows),
        peers=("torch-fourier-slice",),
    )


if __name__ == "__main__":
    main()
