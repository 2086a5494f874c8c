"""Volumes along a few directions: of the density and of positions, combined as volumes and as slices."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.transforms.checks import check_derivatives
from vitreous._core import InputError
from vitreous.grids import ImageConfig
from vitreous.poses import EulerAnglePose
from vitreous.projection import FourierSliceExtraction, integrator_for
from vitreous.volumes import (
    FourierSumVolume,
    FourierVoxelGridVolume,
    FourierVoxelSplineVolume,
    GaussianMixtureVolume,
    LinearSubspaceVolume,
    RealVoxelGridVolume,
)

RNG = np.random.default_rng(0)
MAPS = RNG.normal(size=(3, 8, 7, 9))
LATENT = jnp.array([0.7, -1.3])
CONFIG = ImageConfig((8, 9), 2.0)
POSE = EulerAnglePose(30.0, 50.0, 70.0)
ATOMS = GaussianMixtureVolume(5 * RNG.normal(size=(4, 3)), 1.0, 9.0)
MODES = RNG.normal(size=(2, 4, 3))


def prepared(cls=FourierVoxelGridVolume):
    return [cls.from_real_voxel_grid(map_, 2.0) for map_ in MAPS]


@jax.jit
def project(volume):
    turned = volume.get_representation().rotate_to_pose(POSE)
    return integrator_for(turned).integrate(turned, CONFIG)


@pytest.mark.parametrize("cls", [FourierVoxelGridVolume, FourierVoxelSplineVolume, RealVoxelGridVolume])
def test_maps_are_combined_whatever_holds_them(cls):
    mean, *directions = prepared(cls)
    ours = LinearSubspaceVolume.from_volumes(mean, directions, LATENT).get_representation()
    assert type(ours) is cls
    expected = cls.from_real_voxel_grid(MAPS[0] + 0.7 * MAPS[1] - 1.3 * MAPS[2], 2.0)
    for leaf, other in zip(jax.tree.leaves(ours), jax.tree.leaves(expected), strict=True):
        np.testing.assert_allclose(leaf, other, rtol=0, atol=1e-10)


def test_combined_slices_are_slices_of_the_combination():
    mean, *directions = prepared()
    volume = LinearSubspaceVolume.from_volumes(mean, directions, LATENT)
    combined = project(volume)
    rounding = 1e-12 * float(jnp.abs(combined).max())
    np.testing.assert_allclose(project(volume.sliced()), combined, rtol=0, atol=rounding)
    by_hand = project(mean) + 0.7 * project(directions[0]) - 1.3 * project(directions[1])
    np.testing.assert_allclose(by_hand, combined, rtol=0, atol=rounding)


def test_images_differentiate_in_the_latent_vector_either_way():
    mean, *directions = prepared(FourierVoxelSplineVolume)

    def image(latent, sliced):
        volume = LinearSubspaceVolume.from_volumes(mean, directions, latent)
        return jnp.abs(project(volume.sliced() if sliced else volume)) ** 2

    for sliced in (False, True):
        # Quadratic in the latent vector, so quotients are exact but for rounding.
        check_derivatives(lambda z, s=sliced: image(z, s), LATENT, steps={"[0]": 1e-3}, rtol=1e-8)
    batch = jnp.stack([LATENT, 2 * LATENT, 0 * LATENT])
    mapped = jax.vmap(lambda z: image(z, True))(batch)
    looped = jnp.stack([image(z, False) for z in batch])
    np.testing.assert_allclose(mapped, looped, rtol=0, atol=1e-12 * float(looped.max()))


def test_normal_modes_move_atoms():
    volume = LinearSubspaceVolume(ATOMS, {"positions": MODES}, LATENT).get_representation()
    expected = ATOMS.positions + 0.7 * MODES[0] - 1.3 * MODES[1]
    np.testing.assert_allclose(volume.positions, expected, rtol=1e-12)
    assert volume.amplitudes is ATOMS.amplitudes
    both = {"positions": MODES, "amplitudes": RNG.normal(size=(2, 4, 1))}
    varied = LinearSubspaceVolume(ATOMS, both, jnp.zeros(2)).get_representation()
    np.testing.assert_array_equal(varied.amplitudes, ATOMS.amplitudes)


def test_the_latent_vector_starts_at_zero_and_precision_stays():
    mean, *directions = (
        jax.tree.map(lambda x: x.astype(jnp.complex64 if jnp.iscomplexobj(x) else jnp.float32), v) for v in prepared()
    )
    volume = LinearSubspaceVolume.from_volumes(mean, directions)
    assert volume.latent.tolist() == [0.0, 0.0]
    assert volume.get_representation().fourier_grid.dtype == jnp.complex64
    assert FourierSliceExtraction().integrate(volume.sliced(), CONFIG).dtype == jnp.complex64


def test_what_does_not_fit_is_refused():
    mean, *directions = prepared()
    for match, make in [
        ("no field 'density'", lambda: LinearSubspaceVolume(ATOMS, {"density": MODES}, LATENT)),
        ("do not go with 2 latent", lambda: LinearSubspaceVolume(ATOMS, {"positions": MODES[:, :3]}, LATENT)),
        ("only the voxels of a Fourier grid", LinearSubspaceVolume(ATOMS, {"positions": MODES}, LATENT).sliced),
        ("do not go with a stack", lambda: FourierSumVolume.from_volumes(directions, jnp.ones(3))),
        ("not of one kind", lambda: FourierSumVolume.from_volumes([mean, prepared(RealVoxelGridVolume)[0]], LATENT)),
    ]:
        with pytest.raises(InputError, match=match):
            make()
