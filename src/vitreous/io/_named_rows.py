"""Rows of numbers behind a name each."""

from pathlib import Path

import numpy as np
from jaxtyping import Float64

from vitreous._core import InputError

from ._text_lines import numbers, read_text_lines


def read_named_rows(path: str | Path) -> tuple[tuple[str, ...], Float64[np.ndarray, "rows columns"]]:
    r"""The rows of a text file of numbers, each behind a name or not.

    RELION's `relion_flex_analyse` writes such files: for each particle the name of its image and its amplitudes along
    the principal motions (`analyse_projections_along_eigenvectors_all_particles.txt`, in some versions `.dat` and
    without names).

    Arguments:
        path: The file.

    Returns:
        The names, none where the rows begin with numbers, and the numbers.

    Raises:
        InputError: The file is absent, no text or empty, a value is no finite number, or a row is not like the first.

    Examples:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.txt"
        >>> _ = path.write_text("1@a.mrcs 0.5 -0.25\n2@a.mrcs 1.0 2.0\n")
        >>> names, values = read_named_rows(path)
        >>> names, values[1].tolist()
        (('1@a.mrcs', '2@a.mrcs'), [1.0, 2.0])
    """
    names: list[str] = []
    rows: list[list[float]] = []
    named = False
    for number, line in enumerate(read_text_lines(path), start=1):
        words = line.split(maxsplit=1)
        if not words:
            continue
        if not rows:
            named = not _is_number(words[0])
        if named:
            names.append(words[0])
        rows.append(numbers(" ".join(words[1:]) if named else line, path=path, number=number))
        if len(rows[-1]) != len(rows[0]) or not rows[0]:
            raise InputError(
                f"{path}: line {number} holds {len(rows[-1])} numbers, and the first {len(rows[0])}.",
                hint="Check that the file is whole, and the one that you mean.",
            )
    if not rows:
        raise InputError(f"{path}: is empty.", hint="Check that it is the file you mean.")
    return tuple(names), np.array(rows, np.float64)


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
