"""Why the model images of two files differ, found by trying what would make them agree."""

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float64

from ._agreement_images import Ingredients
from ._agreement_mistakes import MISTAKES, rotations

_NAMES = {
    ("pixel_size",): "pixel size",
    ("sign",): "contrast",
    ("angles",): "pose",
    ("offsets",): "shift",
    ("defocus_u", "defocus_v"): "defocus",
    ("astigmatism_angle_deg",): "astigmatism angle",
    ("voltage_kv",): "voltage",
    ("cs_mm",): "spherical aberration",
    ("amplitude_contrast",): "amplitude contrast",
    ("phase_shift_deg",): "phase shift",
    ("b_factor",): "CTF's B-factor",
    ("scale",): "CTF's scale",
    ("even",): "even aberrations",
    ("odd", "tilt"): "odd aberrations and beam tilt",
    ("magnification",): "anisotropic magnification",
}
"""Ingredients that are replaced together, and what they are called."""

Differences = Callable[[Ingredients], Float64[np.ndarray, " m"]]
"""Relative difference of the images of some ingredients from those of the first file."""


def find_causes(a: Ingredients, b: Ingredients, differ: Differences, *, tolerance: float) -> tuple[str, ...]:
    """What is different in two files whose images differ, in words.

    Which ingredients matter is found by giving the first file one of the other's at a time. A known mistake is named
    where undoing it (and taking the other guilty ingredients from the first file) brings the images together; what is
    left over is named with its numbers.

    Arguments:
        a: Ingredients of the images of the first file.
        b: Those of the other, for the same particles.
        differ: What compares images with those of `a`.
        tolerance: The relative difference from which on images differ.
    """

    def agree(parts: Ingredients) -> bool:
        return bool((differ(parts) <= tolerance).all())

    other = [names for names in _NAMES if any(not np.array_equal(a[name], b[name]) for name in names)]
    guilty = [names for names in other if not agree({**a, **{name: b[name] for name in names}})]
    found = []
    while guilty:
        explained = _mistake(a, b, guilty, agree)
        if explained is None:
            break
        name, ingredients = explained
        found.append(name)
        guilty = [names for names in guilty if not set(names) & ingredients]
    found += [f"{_NAMES[names]}: {_numbers(names, a, b)}" for names in guilty]
    return tuple(found) or ("no single ingredient: several differ a little, which together is too much",)


def _mistake(
    a: Ingredients, b: Ingredients, guilty: Sequence[tuple[str, ...]], agree: Callable[[Ingredients], bool]
) -> tuple[str, set[str]] | None:
    """The mistake that explains most of what is guilty, and the ingredients that it is made in."""
    wrong = {name for names in guilty for name in names}
    candidates = []
    for order, mistake in enumerate(MISTAKES):
        undone = mistake.undo(b)
        touched = {name for name in undone if not np.allclose(undone[name], b[name], rtol=0, atol=1e-9, equal_nan=True)}
        explains = touched & wrong
        if explains:
            candidates.append((-len(explains), len(touched), order, mistake.name, undone, explains))
    for _, _, _, name, undone, explains in sorted(candidates, key=lambda candidate: candidate[:3]):
        # Everything but what the mistake would explain is taken from the first file.
        if agree({**a, **{ingredient: undone[ingredient] for ingredient in explains}}):
            return name, explains
    return None


def _numbers(names: tuple[str, ...], a: Ingredients, b: Ingredients) -> str:
    """How an ingredient differs, in numbers."""
    if names == ("offsets",):
        return _shift(a, b)
    if names == ("angles",):
        lost = np.isnan(a["angles"]).any(axis=1) != np.isnan(b["angles"]).any(axis=1)
        if lost.any():
            return "some particles have one in one of the files only"
        turns = (rotations(b["angles"]) * rotations(a["angles"]).inv()).magnitude()
        return f"turned by {np.rad2deg(np.median(turns)):.3g}° (median), {np.rad2deg(turns.max()):.3g}° at most"
    if names == ("sign",):
        return "dark in one, bright in the other"
    distances = [np.abs(b[name] - a[name]).reshape(len(a["sign"]), -1).max(axis=1) for name in names]
    worst = int(np.argmax(np.max(distances, axis=0)))
    return ", ".join(f"{_short(a[name][worst])} and {_short(b[name][worst])}" for name in names)


def _shift(a: Ingredients, b: Ingredients) -> str:
    pixels = (b["offsets"] - a["offsets"]) / a["pixel_size"][:, None]
    mean = np.median(pixels, axis=0)
    if (np.abs(pixels - mean) > 0.02).any():
        return f"{np.hypot(*pixels.T).max():.3g} pixels at most, not the same for all particles"
    # Where a half or a whole pixel is the same everywhere, another pixel was counted as the centre of the box.
    steps = np.round(2 * mean) / 2 + 0.0
    size = {0.5: "half a pixel", 1.0: "one pixel"}.get(float(np.abs(steps).max()))
    if size is not None and (np.abs(mean - steps) < 0.02).all():
        return f"{size} ({steps[0]:+g}, {steps[1]:+g}) for all particles: the centre of the box is another"
    return f"({mean[0]:+.3g}, {mean[1]:+.3g}) pixels for all particles"


def _short(values: np.ndarray | float) -> str:
    numbers = [f"{value:.6g}" for value in np.atleast_1d(values).reshape(-1)]
    return numbers[0] if len(numbers) == 1 else f"[{', '.join(numbers)}]"
