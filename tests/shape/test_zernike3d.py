"""zernike3d: its voxel sum, its files, and its bytes, each imitated from what its source says it does."""

import numpy as np
import pytest
from scipy.special import eval_jacobi, sph_harm_y

from tests.harmonics.densities import gaussian, gaussian_moments, relative_error
from vitreous._core import InputError
from vitreous.harmonics import ZernikePlan, moment_count, moment_labels, zernike_functions
from vitreous.shape import (
    Moments,
    from_zernike3d,
    read_zernike3d,
    to_zernike3d,
    write_zernike3d,
    zernike3d_ball,
)

ORDER, BOX, APIX = 6, 12, 1.4
COUNT = moment_count(ORDER)


def voxel_sum(volume, order=ORDER):
    """What zernike3d computes: `meshgrid` with its default of exchanged axes, and a plain sum over all voxels."""
    box = len(volume)
    side = np.linspace(-1 / np.sqrt(3), 1 / np.sqrt(3), box)
    x, y, z = np.meshgrid(side, side, side)
    r = np.sqrt(x**2 + y**2 + z**2)
    # At the centre of an odd box only l = 0 is left, whose harmonic has no angle.
    polar, azimuth = np.arccos(z / np.where(r > 0, r, 1)), np.arctan2(y, x)
    coefficients = []
    for n, l, m in moment_labels(order).T.tolist():
        radial = r**l * eval_jacobi((n - l) // 2, 0, l + 0.5, 2 * r**2 - 1)
        inner = np.sum(volume * np.conj(radial * sph_harm_y(l, m, polar, azimuth)))
        coefficients.append(2 * (2 * n + 3) / (3 * np.sqrt(3) * np.pi * box**3) * inner)
    return np.array(coefficients)


def positions(box):
    """(x, y, z) of every voxel of a map (z, y, x) in units of the radius of zernike3d's ball."""
    radius, center = zernike3d_ball(box)
    z, y, x = np.indices((box, box, box)) - box // 2
    return (np.stack([x, y, z], axis=-1) - np.array(center)) / radius


@pytest.mark.x64
def test_its_voxel_sum_is_ours_in_another_scale_and_frame():
    volume = np.random.default_rng(5).normal(size=(BOX, BOX, BOX))
    radius, _ = zernike3d_ball(BOX)
    functions = np.asarray(zernike_functions(ORDER, positions(BOX).reshape(-1, 3)))
    # The corner voxels lie on the ball's surface, on which side is a matter of rounding.
    corners = np.isclose(np.linalg.norm(positions(BOX), axis=-1), 1)
    volume = np.where(corners, 0, volume)
    moments = volume.ravel() @ functions.conj() / radius**3
    # The same sum twice, and a rotation that is accurate to 1e-13.
    assert relative_error(from_zernike3d(voxel_sum(volume), box=BOX), moments) < 1e-12
    assert relative_error(to_zernike3d(moments, box=BOX), voxel_sum(volume)) < 1e-12


CENTER, SIGMA = np.array([0.12, -0.2, 0.07]), 0.11


@pytest.mark.x64
@pytest.mark.parametrize("box", [20, 21])
def test_its_coefficients_of_a_gaussian_are_the_analytic_moments(box):
    volume = gaussian(positions(box), CENTER, SIGMA)
    found = from_zernike3d(voxel_sum(volume), box=box)
    # Voxel sums of a Gaussian of 1.8 voxels are exact to rounding; 1e-4 of it lies outside of the box.
    assert relative_error(found, gaussian_moments(ORDER, CENTER, SIGMA)) < 2e-4


def test_a_plan_in_its_ball_finds_its_coefficients():
    box = 20
    radius, center = zernike3d_ball(box)
    volume = gaussian(positions(box), CENTER, SIGMA)
    moments = ZernikePlan(ORDER, box, radius=radius, center=center).decompose(volume)
    # Where the box cuts the Gaussian off, at 1e-4 of it, the plan's interpolation rings and the sum does not.
    assert relative_error(to_zernike3d(moments, box=box), voxel_sum(volume)) < 1e-4


@pytest.fixture
def coefficients():
    rng = np.random.default_rng(8)
    values = rng.normal(size=(3, COUNT)) + 1j * np.where(moment_labels(ORDER)[2] > 0, rng.normal(size=(3, COUNT)), 0)
    # Falling off over four decades, as moments of maps do.
    return (values * 10.0 ** (-4 * moment_labels(ORDER)[0] / ORDER)).astype(np.complex64)


def test_a_file_of_one_map(tmp_path, coefficients):
    np.savez_compressed(tmp_path / "a.npz", dim=BOX, apix=np.float32(APIX), arr_0=coefficients[0])
    table = read_zernike3d(tmp_path / "a.npz")
    radius, center = zernike3d_ball(BOX)
    assert (table.dimensions, table.order, table.voxdim, table.apix) == (1, ORDER, BOX, APIX)
    assert table.radius == pytest.approx(radius * APIX) and table.center == pytest.approx(np.array(center) * APIX)
    np.testing.assert_array_equal(table.array[0], from_zernike3d(coefficients[0], box=BOX))
    by_content = Moments()
    by_content.load(tmp_path / "a.npz", quiet=True)
    np.testing.assert_array_equal(by_content.array, table.array)


def test_a_pickled_none_beside_one_map_is_not_touched(tmp_path, coefficients):
    np.savez_compressed(tmp_path / "a.npz", latents=None, dim=BOX, apix=APIX, arr_0=coefficients[0])
    assert read_zernike3d(tmp_path / "a.npz").latents is None


def test_a_latent_space_comes_back_as_it_was(tmp_path, coefficients):
    latents = np.random.default_rng(2).normal(size=(5, 2)).astype(np.float32)
    members = {f"arr_{k}": row for k, row in enumerate(coefficients)}
    np.savez_compressed(tmp_path / "a.npz", latents=latents, dim=BOX, apix=APIX, **members)
    table = read_zernike3d(tmp_path / "a.npz")
    np.testing.assert_array_equal(table.latents, latents)
    path = write_zernike3d(tmp_path / "b", table)
    assert path.name == "b.npz"
    with np.load(path, allow_pickle=False) as again:
        # The members by which that tool tells what it has, and values equal in single precision, of norm 1 to 5.
        assert set(again.files) == {"latents", "dim", "apix", "arr_0", "arr_1", "arr_2"}
        assert (int(again["dim"]), float(again["apix"])) == (BOX, APIX)
        np.testing.assert_array_equal(again["latents"], latents)
        for k, row in enumerate(coefficients):
            assert again[f"arr_{k}"].dtype == np.complex64
            np.testing.assert_allclose(again[f"arr_{k}"], row, atol=1e-6 * np.linalg.norm(row))


def test_only_its_own_ball_is_written(tmp_path):
    def table(**facts):
        radius, center = (np.multiply(item, APIX) for item in zernike3d_ball(BOX))
        known = {"radius": float(radius), "center": tuple(center.tolist()), "voxel_size": APIX, "box": BOX}
        return Moments.from_arrays(np.ones(COUNT, complex), **(known | facts))

    assert write_zernike3d(tmp_path / "a.npz", table()).exists()
    for facts in ({"radius": BOX / 2 * APIX}, {"center": (0.0, 0.0, 0.0)}):
        with pytest.raises(InputError, match="knows only that of"):
            write_zernike3d(tmp_path / "b.npz", table(**facts))
    with pytest.raises(InputError, match="must be known"):
        write_zernike3d(tmp_path / "b.npz", table(box=None))


def into_bytes(z):
    """The tool's eight bits: digits of magnitude and phase from 1 to 256, cast to a byte."""
    magnitudes, phases = np.abs(z), np.angle(z)
    smallest, largest = magnitudes.min(), magnitudes.max()
    smallest = 1e-100 if smallest == 0 else smallest
    step = 2 * np.pi / 256
    args = np.digitize(magnitudes, np.geomspace(smallest, largest, num=256)).astype(np.uint8)
    angles = np.digitize(phases, np.arange(-np.pi, np.pi, step)).astype(np.uint8)
    return {"args_0": args, "phases_0": angles, "deltas_0": np.array([smallest, largest, step])}


def test_eight_bits_are_decoded_to_half_a_bin(tmp_path, coefficients):
    z = coefficients[0].copy()
    z[[4, 9]] = [abs(z[4]), -abs(z[9])]  # phases of 0 and 180°, where bins end
    members = into_bytes(z)
    assert 0 in members["args_0"] and 0 in members["phases_0"]  # 256 did not fit
    np.savez_compressed(tmp_path / "a.8bit.npz", dim=BOX, apix=APIX, **members)
    decoded = np.asarray(to_zernike3d(read_zernike3d(tmp_path / "a.8bit.npz").array[0], box=BOX))
    smallest, largest, step = members["deltas_0"]
    # Half a bin of each, and the two rotations in single precision: 1e-6 of the norm.
    bound = abs(z) * ((largest / smallest) ** (0.5 / 255) - 1 + step / 2) + 1e-6 * np.linalg.norm(z)
    assert np.all(abs(decoded - z) <= bound)
    assert np.abs(decoded[moment_labels(ORDER)[2] == 0].imag).max() < 1e-6 * np.linalg.norm(z)


def test_a_zero_and_the_largest_share_a_byte(tmp_path, coefficients):
    z = coefficients[0].copy()
    z[20] = 0
    np.savez_compressed(tmp_path / "a.npz", dim=BOX, apix=APIX, **into_bytes(z))
    with pytest.raises(InputError, match="a moment is zero"):
        read_zernike3d(tmp_path / "a.npz")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"scale": 2.0}, "its members are dim, apix, arr_0, scale"),
        ({"arr_2": np.zeros(COUNT, complex)}, "its members are dim, apix, arr_0, arr_2"),
        ({"args_0": np.zeros(COUNT, np.uint8)}, "its members are"),
        ({"arr_99999999999": np.zeros(COUNT, complex)}, "its members are"),
        ({"apix": None}, "its members are dim, arr_0"),
        ({"arr_0": np.zeros((COUNT, 2))}, "arr_0 is an array of float64"),
        ({"arr_1": np.zeros(4, complex), "latents": np.zeros((3, 1))}, "its volumes have 50, 4 moments"),
        ({"arr_1": np.zeros(COUNT, complex), "latents": np.zeros(3)}, "latents is an array of float64"),
        ({"dim": np.arange(3)}, "dim is an array of int64"),
        ({"dim": 1}, "dim is 1"),
        ({"arr_0": np.zeros(51, complex)}, "51 moments are not those of any order"),
        ({"arr_0": np.full(COUNT, np.nan + 0j)}, "50 of the moments are NaN"),
    ],
)
def test_other_layouts_are_refused(tmp_path, change, message):
    members = {"dim": BOX, "apix": APIX, "arr_0": np.ones(COUNT, complex)} | change
    np.savez(tmp_path / "a.npz", **{name: value for name, value in members.items() if value is not None})
    with pytest.raises(InputError, match=message):
        read_zernike3d(tmp_path / "a.npz")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"deltas_0": np.array([1e-3, 1.0])}, "bins are described by"),
        ({"deltas_0": np.array([1e-3, 1.0, 2 * np.pi / 255])}, "bins are described by"),
        ({"deltas_0": np.array([2.0, 1.0, 2 * np.pi / 256])}, "magnitudes go from 2 to 1"),
        ({"phases_0": np.zeros(COUNT, np.uint16)}, "not bytes of one length"),
    ],
)
def test_other_bytes_are_refused(tmp_path, coefficients, change, message):
    np.savez(tmp_path / "a.npz", **({"dim": BOX, "apix": APIX} | into_bytes(coefficients[0]) | change))
    with pytest.raises(InputError, match=message):
        read_zernike3d(tmp_path / "a.npz")


def test_files_of_others_are_refused(tmp_path):
    np.savez(tmp_path / "a.npz", consensus_map=np.zeros(3))
    with pytest.raises(InputError, match="no file of zernike3d"):
        read_zernike3d(tmp_path / "a.npz")
    with pytest.raises(InputError, match="no ball about them"):
        zernike3d_ball(1)
