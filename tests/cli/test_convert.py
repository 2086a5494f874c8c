"""`vitreous convert`."""

import numpy as np
import pytest

from tests.datasets.particle_samples import changed, write_sample
from vitreous.datasets import ParticleDataset


@pytest.fixture
def star(tmp_path):
    return write_sample(tmp_path / "a.star")


def test_converted_and_checked(star, run, tmp_path):
    outcome = run("convert", star, tmp_path / "a.cs", "--check")
    assert outcome.status == 0
    lines = outcome.out.splitlines()
    assert lines[0] == f"{tmp_path / 'a.cs'}: 16 particles, from {star}"
    assert "16 in both, matched by image" in lines[1] and lines[-1] == "the files agree"
    assert outcome.err.startswith("warning: ") and "coordinates are left out" in outcome.err
    outcome = run("convert", tmp_path / "a.cs", tmp_path / "old.star", "--relion", "3.0", "--check", "--count", 16)
    assert outcome.status == 0 and "the files agree" in outcome.out


def test_a_wrong_file_is_named_with_status_2(star, run, tmp_path):
    wrong = changed(ParticleDataset.load(star), rlnAngleTilt=np.negative)
    wrong.write(tmp_path / "wrong.star")
    before = (tmp_path / "wrong.star").read_bytes()
    outcome = run("convert", star, tmp_path / "wrong.star", "--check-only")
    assert outcome.status == 2
    assert "differs: hand: the poses are those of the mirror image" in outcome.out
    assert outcome.out.splitlines()[-1] == "the files do NOT agree"
    assert (tmp_path / "wrong.star").read_bytes() == before


def test_refusals(star, refused, tmp_path):
    assert "exists already" in refused("convert", star, write_sample(tmp_path / "b.star"))
    assert "no format of particles" in refused("convert", star, tmp_path / "b.mrc")
    assert "cannot be read" in refused("convert", tmp_path / "none.star", tmp_path / "b.cs")
    assert "none.cs: cannot be read" in refused("convert", star, tmp_path / "none.cs", "--check-only")
