import jax.numpy as jnp
import numpy as np

from vitreous.datasets import load_grid_as_cloud
from vitreous.grids import ImageConfig
from vitreous.io import write_mrc
from vitreous.projection import RealVoxelProjection, integrator_for
from vitreous.volumes import RealVoxelGridVolume


def test_a_map_is_imaged_as_a_cloud(tmp_path):
    grid = np.zeros((8, 8, 8), np.float32)
    grid[2:6, 3:6, 3:7] = np.random.default_rng(0).uniform(0.1, 1, (4, 3, 4))
    write_mrc(tmp_path / "map.mrc", grid, pixel_size=1.5)
    cloud = load_grid_as_cloud(tmp_path / "map.mrc")
    assert cloud.positions.shape == (48, 3)
    config = ImageConfig((8, 8), 1.5)
    ours = integrator_for(cloud).integrate(cloud, config)
    # The cloud is cut off at a sphere, the voxels at their cube: the modes on the axes are in both.
    expected = RealVoxelProjection().integrate(RealVoxelGridVolume(jnp.asarray(grid), 1.5), config)
    within = np.hypot(*np.moveaxis(np.asarray(config.frequencies), -1, 0)) < 1 / 3
    np.testing.assert_allclose(ours[within], expected[within], atol=1e-5 * np.abs(expected).max())
    assert not ours[4, 4]
