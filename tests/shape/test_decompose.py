"""Files of moments from maps and bundles."""

from pathlib import Path

import numpy as np
import pytest

from vitreous._core import BatchPlan, InputError
from vitreous.datasets import LatentBundle, write_latent_bundle
from vitreous.harmonics import ZernikePlan, moment_count
from vitreous.io import write_mrc
from vitreous.shape import (
    BallExtent,
    DecomposeOptions,
    MomentAlgorithm,
    Moments,
    StoredPrecision,
    decompose_map,
    order_for_resolution,
    refine_moments,
    write_zernike3d,
    zernike3d_ball,
)
from vitreous.shape import _memory_job as job

BOX, VOXEL_SIZE, ORDER = 16, 2.0, 6


def gaussians(shape=(BOX,) * 3, *, middle=None, width=2.0):
    """Three blobs about a voxel (z, y, x), near enough to it to be inside of the ball."""
    middle = [n // 2 for n in shape] if middle is None else middle
    zyx = np.stack(np.indices(shape)) - np.reshape(middle, (3, 1, 1, 1))
    places = ((0, 1, -1), (1, -2, 0), (-1, 0, 2))
    return sum(
        (k + 1) * np.exp(-((zyx - np.reshape(place, (3, 1, 1, 1))) ** 2).sum(0) / (2 * width**2))
        for k, place in enumerate(places)
    ).astype(np.float32)


@pytest.fixture
def written(tmp_path):
    """A map in a file."""

    def write(volume=None, name="map.mrc", *, pixel_size=VOXEL_SIZE, **header) -> Path:
        write_mrc(tmp_path / name, gaussians() if volume is None else volume, pixel_size=pixel_size, **header)
        return tmp_path / name

    return write


def decomposed(source: Path, **options) -> Moments:
    path = source.with_suffix(".npz")
    kept = {name: options.pop(name) for name in ("memory", "device", "overwrite") if name in options}
    done = decompose_map(source, path, DecomposeOptions(**{"order": ORDER} | options), overwrite=True, **kept)
    found = Moments()
    found.load(done.paths[0], quiet=True)
    return found


def distance(a, b):
    return float(np.linalg.norm(np.asarray(a) - np.asarray(b)) / np.linalg.norm(b))


def test_the_file_holds_the_moments_of_the_plan_and_where_the_map_stood(written):
    found = decomposed(written(origin=(10.0, 20.0, 30.0)))
    assert distance(found.array[0], ZernikePlan(ORDER, BOX).decompose(gaussians())) < 1e-6  # single precision
    assert (found.radius, found.apix, found.voxdim, found.center) == (16.0, 2.0, 16, (0.0, 0.0, 0.0))
    assert found.data.origin == (10.0, 20.0, 30.0) and found.latents is None


def test_a_subunit_is_cut_out_about_a_point(written, tmp_path):
    """In the frame of the file, from a point or a marker: as if the map were of it alone."""
    alone = decomposed(written())
    middle = (10, 13, 15)  # z, y, x
    source = written(gaussians((24, 28, 30), middle=middle), "large.mrc", origin=(-5.0, 7.0, 1.0))
    x, y, z = (first + VOXEL_SIZE * index for first, index in zip((-5.0, 7.0, 1.0), middle[::-1], strict=True))
    found = decomposed(source, com=(x, y, z), crop_to=BOX)
    # Only the tails of the blobs are cut elsewhere.
    assert distance(found.array, alone.array) < 1e-3
    assert found.voxdim == BOX and found.center == (0.0, 0.0, 0.0)
    assert found.data.origin == pytest.approx((x - 16, y - 16, z - 16))
    marker = tmp_path / "centre.cmm"
    marker.write_text(f'<marker_set name="m"><marker id="1" x="{x}" y="{y}" z="{z}" radius="1"/></marker_set>')
    assert np.array_equal(decomposed(source, com=marker, crop_to=BOX).array, found.array)


def test_a_fraction_of_a_voxel_counts(written):
    """The ball is about the point itself, and within the box."""
    source = written()
    found = decomposed(source, com=(16.5, 16.0, 15.0))
    assert found.center == pytest.approx((0.5, 0.0, -1.0)) and found.radius == pytest.approx(15.0)
    expected = ZernikePlan(ORDER, BOX, radius=7.5, center=(0.25, 0.0, -0.5)).decompose(gaussians())
    assert distance(found.array[0], expected) < 1e-6


def test_boxes_that_are_no_cubes_are_filled_up_or_cut(written):
    source = written(gaussians((12, 16, 14)))
    with pytest.raises(InputError, match="12 × 16 × 14, and a ball needs a cube") as error:
        decomposed(source)
    assert "--crop-to 16" in error.value.hint and "--crop-to 12" in error.value.hint
    filled = np.zeros((BOX,) * 3, np.float32)
    filled[2:14, :, 1:15] = gaussians((12, 16, 14))
    assert np.array_equal(decomposed(source, crop_to=BOX).array, decomposed(written(filled, "filled.mrc")).array)


def test_the_mask_multiplies(written):
    soft = np.linspace(0, 1, BOX**3).reshape((BOX,) * 3).astype(np.float32)
    found = decomposed(written(), mask=written(soft, "mask.mrc", pixel_size=9.0))
    assert np.array_equal(found.array, decomposed(written(gaussians() * soft, "masked.mrc")).array)


def test_binning_keeps_the_density_and_its_place(written):
    source = written(gaussians((24,) * 3, width=3.0), origin=(3.0, 0.0, 0.0))
    found, full = decomposed(source, bin=1.5, radius=20.0), decomposed(source, radius=20.0)
    assert found.voxdim == 16 and found.apix == pytest.approx(3.0)
    # A Gaussian of 2 new voxels has exp(-2π² · 4 / 4) = 3e-9 of its amplitude at the new Nyquist frequency.
    assert distance(found.array, full.array) < 1e-4
    middles = [np.array(item.data.origin) + item.voxdim // 2 * item.apix for item in (found, full)]
    assert middles[0] == pytest.approx(middles[1])


def test_the_order_follows_from_the_resolution(written):
    found = decomposed(written(), order=None, resolution=14.0)
    assert found.order == order_for_resolution(14.0, 16.0)
    with pytest.raises(InputError, match="say the same thing twice"):
        DecomposeOptions(order=5, resolution=10.0)


def test_balls(written):
    source = written()
    assert decomposed(source, ball=BallExtent.CIRCUMSCRIBED).radius == pytest.approx(3**0.5 * 16)
    assert decomposed(source, radius=12.0).radius == 12.0
    for radius in (1.0, 28.0):
        with pytest.raises(InputError, match=rf"map.mrc: a ball of {radius:g} Å does not fit a box of 16³") as error:
            decomposed(source, radius=radius)
        assert "2 to 27.7128 Å" in error.value.hint


def test_the_ball_of_zernike3d(written, tmp_path):
    source = written()
    found = decomposed(source, ball=BallExtent.ZERNIKE3D)
    radius, center = zernike3d_ball(BOX)
    assert found.radius == pytest.approx(2 * radius) and found.center == tuple(2 * offset for offset in center)
    write_zernike3d(tmp_path / "theirs", found)  # which refuses any other ball
    with pytest.raises(InputError, match="--ball zernike3d is about the whole box"):
        DecomposeOptions(ball=BallExtent.ZERNIKE3D, radius=10.0)


def test_bundles_with_their_latents_in_batches(written, tmp_path, monkeypatch):
    maps = np.stack([gaussians(), gaussians() ** 2, gaussians().transpose(2, 1, 0)])
    latents = np.random.default_rng(0).normal(size=(7, 2)).astype(np.float32)
    bundle = LatentBundle(consensus=maps[0], components=maps[1:], latents=latents, voxel_size=VOXEL_SIZE)
    source = tmp_path / "job.wgl"
    write_latent_bundle(source, bundle)
    found = decomposed(source)
    assert np.array_equal(found.latents, latents)
    plan = ZernikePlan(ORDER, BOX)
    assert distance(found.array, np.stack([plan.decompose(volume) for volume in maps])) < 1e-6
    # Two batches, the second of which is filled up.
    monkeypatch.setattr(job, "plan_batches", lambda *_, **__: BatchPlan(2, 2, 0, 0))
    assert distance(decomposed(source).array, found.array) < 1e-6


def test_a_bundle_without_voxel_size_asks_for_it(tmp_path):
    maps = np.stack([gaussians()] * 2)
    write_latent_bundle(tmp_path / "job.npz", LatentBundle(consensus=maps[0], components=maps[1:]))
    with pytest.raises(InputError, match="does not say its voxel size"):
        decompose_map(tmp_path / "job.npz", tmp_path / "m.npz")


def test_eight_bits_in_the_files_that_are_asked_for(written, tmp_path):
    source, full = written(), decomposed(written())
    for precision, names in (
        (StoredPrecision.EIGHT_BIT, ["a.8bit.npz"]),
        (StoredPrecision.BOTH, ["a.npz", "a.8bit.npz"]),
    ):
        done = decompose_map(source, tmp_path / "a", DecomposeOptions(order=ORDER, precision=precision))
        assert [path.name for path in done.paths] == names
        coarse = Moments()
        coarse.load(done.paths[-1], quiet=True)
        assert 0 < distance(coarse.array, full.array) < 0.01
        for path in done.paths:
            path.unlink()


def test_monomials_agree_where_the_density_ends_inside(written):
    # They are sums over voxel centres, and the ball cuts tails of 1e-3.
    assert distance(decomposed(written(), algorithm=MomentAlgorithm.MONOMIAL).array, decomposed(written()).array) < 5e-3


def test_refinement_finds_the_moments_of_a_series():
    """Of a map that is a series exactly, about any voxel, least squares find it from nothing."""
    plan = ZernikePlan(ORDER, BOX, center=(1.0, 0.0, -1.0))
    true = np.asarray(plan.decompose(np.random.default_rng(1).normal(size=(BOX,) * 3)))
    moved = np.roll(plan.reconstruct(true), (-1, 1), axis=(0, 2))
    found, residuals = refine_moments(plan, moved, np.zeros_like(true), iterations=12)
    # The functions overlap by a few per cent on so few voxels, so each step leaves less than half.
    assert distance(found, true) < 1e-4 and residuals[0] == pytest.approx(1)
    assert np.all(np.diff(residuals) < 0)


def test_refined_files_fit_their_voxels_better(written):
    noisy = gaussians() + np.random.default_rng(0).normal(size=(BOX,) * 3).astype(np.float32)
    source = written(noisy)
    plan = ZernikePlan(ORDER, BOX)
    inside = np.asarray(plan.reconstruct(np.eye(1, moment_count(ORDER), dtype=complex)[0])) != 0

    def residual(moments):
        return np.linalg.norm(np.where(inside, np.asarray(plan.reconstruct(moments.array[0])) - noisy, 0))

    # Most of the residual is noise beyond the order; that within reach shrinks it by 0.4 %.
    assert residual(decomposed(source, refine=True)) < 0.998 * residual(decomposed(source))
    with pytest.raises(InputError, match="--refine starts from exact moments"):
        DecomposeOptions(refine=True, algorithm=MomentAlgorithm.MONOMIAL)


def test_an_order_beyond_the_voxels_is_warned_of(written):
    with pytest.warns(UserWarning, match="order 6 is beyond what voxels can follow in a ball of 1.5 voxels"):
        decomposed(written(), radius=3.0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"com": (1000.0, 0.0, 0.0)}, "the centre .* is outside of the map, which goes from .0, 0, 0. to .30, 30, 30."),
        ({"bin": 16.0}, "--bin 16 leaves 1 of 16 voxels"),
        ({"crop_to": 3, "com": (0.0, 0.0, 0.0)}, "every value is 0 where it is looked at"),
        ({"memory": 2**20}, "16 × 16 × 16 voxels, to order 6 in one of 16³, needs about .* is allowed by --memory"),
        ({"device": "tpu:3"}, "--device tpu:3: there is no such device"),
        ({"device": "cpu:one"}, "--device cpu:one"),
    ],
)
def test_what_cannot_be_done(written, tmp_path, options, message):
    volume = gaussians()
    volume[:4, :4, :4] = 0
    source = written(volume)
    with pytest.raises(InputError, match=message):
        decomposed(source, **options)
    assert [path.name for path in tmp_path.iterdir()] == ["map.mrc"]


def test_a_mask_of_another_box_and_an_empty_map(written):
    with pytest.raises(InputError, match=r"mask.mrc: its shape is 8 × 8 × 8, but that of .*map.mrc is 16 × 16 × 16"):
        decomposed(written(), mask=written(np.ones((8,) * 3), "mask.mrc"))
    with pytest.raises(InputError, match=r"zero.mrc: every value is 0, so it has no shape"):
        decomposed(written(np.zeros((BOX,) * 3), "zero.mrc"))


@pytest.mark.parametrize(
    "options",
    [{"order": -1}, {"resolution": 0.0}, {"apix": -1.0}, {"radius": float("nan")}, {"crop_to": 2}, {"bin": 0.5},
     {"bin": float("inf")}, {"com": (0.0, float("nan"), 0.0)}],
)  # fmt: skip
def test_options_out_of_range(options):
    with pytest.raises(InputError, match="--" + next(iter(options)).replace("_", "-")):
        DecomposeOptions(**options)


def test_it_runs_where_it_is_told(written):
    source = written()
    done = decompose_map(source, source.with_suffix(".npz"), DecomposeOptions(order=ORDER), device="cpu:0")
    assert done.strategy[0].startswith("device: cpu:0") and len(done.strategy) == 3
