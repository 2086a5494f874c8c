"""The noise-free images: in batches, kept while they fit, and the same either way."""

import numpy as np
import pytest

from vitreous._core import InputError, MemoryBudget
from vitreous.grids import ImageConfig
from vitreous.simulate import SimulationOptions, SpecimenVolume, _signal
from vitreous.simulate._draw import draw_particles
from vitreous.simulate._signal import Signal, variances_of

BOX, N = 12, 20
pytestmark = pytest.mark.filterwarnings("ignore:a box of .* pixels is too small for the CTF:UserWarning")


@pytest.fixture
def signal(monkeypatch):
    monkeypatch.setattr(_signal, "PIXELS_IN_FLIGHT", 8 * BOX**2)
    potential = np.random.default_rng(0).normal(size=(BOX,) * 3).astype(np.float32)
    specimen = SpecimenVolume(potential, 2.0, (0.0, 0.0, 0.0), 20.0, "noise")
    return Signal(specimen, draw_particles(SimulationOptions(n=N)), ImageConfig((BOX, BOX), 2.0))


def test_batches_are_of_one_size_and_cover_the_rest(signal):
    batches = signal.batches(start=0)
    assert [len(rows) for rows in batches] == [8, 8, 8]
    assert list(dict.fromkeys(np.concatenate(batches))) == list(range(N))
    assert batches[-1].tolist() == [16, 17, 18, 19, 19, 19, 19, 19]
    assert [rows[0] for rows in signal.batches(start=8)] == [8, 16]


def test_what_fits_is_kept_and_the_rest_made_again(signal, monkeypatch):
    made = []
    make = _signal.noise_free_images

    def counted(*arguments, **options):
        made.append(1)
        return make(*arguments, **options)

    monkeypatch.setattr(_signal, "noise_free_images", counted)
    batches = signal.batches(start=0)
    first = [signal.images(rows) for rows in batches]
    signal._room = 2 * first[0].nbytes
    for rows, images in zip(batches, first, strict=True):
        signal.keep(rows, images)
    assert len(made) == 3
    second = [signal.images(rows) for rows in batches]
    assert len(made) == 4  # the third batch
    assert second[0] is first[0] and second[1] is first[1]
    np.testing.assert_array_equal(second[2], first[2])


def test_a_declared_budget_limits_what_is_kept(signal, monkeypatch):
    left = MemoryBudget(left=2**20, resident=2**30, declared=2**30 + 2**20, source="--memory")
    monkeypatch.setattr(_signal, "memory_budget", lambda memory: left)
    poor = Signal(signal.specimen, signal.particles, signal.config)
    rows = poor.batches(start=0)[0]
    images = poor.images(rows)
    poor.keep(rows, images)
    assert poor.images(rows) is not images
    np.testing.assert_array_equal(poor.images(rows), images)


def test_a_budget_that_holds_no_image_is_refused(signal):
    with pytest.raises(InputError, match=r"one image of 12 × 12 pixels needs .* allowed by --memory"):
        Signal(signal.specimen, signal.particles, signal.config, memory=2**20)  # less than the process has already


def test_variances():
    images = 3.0 + np.random.default_rng(1).normal(size=(5, 7, 9)).astype(np.float32)
    # Both in double precision: what the square of the mean takes away, some digits.
    np.testing.assert_allclose(variances_of(images), images.var(axis=(1, 2), dtype=np.float64), rtol=1e-12)


def test_a_variance_depends_on_its_image_alone():
    """To the last bit, wherever it stands in a batch; larger than what NumPy converts at once."""
    images = np.random.default_rng(2).normal(size=(7, 101, 101)).astype(np.float32)
    together = variances_of(images)
    np.testing.assert_array_equal(np.concatenate([variances_of(image[None]) for image in images]), together)
    np.testing.assert_array_equal(variances_of(images[3:6]), together[3:6])
