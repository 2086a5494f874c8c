"""GROMACS' compressed trajectories."""

import struct
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from vitreous._core import InputError

from ._trajectory_base import AbstractFrames, cut_off, damaged, open_frames, positions_of
from ._trajectory_xtc_bits import DamagedBitsError, decode

_MAGIC = 1995
_HEADER = struct.Struct(">3if9fi")  # magic, atoms, step, time, box, atoms again
_COMPRESSED = struct.Struct(">f8i")  # precision, extents, bits of differences, bytes
_UNCOMPRESSED = 9  # up to so many atoms are stored as they are
_ANGSTROM_PER_NM = 10.0


class XtcFrames(AbstractFrames):
    """The frames of an XTC file.

    Big-endian, as XDR (RFC 4506): a header of 56 bytes, and then the coordinates (GROMACS' manual, "File formats").

    Arguments:
        path: The file.

    Raises:
        InputError: It is no XTC file, or ends within a frame.
    """

    path: Path
    atom_count: int

    def __init__(self, path: Path):
        self.path = path
        self.atom_count = 0
        self._starts: list[int] = []
        times = []
        with open_frames(path) as stream:
            end = stream.seek(0, 2)
            start = 0
            while start < end:
                stream.seek(start)
                times.append(self._header(stream.read(_HEADER.size), len(times)))
                self._starts.append(start)
                start += _HEADER.size + self._length(stream.read(_COMPRESSED.size), len(times) - 1)
                if start > end:
                    raise cut_off(path, len(times) - 1)
        if not times:
            raise InputError(f"{path}: holds no frames.", hint="Check that the simulation wrote any.")
        self._times = times

    def __len__(self) -> int:
        return len(self._times)

    def read(self, frame: int) -> tuple[float, Float32[np.ndarray, "n 3"]]:
        """The time of a frame in ps, and the positions (x, y, z) in Å."""
        start = self._starts[frame] + _HEADER.size
        with open_frames(self.path) as stream:
            stream.seek(start)
            if self.atom_count <= _UNCOMPRESSED:
                content = stream.read(12 * self.atom_count)
                if len(content) < 12 * self.atom_count:
                    raise cut_off(self.path, frame)
                positions = np.frombuffer(content, ">f4").reshape(-1, 3)
            else:
                head = stream.read(_COMPRESSED.size)
                if len(head) < _COMPRESSED.size:
                    raise cut_off(self.path, frame)
                precision, *extents, small, size = _COMPRESSED.unpack(head)
                content = stream.read(max(size, 0))
                if len(content) != size:
                    raise cut_off(self.path, frame)
                least, most = np.array(extents, np.int64).reshape(2, 3)
                try:
                    whole = decode(content, count=self.atom_count, least=least, most=most, small=small)
                except DamagedBitsError as error:
                    raise damaged(self.path, frame, str(error)) from error
                positions = whole / np.float64(precision)
        return self._times[frame], positions_of(positions, _ANGSTROM_PER_NM, path=self.path, frame=frame)

    def _header(self, content: bytes, frame: int) -> float:
        """The time of a frame, once its header has proved to be one."""
        if len(content) < _HEADER.size:
            raise cut_off(self.path, frame)
        magic, count, _, time, *_, again = _HEADER.unpack(content)
        if magic != _MAGIC:
            raise damaged(self.path, frame, f"it begins with {magic}, not {_MAGIC} as every frame of an XTC file")
        if count < 1 or count != again or (frame and count != self.atom_count):
            raise damaged(
                self.path, frame, f"it has {count} atoms, or {again}, where {self.atom_count or count} belong"
            )
        self.atom_count = count
        return time

    def _length(self, content: bytes, frame: int) -> int:
        """How many bytes follow the header."""
        if self.atom_count <= _UNCOMPRESSED:
            return 12 * self.atom_count
        if len(content) < _COMPRESSED.size:
            raise cut_off(self.path, frame)
        precision, *_, size = _COMPRESSED.unpack(content)
        # An atom takes two bits at least: a declared number of atoms beyond that is not worth making room for.
        if not (np.isfinite(precision) and precision > 0) or size < 0 or self.atom_count > 4 * size:
            raise damaged(
                self.path, frame, f"{self.atom_count} atoms in {size} bytes with a precision of {precision:g}"
            )
        return _COMPRESSED.size + (size + 3) // 4 * 4
