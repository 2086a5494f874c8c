"""The boxes in EMAN2's `info/*.json` files."""

import json
from pathlib import Path
from typing import Any

from vitreous._core import InputError, atomic_path

from ._table import Table

_LARGEST = 1e9  # pixels; JSON also knows Infinity, and whole numbers that no float holds


def read_eman_boxes(path: str | Path) -> Table:
    """The boxes of an EMAN2 `info/…_info.json` file: their centres in pixels, and how each was found.

    A box is `[x, y, method]` or `[x, y, method, score]` in the list `boxes`; the pixel at index n // 2 of a box of n
    pixels is at (x, y) (`e2boxer`).

    Arguments:
        path: The file.

    Returns:
        The columns `x`, `y`, `method` and `score` (empty where there is none), as text.

    Raises:
        InputError: The file is absent, no JSON, or has no such list.

    Examples:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a_info.json"
        >>> _ = path.write_text('{"boxes": [[10, 20.5, "manual"]]}')
        >>> read_eman_boxes(path)["y"].tolist()
        ['20.5']
    """
    path = Path(path)
    try:
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}).", hint="Check the path.") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: is not JSON ({error}).", hint="Give an info/…_info.json of EMAN2.") from error
    boxes = content.get("boxes") if isinstance(content, dict) else None
    if not isinstance(boxes, list):
        raise InputError(f"{path}: has no list of boxes.", hint="Give an info/…_info.json of EMAN2 with picked boxes.")
    rows = [_row(box, place, path) for place, box in enumerate(boxes)]
    return Table({name: [row[i] for row in rows] for i, name in enumerate(("x", "y", "method", "score"))}, str(path))


def write_eman_boxes(path: str | Path, table: Table) -> None:
    """Write an EMAN2 `info/…_info.json` file that holds boxes alone; the file appears whole or not at all.

    Arguments:
        path: The file to write, replaced if it exists.
        table: As `read_eman_boxes` gives it; `method` is `manual` and there is no score where it lacks them.

    Raises:
        InputError: A folder that cannot be written, or a table without x or y.
    """
    x, y = table.column("x").tolist(), table.column("y").tolist()
    methods = table["method"].tolist() if "method" in table else ["manual"] * len(table)
    scores = table.column("score", str).tolist() if "score" in table else [""] * len(table)
    boxes = [
        [*place, str(method), *([float(score)] if score else [])]
        for *place, method, score in zip(x, y, methods, scores, strict=True)
    ]
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps({"boxes": boxes}, indent=1, allow_nan=False) + "\n", encoding="utf-8")


def _row(box: Any, place: int, path: Path) -> tuple[str, str, str, str]:
    wrong = InputError(
        f"{path}: box {place + 1} is {str(box)[:60]}, not [x, y, method].", hint="Pick the boxes again with e2boxer."
    )
    if not isinstance(box, list) or len(box) < 2:
        raise wrong
    score = box[3:4]
    for value in (*box[:2], *score):
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < _LARGEST:
            raise wrong
    method = str(box[2]) if len(box) > 2 else ""
    if not method.isprintable():
        raise wrong
    return str(box[0]), str(box[1]), method, str(score[0]) if score else ""
