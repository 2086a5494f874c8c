"""Slice, CTF, shift and inverse transform of a batch of 16, against cryojax's Fourier slices.

Both get the same voxels, poses and CTFs in float32, and may use all cores. Every image is held against the analytic
projection in float64.
"""

import argparse

import numpy as np
from _blobs import INTERACTION, Blobs, dark_ctf, rotation_matrices
from _common import markdown, publish, relative_error, require, run

PIXEL_SIZE = 1.3
BATCH = 16

# Ours and the peer's interpolant and padding; the last two compare like with like.
PAIRS = (
    (("kaiser-bessel 5", 1.5), ("linear", 1.0)),
    (("kaiser-bessel 5", 1.5), ("cubic", 1.5)),
    (("kaiser-bessel 5", 1.5), ("cubic", 2.0)),
    (("linear", 2.0), ("linear", 2.0)),
    (("cubic", 1.5), ("cubic", 1.5)),
)
# Relative L2 against the analytic images that each interpolant must reach; linear without padding, cryojax's default,
# is the worst: its error grows with the distance from the centre.
TOLERANCE = {"kaiser-bessel 5": 5e-4, "cubic": 1e-2, "linear": 3e-1}


def problem(box: int) -> tuple[dict, np.ndarray]:
    rng = np.random.default_rng(1)
    blobs = Blobs.scattered(box, pixel_size=PIXEL_SIZE, sigma=1.6)
    angles = np.stack([rng.uniform(-180, 180, BATCH), rng.uniform(0, 180, BATCH), rng.uniform(-180, 180, BATCH)], -1)
    offsets = rng.uniform(-3, 3, (BATCH, 2))
    defocus = np.stack([rng.uniform(10000, 15000, BATCH), rng.uniform(10000, 15000, BATCH)], -1)
    inputs = {"angles": angles, "offsets": offsets, "defocus": defocus, "voxels": blobs.voxels()}
    ctf = dark_ctf(*defocus.T, np.zeros(BATCH), box=box, pixel_size=PIXEL_SIZE)
    exact = blobs.images(rotation_matrices(angles), offsets / PIXEL_SIZE, transfer=ctf)
    return inputs | {"pixel_size": PIXEL_SIZE}, exact * INTERACTION * PIXEL_SIZE


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--boxes", type=int, nargs="+", default=[64, 128, 256])
    parser.add_argument("--repetitions", type=int, default=7)
    arguments = parser.parse_args()
    rows = []
    for box in arguments.boxes:
        inputs, exact = problem(box)
        cache = {}

        def contest(name, choice, inputs=inputs, cache=cache):
            if (name, choice) not in cache:
                interpolant, pad_scale = choice
                options = {"interpolant": interpolant, "pad_scale": pad_scale, "repetitions": arguments.repetitions}
                cache[name, choice] = run(name, "slice", **inputs, **options)
            return cache[name, choice]

        for our_choice, peer_choice in PAIRS:
            ours, peer = contest("vitreous", our_choice), contest("cryojax", peer_choice)
            errors = [relative_error(outcome.arrays["images"], exact) for outcome in (ours, peer)]
            for name, (interpolant, _), error in zip(
                ("ours", "cryojax"), (our_choice, peer_choice), errors, strict=True
            ):
                require(f"{name}, {interpolant}, box {box}", error, at_most=TOLERANCE[interpolant])
            rows.append(
                [
                    f"{box}²",
                    "{}, pad {}".format(*our_choice),
                    "{}, pad {}".format(*peer_choice),
                    *(f"{1e3 * outcome.seconds / BATCH:.2f}" for outcome in (ours, peer)),
                    f"**{peer.seconds / ours.seconds:.1f}**",
                    f"{peer.cpu_seconds / ours.cpu_seconds:.1f}",
                    *(f"{error:.1e}" for error in errors),
                    *(f"{outcome.whole:.1f}" for outcome in (ours, peer)),
                    *(f"{outcome.peak_mb:.0f}" for outcome in (ours, peer)),
                ]
            )
    columns = [
        "box",
        "ours",
        "peer",
        "ours ms/image",
        "peer ms/image",
        "ratio",
        "of processor time",
        "our error",
        "peer error",
    ]
    columns += ["ours whole s", "peer whole s", "ours MB", "peer MB"]
    publish(
        "Slice against cryojax",
        f"Batch of {BATCH} images from Fourier voxels: slice, CTF, shift, inverse FFT, float32, copied to NumPy. "
        "Errors are relative L2 against the analytic projections in float64 (Gaussian blobs of σ = 1.6 px within 0.4 "
        "of the box). cryojax slices the padded box and crops in real space; we slice at the image's frequencies.",
        markdown(columns, rows),
        peer="cryojax",
    )


if __name__ == "__main__":
    main()
