"""Maps and image stacks from MRC files."""

from pathlib import Path

import numpy as np
from jaxtyping import Complex64, Float32, Real, Shaped

from vitreous._core import InputError

from ._images_source import check_finite
from ._mrc_header import MrcFile, read_header
from ._mrc_layout import Layout, read_bytes
from ._mrc_modes import MrcMode


def read_mrc(path: str | Path, *, allow_nan: bool = False) -> tuple[Float32[np.ndarray, "z y x"], MrcFile]:
    """All values of an MRC file as float32, and what its header says.

    Axes stored in another order (`mapc`, `mapr`, `maps`) are transposed to (z, y, x). A single image comes as one
    section, so the array always has three axes.

    Arguments:
        path: An `.mrc`, `.mrcs` or `.map` file of mode 0, 1, 2, 6, 12 or 101, which may be compressed with gzip or
            bzip2.
        allow_nan: Accept values that are NaN or infinite.

    Returns:
        The array, (z, y, x) for a volume and (n, y, x) for images, and the description of the file.

    Raises:
        InputError: As `map_mrc`, or values that are not finite.

    Examples:
        >>> import tempfile
        >>> from vitreous.io import write_mrc
        >>> path = Path(tempfile.mkdtemp()) / "map.mrc"
        >>> write_mrc(path, np.arange(24).reshape(2, 3, 4), pixel_size=1.5)
        >>> array, description = read_mrc(path)
        >>> array.shape, float(array[1, 2, 3]), description.pixel_size
        ((2, 3, 4), 23.0, (1.5, 1.5, 1.5))
    """
    values, description = map_mrc(path)
    array = np.ascontiguousarray(values, dtype=np.float32)
    if not allow_nan:
        check_finite(array, description.path)
    return array, description


def map_mrc(path: str | Path) -> tuple[Real[np.ndarray, "z y x"], MrcFile]:
    """The values of an MRC file as a read-only array that is read from disk where it is touched.

    The array has the type of the file. A file that is compressed, or of 4-bit values (mode 101), is read whole.

    Arguments:
        path: The file.

    Returns:
        The array with axes (z, y, x) or (n, y, x), and the description of the file.

    Raises:
        InputError: As `inspect_mrc`, or a transform (modes 3 and 4), which `read_mrc_complex` reads.

    Examples:
        >>> import tempfile
        >>> from vitreous.io import write_mrc
        >>> path = Path(tempfile.mkdtemp()) / "stack.mrcs"
        >>> write_mrc(path, np.ones((5, 4, 4)), pixel_size=2.0, image_stack=True)
        >>> values, description = map_mrc(path)
        >>> values[3].shape, description.is_image_stack
        ((4, 4), True)
    """
    description, layout = read_header(Path(path))
    require_real(description)
    return _stored(description.path, layout), description


def read_mrc_complex(path: str | Path) -> tuple[Complex64[np.ndarray, "z y xh"], MrcFile]:
    """The transform that an MRC file of mode 3 or 4 holds.

    Nothing is said in such a file of where the zero frequency lies or of the transform's sign and scale: that is for
    the program that wrote it to tell. IMOD's `clip fft` stores the half with x ≥ 0, of nx/2 + 1 columns, with the zero
    frequency in the first column of the middle row.

    Arguments:
        path: The file, which may be compressed with gzip or bzip2.

    Returns:
        The array, and the description of the file.

    Raises:
        InputError: As `inspect_mrc`, a mode that holds real values, or values that are not finite.

    Examples:
        >>> import tempfile
        >>> from vitreous.io import MrcMode, write_mrc
        >>> path = Path(tempfile.mkdtemp()) / "transform.mrc"
        >>> write_mrc(path, np.fft.rfft2(np.eye(4)), pixel_size=1.5, mode=MrcMode.COMPLEX64)
        >>> read_mrc_complex(path)[0].shape
        (1, 4, 3)
    """
    description, layout = read_header(Path(path))
    if not description.mode.is_complex:
        raise InputError(
            f"{path}: is of MRC mode {description.mode.value} ({description.mode_name}), without complex values.",
            hint="Read it with vitreous.io.read_mrc.",
        )
    stored = _stored(description.path, layout)
    if description.mode is MrcMode.COMPLEX_INT16:
        values = np.empty(stored.shape, np.complex64)
        values.real, values.imag = stored["real"], stored["imag"]
    else:
        values = np.ascontiguousarray(stored, np.complex64)
    check_finite(values.view(np.float32), description.path)
    return values, description


def require_real(description: MrcFile) -> None:
    """Raise where a file holds a transform."""
    if description.mode.is_complex:
        raise InputError(
            f"{description.path}: is of MRC mode {description.mode.value} ({description.mode_name}): a transform, not "
            "images or a map.",
            hint="Read it with vitreous.io.read_mrc_complex, or convert it, for example with IMOD's `clip fft`.",
        )


def require_images(description: MrcFile) -> None:
    """Raise where a file holds a transform, or several volumes."""
    require_real(description)
    if description.space_group > 400:
        raise InputError(
            f"{description.path}: is a stack of {description.volume_count} volumes (space group "
            f"{description.space_group}), not of images.",
            hint="Name a stack of images (.mrcs).",
        )


def _stored(path: Path, layout: Layout) -> Shaped[np.ndarray, "z y x"]:
    """The values in their own type, mapped where the file has them as they are."""
    if layout.can_map:
        values = np.memmap(path, layout.dtype, "r", layout.offset, layout.stored_shape)
    else:
        content = read_bytes(path, layout.offset, layout.byte_count)
        values = layout.unpacked(np.frombuffer(content, layout.dtype).reshape(layout.byte_shape))
        values.flags.writeable = False
    return values.transpose(layout.axes)
