"""What a cryoSPARC table holds, and what in it will bite."""

import re
from pathlib import Path

import numpy as np

from vitreous.io import read_cs

_MODE = re.compile(r"components_mode_(\d+)/value")


def describe_cs(path: Path) -> tuple[str, list[tuple[str, str]], list[str]]:
    """The kind, facts and warnings of a `.cs` file."""
    rows = read_cs(path)
    names = rows.dtype.names or ()
    groups = sorted({name.split("/")[0] for name in names if "/" in name})
    facts = [("rows", str(len(rows))), ("columns", f"{len(names)}: {', '.join(groups)}")]
    warnings = [] if len(rows) else ["the table has no rows"]
    modes = sorted(int(match[1]) for name in names if (match := _MODE.fullmatch(name)))
    if modes:
        facts.append(("latents", f"{len(modes)} components ({', '.join(map(str, modes))})"))
    if len(rows):
        if "blob/psize_A" in names:
            facts.append(("pixel size", _span(rows["blob/psize_A"], "Å")))
        if "ctf/df1_A" in names:
            facts.append(("defocus", _span(rows["ctf/df1_A"], "Å")))
        if "blob/path" in names:
            stacks = np.unique(rows["blob/path"])
            facts.append(("image stacks", str(len(stacks))))
            missing = [stack for stack in map(_text, stacks) if not _is_there(path, stack)]
            if missing:
                warnings.append(
                    f"{len(missing)} of {len(stacks)} image stacks are missing: {missing[0]} is neither beside the "
                    "file nor in a folder above it"
                )
    return "particles (cryoSPARC)" if "blob/path" in names or modes else "table (cryoSPARC)", facts, warnings


def _span(values: np.ndarray, unit: str) -> str:
    low, high = float(values.min()), float(values.max())
    return f"{low:g} {unit}" if low == high else f"{low:g} to {high:g} {unit}"


def _text(value: bytes | str) -> str:
    # cryoSPARC marks with `>` paths that are relative to the project.
    return (value.decode("utf-8", "replace") if isinstance(value, bytes) else value).lstrip(">")


def _is_there(path: Path, stack: str) -> bool:
    return any((folder / stack).exists() for folder in path.resolve().parents)
