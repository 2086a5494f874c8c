"""Copies of a unit: atoms against lists of all atoms, slices against the same atoms, and both in every parameter."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.transforms.checks import check_derivatives, check_vmap
from vitreous._core import InputError
from vitreous.grids import ImageConfig
from vitreous.poses import EulerAnglePose, point_group
from vitreous.projection import integrator_for
from vitreous.volumes import (
    AssembledFourierVolume,
    AssembledVolume,
    FourierVoxelSplineVolume,
    GaussianMixtureRenderFn,
    GaussianMixtureVolume,
    GaussianScatteringFactor,
    HelicalVolume,
    IndependentAtomVolume,
    PointCloudVolume,
)

RNG = np.random.default_rng(0)
OFFSET = np.array([14.0, 3.0, 5.0])
# A protomer about its own centre: ten Gaussians of σ = 3 Å in a ball of 8 Å.
POSITIONS = RNG.uniform(-4.5, 4.5, size=(10, 3))
AMPLITUDES = RNG.uniform(1, 2, size=(10, 1))
PROTOMER = GaussianMixtureVolume(POSITIONS, AMPLITUDES, 9.0)
CONFIG = ImageConfig((24, 27), 3.0)
POSE = EulerAnglePose(30.0, 50.0, 70.0)


@jax.jit
def project(volume, pose=POSE):
    representation = volume.get_representation().rotate_to_pose(pose)
    return integrator_for(representation).integrate(representation, CONFIG)


def voxels_of(mixture):
    grid = GaussianMixtureRenderFn((16, 15, 17), 2.5, half_width=9)(mixture)
    return FourierVoxelSplineVolume.from_real_voxel_grid(grid, 2.5)


def all_atoms(rotations, translations, offset=OFFSET):
    positions = [(POSITIONS + offset) @ r.T + t for r, t in zip(rotations, translations, strict=True)]
    return np.concatenate(positions)


def helix_by_hand(rise, twist, n, starts):
    """Copies that poses make one by one."""
    atoms = []
    for k in range(n):
        for s in range(starts):
            step = k - n // 2
            pose = EulerAnglePose(psi=step * twist + 360 * s / starts, offset_z=step * rise)
            placed = GaussianMixtureVolume(POSITIONS + OFFSET, AMPLITUDES, 9.0)
            atoms.append(placed.rotate_to_pose(pose).translate_to_pose(pose).positions)
    return jnp.concatenate(atoms)


def test_an_apoferritin_is_its_24_protomers():
    group = point_group("O")
    particle = AssembledVolume.from_point_group(PROTOMER, group, unit_offset=OFFSET).get_representation()
    np.testing.assert_allclose(particle.positions, all_atoms(group.matrices, np.zeros((24, 3))), rtol=0, atol=1e-12)
    np.testing.assert_array_equal(particle.amplitudes, np.tile(AMPLITUDES, (24, 1)))
    # So the image is the same from every equivalent direction.
    turned = EulerAnglePose.from_rotation_matrix(POSE.rotation_matrix @ jnp.asarray(group.matrices[7]))
    image = project(particle)
    np.testing.assert_allclose(project(particle, turned), image, rtol=0, atol=1e-12 * float(jnp.abs(image).max()))


def test_every_kind_of_atoms_is_copied():
    group = point_group("D3")
    k = jnp.asarray(RNG.uniform(-0.1, 0.1, size=(6, 3)))
    expected = AssembledVolume.from_point_group(PROTOMER, group, unit_offset=OFFSET).get_representation().positions
    weights = AMPLITUDES[:, 0]
    cloud = AssembledVolume.from_point_group(PointCloudVolume(POSITIONS, weights), group, unit_offset=OFFSET)
    np.testing.assert_allclose(cloud.get_representation().positions, expected, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(cloud.get_representation().weights, np.tile(weights, 6))
    factor = GaussianScatteringFactor([1.5], [40.0])
    unit = IndependentAtomVolume({"C": POSITIONS[:4], "O": POSITIONS[4:]}, {"C": factor, "O": factor})
    copied = AssembledVolume.from_point_group(unit, group, unit_offset=OFFSET).get_representation()
    plain = IndependentAtomVolume({"C": expected}, {"C": factor})
    np.testing.assert_allclose(copied.values_at(k), plain.values_at(k), rtol=0, atol=1e-10)


@pytest.mark.parametrize("starts", [1, 3])
def test_a_helix_is_its_copies(starts):
    helix = HelicalVolume(PROTOMER, 5.5, 40.0, n=4, starts=starts, unit_offset=OFFSET).get_representation()
    np.testing.assert_allclose(helix.positions, helix_by_hand(5.5, 40.0, 4, starts), rtol=0, atol=1e-12)


def test_slices_of_copies_are_slices_of_all_atoms():
    """Voxels of one protomer, sliced eight times with phases, against forty-eight times ten Gaussians."""
    group = point_group("D4")
    sliced = AssembledVolume.from_point_group(voxels_of(PROTOMER), group, unit_offset=OFFSET)
    assert isinstance(sliced.get_representation(), AssembledFourierVolume)
    exact = project(AssembledVolume.from_point_group(PROTOMER, group, unit_offset=OFFSET))
    # The spline's 1e-3, as for a single volume; at 3 Å a pixel, Gaussians of σ = 3 Å have 1e-2 left at Nyquist, which
    # the corners beyond the disc hold.
    assert jnp.linalg.norm(project(sliced) - exact) < 5e-3 * jnp.linalg.norm(exact)


def test_copies_are_summed_in_batches(monkeypatch):
    """A last batch that is not full adds nothing."""
    group = point_group("C5")
    volume = AssembledVolume.from_point_group(voxels_of(PROTOMER), group).get_representation()
    k = jnp.asarray(RNG.uniform(-0.1, 0.1, size=(7, 3)))
    whole = volume.values_at(k)
    monkeypatch.setattr("vitreous.volumes._assembled_fourier._POINTS_AT_A_TIME", 14)
    np.testing.assert_allclose(volume.values_at(k), whole, rtol=1e-12)


def helical_image(unit):
    def image(rise, twist, offset):
        return jnp.abs(project(HelicalVolume(unit, rise, twist, n=3, unit_offset=offset))) ** 2

    return image


@pytest.mark.parametrize("unit", [PROTOMER, voxels_of(PROTOMER)], ids=["atoms", "slices"])
def test_helices_differentiate_in_rise_twist_and_radius(unit):
    arguments = (jnp.asarray(5.5), jnp.asarray(40.0), jnp.asarray(OFFSET))
    steps = {"[0]": 1e-4, "[1]": 1e-3, "[2]": 1e-4}
    # Quotients of smooth functions (cubic splines have two derivatives) at these steps.
    check_derivatives(helical_image(unit), *arguments, steps=steps, rtol=1e-5)


def test_operations_are_differentiable_and_batch():
    unit = GaussianMixtureVolume(POSITIONS[:3], 1.0, 9.0)

    def values(rotations, translations, offset):
        positions = AssembledVolume(unit, rotations, translations, unit_offset=offset).get_representation().positions
        return jnp.sin(positions)

    arguments = (jnp.asarray(point_group("C2").matrices), jnp.asarray(RNG.normal(size=(2, 3))), jnp.asarray(OFFSET))
    check_derivatives(values, *arguments, steps={"[0]": 1e-5, "[1]": 1e-5, "[2]": 1e-5}, rtol=1e-7)
    check_vmap(values, jax.tree.map(lambda leaf: jnp.stack([leaf, 1.1 * leaf]), arguments), rtol=1e-12)


def test_single_precision_stays_single():
    unit = jax.tree.map(lambda leaf: leaf.astype(jnp.float32), PROTOMER)
    helix = HelicalVolume(unit, 5.5, 40.0, n=2).get_representation()
    assert {leaf.dtype for leaf in jax.tree.leaves(helix)} == {jnp.dtype("float32")}


def test_what_cannot_be_copied_is_refused():
    with pytest.raises(InputError, match="do not go together"):
        AssembledVolume(PROTOMER, np.stack([np.eye(3)] * 2), np.zeros((3, 3)))
    with pytest.raises(InputError, match="n=0"):
        HelicalVolume(PROTOMER, 1.0, 1.0, n=0)
