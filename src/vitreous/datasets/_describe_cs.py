"""What a cryoSPARC table or group holds, and what in it will bite."""

import os
import re
from pathlib import Path

import numpy as np

from vitreous._core import InputError
from vitreous.io import read_cs, read_csg

from ._cryosparc_columns import as_text
from ._cryosparc_join import passthrough_beside

_MODE = re.compile(r"components_mode_(\d+)/value")
_ALIGNMENTS = {
    "alignments3D": "of a refinement",
    "alignments3D_multi": "of each class of a heterogeneous refinement",
    "alignments_class_0": "of each class of an ab-initio reconstruction",
    "alignments2D": "in the plane, of 2D classes",
}

_CONTRAST = {-1.0: "protein dark", 1.0: "protein bright"}


def describe_cs(path: Path) -> tuple[str, list[tuple[str, str]], list[str]]:
    """The kind, facts and warnings of a `.cs` or `.csg` file."""
    if path.suffix.lower() == ".csg":
        return _describe_group(path)
    rows = read_cs(path)
    names = rows.dtype.names or ()
    groups = sorted({name.split("/")[0] for name in names if "/" in name})
    facts = [("rows", str(len(rows))), ("columns", f"{len(names)}: {', '.join(groups)}")]
    warnings = [] if len(rows) else ["the table has no rows"]
    modes = sorted(int(match[1]) for name in names if (match := _MODE.fullmatch(name)))
    if modes:
        facts.append(("latents", f"{len(modes)} components ({', '.join(map(str, modes))})"))
    if len(rows):
        facts += _particle_facts(rows, path, warnings)
    facts += [("passthrough", other.name) for other in _passthrough(path, warnings)]
    return "particles (cryoSPARC)" if "blob/path" in names or modes else "table (cryoSPARC)", facts, warnings


def _particle_facts(rows: np.ndarray, path: Path, warnings: list[str]) -> list[tuple[str, str]]:
    names, facts = rows.dtype.names or (), []
    for label, name in (("pixel size", "blob/psize_A"), ("defocus", "ctf/df1_A")):
        if name in names and rows[name].dtype.kind in "fiu" and rows[name].size:
            facts.append((label, _span(rows[name], "Å")))
    poses = [meaning for group, meaning in _ALIGNMENTS.items() if f"{group}/pose" in names]
    if poses:
        facts.append(("poses", poses[0]))
    if "blob/sign" in names and rows["blob/sign"].dtype.kind in "fiu":
        signs = np.unique(rows["blob/sign"]).tolist()
        facts.append(("contrast", ", ".join(_CONTRAST.get(sign, f"sign {sign:g}") for sign in signs)))
        if len(signs) > 1:
            warnings.append("protein is dark in some of the images and bright in others (blob/sign)")
    if "blob/path" in names and rows["blob/path"].dtype.kind in "SU":
        stacks = np.unique(rows["blob/path"]).tolist()
        facts.append(("image stacks", str(len(stacks))))
        # cryoSPARC marks with `>` paths that are relative to the project.
        missing = [stack for stack in (as_text(name).lstrip(">") for name in stacks) if not _is_there(path, stack)]
        if missing:
            warnings.append(
                f"{len(missing)} of {len(stacks)} image stacks are missing: {missing[0]} is neither beside the file "
                "nor in a folder above it"
            )
    return facts


def _passthrough(path: Path, warnings: list[str]) -> list[Path]:
    try:
        return passthrough_beside(path)
    except InputError as error:
        warnings.append(error.message.removeprefix(f"{path}: ").rstrip("."))
        return []


def _describe_group(path: Path) -> tuple[str, list[tuple[str, str]], list[str]]:
    group = read_csg(path)
    facts = [("name", group.name), ("results", ", ".join(group.metafiles))]
    facts += [("file", file.name) for file in group.files]
    missing = [file.name for file in group.files if not file.is_file()]
    warnings = [f"its file {name} is missing" for name in missing]
    return f"group of {group.kind or 'unnamed item'}s (cryoSPARC)", facts, warnings


def _span(values: np.ndarray, unit: str) -> str:
    low, high = float(values.min()), float(values.max())
    return f"{low:g} {unit}" if low == high else f"{low:g} to {high:g} {unit}"


def _is_there(path: Path, stack: str) -> bool:
    # Unlike `Path.exists`, this answers for names that are no possible ones too.
    return any(os.path.exists(folder / stack) for folder in path.resolve().parents)
