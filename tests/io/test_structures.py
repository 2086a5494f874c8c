"""Atoms: real structures, and small ones for each thing that a structure file can do."""

import gzip
import warnings

import numpy as np
import pytest

from tests.data import shared_data
from vitreous._core import InputError
from vitreous.io import AtomTable, read_atoms, read_structure_summary, write_atoms


def atom_line(serial, name, residue, number, position, *, element="", occupancy=1.0, b=20.0, chain="A", alternate=" "):
    x, y, z = position
    padded = f" {name:<3}" if len(element) < 2 else f"{name:<4}"
    return (
        f"ATOM  {serial:5d} {padded}{alternate}{residue:>3} {chain}{number:4d}    "
        f"{x:8.3f}{y:8.3f}{z:8.3f}{occupancy:6.2f}{b:6.2f}          {element:>2}\n"
    )


@pytest.mark.parametrize(
    ("name", "count", "chains", "elements"),
    [
        ("6z6u.pdb", 32618, 24, {"C": 20184, "N": 5784, "O": 6504, "Na": 24, "Mg": 2, "S": 120}),
        ("8zpm.cif", 3222, 2, {"C": 2136, "N": 524, "O": 547, "S": 15}),
        ("1uao.pdb", 138, 1, {"H": 61, "C": 48, "N": 11, "O": 18}),
        ("groel_apo.pdb", 4787, 1, {"H": 931, "C": 2397, "N": 665, "O": 774, "S": 20}),
        ("3pqr.pdb", 2904, 2, {"C": 1916, "N": 420, "O": 541, "S": 27}),
    ],
)
def test_shared_structures(name, count, chains, elements):
    path = shared_data(f"structures/{name}")
    summary, atoms = read_structure_summary(path), read_atoms(path)
    assert summary.atom_count == len(atoms) == count
    assert len(summary.chains) == chains
    assert summary.elements == elements
    assert atoms.positions.dtype == atoms.b_factors.dtype == np.float64


def test_values_are_those_of_the_file():
    atoms = read_atoms(shared_data("structures/6z6u.pdb"))
    assert atoms.positions[0].tolist() == [41.825, 76.692, 82.377]
    assert (atoms.b_factors[0], atoms.occupancies[0], atoms.atomic_numbers[0]) == (91.41, 1.0, 7)
    assert atoms.describe(0).startswith("atom 1 'N' of SER 4, chain A (")


def test_alternate_locations_share_one_atom():
    atoms = read_atoms(shared_data("structures/3pqr.pdb"))
    alternates = atoms.select(atoms.alternates != "")
    assert len(alternates) == 46
    assert set(alternates.occupancies.tolist()) == {0.5}
    assert "location A" in alternates.describe(0)


def test_zero_occupancies_warn():
    path = shared_data("structures/tip3p_box.pdb")
    with pytest.warns(UserWarning, match="every occupancy is 0"):
        atoms = read_atoms(path)
    assert set(atoms.atomic_numbers.tolist()) == {1, 8}  # inferred from the names, without an element column
    assert any("every occupancy is 0" in warning for warning in read_structure_summary(path).warnings)
    with pytest.raises(InputError, match="other than those left out"):
        read_atoms(path, waters=False)


def test_hydrogens_and_waters_are_left_out_on_request(tmp_path):
    lines = [
        atom_line(1, "CA", "GLY", 1, (0, 0, 0), element="C"),
        atom_line(2, "HA", "GLY", 1, (1, 0, 0), element="H"),
        atom_line(3, "D", "GLY", 1, (2, 0, 0), element="D"),
        atom_line(4, "O", "HOH", 2, (3, 0, 0), element="O"),
    ]
    path = tmp_path / "a.pdb"
    path.write_text("".join(lines))
    assert read_atoms(path).atomic_numbers.tolist() == [6, 1, 1, 8]  # deuterium is hydrogen
    assert read_atoms(path, hydrogens=False).atomic_numbers.tolist() == [6, 8]
    assert read_atoms(path, hydrogens=False, waters=False).names.tolist() == ["CA"]
    assert read_structure_summary(path).hydrogen_count == 2


def test_unknown_elements_are_kept_and_named(tmp_path):
    path = tmp_path / "a.pdb"
    path.write_text(
        atom_line(1, "CA", "GLY", 1, (0, 0, 0), element="C") + atom_line(2, "QX", "UNL", 7, (1, 1, 1), element="X")
    )
    atoms = read_atoms(path)
    assert atoms.atomic_numbers.tolist() == [6, 0]
    assert "atom 2 'QX' of UNL 7, chain A" in atoms.describe(1)
    assert any("unknown element" in w and "'QX'" in w for w in read_structure_summary(path).warnings)


def test_models(tmp_path):
    path = tmp_path / "a.pdb"
    one, two = (atom_line(1, "CA", "GLY", 1, (x, 0, 0), element="C") for x in (1, 2))
    path.write_text(f"MODEL        1\n{one}ENDMDL\nMODEL        2\n{two}ENDMDL\nEND\n")
    with pytest.warns(UserWarning, match=r"a\.pdb: holds 2 models, of which the first is used"):
        assert read_atoms(path).positions[0, 0] == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # who asks for a model gets no warning
        assert read_atoms(path, model=1).positions[0, 0] == 1
        assert read_atoms(path, model=2).positions[0, 0] == 2
    assert read_structure_summary(path).model_count == 2
    for model in (0, 3):
        with pytest.raises(InputError, match=f"has 2 models, so there is no model {model}"):
            read_atoms(path, model=model)


def test_assemblies(tmp_path):
    remark = (
        "REMARK 350 BIOMOLECULE: 1\n"
        "REMARK 350 APPLY THE FOLLOWING TO CHAINS: A\n"
        "REMARK 350   BIOMT1   1  1.000000  0.000000  0.000000        0.00000\n"
        "REMARK 350   BIOMT2   1  0.000000  1.000000  0.000000        0.00000\n"
        "REMARK 350   BIOMT3   1  0.000000  0.000000  1.000000        0.00000\n"
        "REMARK 350   BIOMT1   2 -1.000000  0.000000  0.000000       10.00000\n"
        "REMARK 350   BIOMT2   2  0.000000 -1.000000  0.000000        0.00000\n"
        "REMARK 350   BIOMT3   2  0.000000  0.000000  1.000000        0.00000\n"
    )
    path = tmp_path / "a.pdb"
    path.write_text(remark + atom_line(1, "CA", "GLY", 1, (1, 2, 3), element="C"))
    assert len(read_atoms(path)) == 1
    assert read_atoms(path, assembly="1").positions.tolist() == [[1, 2, 3], [9, -2, 3]]
    with pytest.raises(InputError, match="no assembly '2'; it has '1'"):
        read_atoms(path, assembly="2")


def test_the_assembly_of_an_mmcif_file():
    path = shared_data("structures/8zpm.cif")
    np.testing.assert_allclose(
        read_atoms(path, assembly="1").positions.mean(axis=0), read_atoms(path).positions.mean(axis=0), atol=1e-9
    )  # one identity operation: rounding of the mean only


def test_assemblies_of_too_many_copies_are_refused_before_they_are_made(tmp_path, monkeypatch):
    text = shared_data("structures/8zpm.cif").read_text()
    path = tmp_path / "a.cif"
    expression = "_pdbx_struct_assembly_gen.oper_expression   "
    assert f"{expression}1\n" in text
    path.write_text(text.replace(f"{expression}1\n", f"{expression}1-999999999\n"))
    compressed = tmp_path / "b.cif.gz"
    compressed.write_bytes(gzip.compress(path.read_bytes()))
    for file in (path, compressed):
        for read in (read_atoms, read_structure_summary):
            with pytest.raises(InputError, match="has the operators 1 to 999999999") as error:
                read(file)
            assert str(file) in error.value.message
    # Another number with a hyphen and many digits, as those of journals, is none of its business.
    path.write_text(f"{text}_note.text 10.1107/s12-3456789\n")
    assert len(read_atoms(path)) == 3222
    path.write_text(text.replace(f"{expression}1\n", f"{expression}{','.join('1' * 500)}\n"))
    monkeypatch.setenv("VITREOUS_MEMORY", "1M")
    with pytest.raises(InputError, match=r"assembly 1 of 500 copies needs about .* but 1.0 MiB is allowed"):
        read_atoms(path, assembly="1")


def test_compressed_and_misnamed_files(tmp_path):
    line = atom_line(1, "CA", "GLY", 1, (1, 2, 3), element="C")
    (tmp_path / "a.pdb.gz").write_bytes(gzip.compress(line.encode()))
    (tmp_path / "a.txt").write_text(line)
    assert len(read_atoms(tmp_path / "a.pdb.gz")) == len(read_atoms(tmp_path / "a.txt")) == 1


@pytest.mark.parametrize("suffix", [".pdb", ".cif", ".txt"])
@pytest.mark.parametrize(
    "content", [b"", b"Dear reader,\nthis is a letter.\n", np.random.default_rng(0).bytes(3000), b"data_x\n_a.b 1\n"]
)
def test_what_is_no_structure_says_so(tmp_path, suffix, content):
    path = tmp_path / f"a{suffix}"
    path.write_bytes(content)
    for reader in (read_atoms, read_structure_summary):
        with pytest.raises(InputError) as error:
            reader(path)
        assert str(path) in error.value.message
        assert error.value.hint


def test_absent_file():
    with pytest.raises(InputError, match="cannot be read"):
        read_atoms("/nowhere/a.pdb")


def test_centring_and_selection():
    atoms = AtomTable.from_positions(np.arange(12.0).reshape(4, 3), np.array([6, 7, 8, 1]))
    centred, shift = atoms.centred()
    np.testing.assert_allclose(centred.positions.mean(axis=0), 0, atol=1e-12)  # rounding
    np.testing.assert_allclose(atoms.positions + shift, centred.positions, atol=1e-12)  # rounding
    assert atoms.positions[0, 0] == 0  # the argument is not changed
    assert atoms.select([3, 0]).names.tolist() == ["H", "C"]
    assert len(atoms.select(atoms.atomic_numbers > 6)) == 2
    assert len(atoms.select([])) == 0


def test_columns_of_another_length_are_refused():
    with pytest.raises((InputError, TypeError)):
        AtomTable.from_positions(np.zeros((2, 3)), np.array([6, 6, 6]))


def test_written_atoms_are_read_back(tmp_path):
    atoms = read_atoms(shared_data("structures/3pqr.pdb")).select(slice(0, 400))
    write_atoms(tmp_path / "a.cif", atoms)
    back = read_atoms(tmp_path / "a.cif")
    np.testing.assert_array_equal(back.positions, atoms.positions)
    for name in ("atomic_numbers", "b_factors", "occupancies", "names", "residue_names", "residue_numbers", "chains"):
        np.testing.assert_array_equal(getattr(back, name), getattr(atoms, name))
    with pytest.raises(InputError, match="as mmCIF"):
        write_atoms(tmp_path / "a.pdb", atoms)
    with pytest.raises(InputError, match="no atoms to write"):
        write_atoms(tmp_path / "b.cif", atoms.select([]))
    assert [path.name for path in tmp_path.iterdir()] == ["a.cif"]


def test_names_too_long_for_a_table_of_atoms_are_refused(tmp_path):
    path = tmp_path / "a.cif"
    write_atoms(path, AtomTable.from_positions(np.zeros((1, 3)), np.array([6])))
    path.write_text(path.read_text().replace(" UNK ", " UNKNOWNRESIDUE "))
    with pytest.raises(InputError, match=r"a\.cif: has a name that is longer"):
        read_atoms(path)
