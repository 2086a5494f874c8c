"""The header of an MRC file to be written."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import mrcfile.constants
import mrcfile.dtypes
import mrcfile.utils
import numpy as np

from vitreous._core import InputError

from ._mrc_modes import MrcMode

HEADER_BYTES = 1024
OWN_LABEL = "Written by vitreous"
Number = float | int | np.floating | np.integer


@dataclass
class Statistics:
    """Minimum, maximum, mean and sum of squared deviations, updated by Chan's pairwise formula."""

    count: int = 0
    minimum: float = math.inf
    maximum: float = -math.inf
    mean: float = 0.0
    squares: float = 0.0

    def add(self, block: np.ndarray, path: str | Path) -> None:
        """Count in values as they are stored; complex ones are not, since the header has no numbers for them."""
        if block.dtype.kind == "c":
            return
        block = block if block.dtype == np.float32 else block.astype(np.float32)
        mean = float(block.mean(dtype=np.float64))
        if not math.isfinite(mean):
            raise InputError(
                f"{path}: an array with NaN or infinite values is not written.",
                hint="Find where they arise: jax.config.update('jax_debug_nans', True).",
            )
        # Single precision within a block, whose mean is taken out first: six digits of the header's rms.
        centred = (block - np.float32(mean)).ravel()
        total = self.count + block.size
        self.squares += float(np.dot(centred, centred)) + (mean - self.mean) ** 2 * self.count * block.size / total
        self.mean += (mean - self.mean) * block.size / total
        self.count = total
        self.minimum = min(self.minimum, float(block.min()))
        self.maximum = max(self.maximum, float(block.max()))


def new_header(
    shape: tuple[int, ...],
    pixel_size: Number,
    *,
    mode: MrcMode,
    is_images: bool,
    statistics: Statistics,
    path: str | Path,
    origin: tuple[Number, Number, Number] = (0.0, 0.0, 0.0),
    labels: Sequence[str] = (OWN_LABEL,),
    extended_size: int = 0,
    extended_type: str = "",
) -> bytes:
    """An MRC2014 header; statistics that are not known yet are marked as the standard asks."""
    spacing = float(pixel_size)
    if not (math.isfinite(spacing) and spacing > 0):
        raise InputError(f"{path}: pixel_size={spacing} Å must be positive.", hint="Give the pixel size in Å.")
    header = np.zeros((), mrcfile.dtypes.HEADER_DTYPE).view(np.recarray)
    header.nz, header.ny, header.nx = shape
    header.mode = mode.value
    header.mx, header.my, header.mz = shape[2], shape[1], 1 if is_images else shape[0]
    header.cella = (spacing * header.mx, spacing * header.my, spacing * header.mz)
    header.cellb = (90.0, 90.0, 90.0)
    header.mapc, header.mapr, header.maps = 1, 2, 3
    header.ispg = 0 if is_images else 1
    header.nversion = 20141
    header.origin = tuple(map(float, origin))
    header.map = mrcfile.constants.MAP_ID
    header.machst = mrcfile.utils.machine_stamp_from_byte_order()
    header.dmin, header.dmax, header.dmean, header.rms = 0.0, -1.0, -2.0, -1.0
    if statistics.count == math.prod(shape) and not mode.is_complex:
        header.dmin, header.dmax, header.dmean = statistics.minimum, statistics.maximum, statistics.mean
        header.rms = math.sqrt(statistics.squares / statistics.count)
    header.nsymbt = extended_size
    header.exttyp = _extended_type(extended_type, extended_size, path)
    header.nlabl = len(_checked_labels(labels, path))
    header.label[: len(labels)] = [label.encode("ascii") for label in labels]
    return header.tobytes()


def _extended_type(name: str, size: int, path: str | Path) -> bytes:
    if bool(name) != bool(size) or not (name.isascii() and name.isprintable() and len(name) <= 4) or size >= 2**30:
        raise InputError(
            f"{path}: an extended header of {size} bytes cannot be of the type {name!r}: that has up to four letters "
            "where there is such a header, and none where there is not.",
            hint="Give extended_header and extended_type as MrcFile has them; MRCO is the type of the format's makers.",
        )
    return name.ljust(4).encode("ascii") if name else b""


def _checked_labels(labels: Sequence[str], path: str | Path) -> Sequence[str]:
    wrong = [label for label in labels if not (label.strip() and label.isascii() and label.isprintable())]
    wrong += [label for label in labels if len(label) > 80]
    if wrong or len(labels) > 10:
        raise InputError(
            f"{path}: {len(labels)} labels, such as {(wrong or list(labels))[0]!r}, do not fit in an MRC header.",
            hint="It has ten, of up to 80 printable ASCII characters each.",
        )
    return labels
