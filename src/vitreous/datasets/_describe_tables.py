"""What text files beside STAR hold: .mdoc, .dat, IMOD's and lists of coordinates."""

from pathlib import Path

import numpy as np

from vitreous.io import read_dat, read_mdoc, read_tilt_angles, read_xf

from ._picks_files import load_picks

Described = tuple[str, list[tuple[str, str]], list[str]]


def describe_mdoc(path: Path) -> Described:
    """The kind, facts and warnings of SerialEM's metadata."""
    mdoc = read_mdoc(path)
    facts = [("title", title) for title in mdoc.titles]
    facts += [(key, value.strip()) for key, value in mdoc.entries if key != "T"]
    images = mdoc.images
    kinds = sorted({image.kind for image in images})
    facts.append(("sections", f"{len(images)} ({', '.join(kinds)})" if kinds else "0"))
    angles, warnings = [], [] if images else ["it describes no image"]
    for image in images:
        text = image.get("TiltAngle")
        try:
            angles += [] if text is None else [float(text)]
        except ValueError:
            warnings.append(f"the TiltAngle of {image.kind} {image.name} is {text!r}, which is no number")
    if angles:
        facts.append(("tilt angles", f"{min(angles):.1f} to {max(angles):.1f}°"))
    return "metadata of images (SerialEM)", facts, warnings


def describe_dat(path: Path) -> Described:
    """The kind and facts of a table of numbers."""
    table = read_dat(path)
    return "table of numbers (.dat)", [("rows", str(len(table))), ("columns", ", ".join(table.names))], []


def describe_transforms(path: Path) -> Described:
    """The kind and facts of IMOD's linear transforms."""
    rows = read_xf(path)
    shift = float(np.abs(rows[:, 4:]).max(initial=0))
    return "linear transforms (IMOD)", [("images", str(len(rows))), ("largest shift", f"{shift:.5g} pixels")], []


def describe_tilts(path: Path) -> Described:
    """The kind and facts of a list of tilt angles."""
    angles = read_tilt_angles(path)
    return "tilt angles", [("images", str(len(angles))), ("angles", f"{angles.min():.1f} to {angles.max():.1f}°")], []


def describe_picks(path: Path) -> Described:
    """The kind and facts of a list of picked particles."""
    picks = load_picks(path)
    facts = [("particles", str(len(picks))), ("scores", "none" if picks.scores is None else "for each")]
    return "picked particles", facts, []
