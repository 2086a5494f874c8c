"""The image model: signs, directions, units and padding, for atoms and for voxels."""

import warnings
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from vitreous.constants import interaction_constant
from vitreous.grids import ImageConfig, crop, irfftn
from vitreous.imaging import make_image_model
from vitreous.optics import CTF, Contrast, aliasing_box
from vitreous.poses import EulerAnglePose, QuaternionPose, point_group, rotation_from_euler
from vitreous.projection import FourierSliceExtraction, GaussianMixtureProjection
from vitreous.scattering import WeakPhaseScattering
from vitreous.simulate import embedded_specimen
from vitreous.volumes import FourierVoxelGridVolume, GaussianMixtureRenderFn, GaussianMixtureVolume

X64 = jax.config.jax_enable_x64
ROUNDING = 1e-11 if X64 else 2e-5
PIXEL_SIZE = 2.0
CONFIG = ImageConfig((24, 20), PIXEL_SIZE)
OPTICS = CTF(9000.0, 7500.0, 30.0, voltage_kv=200.0, cs_mm=2.0, amplitude_contrast=0.1, b_factor=20.0)
RNG = np.random.default_rng(2)
# Within 10 Å of the centre; σ = 1.75 voxels, so that 2e-7 of an amplitude is left at Nyquist.
ATOMS = GaussianMixtureVolume(RNG.uniform(-6, 6, (8, 3)), RNG.uniform(1, 4, 8), 3.5**2)
GRID = GaussianMixtureRenderFn((28, 28, 28), PIXEL_SIZE)(ATOMS)
VOXELS = FourierVoxelGridVolume.from_real_voxel_grid(GRID, PIXEL_SIZE)
volumes = pytest.mark.parametrize("volume", [ATOMS, VOXELS], ids=["atoms", "voxels"])


POSE = EulerAnglePose(20.0, 50.0, -70.0, offset_x=3.1, offset_y=-1.5, offset_z=250.0)


# Poses, optics and pixel size are traced, so that each shape is compiled once.
@partial(jax.jit, static_argnames="contrast")
def image_of(volume, config=CONFIG, pose=POSE, *, optics=OPTICS, contrast=Contrast.DARK):
    return make_image_model(volume, config, pose=pose, optics=optics, contrast=contrast).simulate()


def euler(phi=20.0, theta=50.0, psi=-70.0, **offsets):
    return EulerAnglePose(phi, theta, psi, **offsets)


def close(ours, expected, rtol=ROUNDING):
    ours, expected = np.asarray(ours), np.asarray(expected)
    np.testing.assert_allclose(ours, expected, rtol=0, atol=rtol * np.abs(expected).max())


@volumes
def test_protein_is_dark(volume):
    optics = CTF(5000.0, 5000.0)
    image = np.asarray(image_of(volume, pose=euler(), optics=optics))
    assert image[12, 10] < 0 and -image.min() > 2 * image.max()


def test_or_bright():
    np.testing.assert_array_equal(image_of(ATOMS, contrast=Contrast.BRIGHT), -image_of(ATOMS))


def test_an_image_is_the_written_out_sum_of_its_parts():
    # C = CTF λγ Σ a exp(−2π²σ²q²) exp(−2πi q·(R r + t)), with the defocus of the particle's height.
    ky, kx = np.fft.fftfreq(24, PIXEL_SIZE)[:, None], np.fft.rfftfreq(20, PIXEL_SIZE)[None]
    q2, angle = kx**2 + ky**2, np.arctan2(ky, kx)
    moved = np.asarray(ATOMS.positions, float) @ np.asarray(rotation_from_euler(20.0, 50.0, -70.0), float).T
    phases = np.exp(-2j * np.pi * (kx[..., None] * (moved[:, 0] + 3.1) + ky[..., None] * (moved[:, 1] - 1.5)))
    projection = (phases @ np.asarray(ATOMS.amplitudes[:, 0], float)) * np.exp(-2 * np.pi**2 * 3.5**2 * q2)
    wavelength, lorentz = 0.0250793, 1 + 200.0 / 510.99895
    defocus = 8250.0 + 250.0 + 750.0 * np.cos(2 * (angle - np.deg2rad(30.0)))
    chi = np.pi * wavelength * defocus * q2 - 0.5 * np.pi * 2e7 * wavelength**3 * q2**2
    transfer = -np.sin(chi + np.arcsin(0.1)) * np.exp(-20.0 * q2 / 4)
    spectrum = transfer * wavelength * lorentz * projection / PIXEL_SIZE**2
    expected = np.fft.fftshift(np.fft.irfftn(spectrum, s=(24, 20), axes=(0, 1)))
    # The wavelength is written with six digits, and the phase reaches 40 radians where there still is signal.
    close(image_of(ATOMS), expected, rtol=1e-4)


@volumes
def test_height_is_defocus(volume):
    high = image_of(volume, pose=euler(offset_z=400.0), optics=CTF(9000.0, 7000.0, 40.0))
    close(high, image_of(volume, pose=euler(), optics=CTF(9400.0, 7400.0, 40.0)))
    low = image_of(volume, pose=euler(), optics=CTF(9000.0, 7000.0, 40.0))
    assert np.linalg.norm(high - low) > 1e-2 * np.linalg.norm(low)


@volumes
def test_offsets_move_to_larger_columns_and_rows(volume):
    moved = euler(offset_x=3 * PIXEL_SIZE, offset_y=2 * PIXEL_SIZE)
    close(image_of(volume, pose=moved), np.roll(image_of(volume, pose=euler()), (2, 3), axis=(0, 1)))


@volumes
def test_the_offset_comes_after_the_rotation(volume):
    # A quarter turn in the plane would carry an offset along x onto y, if it came first.
    turned, both = euler(0.0, 0.0, 90.0), euler(0.0, 0.0, 90.0, offset_x=3 * PIXEL_SIZE)
    close(image_of(volume, pose=both), np.roll(image_of(volume, pose=turned), 3, axis=1))


@volumes
def test_the_pixel_size_is_carried(volume):
    # Trap 9. Halving the pixel leaves the integral, CTF(0) λγ Σ a, and the values at the pixels that both share.
    coarse = image_of(volume)
    fine = image_of(volume, ImageConfig((48, 40), PIXEL_SIZE / 2))
    expected = -0.1 * float(interaction_constant(200.0)) * float(ATOMS.amplitudes.sum())
    # Interpolation of the voxels: 2e-4 of the maximum.
    np.testing.assert_allclose(float(coarse.sum()) * PIXEL_SIZE**2, expected, rtol=3e-4)
    np.testing.assert_allclose(float(fine.sum()) * PIXEL_SIZE**2 / 4, expected, rtol=3e-4)
    # 2e-7 of an amplitude lies beyond the Nyquist frequency of the coarse image, and 1e-4 of the sum in its corners.
    close(fine[::2, ::2], coarse, rtol=1e-5)


@pytest.mark.parametrize("shape", [(24, 20), (25, 27)])
def test_atoms_and_their_voxels_give_the_same_image(shape):
    atoms, voxels = (image_of(volume, ImageConfig(shape, PIXEL_SIZE)) for volume in (ATOMS, VOXELS))
    # Slices of a specimen within 0.4 of the box are good to 2e-4 in L2 (docs/adr/0004).
    assert np.linalg.norm(voxels - atoms) < 5e-4 * np.linalg.norm(atoms)


PADDED = ImageConfig((24, 20), PIXEL_SIZE, padded_shape=(48, 40))


@volumes
def test_padding_is_cropped_away(volume):
    padded = image_of(volume, PADDED)
    assert padded.shape == (24, 20)
    close(padded, crop(image_of(volume, ImageConfig((48, 40), PIXEL_SIZE)), (24, 20)))


def test_padding_lets_a_particle_leave_the_image():
    # Without it, what leaves on one side returns on the other.
    pose, optics = euler(offset_x=28.0), CTF(500.0, 500.0)
    wrapped, padded = (image_of(ATOMS, config, pose=pose, optics=optics) for config in (CONFIG, PADDED))
    assert np.abs(padded[:, :6]).max() < 1e-2 * np.abs(wrapped[:, :6]).max()


def test_the_spectrum_is_that_of_the_padded_image():
    model = make_image_model(ATOMS, PADDED, pose=POSE, optics=OPTICS)
    spectrum = jax.jit(lambda: model.spectrum())()
    assert spectrum.shape == (48, 21)
    close(image_of(ATOMS, PADDED), crop(irfftn(spectrum, (48, 40)), (24, 20)))


@pytest.mark.parametrize("n", [32, 33])
def test_symmetric_orientations_of_the_specimen_give_the_same_image(n):
    specimen = GaussianMixtureVolume.from_atoms(embedded_specimen())
    grid = GaussianMixtureRenderFn((n, n, n), 4.0)(specimen)
    if n % 2 == 0:  # the outermost layer of an even box has no partner on the other side
        grid = jnp.pad(grid[1:, 1:, 1:], ((1, 0),) * 3)
    volume = FourierVoxelGridVolume.from_real_voxel_grid(grid, 4.0)
    matrix, group = rotation_from_euler(25.0, 40.0, -65.0), jnp.asarray(point_group("O").matrices)
    unequal = matrix @ rotation_from_euler(0.0, 0.0, 45.0)

    @jax.jit
    @jax.vmap
    def images(rotation):
        pose = QuaternionPose.from_rotation_matrix(rotation, offset_x=5.0, offset_y=-3.0, offset_z=100.0)
        return make_image_model(volume, ImageConfig((n, n), 4.0), pose=pose, optics=OPTICS).simulate()

    *equal, other = np.asarray(images(jnp.concatenate([matrix @ group, unequal[None]])))
    # The group permutes the voxels, so interpolation keeps the symmetry, and only rounding is left.
    for image in equal:
        close(image, equal[0], rtol=1e-9 if X64 else 1e-4)
    assert np.linalg.norm(other - equal[0]) > 0.1 * np.linalg.norm(equal[0])


@volumes
def test_defaults(volume):
    model = make_image_model(volume, CONFIG)
    assert isinstance(model.scattering, WeakPhaseScattering)
    assert model.contrast is Contrast.DARK
    assert type(model.integrator) is (GaussianMixtureProjection if volume is ATOMS else FourierSliceExtraction)
    np.testing.assert_array_equal(model.pose.rotation_matrix, np.eye(3))
    np.testing.assert_array_equal(model.pose.offset, 0)


@volumes
def test_python_numbers_do_not_promote(volume):
    single = jax.tree.map(lambda x: x.astype(jnp.complex64 if jnp.iscomplexobj(x) else jnp.float32), volume)
    config = ImageConfig((8, 8), jnp.float32(4.0))
    pose = EulerAnglePose(10, 20, 30.0, offset_x=1, offset_y=2.0, offset_z=3)
    model = make_image_model(single, config, pose=pose, optics=CTF(8000, 7000, 10))
    assert jax.eval_shape(model.simulate).dtype == jnp.float32
    assert jax.eval_shape(make_image_model(single, config).simulate).dtype == jnp.float32


def test_a_box_too_small_for_its_ctf_draws_a_warning():
    volume, optics = GaussianMixtureVolume(jnp.zeros((1, 3)), 1.0, 9.0), CTF(20_000.0)
    box = aliasing_box(optics, 2.0, 50.0)
    with pytest.warns(UserWarning, match=f"is {box} pixels"):
        make_image_model(volume, ImageConfig((64, 64), 2.0), optics=optics, particle_diameter=50.0)
    with warnings.catch_warnings(action="error"):
        padded = ImageConfig((64, 64), 2.0, padded_shape=(box, box))
        make_image_model(volume, padded, optics=optics, particle_diameter=50.0)
