"""What the kernels that draw Gaussians refuse; the annotations of the kernels themselves stop wrong ranks in tests."""

import jax.numpy as jnp
import numpy as np
import pytest

from vitreous._core import InputError
from vitreous.kernels import project_gaussians, spread_gaussians_3d, sum_gaussians_3d
from vitreous.kernels._gaussian_checks import check_gaussians

ATOMS = jnp.zeros((4, 3)), jnp.ones((4, 2)), jnp.ones((4, 2))


@pytest.mark.parametrize(
    "shapes",
    [
        ((4, 3), (3, 2), (3, 2)),
        ((4, 3), (4, 2), (4, 3)),
        ((4, 3), (4, 2), (3, 2)),
        ((4, 3), (4,), (4,)),
        ((3,), (4, 2), (4, 2)),
        ((4, 2), (4, 2), (4, 2)),
        ((4, 4), (4, 2), (4, 2)),
    ],
)
def test_arrays_that_do_not_fit_are_named_with_their_shapes(shapes):
    with pytest.raises(InputError) as caught:
        check_gaussians(*map(jnp.zeros, shapes), shape=(8, 8, 8), spacing=1.0)
    assert all(str(shape) in caught.value.message for shape in shapes)


def test_an_image_takes_positions_in_the_plane():
    check_gaussians(ATOMS[0][:, :2], *ATOMS[1:], shape=(8, 8), spacing=1.0)


@pytest.mark.parametrize("wrong", [0.0, -1.5, np.nan, np.inf])
def test_sizes_that_are_not_positive(wrong):
    with pytest.raises(InputError, match=f"pixel_size={wrong:g} Å must be positive"):
        project_gaussians(*ATOMS, shape=(8, 8), pixel_size=wrong)
    for draw in (spread_gaussians_3d, sum_gaussians_3d):
        with pytest.raises(InputError, match=f"voxel_size={wrong:g} Å must be positive"):
            draw(*ATOMS, shape=(8, 8, 8), voxel_size=jnp.asarray(wrong))
