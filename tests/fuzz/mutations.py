"""Damage that files suffer, and damage that is done to them."""

import random
from collections.abc import Iterator

_NUMBERS = (0, 1, -1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, 0x7FFFFFFFFFFFFFFF, 1 << 40)
_WORDS = (
    b"../../../etc/passwd",
    b"/etc/passwd",
    b"NaN",
    b"inf",
    b"-1",
    b"0",
    b"1e400",
    b"9999999999999999999",
    b"data_",
    b"loop_",
    b"_",
    b"#",
    b'"',
    b"'",
    b";\n",
    b"\n",
    b"\r\n",
    b"\0",
    b"\xff\xfe",
    b"\xc3\xa9",
    b"|O",
    b"[",
    b"{",
    b",",
    b"=",
)


def mutants(content: bytes, count: int, *, seed: int) -> Iterator[bytes]:
    """`count` damaged copies of a file's content; equal seeds give equal copies.

    Each has one to six edits: cut off, a run of bytes left out, doubled, overwritten with noise or moved, bits turned
    over, numbers of a header made extreme, and words put in that have a meaning in some format.
    """
    source = random.Random(seed)
    for _ in range(count):
        damaged = bytearray(content)
        for _ in range(source.choice((1, 1, 1, 2, 3, 6))):
            source.choice(_EDITS)(damaged, source)
        yield bytes(damaged)


def _place(data: bytearray, source: random.Random) -> int:
    """A place in the file; half of them in its first 1 kB, where headers are."""
    return source.randrange(min(len(data), 1024) if source.random() < 0.5 else len(data)) if data else 0


def _cut(data: bytearray, source: random.Random) -> None:
    del data[_place(data, source) :]


def _leave_out(data: bytearray, source: random.Random) -> None:
    start = _place(data, source)
    del data[start : start + source.choice((1, 2, 4, 16, 256, 1024))]


def _double(data: bytearray, source: random.Random) -> None:
    start = _place(data, source)
    piece = data[start : start + source.choice((1, 4, 16, 256, 1024))]
    data[start:start] = piece * source.choice((1, 1, 2, 8))


def _noise(data: bytearray, source: random.Random) -> None:
    start = _place(data, source)
    piece = source.randbytes(source.choice((1, 2, 4, 8, 64)))
    data[start : start + len(piece)] = piece


def _turn_a_bit(data: bytearray, source: random.Random) -> None:
    if data:
        data[_place(data, source)] ^= 1 << source.randrange(8)


def _extreme_number(data: bytearray, source: random.Random) -> None:
    size = source.choice((1, 2, 4, 8))
    value = source.choice(_NUMBERS) % (1 << (8 * size))
    start = _place(data, source) & ~(size - 1)
    data[start : start + size] = value.to_bytes(size, source.choice(("little", "big")))


def _word(data: bytearray, source: random.Random) -> None:
    start = _place(data, source)
    word = source.choice(_WORDS)
    data[start : start + (len(word) if source.random() < 0.5 else 0)] = word


def _move(data: bytearray, source: random.Random) -> None:
    start, size = _place(data, source), source.choice((1, 4, 16, 256))
    piece = data[start : start + size]
    del data[start : start + size]
    target = _place(data, source)
    data[target:target] = piece


_EDITS = (_cut, _leave_out, _double, _noise, _turn_a_bit, _turn_a_bit, _extreme_number, _extreme_number, _word, _move)
