"""Slice, CTF, shift and inverse transform of a batch, and its gradients in pose and volume, against cryojax.

Both get the same voxels, poses and CTFs in float32, and may use all cores. Images are held against the analytic
projection in float64, gradients in the pose against its central differences.
"""

import argparse
from collections.abc import Sequence
from functools import cache, cached_property

import numpy as np
from _blobs import INTERACTION, Blobs, dark_ctf, rotation_matrices
from _common import Outcome, relative_error, require, run
from _tables import COMPARISON, Entry, at_most, comparison, markdown, publish

PIXEL_SIZE = 1.3
BATCH, VOLUME_BATCH = 16, 32
AWAY = np.array([2, 2, 2, 1, 1])  # degrees and Å, from a pose to that of its target
STEP = 1e-4  # of central differences, degrees and Å: good to 1e-8

# Ours and the peer's interpolant and padding; the last two compare like with like.
DEFAULT = ("Kaiser-Bessel 5", 1.5)
PAIRS = (
    (DEFAULT, ("cubic", 2.0)),
    (("linear", 2.0), ("linear", 2.0)),
    (("cubic", 1.5), ("cubic", 1.5)),
)
LIKE_WITH_LIKE = ((DEFAULT, None), *PAIRS[1:])
ALONE = tuple((ours, None) for ours, _ in PAIRS)
# The smaller boxes are there for their accuracy, odd ones too.
CASES = (
    ("images", 64, PAIRS),
    ("images", 65, ALONE),
    ("images", 256, PAIRS),
    ("pose", 64, ALONE),
    ("pose", 65, ALONE),
    ("pose", 256, LIKE_WITH_LIKE),
    ("volume", 256, LIKE_WITH_LIKE),
)
# Relative L2 against the analytic images that each interpolant must reach.
TOLERANCE = {"Kaiser-Bessel 5": 5e-4, "cubic": 1e-2, "linear": 1e-1}
GRADIENT_TOLERANCE = 5e-3  # the target, of our default
MILLISECONDS = {"linear": 0.7, "cubic": 1.0}  # targets at 256³, an image
COMPILE_SECONDS, GRIDS = 0.5, 3.0


class Problem:
    """A batch of poses and CTFs, the images that they should give and the gradient of their overlap with others."""

    def __init__(self, box: int, *, batch: int = BATCH):
        rng = np.random.default_rng(1)
        self._box, self._blobs = box, Blobs.scattered(box, pixel_size=PIXEL_SIZE, sigma=1.6)
        turns, tilts = rng.uniform(-180, 180, (2, batch)), rng.uniform(0, 180, batch)
        self._poses = np.concatenate([np.stack([turns[0], tilts, turns[1]], -1), rng.uniform(-3, 3, (batch, 2))], -1)
        self._defocus = rng.uniform(10000, 15000, (batch, 2))
        self.images = self._exact(self._poses)
        self._target = self._exact(self._poses + AWAY)

    @cached_property
    def inputs(self) -> dict:
        angles, offsets = np.split(self._poses, [3], axis=-1)
        poses = {"angles": angles, "offsets": offsets, "defocus": self._defocus}
        return poses | {"voxels": self._blobs.voxels(), "target": self._target, "pixel_size": PIXEL_SIZE}

    @cached_property
    def gradient(self) -> np.ndarray:
        """Of the overlap with the target, in angles (degrees) and offsets (Å), `[image, 5]`."""
        columns = []
        for unit in STEP * np.eye(5):
            above, below = (self._exact(self._poses + sign * unit) for sign in (1, -1))
            columns.append(((above - below) * self._target).sum(axis=(1, 2)) / (2 * STEP))
        return np.stack(columns, axis=-1)

    def _exact(self, poses: np.ndarray) -> np.ndarray:
        angles, offsets = np.split(poses, [3], axis=-1)
        ctf = dark_ctf(*self._defocus.T, np.zeros(len(poses)), box=self._box, pixel_size=PIXEL_SIZE)
        images = self._blobs.images(rotation_matrices(angles), offsets / PIXEL_SIZE, transfer=ctf)
        return images * INTERACTION * PIXEL_SIZE


def entry(name: str, choice: tuple[str, float], task: str, problem: Problem, repetitions: int) -> Entry:
    """One contestant's result, checked."""
    interpolant, pad_scale = choice
    options = {"interpolant": interpolant, "pad_scale": pad_scale, "wanted": task, "repetitions": repetitions}
    outcome = run(name, "slice", **problem.inputs, **options)
    settings = f"{interpolant}, pad {pad_scale:g}"
    if outcome is None:
        return Entry(settings, None)
    if task == "volume":
        grid = float(outcome.arrays["grid_bytes"]) / 1e6
        return Entry(f"{settings}, grid {grid:.0f} MB", outcome)
    if task == "images":
        error = relative_error(outcome.arrays["images"], problem.images)
        require(f"{name}, {settings}", error, at_most=TOLERANCE[interpolant])
        return Entry(settings, outcome, f"{error:.1e}")
    gradient, exact = outcome.arrays["gradient"], problem.gradient
    # Angles and offsets have units of their own.
    errors = [relative_error(*pair) for pair in zip(*(np.split(g, [3], -1) for g in (gradient, exact)), strict=True)]
    if name == "vitreous" and choice == DEFAULT:
        require(f"gradient in the pose, {settings}", max(errors), at_most=GRADIENT_TOLERANCE)
    return Entry(settings, outcome, "{:.1e}, {:.1e}".format(*errors))


def target(task: str, box: int, choice: tuple[str, float], outcome: Outcome) -> str:
    targets = []
    if task == "images" and box == 256 and choice[0] in MILLISECONDS:
        targets.append(at_most(1e3 * outcome.seconds / BATCH, MILLISECONDS[choice[0]], "ms"))
    if task == "volume" and box == 256:
        grid = float(outcome.arrays["grid_bytes"])
        targets.append(at_most((1e6 * outcome.working_mb + grid) / grid, GRIDS, "grids"))
    if box == 256:
        targets.append(at_most(outcome.compile_seconds, COMPILE_SECONDS, "s compiling"))
    return "; ".join(targets)


def rows(task: str, box: int, repetitions: int, pairs: Sequence) -> list[list[str]]:
    batch = VOLUME_BATCH if task == "volume" else BATCH
    problem = Problem(box, batch=batch)

    @cache
    def contest(name: str, choice: tuple[str, float]) -> Entry:
        return entry(name, choice, task, problem, repetitions)

    what = {"images": "images", "pose": "value + gradient in pose", "volume": "value + gradient in volume"}[task]
    result = []
    for our_choice, peer_choice in pairs:
        ours = contest("vitreous", our_choice)
        peer = None if peer_choice is None else contest("cryojax", peer_choice)
        label = f"{what}, {box}³, batch {batch}"
        result.append(comparison(label, ours, peer, per=batch, target=target(task, box, our_choice, ours.outcome)))
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", default=["images", "pose", "volume"], help="of these")
    parser.add_argument("--repetitions", type=int, default=9)
    arguments = parser.parse_args()
    cases = [case for case in CASES if case[0] in arguments.only]
    table = [row for task, box, pairs in cases for row in rows(task, box, arguments.repetitions, pairs)]
    publish(
        "Slice against cryojax",
        "A batch of images from Fourier voxels: slice, CTF, shift, inverse FFT, float32, all cores, copied to NumPy; "
        "milliseconds are those of an image. Errors of images are against the analytic projections in float64 "
        "(Gaussian blobs of σ = 1.6 px within 0.4 of the box), rotated and shifted; those of gradients in angles and "
        "in offsets against its central differences, for the overlap with the images of poses 2° and 1 Å away. "
        "cryojax slices the padded box and crops in real space; we slice at the image's frequencies. *Grids*: the "
        "grid that is sliced and all that the job took beside it, over the grid. The interpolants' accuracy is a "
        "matter of the specimen's extent in its box; see also docs/adr/0004-interpolant.md.",
        markdown(COMPARISON, table),
        peers=("cryojax",),
    )


if __name__ == "__main__":
    main()
