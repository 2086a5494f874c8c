"""What the optics table says beyond the CTF is undone: maps are as good as without aberrations."""

import numpy as np
import pytest

from tests.reconstruct.exact import (
    PIXEL_SIZE,
    blobs,
    images_of,
    moved,
    plane,
    random_ctf,
    random_poses,
    relion_ctf_at,
    rotations_of,
    slices,
    write_particles,
)
from vitreous.datasets import ParticleDataset
from vitreous.io import write_mrc
from vitreous.reconstruct import ReconstructionOptions, _particles, reconstruct_particles

BOX, N = 16, 80
VOLUME = blobs(BOX, sigma=0.8)
POSES, CTFS = random_poses(N, shift=5.0), random_ctf(N)
TILT = np.array([4.0, -3.0])  # mrad: 2.6 rad at Nyquist, which moves what is there by two pixels
TREFOIL, TETRAFOIL = 180.0, 600.0  # of Z_3^3 and Z_4^-4: 1.4 and 1 rad at Nyquist
MATRIX = np.array([[1.06, 0.04], [-0.02, 0.95]])


def columns(reversed_name="none"):
    """The columns of the STAR file, those of one name with the opposite sign, and the inverse matrix."""

    def sign(name):
        return -1 if name == reversed_name else 1

    matrix = np.linalg.inv(MATRIX) if reversed_name == "rlnMagMat" else MATRIX
    values = {
        "rlnBeamTiltX": sign("rlnBeamTilt") * TILT[0],
        "rlnBeamTiltY": sign("rlnBeamTilt") * TILT[1],
        "rlnOddZernike": f"[0,0,0,0,0,{sign('rlnOddZernike') * TREFOIL}]",
        "rlnEvenZernike": f"[0,0,0,0,{sign('rlnEvenZernike') * TETRAFOIL}]",
        **{f"rlnMagMat{i}{j}": matrix[i, j] for i in (0, 1) for j in (0, 1)},
    }
    return {name: np.full(N, value) for name, value in values.items()}


def aberrated_images():
    """RELION's model written out: the slice, the CTF and the phases of the aberrations, all at M q."""
    q = plane(BOX)[..., :2] @ MATRIX.T / (BOX * PIXEL_SIZE)
    x, y = np.moveaxis(q, -1, 0)
    wavelength = 12.2643 / np.sqrt(3e5 * (1 + 0.978466e-6 * 3e5))
    coma = -2 * np.pi * 2.7e7 * wavelength**2 * (x**2 + y**2) * (q @ TILT) * 1e-3
    odd = coma + TREFOIL * (x**3 - 3 * x * y**2)
    even = TETRAFOIL * 4 * (x**3 * y - x * y**3)
    views = rotations_of(POSES)
    views[:, :2] = np.einsum("ba,nbc->nac", MATRIX, views[:, :2])
    spectra = slices(VOLUME, views) * relion_ctf_at(CTFS, q, even=even) * np.exp(1j * odd)
    offsets = np.stack([np.asarray(POSES.offset_x), np.asarray(POSES.offset_y)], axis=-1) / PIXEL_SIZE
    return images_of(moved(spectra, offsets))


def plain_images():
    q = plane(BOX)[..., :2] / (BOX * PIXEL_SIZE)
    offsets = np.stack([np.asarray(POSES.offset_x), np.asarray(POSES.offset_y)], axis=-1) / PIXEL_SIZE
    return images_of(moved(slices(VOLUME, rotations_of(POSES)) * relion_ctf_at(CTFS, q), offsets))


@pytest.fixture(scope="module")
def against_truth(tmp_path_factory):
    """Correlation with the truth of the map of some images, of which a STAR file tells this."""

    def correlation(images, told):
        folder = tmp_path_factory.mktemp("aberrations")
        write_mrc(folder / "volume.mrc", VOLUME, pixel_size=PIXEL_SIZE)
        path = write_particles(folder, images, poses=POSES, ctf=CTFS, half_sets=1 + np.arange(N) % 2)
        ParticleDataset.load(path).with_columns(told).write(path)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(_particles, "write_report", lambda *arguments: None)  # figures take longer than all else
            result = reconstruct_particles(path, folder / "run", ReconstructionOptions(truth=folder / "volume.mrc"))
        assert result.fsc_truth is not None
        return result.fsc_truth.correlation

    return correlation


def test_maps_of_aberrated_images_are_as_good_as_without(against_truth):
    plain, corrected = against_truth(plain_images(), {}), against_truth(aberrated_images(), columns())
    np.testing.assert_allclose(corrected, plain, atol=0.01)  # equally many views; 2e-4 is measured


@pytest.mark.parametrize("name", ["rlnBeamTilt", "rlnOddZernike", "rlnEvenZernike", "rlnMagMat"])
def test_every_sign_matters(against_truth, name):
    """So that there was something to undo: each part of it told the wrong way round spoils the map."""
    assert against_truth(aberrated_images(), columns(name))[1:-1].min() < 0.97
