"""Parameters by name."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from vitreous._core import InputError
from vitreous.filters import HighPassFilter, LowPassFilter, ProductFilter
from vitreous.grids import ImageConfig
from vitreous.imaging import GaussianLikelihood, WhiteNoise, make_image_model, named_parameters, with_parameters
from vitreous.volumes import GaussianMixtureVolume

ATOMS = GaussianMixtureVolume(jnp.zeros((2, 3)), 1.0, 2.0)
MODEL = GaussianLikelihood(make_image_model(ATOMS, ImageConfig((8, 8), 2.0)), WhiteNoise(0.5))


def test_names_lead_to_what_they_say():
    named = named_parameters(MODEL)
    assert named["noise.variance"] is MODEL.noise.variance
    assert named["image_model.pose.phi"] is MODEL.image_model.pose.phi
    assert named["image_model.volume.positions"].shape == (2, 3)
    assert all(isinstance(value, jax.Array) for value in named.values())


def test_some_are_replaced_and_the_rest_is_shared():
    changed = with_parameters(MODEL, {"noise.variance": 2, "image_model.optics.defocus_u": 5e3})
    assert float(changed.noise.variance) == 2.0
    assert changed.noise.variance.dtype == MODEL.noise.variance.dtype
    assert float(changed.image_model.optics.defocus_u) == 5e3
    assert changed.image_model.volume.positions is MODEL.image_model.volume.positions
    assert float(MODEL.noise.variance) == 0.5


def test_entries_of_tuples_have_numbers():
    both = ProductFilter(HighPassFilter(100.0), LowPassFilter(10.0))
    changed = with_parameters(both, {"filters.1.cutoff_a": 20.0})
    assert [float(each.cutoff_a) for each in changed.filters] == [100.0, 20.0]


def test_all_named_parameters_put_back_make_the_same_model():
    same = with_parameters(MODEL, named_parameters(MODEL))
    assert jax.tree.structure(same) == jax.tree.structure(MODEL)
    assert all(np.array_equal(a, b) for a, b in zip(jax.tree.leaves(same), jax.tree.leaves(MODEL), strict=True))


def test_it_is_traced_and_differentiated():
    def doubled(variance):
        return 2 * with_parameters(MODEL, {"noise.variance": variance}).noise.variance

    assert float(jax.jit(jax.grad(doubled))(1.0)) == 2.0


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"noise.varianc": 1.0}, "noise.varianc"),
        ({"noise": 1.0}, "no parameter 'noise'"),
        ({"image_model.volume.positions": jnp.zeros(3)}, r"\(2, 3\)"),
        ({"noise.variance": 1j}, "real"),
    ],
)
def test_what_does_not_fit_is_refused(values, message):
    with pytest.raises(InputError, match=message):
        with_parameters(MODEL, values)


def test_a_near_name_is_suggested():
    with pytest.raises(InputError) as caught:
        with_parameters(MODEL, {"image_model.pose.fi": 1.0})
    assert "image_model.pose.phi" in str(caught.value.hint)
