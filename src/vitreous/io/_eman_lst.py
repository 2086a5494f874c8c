"""EMAN2's lists of images that lie in other files."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32, Int

from vitreous._core import InputError

from ._image_names import resolve_image_name
from ._images_source import AbstractImageSource
from ._table import Table

_MARKS = (b"#LST", b"#LSX")


def read_lst(path: str | Path) -> Table:
    r"""The images that an EMAN2 `.lst` file lists.

    A line is `index<tab>path<tab>comment` (EMAN2's `libEM/io/lstio.cpp` and `lstfastio.cpp`), the index counted from 0;
    blanks may stand for the tabs. Files that begin with `#LSX` pad their lines with blanks to one length, which the
    third line gives; other lines that begin with `#` are comments.

    Arguments:
        path: The list.

    Returns:
        Columns `index` (int), `path` (as written) and `comment` (text, empty where there is none).

    Raises:
        InputError: The file is absent, does not begin with `#LST` or `#LSX`, lists nothing, or has a line without an
            index and a path.

    Examples:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "set.lst"
        >>> _ = path.write_text("#LST\n3\tparticles/a.hdf\n0\tparticles/b.hdf\t{}\n")
        >>> table = read_lst(path)
        >>> table["index"].tolist(), table["path"].tolist(), table["comment"].tolist()
        ([3, 0], ['particles/a.hdf', 'particles/b.hdf'], ['', '{}'])
    """
    path = Path(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}).", hint="Check the path.") from error
    if content[:4] not in _MARKS:
        raise InputError(
            f"{path}: is no list of EMAN2's: it begins with {content[:4]!r}, not #LST or #LSX.",
            hint="Check the path, or write the list with e2proclst.py --create.",
        )
    lines = content.decode("utf-8", "replace").split("\n")
    rows = [
        _row(line, f"{path}, line {number}")
        for number, line in enumerate(lines, 1)
        if line.strip() and not line.startswith("#")
    ]
    if not rows:
        raise InputError(f"{path}: lists no images.", hint="Write the list again with e2proclst.py --create.")
    indices, paths, comments = zip(*rows, strict=True)
    columns = {"index": np.array(indices), "path": np.array(paths), "comment": np.array(comments)}
    return Table(columns, str(path))


def _row(line: str, where: str) -> tuple[int, str, str]:
    fields = line.strip().split("\t", 2) if "\t" in line else line.split(None, 2)
    index = fields[0].strip()
    is_index = index.isascii() and index.isdigit() and len(index) < 16
    if len(fields) < 2 or not is_index or not fields[1].strip() or "\0" in fields[1]:
        raise InputError(
            f"{where}: {line.strip()[:60]!r} is no index and path.", hint="Write it as index<tab>path, counted from 0."
        )
    return int(index), fields[1].strip(), fields[2].strip() if len(fields) > 2 else ""


class LstSource(AbstractImageSource):
    """Reads each image from the file that the list names, which is found as the images of a STAR file are.

    Arguments:
        path: The list.
        open_images: What opens a file; lists of lists are not followed.
    """

    def __init__(self, path: Path, open_images: Callable[[Path], Any]):
        self.path = path
        table = read_lst(path)
        names, self._file_of = np.unique(table["path"], return_inverse=True)
        if nested := [name for name in map(str, names) if name.lower().endswith(".lst")]:
            raise InputError(f"{path}: lists another list, {nested[0]}.", hint="List the images themselves.")
        self._index_in_file = table["index"]
        self._paths = [resolve_image_name(f"1@{name}", path)[1] for name in names]
        self._open_images = open_images
        self._files: dict[int, Any] = {}
        first = self._file(int(self._file_of[0]))
        self.shape = (len(table), *first.shape[1:])
        self.pixel_size = first.pixel_size

    def read_into(self, indices: Int[np.ndarray, " m"], images: Sequence[Float32[np.ndarray, "y x"]]) -> None:
        file_of = self._file_of[indices]
        for number in np.unique(file_of):
            file, here = self._file(int(number)), np.flatnonzero(file_of == number)
            if file.shape[1:] != self.shape[1:]:
                raise InputError(
                    f"{self.path}: lists {file.path} with images of {file.shape[1]} × {file.shape[2]} pixels, and its "
                    f"first has {self.shape[1]} × {self.shape[2]}.",
                    hint="List images of one size.",
                )
            for place, image in zip(here, file.read(self._index_in_file[indices[here]]), strict=True):
                images[int(place)][...] = image

    def reopened(self) -> "LstSource":
        return LstSource(self.path, self._open_images)

    def close(self) -> None:
        for file in self._files.values():
            file.close()

    def _file(self, number: int) -> Any:
        if number not in self._files:
            self._files[number] = self._open_images(self._paths[number])
        return self._files[number]
