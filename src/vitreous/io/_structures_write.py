"""Atoms to mmCIF files."""

from pathlib import Path

import gemmi

from vitreous._core import InputError, atomic_path

from ._atoms import AtomTable


def write_atoms(path: str | Path, atoms: AtomTable) -> None:
    """Write atoms as mmCIF; the file appears whole or not at all.

    Arguments:
        path: The file to write, ending in `.cif` or `.mmcif`; replaced if it exists.
        atoms: The atoms. Positions are written with nine significant digits.

    Raises:
        InputError: Another ending, a folder that cannot be written, or no atoms.

    Examples:
        >>> import tempfile
        >>> import numpy as np
        >>> from vitreous.io import read_atoms
        >>> path = Path(tempfile.mkdtemp()) / "a.cif"
        >>> write_atoms(path, AtomTable.from_positions(np.array([[1.0, 2.0, 3.0]]), np.array([6])))
        >>> read_atoms(path).positions.tolist()
        [[1.0, 2.0, 3.0]]
    """
    path = Path(path)
    if path.suffix not in (".cif", ".mmcif"):
        raise InputError(f"{path}: atoms are written as mmCIF.", hint=f"Use {path.with_suffix('.cif')}.")
    if len(atoms) == 0:
        raise InputError(f"{path}: there are no atoms to write.", hint="Check the selection.")
    model = gemmi.Model(1)
    chain = residue = None
    for i in range(len(atoms)):
        chain_name, number = str(atoms.chains[i]), int(atoms.residue_numbers[i])
        if chain is None or chain.name != chain_name:
            chain = model.add_chain(gemmi.Chain(chain_name))
            residue = None
        if residue is None or residue.seqid.num != number or residue.name != str(atoms.residue_names[i]):
            new = gemmi.Residue()
            new.name = str(atoms.residue_names[i])
            new.seqid = gemmi.SeqId(number, " ")
            residue = chain.add_residue(new)
        atom = gemmi.Atom()
        atom.name = str(atoms.names[i])
        atom.element = gemmi.Element(int(atoms.atomic_numbers[i]))
        atom.pos = gemmi.Position(*map(float, atoms.positions[i]))
        atom.b_iso, atom.occ = float(atoms.b_factors[i]), float(atoms.occupancies[i])
        atom.altloc = str(atoms.alternates[i]) or "\0"
        residue.add_atom(atom)
    structure = gemmi.Structure()
    structure.name = path.stem
    structure.add_model(model)
    structure.assign_serial_numbers()
    structure.setup_entities()
    with atomic_path(path) as temporary:
        structure.make_mmcif_document().write_file(str(temporary))
