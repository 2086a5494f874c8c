"""Trajectories through MDAnalysis."""

import warnings

import MDAnalysis as mda
import numpy as np
import pytest

from vitreous._core import InputError
from vitreous.io import Trajectory, read_trajectory
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
    ]:
        with warnings.catch_warnings(), pytest.raises(InputError, match=match):
            warnings.simplefilter("ignore")
            read()
