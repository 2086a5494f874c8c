import warnings

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.data import shared_data
from vitreous._core import InputError
from vitreous.constants import PengScatteringFactorParameters
from vitreous.detector import InelasticLoss
from vitreous.grids import ImageConfig, radius, shell_average
from vitreous.ice import ExplicitWater, GaussianRandomFieldIce, WaterBox, ice_thickness, inelastic_mean_free_path
from vitreous.io import AtomTable, read_atoms
from vitreous.projection import GaussianMixtureProjection
from vitreous.volumes import GaussianMixtureVolume

SIDE, EDGE = 9.3, 3
BOND = 0.9572
CONFIG = ImageConfig((16, 15), 0.8, padded_shape=(18, 17))


def lattice(seed=0):
    """27 molecules, turned at random, on a cubic lattice of 3.1 Å, about the origin."""
    rng = np.random.default_rng(seed)
    oxygens = (np.stack(np.meshgrid(*[np.arange(EDGE)] * 3), axis=-1).reshape(-1, 3) + 0.5) * SIDE / EDGE - SIDE / 2
    first = rng.normal(size=oxygens.shape)
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    across = np.cross(first, rng.normal(size=oxygens.shape))
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    angle = np.deg2rad(104.52)
    second = np.cos(angle) * first + np.sin(angle) * across
    return np.stack([oxygens, oxygens + BOND * first, oxygens + BOND * second], axis=1)


def table_of(molecules):
    n = len(molecules)
    return AtomTable.from_positions(molecules.reshape(-1, 3), np.tile([8, 1, 1], n))


def bonds_of(molecules):
    return np.linalg.norm(np.asarray(molecules[:, 1:] - molecules[:, :1]), axis=-1)


ICE = ExplicitWater(WaterBox(lattice(), SIDE), 14.0, density_g_cm3=None, b_factor=10.0)


def test_molecules_are_found_across_the_faces():
    shuffled = np.random.default_rng(1).permutation(3 * EDGE**3)
    wrapped = (lattice() + 2.9) % SIDE  # atom by atom, as simulations write them
    box = WaterBox.from_atoms(table_of(wrapped).select(shuffled), SIDE)
    assert box.molecules.shape == (27, 3, 3)
    np.testing.assert_allclose(bonds_of(box.molecules), BOND, rtol=1e-5)
    assert float(box.density_g_cm3) == pytest.approx(27 * 18.01528 / 0.602214076 / SIDE**3)


def test_molecules_without_hydrogens_or_without_room_are_left_out():
    table = table_of(lattice())
    assert len(WaterBox.from_atoms(table.select(np.arange(1, 81)), SIDE).molecules) == 26  # lost an oxygen
    assert len(WaterBox.from_atoms(table.select(np.arange(80)), SIDE).molecules) == 26  # lost a hydrogen
    # In a cube of 8 Å the lattice's opposite faces are 1.8 Å apart, on every axis.
    squeezed = WaterBox.from_atoms(table, 8.0).molecules
    between = np.asarray(squeezed)[:, None, 0] - np.asarray(squeezed)[:, 0]
    distances = np.linalg.norm(between - 8 * np.round(between / 8), axis=-1) + 9 * np.eye(len(squeezed))
    assert 8 <= len(squeezed) < 27 and distances.min() > 2.2
    with pytest.raises(InputError, match="no complete molecule"):
        WaterBox.from_atoms(table.select([0, 1]), SIDE)
    with pytest.raises(InputError, match="holds no water"):
        WaterBox.from_atoms(table.select(table.atomic_numbers == 1), SIDE)
    with pytest.raises(InputError, match="cube"):
        WaterBox(lattice(), 0.0)


def test_a_stretched_box_keeps_its_molecules():
    box = WaterBox(lattice(), SIDE).with_density(0.94)
    assert float(box.density_g_cm3) == pytest.approx(0.94, rel=1e-5)
    np.testing.assert_allclose(bonds_of(box.molecules), BOND, rtol=1e-5)
    stretch = float(box.side) / SIDE
    np.testing.assert_allclose(box.molecules[:, 0], stretch * lattice()[:, 0], atol=1e-5)


def test_a_layer_is_full_of_whole_molecules():
    molecules, kept = jax.jit(lambda key: ICE.molecules(CONFIG, key=key))(jax.random.key(0))
    inside = np.asarray(molecules)[np.asarray(kept)]
    np.testing.assert_allclose(bonds_of(inside), BOND, rtol=1e-4)
    half = np.array([17 * 0.8, 18 * 0.8, 14.0]) / 2
    assert np.all(np.abs(inside[:, 0]) <= half + 1e-6)
    # The second layer, cut at half its height, holds one or two of the lattice's three planes of molecules.
    assert len(inside) == pytest.approx(27 / SIDE**3 * np.prod(2 * half), rel=0.2)
    # Two layers, moved and turned differently; each with its oxygens 3.1 Å apart.
    for layer in (inside[inside[:, 0, 2] < -half[2] + SIDE], inside[inside[:, 0, 2] > -half[2] + SIDE]):
        distances = np.linalg.norm(layer[:, None, 0] - layer[:, 0], axis=-1) + 9 * np.eye(len(layer))
        np.testing.assert_allclose(distances.min(), SIDE / EDGE, rtol=1e-4)


def test_the_sample_is_the_projection_of_its_atoms_less_the_mean():
    key = jax.random.key(3)
    atoms = ICE.atoms(CONFIG, key=key)
    assert np.all(atoms.b_factors == 10) and len(atoms) % 3 == 0
    projection = GaussianMixtureProjection().integrate(GaussianMixtureVolume.from_atoms(atoms), CONFIG)
    sample = np.asarray(jax.jit(lambda key: ICE.sample_spectrum(CONFIG, key=key))(key))
    projected = np.asarray(projection)
    # The NUFFT's accuracy, 1e-6 of the sum of all; the zero mode apart.
    scale = np.abs(projected).max()
    np.testing.assert_allclose(sample.ravel()[1:], projected.ravel()[1:], atol=1e-5 * scale)
    hydrogen, oxygen = np.asarray(PengScatteringFactorParameters([1, 8]).a).sum(axis=1)
    mean = 27 / SIDE**3 * 14.0 * (oxygen + 2 * hydrogen)
    assert sample[0, 0].real == pytest.approx(projected[0, 0].real - mean * 18 * 17, abs=float(1e-5 * scale))


def test_water_keeps_its_distance_from_the_specimen():
    specimen = np.array([[0.0, 0.0, 0.0], [3.0, -2.0, 4.0]])
    around = ExplicitWater(ICE.box, 14.0, density_g_cm3=None, specimen=specimen, clearance=3.0)
    key = jax.random.key(5)
    (molecules, kept), (same, all_) = jax.jit(
        lambda key: (around.molecules(CONFIG, key=key), ICE.molecules(CONFIG, key=key))
    )(key)
    np.testing.assert_array_equal(molecules, same)
    nearest = np.min(np.linalg.norm(np.asarray(molecules)[:, 0, None] - specimen, axis=-1), axis=1)
    np.testing.assert_array_equal(kept, np.asarray(all_) & (nearest >= 3.0))
    assert 4 < int(all_.sum() - kept.sum()) < 14  # two balls of 113 Å³, with 0.034 molecules in each


def test_sizes_that_are_traced_need_tiles():
    def molecules(config, ice):
        return ice.molecules(config, key=jax.random.key(0))

    with pytest.raises(InputError, match="tiles"):
        jax.jit(molecules)(CONFIG, ICE)
    diagonal = 0.8 * np.hypot(18, 17)
    tiles = int(np.ceil(diagonal / SIDE)) + 1, 2
    known = ExplicitWater(ICE.box, 14.0, density_g_cm3=None, tiles=tiles)
    ours, expected = jax.jit(molecules)(CONFIG, known), jax.jit(lambda: molecules(CONFIG, ICE))()
    np.testing.assert_allclose(ours[0], expected[0], atol=1e-4)  # float32 rounding
    np.testing.assert_array_equal(*(kept for _, kept in (ours, expected)))


@pytest.mark.parametrize("options", [{"thickness": 0.0}, {"clearance": -1.0}])
def test_nonsense_is_refused(options):
    with pytest.raises(InputError, match="Å must"):
        ExplicitWater(ICE.box, **{"thickness": 10.0, **options})


def test_explicit_water_has_the_spectrum_of_the_field_model():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # the file's occupancies are 0, as GROMACS writes them
        atoms = read_atoms(shared_data("structures/tip3p_box.pdb"))
    box = WaterBox.from_atoms(atoms, 34.2)
    assert 1250 < len(box.molecules) < 1400 and float(box.density_g_cm3) == pytest.approx(1.0, abs=0.05)
    thickness = 34.0
    ice, config = ExplicitWater(box, thickness), ImageConfig((56, 56), 0.6)
    spectrum = jax.jit(lambda key: ice.sample_spectrum(config, key=key))
    power = np.mean([np.abs(spectrum(jax.random.key(i))) ** 2 for i in range(24)], axis=0) / 56**2 * 0.6**2
    measured = np.asarray(shell_average(jnp.asarray(power), (56, 56)))
    model = GaussianRandomFieldIce(thickness).spectral_density(config.frequencies)
    expected = np.asarray(shell_average(model, (56, 56)))
    q = np.arange(29) / (56 * 0.6)
    band = (q > 0.18) & (q < 0.8)
    # One box in 24 random views: the same molecules' spectrum in other slices, some 100 independent modes in a shell;
    # and the form of the model, two Gaussians, misses that of water by up to 40 %. At lower frequencies the faces of
    # the box, which do not fit each other in this file, add as much power as water has.
    np.testing.assert_allclose(measured[band], expected[band], rtol=0.6)
    assert np.sum(q * measured * band) == pytest.approx(np.sum(q * expected * band), rel=0.1)
    assert abs(q[np.argmax(measured * band)] - 1 / 2.88) < 0.07


def test_thickness_from_the_energy_filter():
    open_, filtered = (InelasticLoss(420.0, energy_filter=kind).intensity(jnp.zeros(())) for kind in (False, True))
    assert float(ice_thickness(open_, filtered)) == pytest.approx(420, rel=1e-5)


def test_slower_electrons_lose_energy_sooner():
    paths = np.asarray([inelastic_mean_free_path(kv) for kv in (80.0, 120.0, 200.0, 300.0)])
    assert paths[-1] == pytest.approx(3950) and np.all(np.diff(paths) > 0)
    # Grimm, Typke, Bärmann & Baumeister 1996 (Ultramicroscopy 63, 169): 2030 ± 330 Å in ice at 120 kV.
    assert paths[1] == pytest.approx(2030, rel=0.25)


def test_the_water_spectrum_is_the_same_in_every_direction():
    ice = GaussianRandomFieldIce(100.0)
    q = CONFIG.frequencies
    flat = jnp.stack([radius(q), jnp.zeros(q.shape[:-1])], axis=-1)
    np.testing.assert_allclose(ice.spectral_density(q), ice.spectral_density(flat), rtol=1e-5)
