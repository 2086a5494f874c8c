"""Biological assemblies: the copies that a structure file says to make."""

import mmap
import re
from pathlib import Path

import gemmi

from vitreous._core import InputError, require_memory

_RANGE = re.compile(r"(\d+)-(\d+)")
_TAG = "_pdbx_struct_assembly_gen.oper_expression"
_MOST_OPERATORS, _MOST_DIGITS = 100_000, 9  # the largest capsids have some thousand
_BYTES_PER_ATOM = 500  # of gemmi's structure and of the table, while both are there


def check_operators(path: Path) -> None:
    """Raise where an mmCIF file counts so many operators that gemmi, which lists them on reading, fills the memory.

    Only files with something like a range of such numbers are looked at more closely, and compressed ones.

    Raises:
        InputError: A range of operators is longer than any file has operators.
    """
    if path.suffix.lower() != ".gz":
        with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
            if not re.search(rb"\d-\d{6}", content):
                return
    try:
        document = gemmi.cif.read(str(path))
    except (ValueError, RuntimeError, OSError, IndexError):
        return  # no mmCIF file, and whatever it is, the reader says so
    for block in document:
        for expression in block.find_values(_TAG):
            for first, last in _RANGE.findall(gemmi.cif.as_string(expression)):
                if max(len(first), len(last)) > _MOST_DIGITS or int(last) - int(first) > _MOST_OPERATORS:
                    raise InputError(
                        f"{path}: an assembly has the operators {first[:20]} to {last[:20]}, more than there are.",
                        hint=f"Correct {_TAG}.",
                    )


def build_assembly(model: gemmi.Model, assembly: gemmi.Assembly, *, source: str) -> gemmi.Structure:
    """A structure of the copies of a model's chains that an assembly is made of, with numbered names.

    Arguments:
        model: The chains to copy.
        assembly: What to make of them.
        source: Where they come from, for the error.

    Raises:
        InputError: The copies do not fit into memory.
    """
    copies = max((len(generator.operators) for generator in assembly.generators), default=0)
    require_memory(
        copies * model.count_atom_sites() * _BYTES_PER_ATOM,
        what=f"{source}: assembly {assembly.name} of {copies} copies",
        hint="Use the structure as deposited, and symmetry where it is imaged: vitreous.volumes.AssembledVolume.",
    )
    single = gemmi.Structure()
    single.add_model(model)
    single.assemblies = gemmi.Structure().assemblies
    single.assemblies.append(assembly)
    single.transform_to_assembly(assembly.name, gemmi.HowToNameCopiedChain.AddNumber)
    return single
