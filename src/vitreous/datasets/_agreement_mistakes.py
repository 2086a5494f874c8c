"""The mistakes that files of particles are known for, as what they do to the ingredients of an image."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.spatial.transform import Rotation

from ._agreement_images import Ingredients


class Mistake(NamedTuple):
    """Something that two programs may do differently, whichever of them is right.

    Arguments:
        name: What it is, in words.
        undo: Ingredients to those that the other convention makes of them.
    """

    name: str
    undo: Callable[[Ingredients], dict[str, np.ndarray]]


def _turned(parts: Ingredients, *, flip: tuple[int, int, int]) -> np.ndarray:
    """Angles of F R F, where F changes the signs of some axes: the rotation that a mirrored world has."""
    mirror = np.diag(np.asarray(flip, float))
    x, y, z, w = Rotation.from_matrix(mirror @ rotations(parts["angles"]).as_matrix() @ mirror).as_quat().T
    # (φ, θ, ψ) of ZYZ from the parts of a unit quaternion, which do not care about the gimbal lock.
    total, difference = np.arctan2(z, w), np.arctan2(x, y)
    theta = 2 * np.arctan2(np.hypot(x, y), np.hypot(z, w))
    angles = np.rad2deg(np.stack([total + difference, theta, total - difference], axis=-1))
    return np.where(np.isnan(parts["angles"]), np.nan, angles)


def rotations(angles: np.ndarray) -> Rotation:
    """Our active rotations; the identity where there is no pose."""
    return Rotation.from_euler("ZYZ", np.nan_to_num(angles[:, ::-1]), degrees=True)


def _inverted(parts: Ingredients) -> dict[str, np.ndarray]:
    return {"angles": -parts["angles"][:, ::-1]}


def _mirrored_image(parts: Ingredients, *, axis: int) -> dict[str, np.ndarray]:
    """What is seen if an axis of the image points the other way."""
    flip = (-1, 1, 1) if axis == 0 else (1, -1, 1)
    return {
        "angles": _turned(parts, flip=flip),
        "offsets": parts["offsets"] * flip[:2],
        "astigmatism_angle_deg": -parts["astigmatism_angle_deg"],
    }


def _without(parts: dict[str, np.ndarray], name: str) -> dict[str, np.ndarray]:
    return {other: values for other, values in parts.items() if other != name}


def _shifts(parts: Ingredients, factors: tuple[float, float] | np.ndarray) -> dict[str, np.ndarray]:
    return {"offsets": parts["offsets"] * factors}


def _swapped_defoci(parts: Ingredients) -> dict[str, np.ndarray]:
    return {"defocus_u": parts["defocus_v"], "defocus_v": parts["defocus_u"]}


MISTAKES = (
    Mistake("y flipped: in the poses, shifts and the astigmatism", lambda parts: _mirrored_image(parts, axis=1)),
    Mistake("x flipped: in the poses, shifts and the astigmatism", lambda parts: _mirrored_image(parts, axis=0)),
    Mistake(
        "y flipped: in the poses and shifts",
        lambda parts: _without(_mirrored_image(parts, axis=1), "astigmatism_angle_deg"),
    ),
    Mistake(
        "x flipped: in the poses and shifts",
        lambda parts: _without(_mirrored_image(parts, axis=0), "astigmatism_angle_deg"),
    ),
    Mistake("hand: the poses are those of the mirror image", lambda parts: {"angles": _turned(parts, flip=(1, 1, -1))}),
    Mistake("poses: each rotation is the inverse", _inverted),
    Mistake("shift sign: shifts point the other way", lambda parts: _shifts(parts, (-1.0, -1.0))),
    Mistake("y flipped: in the shifts alone", lambda parts: _shifts(parts, (1.0, -1.0))),
    Mistake("x flipped: in the shifts alone", lambda parts: _shifts(parts, (-1.0, 1.0))),
    Mistake("shift unit: pixels are written as Å", lambda parts: _shifts(parts, parts["pixel_size"][:, None])),
    Mistake("shift unit: Å are written as pixels", lambda parts: _shifts(parts, 1 / parts["pixel_size"][:, None])),
    Mistake(
        "astigmatism angle: its sign",
        lambda parts: {"astigmatism_angle_deg": -parts["astigmatism_angle_deg"]},
    ),
    Mistake(
        "astigmatism angle: measured from another axis (90° minus it)",
        lambda parts: {"astigmatism_angle_deg": 90 - parts["astigmatism_angle_deg"]},
    ),
    Mistake(
        "astigmatism angle: radians are written as degrees",
        lambda parts: {"astigmatism_angle_deg": np.rad2deg(parts["astigmatism_angle_deg"])},
    ),
    Mistake("astigmatism: defocus U and V are exchanged", _swapped_defoci),
    Mistake("defocus: its sign", lambda parts: {name: -parts[name] for name in ("defocus_u", "defocus_v")}),
    Mistake("contrast: dark and bright are exchanged", lambda parts: {"sign": -parts["sign"]}),
)
"""Tried in this order, those first that explain most."""
