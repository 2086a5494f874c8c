"""Slices of a potential along the beam, at any edges, from atoms and from voxels."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.scattering.theories import EWALD, MULTISLICE, OPTICS, POSITIONS, X64, atoms, contrast, difference
from vitreous._core import InputError
from vitreous.grids import ImageConfig
from vitreous.poses import EulerAnglePose
from vitreous.projection import FFTAtomProjection, FourierSliceExtraction, GaussianMixtureProjection
from vitreous.scattering import slice_potential
from vitreous.volumes import (
    FourierVoxelGridVolume,
    GaussianMixtureRenderFn,
    GaussianMixtureVolume,
    GaussianScatteringFactor,
    IndependentAtomVolume,
)

CONFIG = ImageConfig((21, 24), 2.0)
EDGES = (-13.0, -9.7, -2.0, 1.1, 6.0, 15.0)  # of no regularity, and not on planes of voxels
POSE = EulerAnglePose(30.0, 50.0, -70.0)


@pytest.fixture(scope="module")
def voxels():
    """The same atoms on voxels of another size than the pixels, in a box that is no cube, turned by a pose."""
    upright = atoms().rotate_to_pose(POSE, inverse=True)
    map_ = GaussianMixtureRenderFn((30, 28, 31), 1.7)(upright)
    return FourierVoxelGridVolume.from_real_voxel_grid(map_, 1.7).rotate_to_pose(POSE)


def independent_atoms():
    factor = GaussianScatteringFactor([1.0], [8 * np.pi**2 * 9.0])
    return IndependentAtomVolume((atoms().positions,), (factor,))


@pytest.fixture(scope="module")
def slices_and_wholes(voxels):
    """Of atoms, of voxels and of atoms by NUFFT: the slices, and the whole projection."""

    def cut(volume, integrator):
        slices = slice_potential(volume, CONFIG, EDGES, optics=OPTICS, integrator=integrator)
        return slices, integrator.integrate(volume, CONFIG)

    integrators = (GaussianMixtureProjection(), FourierSliceExtraction(), FFTAtomProjection())
    ours = jax.jit(lambda *volumes: tuple(map(cut, volumes, integrators)))
    return jax.tree.map(np.asarray, ours(atoms(), voxels, independent_atoms()))


@pytest.fixture(scope="module")
def slices(slices_and_wholes):
    return [part for part, _ in slices_and_wholes]


def test_atoms_are_cut_where_the_edges_are(slices):
    # The integral of each slice, from the error functions of all atoms; the outer slices hold the tails.
    of_atoms = slices[0]
    below = np.asarray(jax.scipy.stats.norm.cdf((np.array(EDGES)[1:-1, None] - POSITIONS[:, 2]) / 3.0)).sum(-1)
    expected = np.diff(np.concatenate([[0], below, [len(POSITIONS)]])) / CONFIG.pixel_size**2
    np.testing.assert_allclose(of_atoms[:, 0, 0].real, expected, rtol=1e-12 if X64 else 1e-5)


def test_slices_of_voxels_are_those_of_atoms(slices):
    # Trap 5, in a pose that mixes the axes: each slice is right, not only their sum. The interpolant is good to 2e-4,
    # and 1.7 Å voxels band-limit the blobs at exp(−2π²σ²/4p²) = 2e-7.
    of_atoms, of_voxels, _ = slices
    largest = max(np.linalg.norm(part) for part in of_atoms)
    errors = [np.linalg.norm(ours - expected) for ours, expected in zip(of_voxels, of_atoms, strict=True)]
    assert max(errors) < 5e-4 * largest


def test_slices_add_up_to_the_projection(slices_and_wholes):
    # Nothing is dropped, neither a remainder nor what lies beyond the edges: rounding, and the NUFFT's 1e-6.
    rounding = 1e-12 if X64 else 1e-5
    for (parts, whole), tolerance in zip(slices_and_wholes, (rounding, rounding, 1e-5), strict=True):
        assert difference(parts.sum(0), whole) < tolerance


def test_slices_by_nufft_are_those_of_atoms(slices):
    # Between edges that are not at the ends: the NUFFT is good to 1e-6, and its atoms are band-limited along the beam.
    of_atoms, _, by_nufft = slices
    assert max(difference(a, b) for a, b in zip(by_nufft, of_atoms, strict=True)) < 1e-5


def test_the_ewald_sphere_of_voxels_is_that_of_atoms(voxels):
    # The interpolant, and the blobs' tails beyond the box.
    assert difference(contrast(EWALD, voxels), contrast(EWALD, atoms())) < 5e-4


def test_points_and_edges_beyond_the_specimen():
    # A Gaussian without width lies in one slice, and its gradient is finite.
    point = GaussianMixtureVolume(jnp.asarray([[0.0, 0.0, 3.0]]), jnp.asarray(2.0), jnp.asarray(0.0))

    def parts(volume):
        how = {"optics": OPTICS, "integrator": GaussianMixtureProjection()}
        return slice_potential(volume, ImageConfig((4, 4), 1.0), (-100.0, 0.0, 100.0), **how)[:, 0, 0].real

    values, gradient = jax.jit(lambda v: (parts(v), jax.jacrev(parts)(v)))(point)
    np.testing.assert_allclose(values, [0.0, 2.0], atol=1e-6)
    assert all(np.all(np.isfinite(leaf)) for leaf in jax.tree.leaves(gradient))


def test_the_remainder_is_a_slice():
    np.testing.assert_allclose(np.diff(MULTISLICE.slice_edges), [4.0] * 15 + [2.0])
    assert MULTISLICE.slice_edges[0] == -31.0 and MULTISLICE.exit_plane == 31.0


@pytest.mark.parametrize("edges", [(0.0,), (1.0, 1.0), (2.0, 1.0)])
def test_edges_that_are_none_are_refused(edges):
    with pytest.raises(InputError, match="edges"):
        slice_potential(atoms(), CONFIG, edges, optics=OPTICS, integrator=GaussianMixtureProjection())
