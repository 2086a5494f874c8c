"""Maps from files of moments."""

from dataclasses import replace

import numpy as np
import pytest

from vitreous._core import InputError
from vitreous.harmonics import moment_count
from vitreous.io import read_mrc
from vitreous.shape import MomentAlgorithm, Moments, ReconstructOptions, reconstruct_map

BOX, VOXEL_SIZE, ORDER = 16, 2.0, 6


def random_rows(rows=1, order=ORDER):
    """Moments of smooth maps."""
    key = np.random.default_rng(0)
    count = moment_count(order)
    moments = key.normal(size=(rows, count)) + 1j * key.normal(size=(rows, count))
    return (moments / np.arange(1, count + 1) ** 0.5).astype(np.complex64)


@pytest.fixture
def saved(tmp_path):
    """A file of moments in the inscribed ball of a map of 16³ voxels of 2 Å."""

    def save(rows=1, *, origin=(0.0, 0.0, 0.0), **facts):
        facts = {"radius": 16.0, "voxel_size": VOXEL_SIZE, "box": BOX} | facts
        table = Moments.from_arrays(random_rows(rows), **facts)
        return Moments.from_data(replace(table.data, origin=origin)).save(tmp_path / "moments.npz")

    return save


def reconstructed(source, **options):
    """The map, its header, and what was said."""
    path = source.with_suffix(".mrc")
    done = reconstruct_map(source, path, ReconstructOptions(**options), overwrite=True)
    values, header = read_mrc(path)
    return values, header, done


def places(header):
    """The position of every voxel along x, Å."""
    return header.origin[0] + np.arange(header.shape[2]) * header.pixel_size[0]


def test_the_same_density_at_the_same_places_on_other_voxels(saved):
    """The density is a function of the place alone, whatever the box."""
    source = saved(origin=(5.0, -3.0, 0.0), center=(0.5, 0.0, 1.0))
    coarse, header, _ = reconstructed(source)
    assert header.pixel_size == pytest.approx((2, 2, 2)) and coarse.shape == (16,) * 3
    # The middle of the ball is at voxel 8, where the map that was decomposed had it.
    assert header.origin == pytest.approx((5.5, -3.0, 1.0))
    fine, finer, done = reconstructed(source, dimensions=24)
    assert finer.pixel_size == pytest.approx((4 / 3,) * 3) and done.box == 24  # the same 32 Å
    # Every second voxel of the one is every third of the other; both are the series there, to single precision.
    assert places(header)[::2] == pytest.approx(places(finer)[::3])
    np.testing.assert_allclose(fine[::3, ::3, ::3], coarse[::2, ::2, ::2], atol=1e-5 * np.abs(coarse).max())


def test_a_voxel_size_alone_keeps_the_box_in_angstrom(saved):
    values, header, _ = reconstructed(saved(), apix=4 / 3)
    assert values.shape == (24,) * 3 and header.pixel_size == pytest.approx((4 / 3,) * 3)


def test_a_small_box_cuts_the_ball_and_a_large_one_leaves_room(saved):
    source = saved()
    whole, header, _ = reconstructed(source)
    cut, cut_header, _ = reconstructed(source, dimensions=6, apix=2.0)
    # The ball of 8 voxels does not even fit about a box of 6: the same values to the rounding of single precision.
    np.testing.assert_allclose(cut, whole[5:11, 5:11, 5:11], atol=1e-5 * np.abs(whole).max())
    assert places(cut_header) == pytest.approx(places(header)[5:11])


def test_lower_orders_and_eight_bits(saved, tmp_path):
    source = saved()
    full, *_ = reconstructed(source)
    rows = random_rows()
    rows[:, moment_count(4) :] = 0
    lower = Moments.from_arrays(rows, radius=16.0, voxel_size=VOXEL_SIZE, box=BOX).save(tmp_path / "lower.npz")
    np.testing.assert_allclose(reconstructed(source, order=4)[0], reconstructed(lower)[0], atol=1e-5)
    error = np.abs(reconstructed(source, eight_bit=True)[0] - full).max() / np.abs(full).max()
    assert 1e-5 < error < 0.01  # 0.4 % of the moments of each (n, l), the half of it on average


def test_a_series_grows_from_the_mean_to_the_map(saved, tmp_path):
    source = saved()
    full, *_ = reconstructed(source)
    done = reconstruct_map(source, tmp_path / "s.mrc", ReconstructOptions(series=4))
    assert [path.name for path in done.paths] == ["s_n000.mrc", "s_n004.mrc", "s_n006.mrc"]
    first, middle, last = (read_mrc(path)[0] for path in done.paths)
    inside = first != 0
    assert np.ptp(first[inside]) < 1e-5 * np.abs(first).max()
    np.testing.assert_allclose(middle, reconstructed(source, order=4)[0], atol=1e-5)
    np.testing.assert_allclose(last, full, atol=1e-5)


def test_latent_spaces(saved, tmp_path):
    latents = np.array([[0.5, -1.0], [2.0, 0.0]], np.float32)
    source = saved(3, latents=latents)
    done = reconstruct_map(source, tmp_path / "map", ReconstructOptions())
    assert [path.name for path in done.paths] == ["map_0.mrc", "map_1.mrc", "map_2.mrc"]
    consensus, one, two = (read_mrc(path)[0] for path in done.paths)
    at = consensus + 0.5 * one - two
    np.testing.assert_allclose(reconstructed(source, z_ind=0)[0], at, atol=1e-5 * np.abs(at).max())
    np.testing.assert_allclose(reconstructed(source, scales=(0.5, -1.0))[0], at, atol=1e-5 * np.abs(at).max())
    with pytest.raises(InputError, match="z_ind=2: there are latents of 2 particles"):
        reconstructed(source, z_ind=2)
    with pytest.raises(InputError, match="latents of shape"):
        reconstructed(source, scales=(1.0,))
    with pytest.raises(InputError, match="holds 3 volumes, and --series shows one"):
        reconstructed(source, series=1)


def test_monomials_agree(saved):
    source = saved()
    values, *_ = reconstructed(source)
    by_monomials, _, done = reconstructed(source, algorithm=MomentAlgorithm.MONOMIAL)
    np.testing.assert_allclose(by_monomials, values, atol=1e-5 * np.abs(values).max())
    assert done.strategy == ("device: the processor, in double precision, one volume at a time",)


def test_what_cannot_be_done(saved, tmp_path):
    source = saved()
    output = tmp_path / "map.mrc"
    with pytest.raises(InputError, match="has moments to order 6, and --order 7 is more"):
        reconstruct_map(source, output, ReconstructOptions(order=7))
    with pytest.raises(InputError, match=r"needs about .* is allowed by --memory"):
        reconstruct_map(source, output, memory=2**20)
    output.write_text("mine")
    with pytest.raises(InputError, match="exists already") as error:
        reconstruct_map(source, output)
    assert "--overwrite" in error.value.hint and output.read_text() == "mine"
    with pytest.raises(InputError, match="does not say the radius of its ball"):
        reconstruct_map(saved(radius=None), output, overwrite=True)
    with pytest.raises(InputError, match="does not say the box or voxel size"):
        reconstruct_map(saved(box=None, voxel_size=None), output, overwrite=True)


@pytest.mark.parametrize(
    "options",
    [{"order": -1}, {"dimensions": 2}, {"apix": 0.0}, {"series": 0}, {"z_ind": 1, "scales": (1.0,)}],
)
def test_options_out_of_range(options):
    with pytest.raises(InputError, match="--" + next(iter(options)).replace("_", "-")):
        ReconstructOptions(**options)
