"""Trajectories: our readers against MDAnalysis, which also writes the files."""

import struct
import warnings

import MDAnalysis as mda
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from MDAnalysis.lib.formats.libdcd import DCDFile
from MDAnalysis.lib.formats.libmdaxdr import TRRFile, XTCFile

from vitreous._core import InputError
from vitreous.io import Trajectory, iterate_trajectory, read_trajectory
from vitreous.volumes import TrajectoryVolume

FRAMES = np.random.default_rng(0).uniform(-9, 9, size=(5, 4, 3)).astype(np.float32)


def universe(elements=("C", "N", "O", "H")):
    made = mda.Universe.empty(4, n_residues=2, atom_resindex=[0, 0, 1, 1], trajectory=True)
    for name, values in [
        ("names", ["CA", "N", "O", "H1"]),
        ("resnames", ["GLY", "ALA"]),
        ("resids", [3, 4]),
        ("chainIDs", ["B"] * 4),
        ("tempfactors", [10.0, 20.0, 30.0, 40.0]),
    ]:
        made.add_TopologyAttr(name, values)
    if elements:
        made.add_TopologyAttr("elements", list(elements))
    made.load_new(FRAMES, order="fac")
    return made


def test_a_universe_becomes_atoms_and_frames():
    source = universe()
    source.trajectory[2]
    found = Trajectory.from_universe(source, select="not element H", frames=slice(1, None, 2))
    np.testing.assert_array_equal(found.positions, FRAMES[1::2, :3])
    assert len(found) == 2
    assert source.trajectory.frame == 2, "the universe was left elsewhere"
    assert found.atoms.atomic_numbers.tolist() == [6, 7, 8]
    assert found.atoms.b_factors.tolist() == [10.0, 20.0, 30.0]
    assert found.atoms.describe(2).startswith("atom 3 'O' of ALA 4, chain B")
    np.testing.assert_allclose(found.atoms.positions, FRAMES[1, :3])


def test_a_universe_becomes_a_volume():
    volume = TrajectoryVolume.from_universe(universe(), frames=[0, 3], superpose=False)
    np.testing.assert_array_equal(volume.at_frame(1).get_representation().positions, FRAMES[3])


def test_files_are_read(tmp_path):
    source = universe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # MDAnalysis names every column that is not there
        source.atoms.write(str(tmp_path / "atoms.pdb"))
        with mda.Writer(str(tmp_path / "frames.xtc"), 4) as writer:
            for _ in source.trajectory:
                writer.write(source.atoms)
        found = read_trajectory(tmp_path / "atoms.pdb", tmp_path / "frames.xtc", frames=slice(3))
    # XTC stores a hundredth of an Ångström.
    np.testing.assert_allclose(found.positions, FRAMES[:3], atol=6e-3)
    assert found.atoms.atomic_numbers.tolist() == [6, 7, 8, 1]


def test_what_cannot_be_read_is_refused(tmp_path):
    broken = tmp_path / "broken.xtc"
    broken.write_bytes(b"not a trajectory")
    (tmp_path / "atoms.pdb").write_text("")
    for match, read in [
        ("does not say which elements", lambda: Trajectory.from_universe(universe(elements=None))),
        ("0 atoms in 5 frames", lambda: Trajectory.from_universe(universe(), select="name XX")),
        ("no such file", lambda: read_trajectory(tmp_path / "missing.pdb")),
        ("MDAnalysis cannot read", lambda: read_trajectory(tmp_path / "atoms.pdb", broken)),
        ("MDAnalysis cannot read", lambda: read_trajectory(broken)),
    ]:
        with warnings.catch_warnings(), pytest.raises(InputError, match=match):
            warnings.simplefilter("ignore")
            read()


FORMATS = [".xtc", ".trr", ".dcd"]
BOX = np.eye(3, dtype=np.float32)


def write_frames(path, frames, precision=1000.0):
    """Frames in Å, two picoseconds apart, through MDAnalysis' own libraries."""
    frames = np.asarray(frames, np.float32)
    if path.suffix == ".dcd":
        with DCDFile(str(path), "w") as file:
            file.write_header("", frames.shape[1], 0, 1, 2 / 0.0488882129, 1)
            for positions in frames:
                file.write(positions, [1, 1, 1, 90, 90, 90])
    elif path.suffix == ".xtc":
        with XTCFile(str(path), "w") as file:
            for number, positions in enumerate(frames):
                file.write(positions / 10, BOX, number, 2.0 * number, precision)
    else:
        with TRRFile(str(path), "w") as file:
            for number, positions in enumerate(frames):
                file.write(positions / 10, None, None, BOX, number, 2.0 * number, 0.0, len(positions))


def write_atoms_of(path, count):
    line = "ATOM  {0:5d}  CA  GLY A{0:4d}       0.000   0.000   0.000  1.00 20.00           C\n"
    path.write_text("".join(line.format(number + 1) for number in range(count)))


def read(*arguments, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # MDAnalysis names every column that a PDB file lacks
        return read_trajectory(*arguments, **options)


def coordinates(kind, count, generator):
    """Å of the three kinds of coordinates that XTC stores in its own ways."""
    if kind == "waters":  # differences, the first two atoms in turned order
        oxygens = generator.uniform(0, 50, (2, count // 3 + 1, 1, 3))
        return (oxygens + np.array([[0, 0, 0], [0.96, 0, 0], [-0.24, 0.93, 0]])).reshape(2, -1, 3)[:, :count]
    if kind == "chain":  # differences of changing width
        return np.cumsum(generator.normal(size=(2, count, 3)) * generator.uniform(0.1, 9, (1, count, 1)), axis=1)
    if kind == "wide":  # more than 2^24 steps of the precision: each axis by itself
        return np.linspace(-9e4, 9e4, count)[:, None] + generator.normal(size=(2, count, 3))
    return generator.uniform(-30, 30, (2, count, 3))


@pytest.mark.parametrize("suffix", FORMATS)
@given(
    kind=st.sampled_from(["waters", "chain", "wide", "gas"]),
    count=st.sampled_from([1, 9, 10, 11, 40, 300]),
    seed=st.integers(0, 99),
)
def test_positions_are_those_that_mdanalysis_reads(tmp_path_factory, suffix, kind, count, seed):
    folder = tmp_path_factory.mktemp("frames")
    path = folder / f"a{suffix}"
    written = coordinates(kind, count, np.random.default_rng(seed)).astype(np.float32)
    write_frames(path, written)
    write_atoms_of(folder / "a.pdb", count)
    found = read(folder / "a.pdb", path)
    with {".xtc": XTCFile, ".trr": TRRFile, ".dcd": DCDFile}[suffix](str(path)) as file:
        theirs = np.array([frame.xyz.copy() if suffix == ".dcd" else 10 * frame.x for frame in file])
    # Both round to single precision, of which 10 Å/nm takes one more unit, and 1/precision another.
    np.testing.assert_allclose(found.positions, theirs, rtol=4e-7, atol=4e-6)
    # XTC stores a hundredth of an Ångström.
    np.testing.assert_allclose(found.positions, written, rtol=4e-7, atol=0.0051 if suffix == ".xtc" else 1e-6)
    np.testing.assert_allclose(found.times_ps, [0.0, 2.0], rtol=1e-6)  # CHARMM's unit of time has seven digits
    assert {file.name for file in folder.iterdir()} == {"a.pdb", path.name}, "nothing is left beside the files"


def test_a_pdb_of_many_models(tmp_path):
    source = universe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        source.atoms.write(str(tmp_path / "models.pdb"), frames="all")
    found = read(tmp_path / "models.pdb", frames=[4, 0], select="element O N")
    assert found.atoms.atomic_numbers.tolist() == [7, 8]
    np.testing.assert_allclose(found.positions, FRAMES[[4, 0], 1:3], atol=6e-4)  # a PDB has three decimals


def test_pieces_are_the_frames_in_order(tmp_path):
    write_atoms_of(tmp_path / "a.pdb", 4)
    for name, part in (("a.dcd", FRAMES[:3]), ("b.dcd", FRAMES[3:])):
        write_frames(tmp_path / name, part)
    files = [tmp_path / "a.dcd", tmp_path / "b.dcd"]
    whole = read(tmp_path / "a.pdb", files)
    np.testing.assert_array_equal(whole.positions, FRAMES)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pieces = list(iterate_trajectory(tmp_path / "a.pdb", files, select="bynum 2:3", piece=2))
        assert [len(piece) for piece in pieces] == [2, 2, 1]
        np.testing.assert_array_equal(np.concatenate([piece.positions for piece in pieces]), FRAMES[:, 1:3])
        np.testing.assert_array_equal(pieces[1].atoms.positions, FRAMES[2, 1:3].astype(np.float64))
        backwards = list(iterate_trajectory(tmp_path / "a.pdb", files, frames=slice(None, None, -2), piece=9))
        np.testing.assert_array_equal(backwards[0].positions, FRAMES[::-2])
        with pytest.raises(InputError, match="piece=0"):
            iterate_trajectory(tmp_path / "a.pdb", files, piece=0)


def test_what_does_not_fit_into_memory_may_be_read_in_pieces(tmp_path, monkeypatch):
    write_atoms_of(tmp_path / "a.pdb", 4)
    write_frames(tmp_path / "a.dcd", FRAMES)
    monkeypatch.setenv("VITREOUS_MEMORY", "1M")  # less than is in use
    with pytest.raises(InputError, match="5 frames of 4 atoms needs about") as error:
        read(tmp_path / "a.pdb", tmp_path / "a.dcd")
    assert "iterate_trajectory" in error.value.hint


def test_a_piece_is_all_that_is_read(tmp_path):
    """Frames behind the wanted ones may even be damaged."""
    write_atoms_of(tmp_path / "a.pdb", 40)
    write_frames(tmp_path / "a.xtc", np.tile(coordinates("gas", 40, np.random.default_rng(0)), (2, 1, 1)))
    content = bytearray((tmp_path / "a.xtc").read_bytes())
    largest = content.rfind(struct.pack(">i", 1995)) + 56 + 16  # behind the header, the precision and the least
    content[largest : largest + 12] = struct.pack(">3i", *[-(2**31)] * 3)
    (tmp_path / "a.xtc").write_bytes(content)
    assert len(read(tmp_path / "a.pdb", tmp_path / "a.xtc", frames=slice(3))) == 3
    with pytest.raises(InputError, match=r"frame 3 \(counted from 0\) is damaged"):
        read(tmp_path / "a.pdb", tmp_path / "a.xtc")


def test_a_big_endian_dcd(tmp_path):
    write_atoms_of(tmp_path / "a.pdb", 4)
    write_frames(tmp_path / "a.dcd", FRAMES)
    content = bytearray((tmp_path / "a.dcd").read_bytes())
    turned = np.frombuffer(content, "<i4").astype(">i4").tobytes()
    # Text and doubles are not made of words that are turned.
    order = bytearray(turned)
    order[4:8] = content[4:8]
    text = struct.unpack_from("<i", content, 92)[0]
    order[100 : 96 + text] = content[100 : 96 + text]
    (tmp_path / "b.dcd").write_bytes(order)
    np.testing.assert_array_equal(read(tmp_path / "a.pdb", tmp_path / "b.dcd").positions, FRAMES)


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("count", [4, 40])
def test_files_that_are_cut_off(tmp_path, suffix, count):
    write_atoms_of(tmp_path / "a.pdb", count)
    path = tmp_path / f"a{suffix}"
    write_frames(path, coordinates("gas", count, np.random.default_rng(0)))
    content = path.read_bytes()
    for length in (0, 3, 50, 91, 100, len(content) // 2 + 9, len(content) - 4, len(content) - 1):
        path.write_bytes(content[:length])
        with pytest.raises(InputError, match=r"ends within frame|holds no frames|is no DCD file") as error:
            read(tmp_path / "a.pdb", path)
        assert str(path) in error.value.message


@pytest.mark.parametrize("suffix", FORMATS)
@given(edits=st.lists(st.tuples(st.floats(0, 0.999), st.binary(min_size=1, max_size=5)), min_size=1, max_size=4))
def test_damaged_bytes_raise_nothing_else(tmp_path_factory, suffix, edits):
    folder = tmp_path_factory.mktemp("damaged")
    path = folder / f"a{suffix}"
    write_atoms_of(folder / "a.pdb", 40)
    write_frames(path, coordinates("waters", 40, np.random.default_rng(0)))
    content = bytearray(path.read_bytes())
    for place, piece in edits:
        start = int(place * len(content))
        content[start : start + len(piece)] = piece
    path.write_bytes(content)
    try:
        found = read(folder / "a.pdb", path)
    except InputError as error:
        assert str(path) in error.message
    else:
        assert np.isfinite(found.positions).all()


def test_a_topology_of_other_atoms(tmp_path):
    write_atoms_of(tmp_path / "a.pdb", 5)
    write_frames(tmp_path / "a.trr", FRAMES)
    with pytest.raises(InputError, match=r"a\.trr: is of 4 atoms, and .*a\.pdb names 5"):
        read(tmp_path / "a.pdb", tmp_path / "a.trr")
    write_atoms_of(tmp_path / "a.pdb", 4)
    with pytest.raises(InputError, match="has no frame"):
        read(tmp_path / "a.pdb", tmp_path / "a.trr", frames=[7])
    with pytest.raises(InputError, match="select='name'"):
        read(tmp_path / "a.pdb", tmp_path / "a.trr", select="name")
