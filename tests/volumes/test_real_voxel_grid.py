import jax
import jax.numpy as jnp
import numpy as np
import pytest

from vitreous._core import InputError
from vitreous.grids import coordinates, frequencies, rfftn
from vitreous.poses import EulerAnglePose
from vitreous.volumes import PointCloudVolume, RealVoxelGridVolume

X64 = jax.config.jax_enable_x64
ROUNDING = 1e-11 if X64 else 2e-5
GRID = jnp.asarray(np.random.default_rng(0).normal(size=(7, 8, 9)))
POSE = EulerAnglePose(20.0, 50.0, 70.0)


def close(ours, expected, rtol=ROUNDING):
    np.testing.assert_allclose(ours, expected, rtol=0, atol=rtol * np.abs(expected).max())


def test_the_transform_at_the_modes_is_the_fft():
    volume = RealVoxelGridVolume(GRID, 1.5)
    modes = frequencies(GRID.shape, 1.5)
    close(volume.values_at(modes), np.asarray(rfftn(GRID)) * 1.5**3)
    assert not volume.values_at(2 * modes)[..., -1].any()  # beyond Nyquist


def test_a_pose_turns_the_transform_and_the_coordinates():
    turned = RealVoxelGridVolume(GRID, 1.5).rotate_to_pose(POSE)
    k = jnp.asarray(np.random.default_rng(1).uniform(-0.15, 0.15, (5, 3)))
    places = np.asarray(POSE.rotate(coordinates(GRID.shape))).reshape(-1, 3)
    close(turned.coordinate_grid_in_pixels.reshape(-1, 3), places)
    expected = np.exp(-2j * np.pi * 1.5 * np.asarray(k) @ places.T) @ np.asarray(GRID).ravel() * 1.5**3
    close(turned.values_at(k), expected)
    back = turned.rotate_to_pose(POSE, inverse=True)
    close(back.coordinate_grid_in_pixels, np.asarray(coordinates(GRID.shape)))


def test_cropping_keeps_the_origin():
    cropped = RealVoxelGridVolume.from_real_voxel_grid(GRID, 1.5, crop_scale=1.5)
    assert cropped.shape == (4, 5, 6)
    assert float(cropped.real_voxel_grid[2, 2, 3]) == float(GRID[3, 4, 4])
    places = coordinates(GRID.shape) + 0.25
    displaced = RealVoxelGridVolume.from_real_voxel_grid(GRID, 1.5, coordinate_grid_in_pixels=places, crop_scale=1.5)
    close(displaced.coordinate_grid_in_pixels, np.asarray(coordinates((4, 5, 6))) + 0.25)
    with pytest.raises(InputError, match="regular grid"):
        displaced.values_at(jnp.zeros((1, 3)))


def test_wrong_input_is_refused():
    with pytest.raises(InputError, match="would enlarge"):
        RealVoxelGridVolume.from_real_voxel_grid(GRID, 1.5, crop_scale=0.5)
    with pytest.raises(InputError, match="must be positive"):
        RealVoxelGridVolume(GRID, 0.0)
    with pytest.raises(InputError, match="do not go with voxels"):
        RealVoxelGridVolume(GRID, 1.5, coordinates((7, 8, 8)))


def test_a_cloud_is_the_voxels_above_the_threshold():
    cloud = PointCloudVolume.from_real_voxel_grid(GRID, 2.0, threshold=0.5)
    inside = np.asarray(GRID) > 0.5
    close(cloud.positions, np.asarray(coordinates(GRID.shape, 2.0))[inside])
    close(cloud.weights, np.asarray(GRID)[inside] * 8)
    assert float(cloud.cutoff_frequency) == 0.25
    moved = cloud.translate_to_pose(EulerAnglePose(offset_y=3.0)).rotate_to_pose(POSE)
    close(moved.positions, np.asarray(POSE.rotate(cloud.positions + jnp.array([0.0, 3.0, 0.0]))))


def test_the_transform_of_a_cloud_is_that_of_its_voxels():
    cloud = PointCloudVolume.from_real_voxel_grid(GRID, 1.5, threshold=-np.inf).rotate_to_pose(POSE)
    k = jnp.asarray(np.random.default_rng(1).uniform(-0.15, 0.15, (2, 5, 3)))
    close(cloud.values_at(k), RealVoxelGridVolume(GRID, 1.5).rotate_to_pose(POSE).values_at(k))
    assert not cloud.values_at(jnp.array([[0.3, 0.3, 0.0]])).any()


def test_clouds_that_cannot_be_are_refused():
    with pytest.raises(InputError, match="no voxel is above threshold=9"):
        PointCloudVolume.from_real_voxel_grid(GRID, 2.0, threshold=9.0)
    with pytest.raises(InputError, match="traces"):
        jax.jit(lambda grid: PointCloudVolume.from_real_voxel_grid(grid, 2.0).weights)(GRID)
    with pytest.raises(InputError, match="leaves nothing"):
        PointCloudVolume(jnp.zeros((2, 3)), jnp.ones(2), cutoff_frequency=0.0)
    with pytest.raises(InputError, match="no cloud"):
        PointCloudVolume(jnp.zeros((2, 3)), jnp.ones(3))
