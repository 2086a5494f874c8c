"""A writer of electron-event movies for the tests, from the published layout of their bits.

M. Leichsenring, EER file format documentation 3.0, Thermo Fisher Scientific, 2023, section 4, and the reader that the
company published (EerReaderLib): runs and positions within the pixel from the lowest bit of each byte on; a run of all
ones goes on in the next code. In files with TIFF compression 65000 the bits of a position follow such a run as well.
"""

from pathlib import Path

import numpy as np
import tifffile

METADATA = (
    "<metadata>"
    '<item name="commercialName">Falcon 4i</item>'
    '<item name="exposureTime" unit="s">2.5</item>'
    '<item name="meanDoseRate" unit="e/pixel/s">6.25</item>'
    '<item name="numberOfFrames">4</item>'
    '<item name="sensorPixelSize.width" unit="m">7.5e-11</item>'
    '<item name="totalDose" unit="e/pixel">15.625</item>'
    "</metadata>"
)
RUN_BITS = {65000: 8, 65001: 7}


def random_frame(rng, shape, electrons):
    """Pixels that have an electron, in order, and where in them it is, as (y, x) quarters."""
    pixels = np.sort(rng.choice(shape[0] * shape[1], electrons, replace=False))
    return pixels, rng.integers(0, 4, (electrons, 2))


def rendered(frame, shape, super_resolution):
    """The frame as an image, electron by electron."""
    image = np.zeros((shape[0] * super_resolution, shape[1] * super_resolution), int)
    for pixel, (y, x) in zip(*frame, strict=True):
        row, column = divmod(int(pixel), shape[1])
        image[(4 * row + y) * super_resolution // 4, (4 * column + x) * super_resolution // 4] += 1
    return image


def encode(frame, shape, run_bits, *, is_padded):
    """The bits of a frame."""
    bits, length = 0, 0
    longest = 2**run_bits - 1

    def put(value, count):
        nonlocal bits, length
        bits |= value << length
        length += count

    def put_run(run):
        while run >= longest:
            put(longest, run_bits)
            if is_padded:
                put(0, 4)
            run -= longest
        put(run, run_bits)

    reached = 0
    for pixel, (y, x) in zip(*frame, strict=True):
        put_run(int(pixel) - reached)
        put(int(x) ^ 2 | (int(y) ^ 2) << 2, 4)  # the higher bit of each is inverted
        reached = int(pixel) + 1
    put_run(shape[0] * shape[1] - reached)
    if is_padded:
        put(0, 4)
    return bits.to_bytes(-(-length // 8), "little")


def write_eer(
    path: Path, frames, shape, *, compression=65001, metadata: str | None = METADATA, bits=(7, 2, 2), strips=1
):
    """A BigTIFF with one page for each frame, as the Falcon cameras write."""
    run_bits = RUN_BITS.get(compression, bits[0])
    coded = [encode(frame, shape, run_bits, is_padded=compression == 65000) for frame in frames]
    coded = [data + bytes(-len(data) % 8) for data in coded]  # the camera writes words of 64 bits
    out = bytearray(b"II\x2b\0\x08\0\0\0" + bytes(8))
    pointer = 8
    for number, data in enumerate(coded):
        cuts = np.linspace(0, len(data), strips + 1).astype(int)
        offsets, counts = [len(out) + int(cut) for cut in cuts[:-1]], np.diff(cuts).tolist()
        out += data
        lists = []
        for values in (offsets, counts):
            lists.append(values[0] if strips == 1 else len(out))
            out += b"" if strips == 1 else np.array(values, "<u8").tobytes()
        tags = [
            (256, 4, 1, shape[1]), (257, 4, 1, shape[0]), (258, 3, 1, 1), (259, 3, 1, compression), (262, 3, 1, 1),
            (273, 16, strips, lists[0]), (277, 3, 1, 1), (278, 4, 1, -(-shape[0] // strips)),
            (279, 16, strips, lists[1]),
        ]  # fmt: skip
        if metadata is not None and number == 0:
            tags.append((65001, 7, len(metadata), len(out)))
            out += metadata.encode()
        if compression == 65002:
            tags += [(65007 + i, 3, 1, value) for i, value in enumerate(bits)]
        out[pointer : pointer + 8] = len(out).to_bytes(8, "little")
        out += len(tags).to_bytes(8, "little")
        for tag, kind, count, value in tags:
            out += tag.to_bytes(2, "little") + kind.to_bytes(2, "little") + count.to_bytes(8, "little")
            out += int(value).to_bytes(8, "little")
        pointer = len(out)
        out += bytes(8)
    path.write_bytes(out)
    with tifffile.TiffFile(path) as file:
        assert len(file.pages) == len(coded)
