"""Insertion is the adjoint of slicing, for every mode, box, offset and symmetry."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.reconstruct.exact import (
    blobs,
    disc,
    images_of,
    moved,
    plane,
    random_poses,
    relative_error,
    rotations_of,
    slices,
)
from vitreous._core import InputError
from vitreous.grids import crop, irfftn, mode_multiplicity
from vitreous.kernels import deconvolution
from vitreous.poses import point_group
from vitreous.reconstruct import FourierAccumulator, shell_weight
from vitreous.volumes import FourierVoxelGridVolume

# Accumulators are single precision: sums of a few thousand terms, each good to 6e-8.
SINGLE = 2e-5


def insert(images, transfer, rotations, offsets, magnification, copies):
    return FourierAccumulator.empty(images.shape[1]).insert(
        images, transfer, rotations, offsets=offsets, magnification=magnification, copies=copies
    )


Insert = Callable[..., FourierAccumulator]
compiled_insert: Insert = jax.jit(insert)


def inserted(
    images, transfer, rotations, *, offsets=None, magnification=None, copies=None, insert: Insert = compiled_insert
) -> FourierAccumulator:
    offsets = np.zeros((len(images), 2)) if offsets is None else offsets
    arguments = (images, transfer, rotations, offsets, magnification, copies)
    return insert(*(None if x is None else in_single_precision(x) for x in arguments))


def in_single_precision(x):
    return jnp.asarray(x, jnp.complex64 if np.iscomplexobj(x) else jnp.float32)


def total(accumulators) -> FourierAccumulator:
    return jax.tree.map(lambda *leaves: sum(leaves), *accumulators)


def back_projected(accumulator):
    """Pᵀy in real space: the numerator's transform without the window, with the factors of the two transforms."""
    box, padded = accumulator.box, accumulator.padded_box
    numerator, _ = accumulator.spectra()
    window = deconvolution((box,) * 3, (padded,) * 3, accumulator.interpolant, dtype=accumulator.weight.dtype)
    window = window / float(accumulator.interpolant.transform(0.0)) ** 3
    volume = crop(irfftn(numerator, (padded,) * 3), (box,) * 3) / window
    return np.asarray(volume, np.float64) * padded**3 / box**2


@pytest.fixture(scope="module", params=[8, 9], ids=["even", "odd, aberrated"])
def case(request):
    """Images of white noise, with transfers, views and offsets, and their accumulator.

    The views are matrices that take a mode of the image, a row, to its place: rotations; in the odd box with odd
    aberrations and a magnification that takes some modes beyond Nyquist, where the transfer does not count.
    """
    box, n = request.param, 2
    rng = np.random.default_rng(box)
    images = rng.normal(size=(n, box, box))
    transfer = rng.uniform(-1, 1, (n, box, box // 2 + 1))
    transfer[..., 0] = transfer[:, -np.arange(box) % box, 0]  # a real filter: the same at k and -k
    if box % 2 == 0:
        transfer[..., -1] = transfer[:, -np.arange(box) % box, -1]
    rotations = rotations_of(random_poses(n, seed=box))
    offsets = rng.uniform(-2, 2, (n, 2))
    if box % 2 == 0:
        return images, transfer, rotations, offsets, inserted(images, transfer, rotations, offsets=offsets)
    x, y = np.moveaxis(plane(box)[..., :2], -1, 0)
    transfer = transfer * np.exp(1j * (0.5 * x - 0.3 * y + 0.05 * (x**3 - 2 * x * y**2)))
    matrices = np.array([[[1.2, 0.1], [-0.05, 0.9]], [[0.95, 0.0], [0.2, 1.1]]])
    accumulator = inserted(images, transfer, rotations, offsets=offsets, magnification=matrices)
    true = np.einsum("nab,yxb->nyxa", matrices, plane(box)[..., :2])
    inside = (true**2).sum(-1) < box**2 / 4 - 0.5
    assert not inside[:, disc(box)].all()
    views = np.zeros_like(rotations)
    views[:, :2] = np.einsum("nba,nbc->nac", matrices, rotations[:, :2])
    views[:, 2] = rotations[:, 2]
    return images, transfer * inside, views, offsets, accumulator


def test_dot_test_with_the_same_window(case):
    """⟨P V, y⟩ = ⟨V, Pᵀ y⟩ with slices read through the accumulator's own window: exact but for rounding."""
    images, transfer, views, offsets, accumulator = case
    box = accumulator.box
    volume = np.random.default_rng(0).normal(size=(box,) * 3)
    grid = FourierVoxelGridVolume.from_real_voxel_grid(
        volume, 1.0, interpolant=accumulator.interpolant, pad_scale=accumulator.padded_box / box
    )
    assert grid.padded_shape == (accumulator.padded_box,) * 3
    inside = disc(box)
    points = np.einsum("pa,nab->npb", plane(box)[inside] / box, views)
    spectra = np.zeros((len(images), *inside.shape), complex)
    spectra[:, inside] = np.asarray(grid.values_at(jnp.asarray(points)))
    projections = images_of(moved(spectra * transfer, offsets))
    left, right = np.vdot(projections, images), np.vdot(volume, back_projected(accumulator))
    scale = np.linalg.norm(projections) * np.linalg.norm(images)
    assert abs(left - right) < SINGLE * scale
    assert abs(left) > 1e-3 * scale  # far above what is compared


def test_back_projection_is_the_exact_adjoint(case):
    """Against Σ over all modes of both halves, c* y e^{2πi k·r/n}, with no interpolation at all."""
    images, transfer, views, offsets, accumulator = case
    box = accumulator.box
    # The columns of P by definition: Pᵀy = Σ_pixels y · P e_r, through the exact slices of one voxel at a time.
    got = back_projected(accumulator)
    for voxel in map(tuple, np.random.default_rng(1).integers(0, box, (6, 3))):
        one = np.zeros((box,) * 3)
        one[voxel] = 1
        column = images_of(moved(slices(one, views) * transfer, offsets))
        # A Kaiser-Bessel window of width 4 on a grid twice finer aliases 1e-3 of a voxel's value, most near the edge.
        assert abs(got[voxel] - np.vdot(column, images)) < 3e-3 * np.linalg.norm(column) * np.linalg.norm(images)


def test_weights_are_those_of_the_exact_normal_operator(case):
    """PᵀP is a convolution with the transform of W: at the origin its kernel is Σ |c|² over all modes."""
    _, transfer, _, _, accumulator = case
    box, padded = accumulator.box, accumulator.padded_box
    _, weight = accumulator.spectra()
    kernel = np.asarray(irfftn(weight.astype(jnp.complex64), (padded,) * 3))
    counts = np.asarray(mode_multiplicity((box, box))) * disc(box)
    # The window's sum over the grid differs from its integral by its aliasing, 1e-3.
    np.testing.assert_allclose(
        kernel[(padded // 2,) * 3] * padded**3, (counts * np.abs(transfer) ** 2).sum(), rtol=3e-3
    )


def test_modes_beyond_nyquist_do_not_enter():
    box = 8
    spectra = np.where(disc(box), 0, 1.0)[None].repeat(2, axis=0)
    accumulator = inserted(images_of(spectra), np.ones_like(spectra), np.eye(3)[None].repeat(2, axis=0))
    assert np.abs(accumulator.numerator).max() < 1e-5  # rounding of the images' transform
    assert accumulator.weight.max() > 0.1


@pytest.mark.parametrize("name", ["C3", "C4", "D2", "T", "O", "I"])
def test_symmetry_is_the_insertion_of_all_copies(name):
    box, n = 9, 2
    group = point_group(name)
    rng = np.random.default_rng(3)
    images, transfer = rng.normal(size=(n, box, box)), np.ones((n, box, box // 2 + 1))
    rotations = rotations_of(random_poses(n, seed=3))
    lattice, cosets = group.lattice_subgroup_cosets()
    assert len(lattice) * len(cosets) == group.order
    short = inserted(images, transfer, rotations, copies=cosets).spectra(lattice)
    whole = total([inserted(images, transfer, rotations @ g) for g in group.matrices]).spectra()
    for ours, theirs in zip(short, whole, strict=True):
        # The window is the same along all axes, so permuting axes of the grid is exact; rounding remains.
        assert relative_error(ours, np.asarray(theirs)) < SINGLE


@pytest.mark.parametrize("box", [8, 9])
def test_the_sum_over_the_lattice_is_symmetric(box):
    """An even box has a plane -n/2 without partner: the copies must meet at voxel n // 2 all the same."""
    group = point_group("O")
    rng = np.random.default_rng(5)
    images, transfer = rng.normal(size=(2, box, box)), np.ones((2, box, box // 2 + 1))
    accumulator = inserted(images, transfer, rotations_of(random_poses(2, seed=5)))
    numerator, _ = accumulator.spectra(group.lattice_subgroup_cosets()[0])
    padded = accumulator.padded_box
    volume = np.asarray(irfftn(numerator, (padded,) * 3))
    about_z = np.roll(np.rot90(volume, axes=(1, 2)), 1, axis=1)  # x, y -> about voxel n // 2 of an even box
    about_111 = volume.transpose(1, 2, 0)
    assert relative_error(about_z, volume) < SINGLE
    assert relative_error(about_111, volume) < SINGLE


def test_spectra_are_hermitian():
    """The half spectrum is that of a real volume: its own mates agree in the columns that hold them."""
    accumulator = inserted(np.ones((2, 8, 8)), np.ones((2, 8, 5)), rotations_of(random_poses(2, seed=2)))
    for spectrum in accumulator.spectra():
        spectrum = np.asarray(spectrum)
        for column in (0, -1):
            values = spectrum[..., column]
            mate = np.roll(values[::-1, ::-1], (1, 1), (0, 1)).conj()
            assert np.abs(values - mate).max() < SINGLE * np.abs(spectrum).max()


def test_images_add_up():
    """Two at once, or one after the other."""
    rng = np.random.default_rng(6)
    images, transfer = rng.normal(size=(2, 8, 8)), rng.uniform(size=(2, 8, 5))
    rotations = rotations_of(random_poses(2, seed=6))
    together = inserted(images, transfer, rotations)
    alone = total([inserted(images, transfer * only[:, None, None], rotations) for only in np.eye(2)])
    assert relative_error(alone.numerator, np.asarray(together.numerator)) < SINGLE
    assert relative_error(alone.weight, np.asarray(together.weight)) < SINGLE


def test_an_image_without_transfer_adds_nothing():
    rng = np.random.default_rng(7)
    accumulator = inserted(rng.normal(size=(2, 8, 8)), np.zeros((2, 8, 5)), np.eye(3)[None].repeat(2, axis=0))
    assert not np.any(accumulator.numerator) and not np.any(accumulator.weight)


def test_jit_gives_what_eager_gives():
    rng = np.random.default_rng(8)
    images, transfer = rng.normal(size=(2, 8, 8)), rng.uniform(size=(2, 8, 5))
    rotations = rotations_of(random_poses(2, seed=8))
    eager = inserted(images, transfer, rotations, insert=insert)
    compiled = inserted(images, transfer, rotations)
    assert relative_error(compiled.numerator, np.asarray(eager.numerator)) < SINGLE


def test_insertion_is_linear_and_its_transpose_is_slicing():
    """vjp against jvp in the images, through the packed half spectrum."""
    rng = np.random.default_rng(9)
    transfer, rotations = rng.uniform(size=(2, 8, 5)), rotations_of(random_poses(2, seed=9))

    def numerator(images):
        return inserted(images, transfer, rotations).numerator

    images, tangent = (jnp.asarray(rng.normal(size=(2, 8, 8)), jnp.float32) for _ in range(2))
    value, pushed = jax.jvp(numerator, (images,), (tangent,))
    cotangent = jnp.asarray(rng.normal(size=value.shape) + 1j * rng.normal(size=value.shape), jnp.complex64)
    _, pull = jax.vjp(numerator, images)
    left = np.sum(np.asarray(pushed) * np.asarray(cotangent)).real  # JAX pairs without conjugation
    right = np.vdot(tangent, pull(cotangent)[0])
    assert abs(left - right) < SINGLE * np.linalg.norm(pushed) * np.linalg.norm(cotangent)


def test_images_of_another_size_are_refused():
    accumulator, image = FourierAccumulator.empty(8), jnp.ones((1, 8, 9), jnp.float32)
    with pytest.raises(InputError, match="do not fit the box of 8"):
        accumulator.insert(image, image[..., :5], jnp.eye(3, dtype=jnp.float32)[None], offsets=jnp.zeros((1, 2)))


def test_weights_of_shells():
    """One image of unit transfer: a shell of radius r holds 2πr pixels in 4πr² voxels, W = 1/2r a voxel's density."""
    box, n = 16, 150  # the shapes of other tests here, so that one compilation serves them
    accumulator = inserted(np.zeros((n, box, box)), np.ones((n, box, 9)), rotations_of(random_poses(n, seed=10)))
    _, weight = accumulator.spectra()
    density = shell_weight(weight, box=box) * (accumulator.padded_box / box) ** 3 / n
    radius = np.arange(3, box // 2 - 1)
    # Circles of pixels hold 2πr only on the average, 5 % here; the last shells lose what lies beyond Nyquist.
    np.testing.assert_allclose(density[radius], 1 / (2 * radius), rtol=0.08)


def test_exact_slices_are_the_library_s():
    """So that the tests that project with one or the other speak of the same thing."""
    box = 12
    volume = blobs(box)
    poses = random_poses(3, seed=11)
    grid = FourierVoxelGridVolume.from_real_voxel_grid(volume, 1.0)
    points = np.einsum("pa,nab->npb", plane(box)[disc(box)] / box, rotations_of(poses))
    # The default window of the volume: 2e-4.
    assert relative_error(grid.values_at(jnp.asarray(points)), slices(volume, rotations_of(poses))[:, disc(box)]) < 1e-3
