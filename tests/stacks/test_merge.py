"""Lists merged and stacks appended to."""

import os

import numpy as np
import pytest

from tests.interruption import Interrupting
from tests.stacks.conftest import N, noise
from vitreous._core import InputError
from vitreous.datasets import ParticleDataset
from vitreous.io import read_star
from vitreous.stacks import append_stack, merge_stacks


def test_lists_are_merged_and_images_stay(particles, make, tmp_path):
    other = make("other.star", noise(3, seed=1))
    report = merge_stacks([particles, other], tmp_path / "all.star")
    merged = ParticleDataset.load(tmp_path / "all.star")
    assert report.files == (tmp_path / "all.star",) and report.particles == len(merged) == N + 3
    assert not (tmp_path / "all.mrcs").exists()
    np.testing.assert_array_equal(merged.images(), np.concatenate([noise(), noise(3, seed=1)]))
    assert len(read_star(tmp_path / "all.star")["optics"]) == 2  # the same groups in both


def test_renumbered_optics_groups_are_named(particles, make, tmp_path):
    other = make("other.star", noise(4, seed=1), voltage=100.0)  # whose groups are of 100 and 200 kV
    with pytest.warns(UserWarning, match="optics group 1 became 3"):
        merge_stacks([particles, other], tmp_path / "all.star")
    merged = ParticleDataset.load(tmp_path / "all.star")
    expected = [*particles.metadata.ctf_parameters["voltage_kv"], *other.metadata.ctf_parameters["voltage_kv"]]
    np.testing.assert_array_equal(merged.metadata.ctf_parameters["voltage_kv"], expected)


@pytest.mark.parametrize("name", ["all.star", "all.h5", "deep/all.star"])
def test_images_are_copied_into_one_stack(particles, make, tmp_path, name):
    other = make("elsewhere/other.star", noise(3, seed=1))
    (tmp_path / "deep").mkdir()
    output = tmp_path / name
    merge_stacks([particles, other], output, copy_images=True)
    merged = ParticleDataset.load(output)
    np.testing.assert_array_equal(merged.images(), np.concatenate([noise(), noise(3, seed=1)]))
    assert merged.image_files == (output if name.endswith("h5") else output.with_suffix(".mrcs"),)
    assert merged.column("rlnComment").tolist() == [f"number{k}" for k in (*range(N), *range(3))]


def test_particles_that_do_not_go_together(particles, make, tmp_path):
    output = tmp_path / "all.star"
    coarse, small = make("coarse.star", pixel_size=2.5), make("small.star", noise(4, (8, 8)))
    for other, message in ((coarse, "pixels of 2.5 Å, and .* 2"), (small, "images of 8 pixels a side")):
        for copy_images in (False, True):
            with pytest.raises(InputError, match=message):
                merge_stacks([particles, other], output, copy_images=copy_images)
    particles.write(tmp_path / "a.cs")
    with pytest.raises(InputError, match="another format"):
        merge_stacks([particles, ParticleDataset.load(tmp_path / "a.cs")], output)
    with pytest.raises(InputError, match="are not merged"):
        merge_stacks([particles], output)
    missing = make("missing.star")
    (tmp_path / "missing.mrcs").unlink()
    with pytest.raises(InputError, match=r"missing\.mrcs, which does not exist"):
        merge_stacks([particles, missing], output, copy_images=True)
    assert not output.exists()


def test_appended_in_place(particles, make):
    other = make("elsewhere/other.star", noise(3, seed=1))
    append_stack(particles, [other, other])
    longer = ParticleDataset.load(particles.source)
    expected = np.concatenate([noise(), noise(3, seed=1), noise(3, seed=1)])
    np.testing.assert_array_equal(longer.images(), expected)
    assert longer.image_files == (particles.source.with_suffix(".mrcs"),)
    append_stack(longer, [other])
    assert len(ParticleDataset.load(particles.source)) == N + 9


def test_an_interrupted_append_changes_nothing(particles, make, tmp_path):
    other = make("other.star", noise(3, seed=1))
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(KeyboardInterrupt):
        append_stack(particles, [other], progress=Interrupting(1))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_what_cannot_be_appended(particles, make, tmp_path):
    with pytest.raises(InputError, match="appended to itself"):
        append_stack(particles, [particles])
    with pytest.raises(InputError, match="are not merged"):
        append_stack(particles, [])
    other = make("other.star")
    for part in (particles[:5], particles[::-1]):  # of a stack that other lists may name
        part.write(tmp_path / "part.star")
        os.rename(tmp_path / "part.star", particles.source)
        with pytest.raises(InputError, match="does not list all 12 images"):
            append_stack(ParticleDataset.load(particles.source), [other])
    os.rename(tmp_path / "other.star", tmp_path / "renamed.star")
    with pytest.raises(InputError, match=r"its images are in .*other\.mrcs, not in .*renamed\.mrcs"):
        append_stack(ParticleDataset.load(tmp_path / "renamed.star"), [other])
