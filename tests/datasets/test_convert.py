"""Conversion between formats: the same images from both files, and what has no place is said."""

import warnings

import jax
import numpy as np
import pytest

from tests.data import shared_data
from tests.datasets.particle_samples import write_aberrated, write_sample
from vitreous._core import InputError
from vitreous.datasets import (
    ConversionOptions,
    ConversionWarning,
    ParticleDataset,
    RelionVersion,
    compare_particle_files,
    convert_particles,
)
from vitreous.grids import ImageConfig
from vitreous.imaging import make_image_model
from vitreous.io import read_star, write_mrc
from vitreous.optics import Contrast
from vitreous.volumes import GaussianMixtureVolume

JOB = "metadata/cryosparc_P12_J24_001_particles.cs"
OLD = ConversionOptions(relion=RelionVersion.V3_0)


@pytest.fixture
def aberrated(tmp_path):
    return write_aberrated(tmp_path / "a.star")


def test_the_real_job_as_star_means_the_same_images(tmp_path):
    convert_particles(shared_data(JOB), tmp_path / "job.star")
    agreement = compare_particle_files(shared_data(JOB), tmp_path / "job.star", count=16)
    # Text has all digits of the single precision in the .cs file, so only rounding in the rendering is left.
    assert agreement.agrees and agreement.worst < 1e-4
    assert agreement.counts == (2019, 2019, 2019) and agreement.matched_by == "uid"
    # And back: in single precision again.
    convert_particles(tmp_path / "job.star", tmp_path / "job.cs")
    agreement = compare_particle_files(shared_data(JOB), tmp_path / "job.cs", count=16)
    assert agreement.agrees and agreement.worst < 1e-4
    dark = ParticleDataset.load(tmp_path / "job.cs")
    assert dark.contrast is Contrast.DARK
    assert dark.metadata.uids.tolist() == ParticleDataset.load(shared_data(JOB)).metadata.uids.tolist()


@pytest.mark.filterwarnings("ignore:.*RELION 3.0 ignores")
def test_each_format_describes_the_pixels_of_a_simulation(tmp_path):
    """Not two files against each other, but each against images that were made from the first, found by its names."""
    star = write_aberrated(tmp_path / "a.star", optics={"rlnImageSize": BOX})
    truth = simulated(ParticleDataset.load(star))
    for k in range(2):
        write_mrc(tmp_path / f"stack_{k}.mrcs", truth[k::2], pixel_size=1.5, image_stack=True)
    for name, options in [("b.cs", ConversionOptions()), ("old.star", OLD), ("c.h5", ConversionOptions())]:
        convert_particles(star, tmp_path / name, options)
        particles = ParticleDataset.load(tmp_path / name)[3:]
        images = particles.images()
        np.testing.assert_allclose(images, truth[3:], rtol=1e-6, atol=1e-9)  # pixels are in single precision
        expected = simulated(ParticleDataset.load(tmp_path / name))[3:]
        # Of poses and defoci in single precision: 1e-5 of the norm.
        assert np.linalg.norm(images - expected) < 1e-4 * np.linalg.norm(expected), name


BOX = 20
BLOBS = GaussianMixtureVolume(np.random.default_rng(1).normal(0, 5, (5, 3)), amplitudes=50.0, variances=3.0)


def simulated(particles):
    """The images that a dataset describes, by its poses and optics alone."""

    def image(pose, optics):
        model = make_image_model(
            BLOBS, ImageConfig((BOX, BOX), 1.5), pose=pose, optics=optics, contrast=particles.contrast
        )
        return model.simulate()

    return np.asarray(jax.jit(jax.vmap(image))(particles.poses, particles.optics))


@pytest.mark.filterwarnings("ignore:.*RELION 3.0 ignores")
def test_through_every_format_and_back(aberrated, tmp_path):
    before = aberrated
    for name, options in [
        ("old.star", OLD),
        ("b.cs", ConversionOptions()),
        ("c.star", ConversionOptions()),
        ("d.csg", ConversionOptions()),
        ("old_again.star", OLD),
        ("e.star", ConversionOptions()),
    ]:
        convert_particles(before, tmp_path / name, options)
        agreement = compare_particle_files(aberrated, tmp_path / name)
        assert agreement.agrees and agreement.worst < 1e-4, agreement.describe()
        before = tmp_path / name
    first, last = (ParticleDataset.load(path).metadata for path in (aberrated, before))
    np.testing.assert_array_equal(last.optics_groups, first.optics_groups)
    np.testing.assert_array_equal(last.half_sets, first.half_sets)


def test_hdf5_takes_the_images_in(tmp_path):
    star = write_sample(tmp_path / "a.star", optics={"rlnImageSize": 8})
    for k in range(2):
        write_mrc(
            tmp_path / f"stack_{k}.mrcs",
            np.random.default_rng(k).normal(size=(8, 8, 8)),
            pixel_size=1.5,
            image_stack=True,
        )
    convert_particles(star, tmp_path / "a.h5")
    one, two = ParticleDataset.load(star), ParticleDataset.load(tmp_path / "a.h5")
    np.testing.assert_array_equal(one.images(), two.images())
    agreement = compare_particle_files(one, two)
    assert agreement.agrees and agreement.matched_by == "row"  # its images are those of the new file


def test_all_columns_stay_within_a_format(tmp_path):
    star = write_sample(tmp_path / "a.star", particles={"rlnAutopickFigureOfMerit": np.arange(16.0)})
    convert_particles(star, tmp_path / "b.star")
    assert read_star(tmp_path / "b.star")["particles"].names == read_star(star)["particles"].names
    with pytest.warns(UserWarning, match=r"without the columns .* no place in its format: rlnAutopickFigureOfMerit\."):
        convert_particles(star, tmp_path / "b.cs")


def test_old_star_files_have_one_table_and_origins_in_pixels(aberrated, tmp_path):
    with pytest.warns(
        ConversionWarning, match="RELION 3.0 ignores the columns rlnOddZernike, rlnEvenZernike, rlnMagMat00"
    ):
        convert_particles(aberrated, tmp_path / "old.star", OLD)
    blocks = read_star(tmp_path / "old.star")
    assert list(blocks) == [""]
    one = ParticleDataset.load(aberrated)
    np.testing.assert_allclose(blocks[""].column("rlnOriginX", float) * 1.5, one.column("rlnOriginXAngst"), rtol=1e-9)


def test_strict_refuses_what_would_be_lost(tmp_path):
    star = write_sample(tmp_path / "a.star", optics={"rlnEvenZernike": "[0,0,0,0,0,0,0,0,0,0.5]"})
    strict = ConversionOptions(strict=True)
    with pytest.raises(InputError, match=r"number 9 \(0.5 rad\)") as caught:
        convert_particles(star, tmp_path / "a.cs", strict)
    assert "--strict" in str(caught.value.hint)
    assert not (tmp_path / "a.cs").exists()
    convert_particles(write_aberrated(tmp_path / "b.star"), tmp_path / "b.cs", strict)  # everything has its place
    cs = ParticleDataset.load(tmp_path / "b.cs")
    cs.with_columns({"ctf/shift_A": np.ones((16, 2))}).write(tmp_path / "c.cs")
    with pytest.raises(InputError, match=r"ctf/shift_A, whose meaning cryoSPARC does not publish, is ignored"):
        convert_particles(tmp_path / "c.cs", tmp_path / "c.star", strict)


def test_what_the_caller_knows_better(tmp_path):
    star = write_sample(tmp_path / "a.star")
    options = ConversionOptions(pixel_size=1.6, contrast=Contrast.DARK)
    for number, (source, name) in enumerate(
        [("a.star", "b.star"), ("a.star", "c.cs"), ("c.cs", "d.cs"), ("d.cs", "e.star")]
    ):
        particles = convert_particles(tmp_path / source, tmp_path / name, options)
        again = ParticleDataset.load(tmp_path / name)
        assert again.pixel_size == pytest.approx(1.6) and again.contrast is Contrast.DARK, name
        assert compare_particle_files(particles, again).agrees, (number, name)
    convert_particles(star, tmp_path / "old.star", OLD)
    convert_particles(
        tmp_path / "old.star", tmp_path / "older.star", ConversionOptions(relion=RelionVersion.V3_0, pixel_size=2)
    )
    assert ParticleDataset.load(tmp_path / "older.star").pixel_size == 2


def test_optics_groups_are_not_renumbered_silently(tmp_path):
    star = write_sample(
        tmp_path / "a.star", optics={"rlnOpticsGroup": [3, 8]}, particles={"rlnOpticsGroup": [8, 3] * 8}
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", ".*coordinates are left out")
        convert_particles(star, tmp_path / "a.cs")
        convert_particles(tmp_path / "a.cs", tmp_path / "b.star")
    assert ParticleDataset.load(tmp_path / "b.star").metadata.optics_groups.tolist() == [8, 3] * 8
    cs = ParticleDataset.load(tmp_path / "a.cs")
    cs.with_columns({"ctf/exp_group_id": [1, 0] * 8}).write(tmp_path / "zero.cs")
    with pytest.warns(UserWarning, match="of optics groups, 0 became 1, 1 became 2"):
        convert_particles(tmp_path / "zero.cs", tmp_path / "c.star")


@pytest.mark.parametrize("path", ["/data/a.mrcs", "../a.mrcs", "none/a.mrcs"])
def test_images_need_not_be_there_nor_where_they_are_followed(tmp_path, path):
    star = write_sample(tmp_path / "a.star", particles={"rlnImageName": [f"{k + 1}@{path}" for k in range(16)]})
    convert_particles(star, tmp_path / "a.cs")
    assert ParticleDataset.load(tmp_path / "a.cs").metadata.stacks == (path,)


def test_images_that_are_no_longer_found_are_said(tmp_path):
    star = write_sample(tmp_path / "a.star", optics={"rlnImageSize": 8})
    for k in range(2):
        write_mrc(tmp_path / f"stack_{k}.mrcs", np.zeros((8, 8, 8)), pixel_size=1.5, image_stack=True)
    elsewhere = tmp_path / "far" / "away" / "and" / "deep" / "down"
    elsewhere.mkdir(parents=True)
    with pytest.warns(UserWarning, match="image names no longer lead to the images"):
        convert_particles(star, elsewhere / "a.cs")


def test_nothing_is_overwritten_unasked(tmp_path):
    star = write_sample(tmp_path / "a.star")
    (tmp_path / "b.cs").write_bytes(b"mine")
    for name in ("b.cs", "b.csg"):
        with pytest.raises(InputError, match=r"b.cs: exists already"):
            convert_particles(star, tmp_path / name)
    assert (tmp_path / "b.cs").read_bytes() == b"mine"
    with pytest.raises(InputError, match="is read by this job"):
        convert_particles(star, star, ConversionOptions(overwrite=True))
    with pytest.raises(InputError, match="is of no format"):
        convert_particles(star, tmp_path / "b.txt")
    with pytest.raises(InputError, match=r"only cryoSPARC's .cs files have passthrough"):
        convert_particles(star, tmp_path / "c.cs", ConversionOptions(passthrough=[star]))
    convert_particles(star, tmp_path / "b.cs", ConversionOptions(overwrite=True))
    assert len(ParticleDataset.load(tmp_path / "b.cs")) == 16
