"""The bits of an electron-event frame, decoded to an image of the electrons."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

_FIXED_RUN_BITS = 8
_FIXED_SUB_BITS = 2


@dataclass(frozen=True)
class EerCode:
    """How electrons are coded.

    A frame is a stream of bits, the lowest of each byte first: how many pixels without an electron come before the next
    one (`run_bits`), then where in its pixel that electron fell (`x_bits`, `y_bits`, of which the highest is inverted,
    since they are counted from the middle). A run of all ones is continued by the next code. (M. Leichsenring, EER file
    format documentation 3.0, Thermo Fisher Scientific, 2023, section 4; and that company's EerReaderLib.)

    Arguments:
        run_bits: Bits of a run.
        x_bits: Bits of the position along x within a pixel.
        y_bits: Those along y.
        is_padded: A run that is continued is followed by bits of a position, too, that mean nothing: the first
            files, with TIFF compression 65000, are so, and each of their codes has 12 bits.
    """

    run_bits: int
    x_bits: int
    y_bits: int
    is_padded: bool

    def pixels_at_most(self, byte_count: int) -> int:
        """How many pixels a frame of so many bytes can describe."""
        return (8 * byte_count // self.run_bits + 1) * 2**self.run_bits

    def decode(self, data: bytes, shape: tuple[int, int], super_resolution: int) -> Bool[np.ndarray, "y x"]:
        """Where the electrons of a frame are; a pixel records at most one.

        Arguments:
            data: The frame's bits.
            shape: Rows and columns of the detector.
            super_resolution: 1, 2 or 4 pixels along an edge of a detector's pixel.

        Raises:
            ValueError: The codes do not end with the last pixel.
        """
        if self.is_padded:
            return _decode_fixed(data, shape, super_resolution)
        import imagecodecs

        # The decoder reads two bytes at a time.
        return imagecodecs.eer_decode(
            data + bytes(-len(data) % 8),
            (shape[0] * super_resolution, shape[1] * super_resolution),
            self.run_bits,
            self.x_bits,
            self.y_bits,
            superres=super_resolution.bit_length() - 1,
        )


def _decode_fixed(data: bytes, shape: tuple[int, int], super_resolution: int) -> Bool[np.ndarray, "y x"]:
    """Codes of 12 bits, two of which lie in three bytes."""
    triples = np.frombuffer(data + bytes(-len(data) % 3), np.uint8).reshape(-1, 3).astype(np.uint16)
    low, middle, high = triples.T
    codes = np.stack([low | (middle & 15) << 8, middle >> 4 | high << 4], axis=-1).ravel()
    runs = (codes & 2**_FIXED_RUN_BITS - 1).astype(np.int64)
    is_electron = runs < 2**_FIXED_RUN_BITS - 1
    pixel = np.cumsum(runs + is_electron) - is_electron
    count = int(np.searchsorted(pixel, shape[0] * shape[1]))
    end = pixel[count] if count < len(pixel) else (pixel[-1] + is_electron[-1] if len(pixel) else 0)
    if end != shape[0] * shape[1]:
        raise ValueError(f"the codes of a frame describe {end} pixels, not {shape[0]} × {shape[1]}")
    pixel, inside = pixel[:count][is_electron[:count]], codes[:count][is_electron[:count]] >> _FIXED_RUN_BITS
    middle_of_pixel = 2 ** (_FIXED_SUB_BITS - 1)
    x = inside & 2**_FIXED_SUB_BITS - 1 ^ middle_of_pixel
    y = inside >> _FIXED_SUB_BITS ^ middle_of_pixel
    rows, columns = np.divmod(pixel, shape[1])
    image = np.zeros((shape[0] * super_resolution, shape[1] * super_resolution), bool)
    coarser = 2**_FIXED_SUB_BITS // super_resolution
    image[rows * super_resolution + y // coarser, columns * super_resolution + x // coarser] = True
    return image
