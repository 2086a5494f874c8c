"""Chimera's marker files: points that were placed in a map by hand."""

import math
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float

from vitreous._core import InputError


@dataclass(frozen=True, eq=False)
class Markers:
    """Points of a marker file.

    Arguments:
        positions: (x, y, z) of each, in Å.
        radii: Å.
    """

    positions: Float[np.ndarray, "markers 3"]
    radii: Float[np.ndarray, " markers"]


def read_markers(path: str | Path) -> Markers:
    """The points of a `.cmm` file of UCSF Chimera or ChimeraX.

    Arguments:
        path: The file: XML with `<marker x="…" y="…" z="…" radius="…"/>`.

    Returns:
        Positions and radii in the order of the file; the sets that it is divided into are not told apart.

    Raises:
        InputError: The file is absent, no such XML, has a document type or entities, has no marker, or one without
            coordinates.

    Examples:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "centre.cmm"
        >>> _ = path.write_text('<marker_set name="a"><marker id="1" x="10" y="20" z="30" radius="2"/></marker_set>')
        >>> read_markers(path).positions.tolist()
        [[10.0, 20.0, 30.0]]
    """
    path = Path(path)
    markers = list(_root(path).iter("marker"))
    if not markers:
        raise InputError(f"{path}: holds no marker.", hint="Place one in ChimeraX and save it with `save centre.cmm`.")
    values = [[_number(element, key, path) for key in ("x", "y", "z", "radius")] for element in markers]
    table = np.array(values, np.float64)
    return Markers(positions=table[:, :3], radii=table[:, 3])


def _root(path: Path) -> ElementTree.Element:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}).", hint="Check the path.") from error
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path}: is not a marker file: byte {error.start} is no text.", hint="Give a .cmm file."
        ) from error
    # Entities can make a short file fill the memory, and a document type can name other files; markers need neither.
    if re.search(r"<!\s*(DOCTYPE|ENTITY)", text, re.IGNORECASE):
        raise InputError(
            f"{path}: declares a document type or entities, which no marker file needs.",
            hint="Save the markers again with Chimera or ChimeraX.",
        )
    try:
        return ElementTree.fromstring(text)
    except (ElementTree.ParseError, ValueError) as error:
        raise InputError(f"{path}: is not a marker file ({error}).", hint="Give a .cmm file.") from error


def _number(element: ElementTree.Element, key: str, path: Path) -> float:
    text = element.get(key)
    try:
        value = float(text or "")
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        name = element.get("id", "without a number")
        raise InputError(f"{path}: marker {name} has {key}={text!r}, which is no number.", hint="Place it again.")
    return value
