import numpy as np
import pytest

from vitreous.constants import displaced_volume, water_potential
from vitreous.grids import Sampling
from vitreous.io import AtomTable
from vitreous.volumes import GaussianMixtureRenderFn, GaussianMixtureVolume, displaced_solvent, join

NUMBERS = np.array([6, 8, 1])
TABLE = AtomTable.from_positions(
    np.array([[0.0, 0, 0], [1.2, 0, 0], [0, 1.0, 0]]), NUMBERS, occupancies=np.array([1.0, 1.0, 0.5])
)


def test_each_atom_displaces_its_volume_of_water():
    solvent = displaced_solvent(TABLE)
    expected = -np.asarray(water_potential()) * np.asarray(displaced_volume(NUMBERS)) * TABLE.occupancies
    # A product of three numbers, in float32 too.
    np.testing.assert_allclose(solvent.amplitudes[:, 0], expected, rtol=1e-6)
    assert displaced_solvent(TABLE, water_density_g_cm3=0.47).amplitudes[0, 0] == pytest.approx(expected[0] / 2)


def test_the_height_at_a_lone_atom_is_the_potential_of_water():
    solvent = displaced_solvent(TABLE.select([0]))
    voxels = GaussianMixtureRenderFn((24, 24, 24), 0.5, sampling=Sampling.AVERAGE)(solvent)
    # The average over a voxel of 0.5 Å is less than the peak by p² / 8σ² = 3 %.
    assert float(voxels.min()) == pytest.approx(-float(water_potential()), rel=0.04)


def test_a_molecule_in_its_solvent_is_weaker():
    atoms = GaussianMixtureVolume.from_atoms(TABLE)
    both = join(atoms, displaced_solvent(TABLE))
    assert both.positions.shape == atoms.positions.shape
    assert 0 < float(both.amplitudes.sum()) < float(atoms.amplitudes.sum())
