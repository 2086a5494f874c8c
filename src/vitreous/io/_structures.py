"""Atoms from PDB and mmCIF files, through gemmi."""

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gemmi
import numpy as np

from vitreous._core import InputError

from ._atoms import AtomTable
from ._structures_assembly import build_assembly, check_operators

_WATERS = ("HOH", "DOD", "WAT", "H2O", "SOL", "TIP", "TIP3", "TP3", "SPC")
_LAST_ELEMENT = 118


@dataclass(frozen=True, kw_only=True)
class StructureSummary:
    """What a structure file holds.

    Arguments:
        path: The file.
        file_format: `PDB` or `mmCIF`.
        name: The entry's name.
        title: The entry's title.
        model_count: How many models.
        atom_count: Atoms of the first model, waters and alternate locations included.
        chains: Chain names of the first model.
        elements: Symbol to number of atoms in the first model; `X` is an unknown element.
        hydrogen_count: How many of the atoms are hydrogen or deuterium.
        water_count: How many of the atoms belong to waters.
        alternate_count: How many of the atoms are alternate locations.
        assemblies: Names of the biological assemblies that the file defines.
        warnings: What will bite, each a sentence.
    """

    path: Path
    file_format: str
    name: str
    title: str
    model_count: int
    atom_count: int
    chains: tuple[str, ...]
    elements: dict[str, int]
    hydrogen_count: int
    water_count: int
    alternate_count: int
    assemblies: tuple[str, ...]
    warnings: tuple[str, ...]


def read_atoms(
    path: str | Path,
    *,
    model: int | None = None,
    assembly: str | None = None,
    hydrogens: bool = True,
    waters: bool = True,
) -> AtomTable:
    """The atoms of a structure, as deposited unless an assembly is asked for.

    All alternate locations are kept, each with the occupancy that the file gives it, so that they sum to one atom.
    Missing element columns are inferred from atom names as gemmi does. Files may be compressed with gzip. A structure
    whose occupancies are all 0 is read with a `UserWarning`, and so is the first of several models unless it is asked
    for.

    Arguments:
        path: A PDB or mmCIF file, recognised by its content.
        model: Which model, counted from 1 in the order of the file; the first where `None`.
        assembly: The name of a biological assembly to build, such as `"1"`.
        hydrogens: Keep hydrogen and deuterium.
        waters: Keep waters.

    Returns:
        The atoms.

    Raises:
        InputError: The file is absent or no structure, holds no atoms, has no such model or assembly, nothing is
            left after leaving out hydrogens or waters, a number of an atom is missing, or the copies of an assembly
            do not fit into memory.

    Examples:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.pdb"
        >>> line = "ATOM      1  CA  GLY A   1       1.000   2.000   3.000  1.00 20.00           C"
        >>> _ = path.write_text(line)
        >>> atoms = read_atoms(path)
        >>> atoms.positions.tolist(), atoms.atomic_numbers.tolist(), atoms.b_factors.tolist()
        ([[1.0, 2.0, 3.0]], [6], [20.0])
    """
    structure = _read(Path(path))
    if model is None and len(structure) > 1:
        warnings.warn(
            f"{path}: holds {len(structure)} models, of which the first is used. Another can be read in Python: "
            "vitreous.io.read_atoms(path, model=2).",
            UserWarning,
            stacklevel=2,
        )
    number = 1 if model is None else model
    if not 1 <= number <= len(structure):
        raise InputError(
            f"{path}: has {len(structure)} models, so there is no model {number}.",
            hint=f"Choose a model from 1 to {len(structure)}.",
        )
    source = str(path) if len(structure) == 1 else f"{path}, model {number}"
    if assembly is None:
        single = gemmi.Structure()
        single.add_model(structure[number - 1])
    else:
        known = {found.name: found for found in structure.assemblies}
        if assembly not in known:
            raise InputError(
                f"{path}: defines no assembly {assembly!r}; it has {', '.join(map(repr, known)) or 'none'}.",
                hint="Choose one of these, or use the structure as deposited.",
            )
        single = build_assembly(structure[number - 1], known[assembly], source=source)
        source = f"{source}, assembly {assembly}"
    table = _table(single, source)
    keep = np.ones(len(table), bool)
    if not hydrogens:
        keep &= table.atomic_numbers != 1
    if not waters:
        keep &= ~np.isin(table.residue_names, _WATERS)
    if not keep.any():
        raise InputError(
            f"{source}: holds no atoms{' other than those left out' if len(table) else ''}.",
            hint="Check that the file is the structure you mean (PDB or mmCIF).",
        )
    numbers = np.column_stack([table.positions, table.b_factors, table.occupancies])
    if not np.isfinite(numbers).all():
        lost = table.describe(int(np.argmin(np.isfinite(numbers).all(axis=1))))
        raise InputError(
            f"{lost}: a coordinate, B-factor or occupancy is missing.", hint="Correct the line, or remove the atom."
        )
    if not table.occupancies.any():
        warnings.warn(
            f"{source}: every occupancy is 0, so the structure scatters nothing. Some simulation programs write this; "
            "dataclasses.replace(atoms, occupancies=numpy.ones(len(atoms))) mends it.",
            UserWarning,
            stacklevel=2,
        )
    return table if keep.all() else table.select(keep)


def read_structure_summary(path: str | Path) -> StructureSummary:
    """What a structure file holds: models, chains, elements, assemblies, and what will bite.

    Arguments:
        path: A PDB or mmCIF file.

    Returns:
        The summary.

    Raises:
        InputError: The file is absent, no structure, or holds no atoms.

    Examples:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.pdb"
        >>> line = "ATOM      1  CA  GLY A   1       1.000   2.000   3.000  1.00 20.00           C"
        >>> _ = path.write_text(line)
        >>> summary = read_structure_summary(path)
        >>> summary.atom_count, summary.elements, summary.chains
        (1, {'C': 1}, ('A',))
    """
    structure = _read(Path(path))
    first = gemmi.Structure()
    first.add_model(structure[0])
    table = _table(first, str(path))
    numbers, counts = np.unique(table.atomic_numbers, return_counts=True)
    elements = {gemmi.Element(int(z)).name: int(count) for z, count in zip(numbers, counts, strict=True)}
    return StructureSummary(
        path=Path(path),
        file_format="PDB" if structure.input_format == gemmi.CoorFormat.Pdb else "mmCIF",
        name=structure.name,
        title=_title(structure),
        model_count=len(structure),
        atom_count=len(table),
        chains=tuple(str(chain) for chain in dict.fromkeys(table.chains.tolist())),
        elements=elements,
        hydrogen_count=elements.get("H", 0),
        water_count=int(np.isin(table.residue_names, _WATERS).sum()),
        alternate_count=int((table.alternates != "").sum()),
        assemblies=tuple(assembly.name for assembly in structure.assemblies),
        warnings=_warnings(table, structure),
    )


def _title(structure: gemmi.Structure) -> str:
    try:
        return dict(structure.info.items()).get("_struct.title", "")
    except UnicodeDecodeError:
        return "(not readable as text)"


def _warnings(table: AtomTable, structure: gemmi.Structure) -> tuple[str, ...]:
    found = []
    unknown = np.flatnonzero(table.atomic_numbers == 0)
    if len(unknown):
        found.append(
            f"{len(unknown)} atoms of unknown element, which no scattering factor fits; the first is "
            f"{table.describe(int(unknown[0]))}"
        )
    if not table.occupancies.any():
        found.append("every occupancy is 0, so the structure scatters nothing")
    elif (table.occupancies <= 0).any():
        found.append(f"{int((table.occupancies <= 0).sum())} atoms of occupancy 0 or less")
    if not table.b_factors.any():
        found.append("every B-factor is 0: atoms do not move, and the potential has no fall-off but their own")
    elif (table.b_factors < 0).any():
        found.append(f"{int((table.b_factors < 0).sum())} atoms of negative B-factor")
    if not (table.atomic_numbers == 1).any():
        found.append("no hydrogens: protein has about as many as heavy atoms, and they scatter too")
    if len(structure) > 1:
        found.append(f"{len(structure)} models, of which one is used at a time (model 1 unless told)")
    if any(not operation.given for operation in structure.ncs):
        found.append("copies that only the file's symmetry records describe; an assembly may include them")
    return tuple(found)


def _read(path: Path) -> gemmi.Structure:
    try:
        with path.open("rb") as stream:
            empty = not stream.read(1)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}).", hint="Check the path.") from error
    if empty:
        raise InputError(f"{path}: is empty (0 bytes), so it holds no structure.", hint="Copy or download it again.")
    check_operators(path)
    try:
        structure = gemmi.read_structure(str(path), format=gemmi.CoorFormat.Detect)
    except (ValueError, RuntimeError, OSError, IndexError) as error:
        raise InputError(
            f"{path}: is not a structure that can be read ({error}).",
            hint="Give a PDB or mmCIF file with atoms.",
        ) from error
    if len(structure) == 0 or not any(len(model) for model in structure):
        raise InputError(f"{path}: holds no atoms, or is not a structure.", hint="Give a PDB or mmCIF file with atoms.")
    return structure


def _table(structure: gemmi.Structure, source: str) -> AtomTable:
    try:
        flat = gemmi.FlatStructure(structure)
    except RuntimeError as error:
        raise InputError(
            f"{source}: has a name that is longer than names of atoms, residues and chains are ({error}).",
            hint="It is damaged: download or write it again. Names have at most 7 letters.",
        ) from error
    numbers = np.array(flat.elements, np.int64)
    # gemmi counts deuterium as an element of its own, after the last real one.
    numbers[numbers > _LAST_ELEMENT] = 1
    return AtomTable(
        positions=np.array(flat.pos, np.float64),
        atomic_numbers=numbers,
        b_factors=_decimal(flat.b_iso),
        occupancies=_decimal(flat.occ),
        names=_text(flat.atom_names),
        residue_names=_text(flat.residue_names),
        residue_numbers=np.array(flat.resnums, np.int64),
        chains=_text(flat.chain_ids),
        alternates=_text(np.asarray(flat.altlocs)[:, None]),
        source=source,
    )


def _decimal(values: np.ndarray) -> np.ndarray:
    """Single precision as the decimals that the file holds: 91.41, not 91.41000366."""
    return np.round(np.array(values, np.float64), 4)


def _text(characters: Any) -> np.ndarray:
    codes = np.ascontiguousarray(characters)
    return np.char.decode(codes.view(f"S{codes.shape[1]}")[:, 0], "latin-1")
