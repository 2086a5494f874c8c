"""What every job promises of its outputs: whole or not at all, nothing overwritten, little memory."""

import numpy as np
import pytest

from tests.interruption import Interrupting
from tests.memory import peak_growth
from tests.stacks.conftest import N, noise
from vitreous._core import InputError
from vitreous.datasets import ParticleDataset
from vitreous.io import MrcStackWriter
from vitreous.stacks import NormaliseOptions, SubsetOptions, invert_stack, normalise_stack, subset_stack


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("name", ["out.star", "out.h5", "out.cs"])
def test_every_format(particles, tmp_path, name):
    report = invert_stack(particles, tmp_path / name)
    assert all(path.is_file() for path in report.files)
    inverted = ParticleDataset.load(tmp_path / name)
    np.testing.assert_array_equal(inverted.images(), -noise())
    assert inverted.shape == (16, 16) and inverted.pixel_size == pytest.approx(2.0)
    # cryoSPARC keeps rotation vectors and shifts in single precision.
    np.testing.assert_allclose(inverted.metadata.offsets, particles.metadata.offsets, atol=1e-5)


def test_an_interruption_leaves_nothing(particles, tmp_path, monkeypatch):
    monkeypatch.setattr("vitreous.stacks._outputs._BATCH_BYTES", 4 * 256 * 5)
    before = contents(tmp_path)
    for name in ("out.star", "out.h5"):
        with pytest.raises(KeyboardInterrupt):
            invert_stack(particles, tmp_path / name, progress=Interrupting(1))
        assert contents(tmp_path) == before
    invert_stack(particles, tmp_path / "out.star")  # in three batches, the last of two
    np.testing.assert_array_equal(ParticleDataset.load(tmp_path / "out.star").images(), -noise())


def test_a_bad_image_leaves_nothing(make, tmp_path):
    images = noise()
    source = make(images=images)
    with (tmp_path / "particles.mrcs").open("r+b") as stack:
        stack.seek(-4, 2)
        stack.write(b"\x00\x00\xc0\x7f")  # NaN, in the last pixel of all
    before = contents(tmp_path)
    with pytest.raises(InputError, match="section 12 "):
        invert_stack(source, tmp_path / "out.star")
    assert contents(tmp_path) == before


def test_existing_files_are_kept_unless_told(particles, tmp_path):
    for existing in ("out.star", "out.mrcs"):
        (tmp_path / existing).write_text("precious")
        with pytest.raises(InputError, match=rf"{existing}: exists already"):
            invert_stack(particles, tmp_path / "out.star")
        assert (tmp_path / existing).read_text() == "precious"
        (tmp_path / existing).unlink()
    (tmp_path / "out.star").write_text("to be replaced")
    invert_stack(particles, tmp_path / "out.star", overwrite=True)
    assert len(ParticleDataset.load(tmp_path / "out.star")) == N


def test_the_source_is_never_the_output(particles, tmp_path):
    (tmp_path / "link.star").symlink_to(particles.source)
    for output in (particles.source, tmp_path / "link.star", particles.source.with_suffix(".cs")):
        with pytest.raises(InputError, match="is read by this job"):
            invert_stack(particles, output, overwrite=True)
    with pytest.raises(InputError, match="is read by this job"):
        subset_stack(particles, particles.source, SubsetOptions(random=2), overwrite=True)


def test_places_where_nothing_can_be_written(particles, tmp_path):
    (tmp_path / "folder.star").mkdir()
    for output, message in (
        (tmp_path / "out.txt", "of no format of particles"),
        (tmp_path / "out.csg", "of no format of particles"),
        (tmp_path / "absent" / "out.star", "folder does not exist"),
        (tmp_path / "folder.star", "is a folder"),
    ):
        with pytest.raises(InputError, match=message):
            invert_stack(particles, output)


def test_particles_of_two_pixel_sizes(particles, tmp_path):
    sizes = np.where(np.arange(N) < 3, 1.5, 2.0)
    mixed = particles.with_columns({"rlnImagePixelSize": sizes})
    with pytest.raises(InputError, match="different pixel sizes"):
        normalise_stack(mixed, tmp_path / "out.star", NormaliseOptions())


SMALL = """
import sys
from vitreous.datasets import ParticleDataset
from vitreous.stacks import _outputs, normalise_stack
_outputs._BATCH_BYTES = 2**20
small, many = (ParticleDataset.load(path) for path in sys.argv[1:3])
normalise_stack(small, sys.argv[3])
"""
MANY = """
normalise_stack(many, sys.argv[3], overwrite=True)
"""


def test_memory_does_not_grow_with_the_stack(make, tmp_path):
    """Fifty times as many images, 51 MB of them, in batches of 1 MB."""
    small = make("small.star", noise(64, (64, 64)))
    rows = np.arange(50 * 64) % 64
    with MrcStackWriter(tmp_path / "many.mrcs", image_shape=(64, 64), count=len(rows), pixel_size=2.0) as writer:
        for _ in range(50):
            writer.append(small.images())
    names = [f"{number}@many.mrcs" for number in range(1, len(rows) + 1)]
    small[rows].with_columns({"rlnImageName": names}).write(tmp_path / "many.star")
    paths = [tmp_path / name for name in ("small.star", "many.star", "out.star")]
    # The names of 3200 particles and what malloc keeps take the few megabytes.
    assert peak_growth(SMALL, MANY, *paths) < 12e6
