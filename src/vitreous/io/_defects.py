"""Pixels of a camera that do not count: lists of defects, and maps of them."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from jaxtyping import Bool

from vitreous._core import InputError

from ._gain import AS_IT_IS, GainOrientation, read_one_image

_TEXT_AT_MOST = 2**24
# What SerialEM says of the camera besides its size, and of how its own programs correct it.
_OF_OTHERS = ("RotationAndFlip", "K2Type", "FalconType", "NumToAvgSuperRes")


def read_defects(
    path: str | Path, shape: tuple[int, int], *, orientation: GainOrientation = AS_IT_IS
) -> Bool[np.ndarray, "y x"]:
    r"""Which pixels of a camera do not count.

    Three kinds of file are read. Maps (MRC or TIFF) are not 0 in defects. Text of the form of MotionCor2 and RELION has
    a rectangle on each line, `x y width height`, counted from 0. Text of SerialEM's and IMOD's form (IMOD's
    `CorrectDefects.cpp`) names `BadColumns`, `BadRows`, `BadPixels` (x y …), `PartialBadColumn` (x width first-y
    last-y), `PartialBadRow` (y height first-x last-x) and the `UsableArea` (first row, first column, last row, last
    column; 0 for none); `CameraSizeX` and `CameraSizeY` give the size to which they refer. Frames of 2 or 4 times that
    size are super-resolution frames, of which every pixel within a defect is one.

    Rows are counted as in the file: SerialEM counts them from the top of the picture, as TIFF does. `RotationAndFlip`
    is SerialEM's record of how the frames were turned, and not applied here: see `GainOrientation.from_imod`.

    Arguments:
        path: The file.
        shape: Rows and columns of the frames.
        orientation: How the camera's pixels are turned to lie on the frames.

    Returns:
        True where a pixel does not count.

    Raises:
        InputError: The file cannot be read, is of none of these kinds, is of another camera's size, or names pixels
            outside of it.

    Examples:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "defects.txt"
        >>> _ = path.write_text("1 0 2 1\n")
        >>> read_defects(path, (2, 4)).astype(int).tolist()
        [[0, 1, 1, 0], [0, 0, 0, 0]]
    """
    path = Path(path)
    turned = shape if orientation.rotations % 2 == 0 else (shape[1], shape[0])
    text = _text(path)
    if text is None:
        mask = read_one_image(path, "a map of defects") != 0
        if mask.shape != turned:
            raise InputError(
                f"{path}: is a map of {mask.shape[0]} × {mask.shape[1]} pixels, and the frames have {turned[0]} × "
                f"{turned[1]} before they are turned.",
                hint="Give the map of the camera that took the frames.",
            )
        return orientation.apply(mask)
    lines = [
        (f"{path}, line {number}", line.split())
        for number, line in enumerate(text.splitlines(), 1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    if not lines:
        raise InputError(f"{path}: lists no defects.", hint="Leave the file out.")
    is_serialem = lines[0][1][0][0].isalpha()
    return orientation.apply(_serialem(lines, turned, path) if is_serialem else _rectangles(lines, turned))


def _text(path: Path) -> str | None:
    """The content of a text file, `None` where it is not text."""
    try:
        with path.open("rb") as stream:
            content = stream.read(_TEXT_AT_MOST + 1)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}).", hint="Check the path.") from error
    if b"\0" in content[:4096] or len(content) > _TEXT_AT_MOST:
        return None
    return content.decode("utf-8", "replace")


def _rectangles(lines: Iterable[tuple[str, list[str]]], shape: tuple[int, int]) -> Bool[np.ndarray, "y x"]:
    mask = np.zeros(shape, bool)
    for where, words in lines:
        x, y, width, height = _numbers(words, where, 4)
        if not (x < shape[1] and y < shape[0] and width > 0 and height > 0):
            raise InputError(
                f"{where}: the rectangle {' '.join(words)} (x y width height) has no pixel of frames of {shape[0]} × "
                f"{shape[1]}.",
                hint="Give the defects of the camera that took the frames, counted from 0.",
            )
        mask[y : y + height, x : x + width] = True
    return mask


def _serialem(lines: list[tuple[str, list[str]]], shape: tuple[int, int], path: Path) -> Bool[np.ndarray, "y x"]:
    values: dict[str, int] = {"CameraSizeX": shape[1], "CameraSizeY": shape[0], "WasScaled": 0}
    for where, (keyword, *words) in lines:
        if keyword in values:
            (values[keyword],) = _numbers(words, where, 1)
    camera = values["CameraSizeY"], values["CameraSizeX"]
    finer = shape[0] // max(1, camera[0])
    if finer not in (1, 2, 4) or shape != (camera[0] * finer, camera[1] * finer):
        raise InputError(
            f"{path}: is of a camera of {camera[0]} × {camera[1]} pixels, and the frames have {shape[0]} × {shape[1]}.",
            hint="Give the defects of the camera that took the frames.",
        )
    # Once scaled to super-resolution, a pixel is listed by its first corner.
    pixel = {0: 1, 1: 2}.get(values["WasScaled"], 4)
    mask = np.zeros(camera, bool)
    for where, (keyword, *words) in lines:
        if keyword not in values and keyword not in _OF_OTHERS:
            _mark(mask, keyword, words, where=where, pixel=pixel)
    return mask.repeat(finer, axis=0).repeat(finer, axis=1)


def _mark(mask: Bool[np.ndarray, "y x"], keyword: str, words: list[str], *, where: str, pixel: int) -> None:
    """Mark what a line of SerialEM's names."""
    if keyword == "BadColumns":
        mask[:, _within(_numbers(words, where), mask.shape[1], where)] = True
    elif keyword == "BadRows":
        mask[_within(_numbers(words, where), mask.shape[0], where)] = True
    elif keyword == "BadPixels":
        numbers = _numbers(words, where)
        if len(numbers) % 2:
            raise InputError(f"{where}: {len(numbers)} numbers are no pairs of x and y.", hint="Correct the line.")
        columns = _within(numbers[0::2], mask.shape[1], where)
        for x, y in zip(columns, _within(numbers[1::2], mask.shape[0], where), strict=True):
            mask[y : y + pixel, x : x + pixel] = True
    elif keyword in ("PartialBadColumn", "PartialBadRow"):
        first, width, start, stop = _numbers(words, where, 4)
        along = mask.T if keyword == "PartialBadColumn" else mask
        _within([first, first + width - 1], along.shape[0], where)
        _within([start, stop], along.shape[1], where)
        along[first : first + width, start : stop + 1] = True
    elif keyword == "UsableArea":
        top, left, bottom, right = _numbers(words, where, 4)
        mask[:top], mask[:, :left] = True, True
        if bottom:
            mask[bottom + 1 :] = True
        if right:
            mask[:, right + 1 :] = True
    else:
        raise InputError(
            f"{where}: {keyword!r} is no keyword of a list of defects.",
            hint="SerialEM and IMOD write BadColumns, BadRows, BadPixels, PartialBadColumn, PartialBadRow, UsableArea.",
        )


def _numbers(words: list[str], where: str, count: int | None = None) -> list[int]:
    whole = [word for word in words if word.isascii() and word.isdigit() and len(word) < 10]
    if len(whole) < len(words) or not words or (count is not None and len(words) != count):
        wanted = "whole numbers from 0" if count is None else f"{count} whole numbers from 0"
        raise InputError(
            f"{where}: {' '.join(words)[:60]!r} are not {wanted}.", hint="Correct the line; see read_defects."
        )
    return [int(word) for word in whole]


def _within(indices: list[int], size: int, where: str) -> list[int]:
    if max(indices) >= size or min(indices) < 0:
        raise InputError(
            f"{where}: names row or column {max(indices)} of a camera that has {size}, counted from 0.",
            hint="Give the defects of the camera that took the frames.",
        )
    return indices
