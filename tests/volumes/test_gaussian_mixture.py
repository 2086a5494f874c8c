import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from vitreous._core import InputError
from vitreous.constants import PengScatteringFactorParameters
from vitreous.io import AtomTable
from vitreous.poses import EulerAnglePose
from vitreous.volumes import GaussianMixtureVolume, join

X64 = jax.config.jax_enable_x64
# Rounding of a few operations.
EXACT = 1e-14 if X64 else 2e-6
POSITIONS = np.random.default_rng(0).normal(size=(4, 3)) * 10
TABLE = AtomTable.from_positions(
    POSITIONS,
    np.array([6, 7, 37, 93]),  # Rb and Np have negative amplitudes
    b_factors=np.array([20.0, 0.0, 55.5, 100.0]),
    occupancies=np.array([1.0, 0.5, 1.0, 0.25]),
)


@pytest.mark.parametrize("value", [2.0, np.full(4, 2.0), np.full((4, 1), 2.0)], ids=["number", "atom", "gaussian"])
def test_numbers_spread_over_atoms_and_gaussians(value):
    volume = GaussianMixtureVolume(POSITIONS, value, np.ones((4, 3)))
    np.testing.assert_array_equal(volume.amplitudes, np.full((4, 3), 2.0))
    assert GaussianMixtureVolume(POSITIONS, 1.0, value).variances.shape == (4, 1)


def test_the_dtype_is_that_of_the_arrays():
    volume = GaussianMixtureVolume(jnp.asarray(POSITIONS, jnp.float32), 1.0, 2)
    assert {leaf.dtype for leaf in jax.tree.leaves(volume)} == {jnp.dtype("float32")}


@pytest.mark.parametrize(
    ("positions", "amplitudes", "variances", "message"),
    [
        (POSITIONS, np.ones(3), 1.0, r"amplitudes of shape \(3,\) were given for 4 positions"),
        (POSITIONS, 1.0, np.ones((1, 2)), r"variances of shape \(1, 2\) were given for 4 positions"),
        (POSITIONS, np.ones((4, 2, 1)), 1.0, r"amplitudes of shape \(4, 2, 1\) were given"),
        (POSITIONS, np.ones((4, 2)), np.ones((4, 3)), r"amplitudes of shape \(4, 2\) and variances of shape \(4, 3\)"),
        (POSITIONS[:, :2], 1.0, 1.0, r"positions have shape \(4, 2\), not \(n, 3\)"),
        (POSITIONS[0], 1.0, 1.0, r"positions have shape \(3,\), not \(n, 3\)"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(positions, amplitudes, variances, message):
    with pytest.raises(InputError, match=message) as caught:
        GaussianMixtureVolume(positions, amplitudes, variances)
    assert caught.value.hint
    with pytest.raises(InputError, match=message):  # shapes are known under jit too
        jax.eval_shape(GaussianMixtureVolume, positions, amplitudes, variances)


@pytest.mark.parametrize("wrong", [-0.5, np.nan])
def test_a_variance_that_is_no_width_is_refused(wrong):
    variances = np.ones((4, 2))
    variances[2, 1] = wrong
    with pytest.raises(InputError, match=f"variance {wrong} Å² of Gaussian 1 at position 2"):
        GaussianMixtureVolume(POSITIONS, 1.0, variances)


def test_volumes_are_built_under_jit():
    volume = jax.jit(GaussianMixtureVolume)(jnp.asarray(POSITIONS), 1.0, -1.0)
    assert volume.positions.shape == (4, 3)


def test_tabulated_parameters_with_extra_b_factors():
    parameters = PengScatteringFactorParameters(TABLE.atomic_numbers)
    plain = GaussianMixtureVolume.from_tabulated_parameters(POSITIONS, parameters)
    np.testing.assert_allclose(plain.variances, parameters.b / (8 * np.pi**2), rtol=EXACT)
    for extra in (30.0, np.full(4, 30.0)):
        blurred = GaussianMixtureVolume.from_tabulated_parameters(POSITIONS, parameters, extra)
        np.testing.assert_allclose(blurred.variances, (parameters.b + 30) / (8 * np.pi**2), rtol=EXACT)
        np.testing.assert_array_equal(blurred.amplitudes, parameters.a)


def test_tabulated_parameters_of_other_atoms_are_refused():
    parameters = PengScatteringFactorParameters(TABLE.atomic_numbers)
    with pytest.raises(InputError, match=r"b of shape \(4, 5\) were given for 3 positions"):
        GaussianMixtureVolume.from_tabulated_parameters(POSITIONS[:3], parameters)
    with pytest.raises(InputError, match=r"b of shape \(4, 5\) and extra_b_factors of shape \(4, 2\)"):
        GaussianMixtureVolume.from_tabulated_parameters(POSITIONS, parameters, np.ones((4, 2)))


def test_atoms_bring_b_factors_and_occupancies():
    volume = GaussianMixtureVolume.from_atoms(TABLE)
    parameters = PengScatteringFactorParameters(TABLE.atomic_numbers)
    np.testing.assert_allclose(volume.positions, POSITIONS, rtol=EXACT)
    np.testing.assert_allclose(volume.amplitudes, parameters.a * TABLE.occupancies[:, None], rtol=EXACT)
    np.testing.assert_allclose(volume.variances, (parameters.b + TABLE.b_factors[:, None]) / (8 * np.pi**2), rtol=EXACT)
    assert (np.asarray(volume.amplitudes)[2:] < 0).any(axis=1).all()


def test_an_unknown_element_is_named():
    table = dataclasses.replace(TABLE, atomic_numbers=np.array([6, 0, 7, 8]))
    with pytest.raises(InputError, match="no tabulated scattering factor") as caught:
        GaussianMixtureVolume.from_atoms(table)
    assert table.describe(1) in str(caught.value)


@pytest.mark.parametrize("wrong", [-5.0, np.nan, np.inf])
def test_a_b_factor_that_leaves_no_width_is_named(wrong):
    b_factors = np.array([20.0, 20.0, wrong, 20.0])
    with pytest.raises(InputError, match=r"atom 3 'RB'.*1 of 4 atoms"):
        GaussianMixtureVolume.from_atoms(dataclasses.replace(TABLE, b_factors=b_factors))


def test_poses_move_the_positions_only():
    volume = GaussianMixtureVolume.from_atoms(TABLE)
    pose = EulerAnglePose(20.0, 70.0, -140.0, offset_x=3.0, offset_y=-4.0, offset_z=50.0)
    rotation, positions = np.asarray(pose.rotation_matrix), np.asarray(volume.positions)
    # Rounding of coordinates of 20 Å.
    close = {"atol": 20 * EXACT, "rtol": 0}
    np.testing.assert_allclose(volume.rotate_to_pose(pose).positions, positions @ rotation.T, **close)
    np.testing.assert_allclose(volume.rotate_to_pose(pose, inverse=True).positions, positions @ rotation, **close)
    np.testing.assert_allclose(
        volume.translate_to_pose(pose).positions, positions + np.array([3, -4, 50]), atol=50 * EXACT
    )
    back = volume.rotate_to_pose(pose).rotate_to_pose(pose, inverse=True)
    np.testing.assert_allclose(back.positions, positions, **close)
    np.testing.assert_array_equal(back.amplitudes, volume.amplitudes)
    assert volume.get_representation() is volume


def test_join_at_shared_positions_adds_gaussians():
    atoms = GaussianMixtureVolume.from_atoms(TABLE)
    joined = join(atoms, GaussianMixtureVolume(POSITIONS, -1.0, 3.0))
    assert joined.amplitudes.shape == (4, 6)
    np.testing.assert_array_equal(joined.amplitudes[:, 5], -1)
    np.testing.assert_array_equal(joined.variances[:, :5], atoms.variances)


def test_known_volumes_are_joined_under_jit():
    atoms = GaussianMixtureVolume(jnp.asarray(POSITIONS), 1.0, 2.0)
    again = GaussianMixtureVolume(jnp.asarray(POSITIONS), 1.0, 2.0)
    assert jax.eval_shape(lambda: join(atoms, again)).amplitudes.shape == (4, 2)


def test_join_elsewhere_adds_positions():
    atoms, other = GaussianMixtureVolume.from_atoms(TABLE), GaussianMixtureVolume(POSITIONS[:2] + 1, -1.0, 3.0)
    joined = join(atoms, other)
    assert joined.amplitudes.shape == (6, 5)
    np.testing.assert_array_equal(joined.amplitudes[4], [-1, 0, 0, 0, 0])
    assert float(joined.variances.max()) == max(float(atoms.variances.max()), 3.0)


def test_the_transform_at_points_is_the_written_out_sum():
    volume = GaussianMixtureVolume.from_atoms(TABLE)
    points = np.random.default_rng(1).normal(size=(2, 5, 3)) * 0.1
    a, variances = np.asarray(volume.amplitudes, float), np.asarray(volume.variances, float)
    envelopes = (a * np.exp(-2 * np.pi**2 * variances * (points**2).sum(-1)[..., None, None])).sum(-1)
    expected = (envelopes * np.exp(-2j * np.pi * points @ POSITIONS.T)).sum(-1)
    # Rounding; in single precision that of phases of a few turns.
    np.testing.assert_allclose(
        volume.values_at(jnp.asarray(points)), expected, atol=(1e-14 if X64 else 1e-5) * abs(expected).max()
    )
    gradient = jax.grad(lambda v: jnp.sum(v.values_at(jnp.zeros((1, 3))).real))(volume)
    np.testing.assert_allclose(gradient.amplitudes, 1)  # ∫U = Σa
    assert np.all(np.isfinite(gradient.positions)) and np.all(np.isfinite(gradient.variances))
