"""The compressed coordinates of GROMACS' XTC format.

The encoding is that of F. van Hoesel's xdrf library, which GROMACS adopted: coordinates in units of the precision are
whole numbers. Most are stored as they are, in as many bits as the extent of the frame needs; runs of atoms that lie
close to the one before are stored as differences, in a number of bits that follows the structure along.

A damaged file makes the C library that others read it with write outside of its memory, so this is a reader of our own:
where each group of bits lies is found one after the other, and all else is done for all atoms at once.
"""

import numpy as np
from jaxtyping import Int64, UInt8

FIRST_SMALL, LAST_SMALL = 9, 72
_RUN_BITS = 5
_WHOLE = 0xFFFFFF  # larger extents are stored axis by axis

# How many values three numbers of k bits in all can have each: 2^(k/3), rounded down, with three numbers that the
# library has otherwise and every file since is written with.
_EXTENTS = np.floor(2.0 ** (np.arange(LAST_SMALL + 1) / 3) + 1e-9).astype(np.int64)
_EXTENTS[[37, 57, 69]] = 5060, 524287, 8388607
_EXTENTS[:FIRST_SMALL] = 0


class DamagedBitsError(Exception):
    """The bits are not what the encoding makes."""


def decode(
    content: bytes, *, count: int, least: Int64[np.ndarray, " 3"], most: Int64[np.ndarray, " 3"], small: int
) -> Int64[np.ndarray, "n 3"]:
    """The coordinates in units of the precision.

    Arguments:
        content: The compressed bytes.
        count: How many atoms they are of.
        least: The smallest coordinate on each axis.
        most: The largest.
        small: The number of bits of differences to begin with.

    Raises:
        DamagedBitsError: The bytes hold another number of atoms, or end too early.
    """
    sizes = most - least + 1
    if (sizes < 1).any():
        raise DamagedBitsError(f"it has extents of {sizes.tolist()}")
    widths = [int(size).bit_length() for size in sizes]
    together = int(np.prod(sizes.astype(object))).bit_length() if (sizes <= _WHOLE).all() else 0
    starts, runs, smalls = _groups(content, count, together or sum(widths), small)
    # Windows of two bytes are taken at the last bits too.
    data = np.frombuffer(content + bytes(16), np.uint8)
    if together:
        whole = _divided(_little(data, starts, together), sizes)
    else:
        places = starts[:, None] + np.cumsum([0, *widths[:2]])
        whole = np.stack([_big(data, places[:, axis], widths[axis]) for axis in range(3)], axis=-1)
    return _placed(data, whole + least, starts, runs=runs, smalls=smalls, skipped=together or sum(widths))


def _groups(content: bytes, count: int, width: int, small: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where each stored atom begins, how many differences follow it, and of how many bits each is."""
    bits = np.unpackbits(np.frombuffer(content + b"\0", np.uint8))
    five = np.zeros(len(bits), np.uint8)  # the number in the five bits from each bit on
    for place in range(_RUN_BITS):
        five[: len(bits) - place] = five[: len(bits) - place] * 2 + bits[place:]
    flags, numbers, end = bits.tobytes(), five.tobytes(), 8 * len(content)
    starts, runs, smalls = [], [], []
    place = atoms = run = 0
    while atoms < count:
        starts.append(place)
        place += width
        if place >= end:
            raise DamagedBitsError(f"its bits end after {atoms} of {count} atoms")
        change = 0
        if flags[place]:
            change = numbers[place + 1] % 3 - 1
            run = numbers[place + 1] // 3
            place += _RUN_BITS
        place += 1
        if run and not FIRST_SMALL <= small <= LAST_SMALL:
            raise DamagedBitsError(f"it has differences of {small} bits")
        runs.append(run)
        smalls.append(small)
        place += run * small
        atoms += 1 + run
        small += change
    if atoms != count or place > end:
        raise DamagedBitsError(f"its bits are of {atoms} atoms, not {count}")
    return np.array(starts, np.int64), np.array(runs, np.int64), np.array(smalls, np.int64)


def _placed(
    data: UInt8[np.ndarray, " bytes"],
    whole: Int64[np.ndarray, "groups 3"],
    starts: Int64[np.ndarray, " groups"],
    *,
    runs: Int64[np.ndarray, " groups"],
    smalls: Int64[np.ndarray, " groups"],
    skipped: int,
) -> Int64[np.ndarray, "n 3"]:
    """All atoms, from those stored whole and the differences that follow them.

    Each difference is from the atom before. The first two atoms of a group are stored in turned order: the oxygen of a
    water is in the middle of its hydrogens.
    """
    first = np.cumsum(1 + runs) - (1 + runs)  # the atom that each group begins with
    steps = np.zeros((int((1 + runs).sum()), 3), np.int64)
    group = np.repeat(np.arange(len(runs)), runs)
    number = np.arange(len(group)) - np.repeat(np.cumsum(runs) - runs, runs)
    # Behind an atom that is stored whole come a flag and, where it is set, the run and the change of width.
    flagged = (data[(starts + skipped) >> 3] >> (7 - ((starts + skipped) & 7))) & 1
    begin = starts + skipped + 1 + _RUN_BITS * flagged.astype(np.int64)
    for small in np.unique(smalls[runs > 0]).tolist():
        here = np.flatnonzero(smalls[group] == small)
        places = begin[group[here]] + number[here] * small
        extent = _EXTENTS[small]
        steps[first[group[here]] + 1 + number[here]] = (
            _divided(_little(data, places, small), np.full(3, extent)) - extent // 2
        )
    steps[first] = whole
    # The sum within each group: that over all, less what it was before the group.
    total = np.cumsum(steps, axis=0)
    atoms = total - np.repeat(total[first] - steps[first], 1 + runs, axis=0)
    turned = first[runs > 0]
    atoms[turned], atoms[turned + 1] = atoms[turned + 1].copy(), atoms[turned].copy()
    return atoms


def _window(data: np.ndarray, places: np.ndarray, bits: int) -> np.ndarray:
    """The number in up to eight bits from each place on, the first bit being the highest."""
    byte, bit = places >> 3, (places & 7).astype(np.uint64)
    pair = (data[byte].astype(np.uint64) << np.uint64(8)) | data[byte + 1]
    return ((pair >> (np.uint64(8) - bit)) & np.uint64(0xFF)) >> np.uint64(8 - bits)


def _big(data: np.ndarray, places: np.ndarray, width: int) -> np.ndarray:
    """Numbers of up to 32 bits, the highest first."""
    values = np.zeros(len(places), np.uint64)
    for done in range(0, width, 8):
        bits = min(8, width - done)
        values = (values << np.uint64(bits)) | _window(data, places + done, bits)
    return values.astype(np.int64)


def _little(data: np.ndarray, places: np.ndarray, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of up to 72 bits, the lowest byte first: their lowest 32 bits, and the others."""
    low, high = np.zeros(len(places), np.uint64), np.zeros(len(places), np.uint64)
    for done in range(0, width, 8):
        byte = _window(data, places + done, min(8, width - done))
        if done < 32:
            low |= byte << np.uint64(done)
        else:
            high |= byte << np.uint64(done - 32)
    return low, high


def _divided(number: tuple[np.ndarray, np.ndarray], sizes: np.ndarray) -> np.ndarray:
    """Three coordinates out of the one number that they were made into: (x · sizes_y + y) · sizes_z + z."""
    low, high = number
    columns = []
    for size in sizes[:0:-1].astype(np.uint64):  # z, then y; at most 2^24, so that no step leaves 64 bits
        high, rest = high // size, high % size
        joined = (rest << np.uint64(32)) | low
        low, rest = joined // size, joined % size
        columns.append(rest)
    columns.append(low)
    return np.stack(columns[::-1], axis=-1).astype(np.int64)
