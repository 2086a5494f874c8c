"""Binned, cropped and padded images, and what the list says of them."""

import mrcfile
import numpy as np
import pytest
import starfile
from hypothesis import given
from hypothesis import strategies as st

from tests.data import shared_data
from tests.stacks.conftest import PIXEL_SIZE, N, noise
from vitreous._core import InputError
from vitreous.datasets import ParticleDataset
from vitreous.io import Table, read_star, write_mrc, write_star
from vitreous.stacks import BinOptions, bin_stack, crop_stack, pad_stack

# Of single-precision transforms of values of about 5.
ROUNDING = 1e-5


def same_but_sampling(old: ParticleDataset, new: ParticleDataset) -> None:
    """Poses, origins in Å and CTFs mean what they meant, and every other column is as it was."""
    for name in ("euler_angles_deg", "offsets", "half_sets", "class_numbers", "optics_groups"):
        values, found = getattr(old.metadata, name), getattr(new.metadata, name)
        assert (values is None) is (found is None)
        if values is not None:
            np.testing.assert_allclose(found, values, rtol=1e-12)  # of doubles that were divided and multiplied
    for name, values in (old.metadata.ctf_parameters or {}).items():
        np.testing.assert_array_equal(new.metadata.ctf_parameters[name], values)
    assert new.names == old.names
    for name in set(old.names) - {"rlnImageName", "rlnOriginX", "rlnOriginY", "rlnMagnification"}:
        assert new.column(name).tolist() == old.column(name).tolist()


def test_binned_spectrum_is_that_below_the_new_nyquist(particles, tmp_path):
    report = bin_stack(particles, tmp_path / "binned.star", BinOptions(factor=2))
    binned = ParticleDataset.load(tmp_path / "binned.star")
    assert report.files == (tmp_path / "binned.star", tmp_path / "binned.mrcs") and report.particles == N
    assert report.notes == ("8 × 8 pixels of 4 Å, of 16 × 16",)
    assert binned.shape == (8, 8) and binned.pixel_size == 2 * PIXEL_SIZE
    same_but_sampling(particles, binned)
    # Centred transforms: the modes of |k| < 4 are the same, but for the number of pixels that they are sums of.
    old, new = (np.fft.fft2(np.fft.ifftshift(d.images(), axes=(1, 2))) for d in (particles, binned))
    k = np.r_[0:4, -3:0]
    np.testing.assert_allclose(new[:, k][:, :, k], old[:, k][:, :, k] / 4, atol=64 * ROUNDING)


@pytest.mark.parametrize(("box", "new"), [(24, 12), (21, 14), (25, 15)])
def test_a_particle_stays_where_it_was(make, tmp_path, box, new):
    """A Gaussian off the centre, and the same sampled at the new pixels about the new origin."""

    def blob(side, pixel_size):
        y, x = (np.mgrid[:side, :side] - side // 2) * pixel_size
        return np.exp(-((x - 2.0) ** 2 + (y + 1.0) ** 2) / (2 * 3.0**2))[None]

    source = make(images=blob(box, 1.0))
    bin_stack(source, tmp_path / "b.star", BinOptions(box=new))
    # Tails beyond the edge and beyond Nyquist reach 1e-2 of the height; half a pixel would make 0.1.
    np.testing.assert_allclose(ParticleDataset.load(tmp_path / "b.star").images(), blob(new, box / new), atol=1.5e-2)


def test_old_relion_dialect(tmp_path):
    """RELION 3.0: the pixel size is a magnification, and origins are in pixels."""
    write_mrc(tmp_path / "a.mrcs", noise(2), pixel_size=2.0, image_stack=True)
    columns = {
        "rlnImageName": ["1@a.mrcs", "2@a.mrcs"],
        **{name: [10.0, 20.0] for name in ("rlnAngleRot", "rlnAngleTilt", "rlnAnglePsi")},
        **{"rlnOriginX": [3.0, -1.0], "rlnOriginY": [0.5, 2.0]},
        **{"rlnDetectorPixelSize": [14.0, 14.0], "rlnMagnification": [70_000.0, 70_000.0]},
    }
    write_star(tmp_path / "a.star", {"": Table(columns)})
    old = ParticleDataset.load(tmp_path / "a.star")
    bin_stack(old, tmp_path / "b.star", BinOptions(pixel_size=4.0))
    new = ParticleDataset.load(tmp_path / "b.star")
    assert new.pixel_size == 4.0 and list(read_star(tmp_path / "b.star")) == [""]
    assert new.column("rlnOriginX").tolist() == [1.5, -0.5]
    same_but_sampling(old, new)


def test_a_pixel_size_that_the_caller_gave_is_written(particles, tmp_path):
    wrong = ParticleDataset.load(particles.source, pixel_size=1.0)
    crop_stack(wrong, tmp_path / "c.star", 12)
    assert ParticleDataset.load(tmp_path / "c.star").pixel_size == 1.0


@pytest.mark.parametrize("has_optics", [True, False])
def test_a_pixel_size_that_only_the_caller_knows_is_written(particles, tmp_path, has_optics):
    blocks = read_star(particles.source)
    optics = {"optics": blocks["optics"].without(["rlnImagePixelSize", "rlnMicrographOriginalPixelSize"])}
    write_star(tmp_path / "u.star", {**(optics if has_optics else {}), "particles": blocks["particles"]})
    unknown = ParticleDataset.load(tmp_path / "u.star", pixel_size=3.0)
    bin_stack(unknown, tmp_path / "b.star", BinOptions(factor=2))
    assert ParticleDataset.load(tmp_path / "b.star").pixel_size == 6.0


def test_optics_groups_of_other_particles_are_left_alone(particles, tmp_path):
    group = particles[particles.metadata.optics_groups == 1]
    bin_stack(group, tmp_path / "b.star", BinOptions(factor=2))
    optics = read_star(tmp_path / "b.star")["optics"]
    assert dict(zip(optics.column("rlnOpticsGroup", int), optics.column("rlnImageSize", int), strict=True)) == {
        1: 8,
        2: 16,
    }


def test_cropped_and_padded_back(particles, tmp_path):
    crop_stack(particles, tmp_path / "c.star", 10)
    cropped = ParticleDataset.load(tmp_path / "c.star")
    np.testing.assert_array_equal(cropped.images(), particles.images()[:, 3:13, 3:13])
    assert cropped.shape == (10, 10) and cropped.pixel_size == PIXEL_SIZE
    same_but_sampling(particles, cropped)
    pad_stack(cropped, tmp_path / "p.star", (16, 20), value=-1.0)
    padded = ParticleDataset.load(tmp_path / "p.star")
    images = padded.images()
    np.testing.assert_array_equal(images[:, 3:13, 5:15], cropped.images())
    assert (np.delete(images.reshape(N, -1), np.flatnonzero(_inside((16, 20), (10, 10))), axis=1) == -1).all()
    assert "rlnImageSize" not in read_star(tmp_path / "p.star")["optics"]  # one number says nothing of a rectangle


def _inside(shape, inner):
    mask = np.zeros(shape, bool)
    rows, columns = (slice(n // 2 - m // 2, n // 2 - m // 2 + m) for n, m in zip(shape, inner, strict=True))
    mask[rows, columns] = True
    return mask


def test_padding_is_the_mean_of_the_edge(particles, tmp_path):
    pad_stack(particles, tmp_path / "p.star", 20)
    images = ParticleDataset.load(tmp_path / "p.star").images()
    edge = ~_inside((16, 16), (14, 14))
    np.testing.assert_allclose(images[:, 0, 0], particles.images()[:, edge].mean(axis=1), rtol=1e-6)


def test_other_readers_agree(particles, tmp_path):
    bin_stack(particles, tmp_path / "b.star", BinOptions(box=8))
    assert mrcfile.validate(tmp_path / "b.mrcs")
    with mrcfile.open(tmp_path / "b.mrcs") as stack:
        assert stack.voxel_size.x == pytest.approx(4.0) and stack.is_image_stack()
        np.testing.assert_array_equal(stack.data, ParticleDataset.load(tmp_path / "b.star").images())
    tables = starfile.read(tmp_path / "b.star")
    assert tables["optics"]["rlnImagePixelSize"].tolist() == [4.0, 4.0]
    assert tables["optics"]["rlnImageSize"].tolist() == [8, 8]
    assert tables["particles"]["rlnComment"].tolist() == particles.column("rlnComment").tolist()


def test_real_particles(tmp_path):
    source = ParticleDataset.load(shared_data("particles/sta_testing_bin8.star"))[:40]
    bin_stack(source, tmp_path / "b.star", BinOptions(factor=2))
    binned = ParticleDataset.load(tmp_path / "b.star")
    assert binned.shape == (32, 32) and binned.pixel_size == pytest.approx(2 * source.pixel_size, rel=1e-9)
    np.testing.assert_allclose(binned.metadata.offsets, source.metadata.offsets, rtol=1e-9)
    # A band limit keeps the mean.
    means = [dataset.images().mean(axis=(1, 2), dtype=np.float64) for dataset in (source, binned)]
    np.testing.assert_allclose(means[1], means[0], atol=1e-5 * np.abs(source.images()).max())


@given(st.integers(4, 300), st.integers(4, 300), st.floats(1.0, 20.0))
def test_binned_shapes_keep_square_pixels_or_are_refused(rows, columns, factor):
    try:
        new = BinOptions(factor=factor).new_shape((rows, columns), 1.0)
    except InputError:
        return
    assert min(new) >= 2 and new[0] <= rows and new[1] <= columns
    assert new[0] * columns == new[1] * rows


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "nothing does not say"),
        ({"factor": 2, "box": 8}, "does not say"),
        ({"factor": -2}, "does not say"),
        ({"pixel_size": float("nan")}, "does not say"),
    ],
)
def test_bin_options(options, message):
    with pytest.raises(InputError, match=message):
        BinOptions(**options)


def test_boxes_that_cannot_be(particles, tmp_path):
    output = tmp_path / "out.star"
    for options in ({"factor": 0.5}, {"box": 17}, {"pixel_size": 1.0}, {"factor": 16}, {"pixel_size": 1e9}):
        with pytest.raises(InputError, match="cannot be binned"):
            bin_stack(particles, output, BinOptions(**options))
    with pytest.raises(InputError, match="cannot be cropped to 17 × 17"):
        crop_stack(particles, output, 17)
    with pytest.raises(InputError, match="cannot be padded to 12 × 18"):
        pad_stack(particles, output, (12, 18))
    for box in (0, -3, (4, 0)):
        with pytest.raises(InputError, match="holds no pixels"):
            crop_stack(particles, output, box)
    assert not output.exists()
