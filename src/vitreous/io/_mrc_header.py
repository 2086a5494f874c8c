"""What the header of an MRC file says, and whether it can be believed."""

import math
import zlib
from dataclasses import dataclass
from pathlib import Path

import mrcfile.dtypes
import mrcfile.utils
import numpy as np

from vitreous._core import InputError

from ._mrc_layout import Layout, open_stream, read_bytes
from ._mrc_modes import MrcMode

_HEADER_BYTES = 1024
_IMAGE_SUFFIXES = (".mrcs", ".st", ".ali")
_SUFFIXES = (".mrc", ".map", ".ccp4", ".rec", *_IMAGE_SUFFIXES)
_COMPRESSED_SUFFIXES = (".gz", ".bz2")
_IMOD_STAMP = 1146047817


@dataclass(frozen=True, kw_only=True)
class MrcFile:
    """What an MRC file holds, from its header and its size on disk.

    Arguments:
        path: The file.
        shape: Sections, rows and columns in array order (z, y, x), whatever the order in the file; (n, y, x) for a
            stack of images.
        mode: How a value is stored.
        pixel_size: Spacing along (x, y, z) in Å, `None` where the header has none. The third means nothing for images.
        origin: The header's origin (x, y, z) in Å.
        start: The index (x, y, z) of the first voxel in the header's frame.
        is_image_stack: The header (space group 0 and mz = 1) or the name (`.mrcs`, `.st`, `.ali`) says that sections
            are images, or there is only one.
        is_volume_stack: The header says that several volumes follow each other (space group 401 or more, or mz < nz),
            or it leaves open (space group 0) whether the sections, a whole number of cubes, are images, and the
            name does not tell.
        volume_count: How many volumes a stack of volumes holds, else 1.
        cube_count: How many cubes the sections of a long box make up, whatever the header calls them; 1 for any other
            shape.
        space_group: The header's space group number.
        statistics: The header's (minimum, maximum, mean, standard deviation), `None` where they are marked as unknown.
        labels: The header's text labels.
        extended_header: The bytes between the header and the values, in the byte order of the file.
        extended_type: What they are, in four letters (`FEI1`, `SERI`, `CCP4`, …), empty where the header does not say.
        is_big_endian: Whether the file's numbers begin with their highest byte.
        warnings: What is wrong or doubtful in the header, each a sentence.
    """

    path: Path
    shape: tuple[int, int, int]
    mode: MrcMode
    pixel_size: tuple[float, float, float] | None
    origin: tuple[float, float, float]
    start: tuple[int, int, int]
    is_image_stack: bool
    is_volume_stack: bool
    volume_count: int
    cube_count: int
    space_group: int
    statistics: tuple[float, float, float, float] | None
    labels: tuple[str, ...]
    extended_header: bytes
    extended_type: str
    is_big_endian: bool
    warnings: tuple[str, ...]

    @property
    def mode_name(self) -> str:
        """How a value is stored, in words."""
        return self.mode.title


def inspect_mrc(path: str | Path) -> MrcFile:
    """What an MRC, MRCS or CCP4 map file holds, without reading its values.

    Files may be compressed with gzip or bzip2. Old files without the `MAP ` mark or with an unknown machine stamp are
    accepted, with a warning in the result, where the rest of the header fits the file.

    Arguments:
        path: The file.

    Returns:
        The description of the file.

    Raises:
        InputError: The file is absent, empty, truncated or no MRC file.

    Examples:
        >>> import tempfile
        >>> from vitreous.io import write_mrc
        >>> path = Path(tempfile.mkdtemp()) / "map.mrc"
        >>> write_mrc(path, np.zeros((4, 6, 8)), pixel_size=1.5)
        >>> inspect_mrc(path).shape, inspect_mrc(path).pixel_size
        ((4, 6, 8), (1.5, 1.5, 1.5))
    """
    return read_header(Path(path))[0]


def is_mrc(path: str | Path) -> bool:
    """Whether a file is to be read as MRC or CCP4: by its ending, or else by the `MAP ` mark in its header.

    Arguments:
        path: The file, which may be compressed with gzip or bzip2.

    Raises:
        InputError: The ending does not tell, and the file cannot be read.

    Examples:
        >>> is_mrc("map.mrc.gz")
        True
    """
    path = Path(path)
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() not in _COMPRESSED_SUFFIXES]
    if suffixes and suffixes[-1] in _SUFFIXES:
        return True
    start, _ = _read_start(path)
    return start[208:211] == b"MAP" and b"\0" in start[:208]  # a text may say MAP there, a header has small numbers


def read_header(path: Path) -> tuple[MrcFile, Layout]:
    """The description of an MRC file and where its values lie."""
    start, compressed = _read_start(path)
    if len(start) == 0:
        raise InputError(f"{path}: is empty (0 bytes), so it holds no map or images.", hint="Copy or write it again.")
    if len(start) < _HEADER_BYTES:
        raise InputError(
            f"{path}: has {len(start)} bytes, less than the {_HEADER_BYTES} of an MRC header: "
            "it is truncated or no MRC file.",
            hint="Copy or write it again.",
        )
    warnings: list[str] = []
    header = _parse(path, start, warnings)
    shape = (int(header.nz), int(header.ny), int(header.nx))
    mode = MrcMode(int(header.mode))
    byte_order = header.dtype["nx"].byteorder
    dtype = mode.dtype.newbyteorder(byte_order)
    imod_stamp, imod_flags = np.frombuffer(start, np.dtype(np.int32).newbyteorder(byte_order), 2, 152)
    if mode is MrcMode.INT8 and imod_stamp == _IMOD_STAMP and not imod_flags & 1:
        dtype = np.dtype("u1")  # IMOD's own mark of unsigned bytes
    order = [int(header.maps), int(header.mapr), int(header.mapc)]
    if sorted(order) != [1, 2, 3]:
        warnings.append(
            f"the header's axis order {order[::-1]} is none; columns, rows and sections are taken as x, y, z"
        )
        order = [3, 2, 1]
    axes = (order.index(3), order.index(2), order.index(1))
    starts = (int(header.nzstart), int(header.nystart), int(header.nxstart))
    layout = Layout(
        offset=_HEADER_BYTES + int(header.nsymbt),
        dtype=dtype,
        stored_shape=shape,
        axes=axes,
        is_compressed=compressed,
        is_packed=mode is MrcMode.UINT4,
    )
    if not compressed:
        _check_size(path, layout.offset + layout.byte_count, warnings)
    return _describe(path, header, layout, starts, warnings), layout


def _read_start(path: Path) -> tuple[bytes, bool]:
    """As many bytes as a header has, decompressed where the file is compressed, and whether it was."""
    stream, compressed = open_stream(path)
    with stream:
        try:
            return stream.read(_HEADER_BYTES), compressed
        except (OSError, EOFError, zlib.error) as error:
            raise InputError(f"{path}: cannot be decompressed ({error}).", hint="Download or copy it again.") from error


def _parse(path: Path, start: bytes, warnings: list[str]) -> np.recarray:
    """The header in the byte order in which it makes sense."""
    native = np.frombuffer(start, mrcfile.dtypes.HEADER_DTYPE).reshape(()).view(np.recarray)
    marked = bytes(native.map)[:3] == b"MAP"
    try:
        order = mrcfile.utils.byte_order_from_machine_stamp(native.machst)
        stamped = True
    except ValueError:
        order, stamped = "<", False
    for candidate in (order, "<" if order == ">" else ">"):
        ordered = mrcfile.dtypes.HEADER_DTYPE.newbyteorder(candidate)
        header = np.frombuffer(start, ordered).reshape(()).view(np.recarray)
        if _is_plausible(header):
            break
    else:
        raise InputError(
            f"{path}: is not an MRC file: its header gives no possible shape and mode in either byte order.",
            hint="Check that the path names a map or image stack (.mrc, .mrcs, .map).",
        )
    stamp = mrcfile.utils.pretty_machine_stamp(native.machst)
    if not stamped:
        warnings.append(f"bad machine stamp ({stamp}); the byte order was found by trying")
    elif candidate != order:
        warnings.append(f"bad machine stamp ({stamp}): the file is in the other byte order")
    if not marked:
        warnings.append("no `MAP ` mark in the header, as in files older than MRC2000")
    return header


def _is_plausible(header: np.recarray) -> bool:
    shape = [int(header.nx), int(header.ny), int(header.nz)]
    is_sized = min(shape) > 0 and math.prod(shape) < 2**47 and 0 <= int(header.nsymbt) < 2**30
    return is_sized and int(header.mode) in tuple(MrcMode)


def _check_size(path: Path, expected: int, warnings: list[str]) -> None:
    size = path.stat().st_size
    if size < expected:
        raise InputError(
            f"{path}: is truncated, or no MRC file: the header promises {expected} bytes, the file has {size}.",
            hint="Copy or write it again.",
        )
    if size > expected:
        warnings.append(f"{size - expected} bytes follow the last value")


def _describe(
    path: Path, header: np.recarray, layout: Layout, starts: tuple[int, int, int], warnings: list[str]
) -> MrcFile:
    sections, rows, columns = (layout.stored_shape[axis] for axis in layout.axes)
    shape = (sections, rows, columns)
    space_group, mz = int(header.ispg), int(header.mz)
    named_images = any(suffix in _IMAGE_SUFFIXES for suffix in path.suffixes[-2:])
    cubes = sections // columns if rows == columns and sections > columns and sections % columns == 0 else 1
    declared = mrcfile.utils.spacegroup_is_volume_stack(space_group) or (1 < mz < sections and space_group != 0)
    volume_count = 1
    if declared and mz > 0 and sections % mz == 0:
        volume_count = sections // mz
    elif declared:
        warnings.append(f"a stack of volumes whose {sections} sections are no multiple of the {mz} of a volume")
    elif space_group == 0 and cubes > 1 and not named_images:
        volume_count = cubes
        warnings.append(
            f"{sections} × {rows} × {columns} under space group 0: {cubes} volumes of {columns}³ or {sections} images; "
            "the header does not say which"
        )
    elif space_group > 0 and cubes > 1 and not named_images:
        warnings.append(
            f"{sections} × {rows} × {columns} is the shape of {cubes} volumes of {columns}³; the header claims one"
        )
    is_volume_stack = bool(declared) or volume_count > 1
    is_image_stack = not is_volume_stack and (named_images or sections == 1 or (space_group == 0 and mz == 1))
    statistics = tuple(float(value) for value in (header.dmin, header.dmax, header.dmean, header.rms))
    known = statistics[0] <= statistics[1] and statistics[3] >= 0 and all(map(math.isfinite, statistics))
    labels = [
        bytes(label).decode("ascii", "replace").strip("\0 ") for label in header.label[: max(0, int(header.nlabl))]
    ]
    return MrcFile(
        path=path,
        shape=shape,
        mode=MrcMode(int(header.mode)),
        pixel_size=_pixel_size(header, is_image_stack, warnings),
        origin=(float(header.origin.x), float(header.origin.y), float(header.origin.z)),
        start=(starts[layout.axes[2]], starts[layout.axes[1]], starts[layout.axes[0]]),
        is_image_stack=is_image_stack,
        is_volume_stack=is_volume_stack,
        volume_count=volume_count,
        cube_count=cubes,
        space_group=space_group,
        statistics=statistics if known else None,  # type: ignore[arg-type]
        labels=tuple(label for label in labels if label),
        extended_header=bytes(read_bytes(path, _HEADER_BYTES, int(header.nsymbt))) if header.nsymbt else b"",
        extended_type=bytes(header.exttyp).decode("ascii", "replace").strip("\0 "),
        is_big_endian=layout.dtype.newbyteorder("<") != layout.dtype,
        warnings=tuple(warnings),
    )


def _pixel_size(header: np.recarray, is_image_stack: bool, warnings: list[str]) -> tuple[float, float, float] | None:
    cell = [np.float32(header.cella[axis]) for axis in "xyz"]
    samples = [int(header[axis]) for axis in ("mx", "my", "mz")]
    needed = 2 if is_image_stack else 3
    if any(samples[i] < 1 or not np.isfinite(cell[i]) or cell[i] <= 0 for i in range(needed)):
        warnings.append("no pixel size in the header")
        return None
    # The shortest decimal that the header's single precision stands for: 5.7, not 5.699999809.
    x, y, z = (float(str(cell[i] / np.float32(max(1, samples[i])))) for i in range(3))
    sizes = (x, y) if is_image_stack else (x, y, z)
    if max(sizes) > min(sizes) * 1.001:
        warnings.append(f"the pixel size differs between the axes: {' × '.join(f'{size:g}' for size in sizes)} Å")
    elif x == 1:
        warnings.append("the pixel size is exactly 1 Å, which many programs write when they do not know it")
    return (x, y, z)
