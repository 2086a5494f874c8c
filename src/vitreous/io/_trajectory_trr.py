"""GROMACS' full-precision trajectories."""

import struct
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from vitreous._core import InputError

from ._trajectory_base import AbstractFrames, cut_off, damaged, open_frames, positions_of

_MAGIC, _VERSION = 1993, b"GMX_trn_file"
_START = struct.Struct(">3i12s")  # magic, length of the version and a byte more, its length, the version
_SIZES = struct.Struct(">13i")  # bytes of each part of a frame, number of atoms, step, and a last one without use
_BEFORE = slice(0, 7)  # the parts before the positions
_POSITIONS, _BOX, _ATOMS = 7, 2, 10
_ANGSTROM_PER_NM = 10.0


class TrrFrames(AbstractFrames):
    """The frames of a TRR file that have positions; velocities and forces are passed over.

    Big-endian, as XDR (RFC 4506), in single or double precision, which the size of the parts tells (GROMACS' manual,
    "File formats").

    Arguments:
        path: The file.

    Raises:
        InputError: It is no TRR file, ends within a frame, or no frame has positions.
    """

    path: Path
    atom_count: int

    def __init__(self, path: Path):
        self.path = path
        self.atom_count = 0
        self._starts: list[tuple[int, str]] = []  # where the positions of a frame begin, and the type of its numbers
        times, number, start = [], 0, 0
        with open_frames(path) as stream:
            end = stream.seek(0, 2)
            while start < end:
                stream.seek(start)
                content = stream.read(_START.size + _SIZES.size + 16)
                sizes, real = self._header(content, number)
                body = start + _START.size + _SIZES.size + 2 * np.dtype(real).itemsize
                start = body + sum(sizes[:_ATOMS])
                if start > end:
                    raise cut_off(path, number)
                if sizes[_POSITIONS]:
                    times.append(float(np.frombuffer(content, real, 1, _START.size + _SIZES.size)[0]))
                    self._starts.append((body + sum(sizes[_BEFORE]), real))
                number += 1
        if not times:
            raise InputError(f"{path}: holds no frames with positions.", hint="Check that the simulation wrote any.")
        self._times = times

    def __len__(self) -> int:
        return len(self._times)

    def read(self, frame: int) -> tuple[float, Float32[np.ndarray, "n 3"]]:
        """The time of a frame in ps, and the positions (x, y, z) in Å."""
        start, real = self._starts[frame]
        with open_frames(self.path) as stream:
            stream.seek(start)
            content = stream.read(3 * self.atom_count * np.dtype(real).itemsize)
        if len(content) < 3 * self.atom_count * np.dtype(real).itemsize:
            raise cut_off(self.path, frame)
        positions = np.frombuffer(content, real).reshape(-1, 3)
        return self._times[frame], positions_of(positions, _ANGSTROM_PER_NM, path=self.path, frame=frame)

    def _header(self, content: bytes, frame: int) -> tuple[tuple[int, ...], str]:
        """The sizes of a frame's parts and the type of its numbers, once its header has proved to be one."""
        if len(content) < _START.size + _SIZES.size:
            raise cut_off(self.path, frame)
        magic, _, length, version = _START.unpack_from(content)
        if magic != _MAGIC or length != len(_VERSION) or version != _VERSION:
            raise damaged(self.path, frame, f"it begins with {content[:24]!r}, not as every frame of a TRR file")
        sizes = _SIZES.unpack_from(content, _START.size)
        count, positions, box = sizes[_ATOMS], sizes[_POSITIONS], sizes[_BOX]
        if count < 1 or min(sizes[:_ATOMS]) < 0 or (self.atom_count and count != self.atom_count):
            raise damaged(self.path, frame, f"it has {count} atoms, where {self.atom_count or 'some'} belong")
        each = positions // (3 * count) if positions else box // 9
        if each not in (4, 8) or positions not in (0, 3 * count * each):
            raise damaged(self.path, frame, f"its positions of {count} atoms take {positions} bytes")
        if len(content) < _START.size + _SIZES.size + 2 * each:
            raise cut_off(self.path, frame)
        self.atom_count = count
        return sizes, f">f{each}"
