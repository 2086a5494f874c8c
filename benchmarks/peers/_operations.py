"""The hot operations: each `make(size, count)` gives a function, its operands, and which of these it may take over."""

import jax
import jax.numpy as jnp
import numpy as np

from vitreous.grids import ImageConfig, Sampling, irfftn
from vitreous.imaging import make_image_model
from vitreous.kernels import (
    Plane,
    apron_width,
    cubic_bspline,
    fourier_slice,
    gaussian_half_width,
    insert_slices,
    kaiser_bessel,
    linear_interpolant,
    project_gaussians,
    spread_gaussians_3d,
)
from vitreous.optics import CTF
from vitreous.poses import EulerAnglePose, uniform_rotations
from vitreous.volumes import FourierVoxelGridVolume

WINDOWS = {"linear": linear_interpolant(), "cubic": cubic_bspline(), "Kaiser-Bessel 5": kaiser_bessel(5)}
PAD_SCALE = 1.5
CUT_AT_4_SIGMA = 3.4e-4


def _normal(*shape, seed=0):
    return jnp.asarray(np.random.default_rng(seed).normal(size=shape), jnp.float32)


def _spectra(*shape, seed=0):
    return jax.lax.complex(_normal(*shape, seed=seed), _normal(*shape, seed=seed + 1))


def _grid_shape(size, window):
    padded = int(size * PAD_SCALE)
    return tuple(n + 2 * apron_width(window.width) for n in (padded, padded, padded // 2 + 1))


def _matrices(count):
    return uniform_rotations(count, key=jax.random.key(0))[:, :, :2].astype(jnp.float32) * PAD_SCALE


def _slicing(name):
    window = WINDOWS[name]

    def make(size, count):
        plane = Plane.disc((size, size))

        def slices(grid, matrices):
            return jax.vmap(lambda matrix: fourier_slice(grid, matrix, window, plane=plane))(matrices)

        return slices, (_spectra(*_grid_shape(size, window)), _matrices(count)), ()

    return make


def _slicing_derived(name, argument):
    def make(size, count):
        slices, operands, _ = _slicing(name)(size, count)
        target = _spectra(count, size, size // 2 + 1, seed=2)

        def overlap(grid, matrices, target):
            return jnp.sum((slices(grid, matrices) * jnp.conj(target)).real)

        return jax.value_and_grad(overlap, argument), (*operands, target), ()

    return make


def _inserting(name):
    window = WINDOWS[name]

    def make(size, count):
        plane, shape = Plane.disc((size, size)), _grid_shape(size, window)

        def insert(numerator, weight, values, weights, matrices):
            return insert_slices(
                (numerator, weight), values, weights, matrices=matrices[None], interpolant=window, plane=plane
            )

        grids = jnp.zeros(shape, jnp.complex64), jnp.zeros(shape, jnp.float32)
        values, weights = _spectra(count, size, size // 2 + 1), jnp.ones((count, size, size // 2 + 1), jnp.float32)
        return insert, (*grids, values, weights, _matrices(count)), (0, 1)

    return make


def _imaging(size, count):
    """Slice, CTF, shift and inverse transform, and nothing else is differentiated."""
    volume = FourierVoxelGridVolume.from_real_voxel_grid(np.asarray(_normal(size, size, size)), 1.3)
    config = ImageConfig((size, size), 1.3)
    angles, offsets = 90 * _normal(count, 3), _normal(count, 2)

    def images(volume, angles, offsets):
        def one(angles, offset):
            pose = EulerAnglePose(*angles, offset_x=offset[0], offset_y=offset[1])
            return make_image_model(volume, config, pose=pose, optics=CTF(12000.0, 11500.0, 30.0)).simulate()

        return jax.vmap(one)(angles, offsets)

    return images, (volume, angles, offsets), ()


def _ctf(size, count):
    modes = ImageConfig((size, size), 1.3).frequencies

    def transfer(defoci):
        return jax.vmap(lambda defocus: CTF(defocus, defocus - 300, 30.0)(modes))(defoci)

    return transfer, (10_000 + 500 * _normal(count),), ()


def _inverse_transform(size, count):
    """What every path to an image ends with."""
    return jax.vmap(lambda spectrum: irfftn(spectrum, (size, size))), (_spectra(count, size, size // 2 + 1),), ()


def _atoms(count, seed=0):
    rng = np.random.default_rng(seed)
    radius = (3 * 20.0 * count / (4 * np.pi)) ** (1 / 3) * rng.uniform(size=(count, 1)) ** (1 / 3)
    direction = rng.normal(size=(count, 3))
    positions = radius * direction / np.linalg.norm(direction, axis=1, keepdims=True)
    amplitudes, variances = rng.uniform(0.1, 1.0, (count, 5)), np.linspace(0.4, 1.0, 5) * np.ones((count, 1))
    return tuple(jnp.asarray(values, jnp.float32) for values in (positions, amplitudes, variances))


def _gaussians_2d(sampling, *, derived=False):
    def make(size, count):
        options = {"shape": (size, size), "pixel_size": 1.3, "sampling": sampling}
        if sampling is Sampling.AVERAGE:
            options["accuracy"] = CUT_AT_4_SIGMA

        def image(*atoms):
            drawn = project_gaussians(*atoms, **options)
            return drawn if sampling is Sampling.AVERAGE else irfftn(drawn, (size, size))

        def energy(*atoms):
            return jnp.sum(image(*atoms) ** 2) / 2

        return jax.value_and_grad(energy, (0, 1, 2)) if derived else image, _atoms(count), ()

    return make


def _gaussians_3d(size, count):
    atoms = _atoms(count)
    options = {"voxel_size": 1.3, "sampling": Sampling.AVERAGE, "accuracy": CUT_AT_4_SIGMA}
    width = gaussian_half_width(np.asarray(atoms[2]), **options)

    def volume(*atoms):
        return spread_gaussians_3d(*atoms, shape=(size, size, size), half_width=width, **options)

    return volume, atoms, ()


OPERATIONS = {
    "slice, linear": _slicing("linear"),
    "slice, cubic": _slicing("cubic"),
    "slice, Kaiser-Bessel 5": _slicing("Kaiser-Bessel 5"),
    "slice, Kaiser-Bessel 5, value + gradient in rotation": _slicing_derived("Kaiser-Bessel 5", 1),
    "slice, Kaiser-Bessel 5, value + gradient in both": _slicing_derived("Kaiser-Bessel 5", (0, 1)),
    "insertion + weights, linear": _inserting("linear"),
    "insertion + weights, cubic": _inserting("cubic"),
    "CTF": _ctf,
    "inverse FFT": _inverse_transform,
    "slice, CTF, shift, inverse FFT": _imaging,
    "atoms → image, average, 4σ": _gaussians_2d(Sampling.AVERAGE),
    "atoms → image, average, 4σ, value + gradient": _gaussians_2d(Sampling.AVERAGE, derived=True),
    "atoms → image, band-limited": _gaussians_2d(Sampling.BANDLIMITED),
    "atoms → image, band-limited, value + gradient": _gaussians_2d(Sampling.BANDLIMITED, derived=True),
    "atoms → volume, average, 4σ": _gaussians_3d,
}
