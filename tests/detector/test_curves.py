import jax.numpy as jnp
import numpy as np
import pytest

from tests.data import shared_data
from vitreous._core import InputError
from vitreous.detector import DetectorCurves, IdealPixel
from vitreous.grids import frequencies

Q = frequencies((12, 13))
NAMES = [
    "de20_300kV",
    "falcon2_300kV",
    "falcon3EC_200kV",
    "falcon3EC_300kV",
    "falcon4EC_200kV",
    "falcon4EC_300kV",
    "k2_200kV_FL2",
    "k2_300kV",
    "k2_300kV_FL2",
    "k3_CDS_200kV_FL2",
    "k3_CDS_300kV_FL1",
    "k3_standard_200kV_FL2",
    "k3_standard_300kV_FL2",
]


@pytest.mark.parametrize("name", NAMES)
def test_every_cameras_mtf_is_read(name):
    path = shared_data(f"detectors/mtf_{name}.star")
    curves = DetectorCurves.from_star(path)
    rows = [line.split() for line in path.read_text().splitlines() if line[:1].isdigit()]
    frequency, mtf = np.array(rows, float).T
    np.testing.assert_allclose(curves.frequency, frequency, rtol=1e-6)
    # Files begin at 1 to within 5e-4, and are divided by that.
    np.testing.assert_allclose(curves.mtf_values, mtf, rtol=5e-4)
    nyquist = jnp.array([0.5, 0.0])
    assert curves.mtf_values[0] == 1 and 0.05 < float(curves.mtf(nyquist)) < 0.75
    assert float(curves.ntf(nyquist)) == 1
    blurring = DetectorCurves.from_star(path, blurs_noise=True, dqe_zero=0.7)
    assert float(blurring.dqe(nyquist)) == pytest.approx(0.7)


def test_curves_are_interpolated_in_every_direction_and_constant_beyond():
    curves = DetectorCurves([0.0, 0.2, 0.5], [1.0, 0.8, 0.5], [1.0, 1.1, 0.9], dqe_zero=0.7)
    q = np.linalg.norm(Q, axis=-1)
    mtf, ntf = np.interp(q, [0, 0.2, 0.5], [1, 0.8, 0.5]), np.interp(q, [0, 0.2, 0.5], [1, 1.1, 0.9])
    np.testing.assert_allclose(curves.mtf(Q), mtf, rtol=1e-6)
    np.testing.assert_allclose(curves.ntf(Q), ntf, rtol=1e-6)
    np.testing.assert_allclose(curves.dqe(Q), 0.7 * mtf**2 / ntf**2, rtol=1e-5)
    assert q.max() > 0.6 and curves.mtf(jnp.array([0.5, 0.5])) == 0.5


def test_the_noise_curve_of_a_published_dqe():
    frequency, mtf, dqe = [0.0, 0.25, 0.5], [1.0, 0.8, 0.5], [0.8, 0.6, 0.3]
    curves = DetectorCurves.from_dqe(frequency, mtf, dqe)
    at = jnp.stack([jnp.asarray(frequency), jnp.zeros(3)], axis=-1)
    np.testing.assert_allclose(curves.dqe(at), dqe, rtol=1e-6)
    assert float(curves.dqe_zero) == pytest.approx(0.8)


def test_an_ideal_pixel_is_the_transform_of_its_area():
    # Waves averaged over a pixel, by the midpoints of 400 strips.
    q = np.array([0.37, -0.21])
    strips = (np.arange(400) + 0.5) / 400 - 0.5
    averages = [np.mean(np.cos(2 * np.pi * component * strips)) for component in q]
    np.testing.assert_allclose(IdealPixel().mtf(jnp.asarray(q)), np.prod(averages), rtol=1e-5)
    assert float(IdealPixel().dqe(jnp.zeros(2))) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ([0.0, 0.5], [1.0, 0.5, 0.3]),
        ([0.5, 0.0], [1.0, 0.5]),
        ([0.0, 0.5], [0.9, 0.5]),
        ([0.0, 0.5], [1.0, 0.5], [1.0, 0.0]),
        ([], []),
    ],
)
def test_nonsense_is_refused(arguments):
    with pytest.raises(InputError):
        DetectorCurves(*map(np.asarray, arguments))
    with pytest.raises(InputError, match="dqe_zero"):
        DetectorCurves([0.0, 0.5], [1.0, 0.5], dqe_zero=1.1)


def test_a_star_file_without_an_mtf_is_refused(tmp_path):
    path = tmp_path / "other.star"
    path.write_text("data_\nloop_\n_rlnAngleRot\n1.0\n")
    with pytest.raises(InputError, match="no table of an MTF"):
        DetectorCurves.from_star(path)
