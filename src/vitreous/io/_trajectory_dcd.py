"""Trajectories of CHARMM, NAMD and OpenMM."""

from pathlib import Path
from typing import BinaryIO

import numpy as np
from jaxtyping import Float32

from vitreous._core import InputError

from ._trajectory_base import AbstractFrames, cut_off, damaged, open_frames, positions_of

_HEADER = 84  # bytes of the first record: `CORD` and twenty numbers
_FIRST, _INTERVAL, _FIXED, _STEP, _HAS_CELL, _HAS_FOURTH, _IS_CHARMM = 1, 2, 8, 9, 10, 11, 19
_CELL = 48
_PS_PER_AKMA = 0.04888821290839617  # CHARMM's unit of time, √(Å² · u / (kcal/mol))


class DcdFrames(AbstractFrames):
    """The frames of a DCD file.

    Fortran records, each between two copies of its length, of either byte order: a header, a title, the number of
    atoms, and in each frame the unit cell where there is one, x, y and z (the format of CHARMM and X-PLOR, as NAMD's
    user guide describes it). The file's length says how many frames there are, because the header is not always mended
    when a simulation stops.

    Arguments:
        path: The file.

    Raises:
        InputError: It is no DCD file, ends within a frame, or has atoms that do not move, which it does not store.
    """

    path: Path
    atom_count: int

    def __init__(self, path: Path):
        self.path = path
        with open_frames(path) as stream:
            end = stream.seek(0, 2)
            stream.seek(0)
            self._order = self._byte_order(stream)
            header = self._record(stream, end)
            numbers = np.frombuffer(header, f"{self._order}i4", 20, 4)
            if header[:4] != b"CORD" or numbers[_FIXED]:
                raise InputError(
                    f"{path}: begins with {header[:4]!r} and {numbers[_FIXED]} atoms that do not move, where CORD and "
                    "none belong.",
                    hint="Write it with all atoms in each frame, for example with catdcd or MDAnalysis.",
                )
            self._record(stream, end)  # the title
            count = self._record(stream, end)
            if len(count) != 4:
                raise self._no_dcd(f"a record of {len(count)} bytes where the number of atoms belongs")
            self.atom_count = int(np.frombuffer(count, f"{self._order}i4")[0])
            self._start = stream.tell()
        is_charmm = numbers[_IS_CHARMM] != 0
        self._cell = _CELL + 8 if is_charmm and numbers[_HAS_CELL] else 0
        axes = 4 if is_charmm and numbers[_HAS_FOURTH] else 3
        if self.atom_count < 1:
            raise self._no_dcd(f"{self.atom_count} atoms")
        self._axis = 4 * self.atom_count + 8
        self._length = self._cell + axes * self._axis
        frames, rest = divmod(end - self._start, self._length)
        if rest:
            raise cut_off(path, frames)
        if not frames:
            raise InputError(f"{path}: holds no frames.", hint="Check that the simulation wrote any.")
        # The step is a float64 elsewhere, and a float32 in CHARMM's own format.
        step = np.frombuffer(header, f"{self._order}{'f4' if is_charmm else 'f8'}", 1, 4 + 4 * _STEP)[0]
        interval = max(int(numbers[_INTERVAL]), 1)
        with np.errstate(over="ignore", invalid="ignore"):  # of a damaged step, which is found out below
            times = (int(numbers[_FIRST]) / interval + np.arange(frames)) * interval * float(step) * _PS_PER_AKMA
        if not np.isfinite(times).all():
            raise self._no_dcd(f"a time step of {step}")
        self._times = times.tolist()

    def __len__(self) -> int:
        return len(self._times)

    def read(self, frame: int) -> tuple[float, Float32[np.ndarray, "n 3"]]:
        """The time of a frame in ps, and the positions (x, y, z) in Å."""
        with open_frames(self.path) as stream:
            stream.seek(self._start + frame * self._length + self._cell)
            content = stream.read(3 * self._axis)
        if len(content) < 3 * self._axis:
            raise cut_off(self.path, frame)
        words = np.frombuffer(content, f"{self._order}i4").reshape(3, -1)
        if (words[:, [0, -1]] != self._axis - 8).any():
            raise damaged(self.path, frame, f"its records are not of {self._axis - 8} bytes")
        positions = words[:, 1:-1].view(f"{self._order}f4").T
        return self._times[frame], positions_of(positions, 1.0, path=self.path, frame=frame)

    def _byte_order(self, stream: BinaryIO) -> str:
        start = stream.read(4)
        stream.seek(0)
        for order in "<>":
            if start == np.array(_HEADER, f"{order}i4").tobytes():
                return order
        raise self._no_dcd(f"{start!r} at its beginning")

    def _record(self, stream: BinaryIO, end: int) -> bytes:
        """The content of the next record."""
        length = self._integer(stream)
        if not 0 <= length <= end - stream.tell() - 4:
            raise self._no_dcd(f"a record of {length} bytes, and {max(0, end - stream.tell())} are left")
        content = stream.read(length)
        if self._integer(stream) != length:
            raise self._no_dcd(f"a record of {length} bytes that does not end as it begins")
        return content

    def _integer(self, stream: BinaryIO) -> int:
        content = stream.read(4)
        if len(content) < 4:
            raise self._no_dcd("no end")
        return int(np.frombuffer(content, f"{self._order}i4")[0])

    def _no_dcd(self, what: str) -> InputError:
        return InputError(f"{self.path}: is no DCD file, or is damaged: it has {what}.", hint="Copy the file again.")
