"""Gain references of cameras, and how they are turned to lie on the frames."""

from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

import numpy as np
from jaxtyping import Float32, Shaped

from vitreous._core import InputError

from ._images import open_images


class GainFlip(IntEnum):
    """How a gain reference is mirrored, by the numbers of RELION's `--gain_flip` and MotionCor2's `-FlipGain`."""

    NONE = 0
    UP_DOWN = 1
    LEFT_RIGHT = 2


@dataclass(frozen=True, kw_only=True)
class GainOrientation:
    """How a camera's gain reference or map of defects is turned to lie on its frames: first rotated, then mirrored.

    Arguments:
        rotations: Quarter turns, 0 to 3, by the numbers of RELION's `--gain_rot` and MotionCor2's `-RotGain`: from the
            first row towards the last column, which looks clockwise where the first row is drawn on top (as RELION
            does) and counter-clockwise where it is drawn at the bottom (as IMOD does).
        flip: The mirror, which is applied to the rotated reference.

    Raises:
        InputError: Another number of rotations.

    Examples:
        >>> GainOrientation(rotations=1).apply(np.array([[1, 2], [3, 4]])).tolist()
        [[3, 1], [4, 2]]
    """

    rotations: int = 0
    flip: GainFlip = GainFlip.NONE

    def __post_init__(self):
        if self.rotations not in range(4):
            raise InputError(
                f"{self.rotations} quarter turns of a gain reference: RELION's --gain_rot counts from 0 to 3.",
                hint="Use rotations=0, 1, 2 or 3.",
            )

    @classmethod
    def from_imod(cls, rotation_and_flip: int) -> "GainOrientation":
        """The orientation that IMOD and SerialEM write as one number (`RotationAndFlip`, `r/f`).

        Arguments:
            rotation_and_flip: 0 to 3 counts quarter turns, counter-clockwise with the first row at the bottom; 4 is
                added for a mirror about the y axis before them (IMOD's `rotateflip.c`).

        Raises:
            InputError: A number that is not from 0 to 7.

        Examples:
            >>> GainOrientation.from_imod(5)
            GainOrientation(rotations=3, flip=<GainFlip.LEFT_RIGHT: 2>)
        """
        if rotation_and_flip not in range(8):
            raise InputError(
                f"{rotation_and_flip} is no rotation and flip of IMOD's, which go from 0 to 7.",
                hint="Use rotations and flip instead.",
            )
        turns = rotation_and_flip % 4
        # A mirror before a turn is the same mirror after the opposite turn.
        return cls(rotations=-turns % 4, flip=GainFlip.LEFT_RIGHT) if rotation_and_flip > 3 else cls(rotations=turns)

    def apply(self, image: Shaped[np.ndarray, "y x"]) -> Shaped[np.ndarray, "y2 x2"]:
        """An image as it lies on the frames.

        Arguments:
            image: As the reference's file has it.
        """
        turned = np.rot90(image, -self.rotations)
        if self.flip is GainFlip.UP_DOWN:
            turned = turned[::-1]
        elif self.flip is GainFlip.LEFT_RIGHT:
            turned = turned[:, ::-1]
        return np.ascontiguousarray(turned)


AS_IT_IS = GainOrientation()


def read_gain(path: str | Path, *, orientation: GainOrientation = AS_IT_IS) -> Float32[np.ndarray, "y x"]:
    """A camera's gain reference: what a raw frame is multiplied by.

    The `.gain` files of Falcon cameras are TIFF and hold what frames are *divided* by: their reciprocal is returned,
    times their mean, and 0 stays 0 (as RELION does). Zeros mark pixels that do not count.

    Rows come in the order of the file. `.gain` references lie on EER movies as they are, and on super-resolution frames
    with each pixel repeated; a reference in MRC lies on MRC movies, and on TIFF movies once either is turned upside
    down (see `read_tiff`).

    Arguments:
        path: An MRC, TIFF or `.gain` file of one image.
        orientation: How the reference is turned to lie on the frames.

    Returns:
        The reference, as `vitreous.detector.Gain` takes it.

    Raises:
        InputError: The file cannot be read, holds several images, or values that are negative, not finite or all 0.

    Examples:
        >>> import tempfile
        >>> from vitreous.io import write_mrc
        >>> path = Path(tempfile.mkdtemp()) / "gain.mrc"
        >>> write_mrc(path, np.array([[0.5, 1.0], [2.0, 0.0]]), pixel_size=1.0)
        >>> read_gain(path, orientation=GainOrientation(flip=GainFlip.UP_DOWN)).tolist()
        [[2.0, 0.0], [0.5, 1.0]]
    """
    path = Path(path)
    reference = read_one_image(path, "a gain reference")
    if (reference < 0).any() or not reference.any():
        raise InputError(
            f"{path}: a gain reference from {reference.min():g} to {reference.max():g}: it is positive, and 0 only in "
            "pixels that do not count.",
            hint="Check that the path names the gain reference, not a dark reference or a frame.",
        )
    if path.suffix.lower() == ".gain":
        mean = reference.mean(dtype=np.float64)
        reference = np.divide(mean, reference, out=np.zeros_like(reference), where=reference > 0, casting="same_kind")
    return orientation.apply(reference)


def read_one_image(path: Path, kind: str) -> Float32[np.ndarray, "y x"]:
    """The only image of a file."""
    with open_images(path) as images:
        if len(images) != 1:
            raise InputError(
                f"{path}: holds {len(images)} images, and {kind} is one.", hint=f"Name the file of {kind}."
            )
        return images.read()[0]
