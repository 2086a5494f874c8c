"""Fields that move atoms, and the same fields warping maps."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jaxtyping import Array, Float
from scipy import ndimage

from tests.transforms.checks import check_derivatives
from vitreous._core import InputError
from vitreous.grids import ImageConfig, coordinates
from vitreous.projection import integrator_for
from vitreous.volumes import (
    DeformedAtomVolume,
    DeformedVoxelVolume,
    DisplacementModes,
    FourierVoxelGridVolume,
    GaussianMixtureRenderFn,
    GaussianMixtureVolume,
    GaussianScatteringFactor,
    GridDisplacement,
    IndependentAtomVolume,
)

RNG = np.random.default_rng(0)
VOXEL = 2.0
SHAPE = (16, 18, 17)
ATOMS = GaussianMixtureVolume(RNG.uniform(-4, 4, size=(6, 3)), RNG.uniform(1, 2, size=(6, 1)), 9.0)
RENDER = GaussianMixtureRenderFn(SHAPE, VOXEL, half_width=7)
MAP = RENDER(ATOMS)
# Vectors of up to 1.5 Å at points 8 Å apart: smooth, and far from folding.
FIELD = GridDisplacement(RNG.uniform(-1.5, 1.5, size=(5, 5, 6, 3)), spacing=8.0)


class Affine(eqx.Module):
    """d(r) = A r + b."""

    matrix: Float[Array, "3 3"]
    shift: Float[Array, "3"]

    def __call__(self, positions):
        return positions @ self.matrix.T + self.shift


def test_atoms_move_by_a_field_a_function_or_modes():
    by_field = DeformedAtomVolume(ATOMS, FIELD).get_representation()
    np.testing.assert_allclose(by_field.positions, ATOMS.positions + FIELD(ATOMS.positions), rtol=1e-12)
    by_function = DeformedAtomVolume(ATOMS, lambda positions: 0.1 * positions).get_representation()
    np.testing.assert_allclose(by_function.positions, 1.1 * ATOMS.positions, rtol=1e-12)
    modes = RNG.normal(size=(2, 6, 3))
    by_modes = DeformedAtomVolume(ATOMS, DisplacementModes(modes, jnp.array([2.0, -1.0]))).get_representation()
    np.testing.assert_allclose(by_modes.positions, ATOMS.positions + 2 * modes[0] - modes[1], rtol=1e-12)
    assert integrator_for(by_modes)


def test_a_field_moves_every_kind_of_atom():
    factor = GaussianScatteringFactor([1.0], [10.0])
    unit = IndependentAtomVolume({"C": ATOMS.positions[:2], "O": ATOMS.positions[2:]}, {"C": factor, "O": factor})
    moved = DeformedAtomVolume(unit, FIELD).get_representation().position_pytree
    expected = DeformedAtomVolume(ATOMS, FIELD).get_representation().positions
    np.testing.assert_allclose(jnp.concatenate([moved["C"], moved["O"]]), expected, rtol=1e-12)


def test_a_grid_of_vectors_is_met_at_its_points():
    points = coordinates(FIELD.vectors.shape[:3], 8.0).reshape(-1, 3)
    # The spline passes through them, but for what the continued border hides (1e-8).
    np.testing.assert_allclose(FIELD(points), FIELD.vectors.reshape(-1, 3), rtol=0, atol=1e-6)


def test_a_warped_map_is_that_of_the_moved_atoms():
    """Moved as a whole: exactly the map of the atoms elsewhere."""
    shift = Affine(jnp.zeros((3, 3)), jnp.array([1.1, -2.3, 0.7]))
    warped = DeformedVoxelVolume(MAP, VOXEL, shift).warped()
    expected = RENDER(DeformedAtomVolume(ATOMS, shift).get_representation())
    # Cubic splines on Gaussians of σ = 1.5 voxels, and what the box cuts off.
    np.testing.assert_allclose(warped, expected, rtol=0, atol=5e-3 * float(expected.max()))


def test_a_stretched_map_keeps_its_integral():
    stretch = Affine(jnp.diag(jnp.array([0.15, -0.1, 0.0])), jnp.zeros(3))
    volume = DeformedVoxelVolume(MAP, VOXEL, stretch)
    warped = volume.warped()
    # What the box cuts off.
    np.testing.assert_allclose(warped.sum(), MAP.sum(), rtol=2e-3)
    plain = DeformedVoxelVolume(MAP, VOXEL, stretch, keeps_integral=False).warped()
    np.testing.assert_allclose(plain, warped * 1.15 * 0.9, rtol=1e-6, atol=1e-9)
    # The centre of mass goes where the field takes it.
    centre = [(m.sum(0).sum(0) @ coordinates(SHAPE, VOXEL)[0, 0, :, 0]) / m.sum() for m in (MAP, warped)]
    np.testing.assert_allclose(centre[1], 1.15 * centre[0], rtol=1e-2)


def test_derivatives_in_map_field_and_voxel_size():
    def warp(grid, matrix, shift, voxel_size):
        return DeformedVoxelVolume(grid, voxel_size, Affine(matrix, shift), iterations=3).warped()

    arguments = (MAP[5:10, 5:10, 6:10], 0.1 * RNG.normal(size=(3, 3)), jnp.array([0.3, -0.2, 0.1]), jnp.asarray(VOXEL))
    # Difference quotients of splines, which have two derivatives.
    check_derivatives(warp, *arguments, steps=dict.fromkeys(["[0]", "[1]", "[2]", "[3]"], 1e-5), rtol=1e-4)


def test_derivatives_of_fields():
    def field(vectors, spacing, positions):
        return GridDisplacement(vectors, spacing)(positions)

    arguments = (jnp.asarray(RNG.normal(size=(3, 3, 4, 3))), jnp.asarray(6.0), ATOMS.positions)
    check_derivatives(field, *arguments, steps=dict.fromkeys(["[0]", "[1]", "[2]"], 1e-5), rtol=1e-6)

    def bend(amplitudes, vectors):
        return DisplacementModes(vectors, amplitudes)(ATOMS.positions)

    arguments = (jnp.array([1.0, 0.5]), jnp.asarray(RNG.normal(size=(2, 6, 3))))
    check_derivatives(bend, *arguments, steps=dict.fromkeys(["[0]", "[1]"], 1e-3), rtol=1e-9)


def test_single_precision_stays_single():
    single = jax.tree.map(lambda leaf: leaf.astype(jnp.float32), (ATOMS, FIELD, MAP))

    def both(atoms, field, grid):
        moved = DeformedAtomVolume(atoms, field).get_representation().positions
        return moved, DeformedVoxelVolume(grid, VOXEL, field, iterations=2).warped()

    assert [leaf.dtype for leaf in jax.eval_shape(both, *single)] == [jnp.float32, jnp.float32]


def test_what_makes_no_sense_is_refused():
    modes = DisplacementModes(np.zeros((1, 5, 3)), jnp.zeros(1))
    voxels = FourierVoxelGridVolume.from_real_voxel_grid(MAP, VOXEL)
    for match, make in [
        ("modes of 5 atoms", DeformedAtomVolume(ATOMS, modes).get_representation),
        ("do not go together", lambda: DisplacementModes(np.zeros((1, 5, 3)), jnp.zeros(2))),
        ("has no positions of atoms", DeformedAtomVolume(voxels, FIELD).get_representation),
        ("iterations=0", lambda: DeformedVoxelVolume(MAP, VOXEL, FIELD, iterations=0)),
    ]:
        with pytest.raises(InputError, match=match):
            make()


def carried_density(points, displacement):
    """What a field makes of the atoms' density, U'(r + d(r)) = U(r) / det(1 + ∂d), with NumPy alone."""
    source = points
    for _ in range(30):  # each takes the error down by |∂d|, about 0.1
        source = points - displacement(source)
    slopes = [(displacement(source + h) - displacement(source - h)) / 2e-4 for h in 1e-4 * np.eye(3)]
    return closed_form(source, ATOMS.positions) / np.linalg.det(np.eye(3) + np.stack(slopes, -1))


def closed_form(points, positions):
    squares = ((points[:, None] - np.asarray(positions)) ** 2).sum(-1)
    return np.exp(-squares / 18) / (18 * np.pi) ** 1.5 @ np.asarray(ATOMS.amplitudes)[:, 0]


def test_maps_are_imaged_where_their_atoms_are():
    vectors = np.random.default_rng(1).uniform(-2, 2, size=(5, 5, 6, 3))

    def displacement(points):
        index = (points[:, ::-1] / 24 + np.array([5, 5, 6]) // 2).T
        return np.stack([ndimage.map_coordinates(vectors[..., i], index, order=3, mode="nearest") for i in range(3)], 1)

    def error(ours, expected):
        return np.linalg.norm(ours - expected) / np.linalg.norm(expected)

    volume = DeformedVoxelVolume(MAP, VOXEL, GridDisplacement(vectors, spacing=24.0)).get_representation()
    config = ImageConfig(SHAPE[1:], VOXEL)
    imaged = integrator_for(volume).integrate(volume, config, outputs_real_space=True)

    points, positions = np.asarray(coordinates(SHAPE, VOXEL)).reshape(-1, 3), np.asarray(ATOMS.positions)
    densities = (
        carried_density(points, displacement),
        closed_form(points, positions + displacement(positions)),
        closed_form(points, positions),
    )
    carried, moved, still = (density.reshape(SHAPE).sum(0) * VOXEL for density in densities)
    # Cubic splines of Gaussians of σ = 1.5 voxels, slices of the padded map, and what the box cuts off: 0.0015 seen.
    assert error(imaged, carried) < 5e-3
    # Atoms that move keep their shape, and what a field carries is strained by ∂d, up to 0.12 at these atoms: to first
    # order that changes the image of a Gaussian by less than the strain (0.06 here; FIELD, strained by up to 0.6,
    # changes the map by 0.24). Where the atoms had been it is 0.18 off.
    assert error(imaged, moved) < 0.12 < error(still, moved)
