"""Bad particles found, and pictures of particles."""

import csv
import struct

import numpy as np
import pytest

from tests.stacks.conftest import N, noise
from vitreous._core import InputError
from vitreous.datasets import ParticleDataset
from vitreous.stacks import (
    CleanOptions,
    MontageOptions,
    NormaliseOptions,
    clean_stack,
    find_bad_particles,
    montage,
    normalise_stack,
)


@pytest.fixture
def damaged(make, tmp_path):
    """Constant, bright, noisy and NaN, and one whose stack is gone."""
    images = noise(40)
    images[3] = 0.0
    images[8] += 100.0
    images[20] *= 50.0
    images[20] -= images[20].mean() - 3.0
    source = make("damaged.star", images)
    with (tmp_path / "damaged.mrcs").open("r+b") as stack:
        stack.seek(1024 + 4 * 256 * 31)
        stack.write(struct.pack("<f", float("nan")))
    names = source.column("rlnImageName").tolist()
    names[39] = "000001@gone.mrcs"
    return source.with_columns({"rlnImageName": names})


def test_each_bad_particle_is_named_with_its_reason(damaged):
    bad = {particle.row: particle.reason for particle in find_bad_particles(damaged)}
    assert sorted(bad) == [3, 8, 20, 31, 39]
    assert "constant (0)" in bad[3]
    assert bad[8].startswith("the mean of its image, 10")
    assert bad[20].startswith("the standard deviation of its image")
    assert "1 values of section 32" in bad[31] and "NaN" in bad[31]
    assert "gone.mrcs, which does not exist" in bad[39]


def test_the_others_are_kept(damaged, tmp_path):
    report, bad = clean_stack(damaged, tmp_path / "good.star", removed=tmp_path / "bad.csv")
    good = ParticleDataset.load(tmp_path / "good.star")
    assert len(good) == report.particles == 35 and report.notes == ("5 of 40 left out",)
    assert report.files == (tmp_path / "good.star", tmp_path / "bad.csv")
    kept = np.setdiff1d(np.arange(40), [particle.row for particle in bad])
    assert good.column("rlnComment").tolist() == [f"number{row}" for row in kept]
    with (tmp_path / "bad.csv").open(newline="", encoding="utf-8") as stream:
        assert [*csv.DictReader(stream)] == [{"row": str(b.row), "reason": b.reason} for b in bad]


def test_images_of_the_good_are_copied(damaged, tmp_path):
    clean_stack(damaged, tmp_path / "good.star", copy_images=True)
    good = ParticleDataset.load(tmp_path / "good.star")
    assert good.image_files == (tmp_path / "good.mrcs",)
    assert good.images().shape == (35, 16, 16)


def test_sound_particles_are_not_bad(particles, tmp_path):
    assert find_bad_particles(particles) == ()
    # Means and deviations of normalised images agree but for rounding, and rounding is no reason.
    normalise_stack(particles, tmp_path / "n.star", NormaliseOptions(radius=1.0, ramp=False))
    assert find_bad_particles(ParticleDataset.load(tmp_path / "n.star")) == ()


def test_how_far_is_too_far(particles):
    assert len(find_bad_particles(particles, CleanOptions(deviations=0.5))) > 2
    for deviations in (0.0, -1.0, float("nan")):
        with pytest.raises(InputError, match="would leave nothing"):
            CleanOptions(deviations=deviations)


def test_nothing_is_left(make, tmp_path):
    flat = make("flat.star", np.zeros((3, 8, 8), np.float32))
    with pytest.raises(InputError, match="all 3 particles are bad; of the first, its image is constant"):
        clean_stack(flat, tmp_path / "good.star")
    assert not (tmp_path / "good.star").exists()
    (tmp_path / "flat.mrcs").unlink()
    with pytest.raises(InputError, match=r"all 3 particles are bad; of the first, .* which does not exist"):
        clean_stack(ParticleDataset.load(flat.source), tmp_path / "good.star")


@pytest.mark.parametrize("options", [MontageOptions(count=5), MontageOptions(count=99, random=True, columns=4)])
def test_montage(particles, tmp_path, options):
    report = montage(particles, tmp_path / "m.png", options)
    assert report.particles == min(options.count, N)
    assert (tmp_path / "m.png").read_bytes()[1:4] == b"PNG"


def test_montage_shows_the_images_asked_for(particles, tmp_path):
    montage(particles, tmp_path / "m.svg", MontageOptions(count=3, random=True, seed=1))
    text = (tmp_path / "m.svg").read_text(encoding="utf-8")
    rows = np.sort(np.random.default_rng(1).choice(N, 3, replace=False))
    assert text.count("<image") == 3 and all(f">{row}<" in text for row in rows)


def test_pictures_that_cannot_be(particles, tmp_path):
    with pytest.raises(InputError, match="is no picture"):
        montage(particles, tmp_path / "m.star")
    for options in ({"count": 0}, {"count": 10**6}, {"columns": 0}, {"seed": -1}):
        with pytest.raises(InputError):
            MontageOptions(**options)
