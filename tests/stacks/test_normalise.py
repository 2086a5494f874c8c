"""Normalised and inverted images."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.stacks.conftest import PIXEL_SIZE, SHAPE, N, noise
from vitreous._core import InputError
from vitreous.datasets import CryosparcTable, ParticleDataset
from vitreous.optics import Contrast
from vitreous.stacks import NormaliseOptions, background_mask, invert_stack, normalise_images, normalise_stack

# Single precision of what is stored; the arithmetic is in double precision.
ROUNDING = 2e-6


def by_hand(image, radius, *, ramp):
    """RELION's recipe with NumPy's own least squares, pixel coordinates and all."""
    y, x = np.indices(image.shape) - np.array(image.shape)[:, None, None] // 2
    outside = x**2 + y**2 > radius**2
    terms = [np.ones(image.shape), x, y] if ramp else [np.ones(image.shape)]
    design = np.stack([term[outside] for term in terms], axis=-1).astype(float)
    coefficients = np.linalg.lstsq(design, image[outside].astype(float), rcond=None)[0]
    flat = image - sum(c * term for c, term in zip(coefficients, terms, strict=True))
    return flat / flat[outside].std()


@pytest.mark.parametrize("ramp", [True, False])
def test_background_is_that_of_relions_recipe(make, tmp_path, ramp):
    y, x = np.indices(SHAPE)
    images = noise() + (0.3 * x - 0.2 * y + 1000).astype(np.float32)  # of a micrograph that gets darker
    source = make(images=images)
    report = normalise_stack(source, tmp_path / "n.star", NormaliseOptions(ramp=ramp))
    result = ParticleDataset.load(tmp_path / "n.star")
    outside = background_mask(SHAPE, 6.0)
    assert report.notes[0].startswith("background beyond 12 Å (")
    for image, raw in zip(result.images(), images, strict=True):
        np.testing.assert_allclose(image, by_hand(raw, 6.0, ramp=ramp), atol=10 * ROUNDING)
        assert abs(image[outside].mean(dtype=float)) < ROUNDING
        assert image[outside].std(dtype=float) == pytest.approx(1, rel=ROUNDING)
    assert result.shape == SHAPE and result.pixel_size == PIXEL_SIZE
    assert result.column("rlnComment").tolist() == source.column("rlnComment").tolist()


@given(st.integers(4, 20), st.integers(4, 20), st.floats(-1e3, 1e3), st.floats(1e-2, 1e3))
def test_scale_and_offset_do_not_matter(rows, columns, offset, scale):
    image = noise(1, (rows, columns))
    outside = background_mask((rows, columns), 0.3 * min(rows, columns))
    expected = normalise_images(image, outside)
    changed = (scale * image.astype(float) + offset).astype(np.float32)
    # Rounding of the offset to single precision, over the noise.
    assert np.abs(normalise_images(changed, outside) - expected).max() < 1e-5 + 1e-6 * abs(offset) / scale


def test_a_constant_background_is_named(particles, make, tmp_path):
    images = noise()
    images[7] = 1e6
    with pytest.raises(InputError, match="image 8 "):
        normalise_stack(make("flat.star", images), tmp_path / "n.star")
    assert not (tmp_path / "n.star").exists() and not (tmp_path / "n.mrcs").exists()
    for radius in (-1.0, 0.0, 100.0, float("nan")):
        with pytest.raises(InputError, match="as background"):
            normalise_stack(particles, tmp_path / "n.star", NormaliseOptions(radius=radius))


def test_inverted(particles, tmp_path):
    report = invert_stack(particles, tmp_path / "i.star")
    np.testing.assert_array_equal(ParticleDataset.load(tmp_path / "i.star").images(), -particles.images())
    assert report.notes == ("protein is dark now, if it was bright",)


def test_cryosparc_says_the_sign(particles, tmp_path):
    particles.write(tmp_path / "a.cs")
    source = ParticleDataset.load(tmp_path / "a.cs")
    assert isinstance(source.table, CryosparcTable)
    invert_stack(source, tmp_path / "b.cs")
    inverted = ParticleDataset.load(tmp_path / "b.cs")
    assert inverted.contrast is not source.contrast and {inverted.contrast, source.contrast} == {*Contrast}
    assert len(inverted) == N
    np.testing.assert_array_equal(inverted.images(), -particles.images())
