"""Models on disk."""

import json
import pickle

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from vitreous._core import InputError
from vitreous.filters import LowPassFilter, ProductFilter
from vitreous.grids import ImageConfig
from vitreous.imaging import (
    ColouredNoise,
    GaussianLikelihood,
    MarginalGaussianLikelihood,
    ScaleAndOffsetPrior,
    load_model,
    make_image_model,
    register_saved_class,
    save_model,
)
from vitreous.optics import CTF, Contrast
from vitreous.poses import QuaternionPose
from vitreous.volumes import FourierVoxelGridVolume, GaussianMixtureVolume, NeuralFieldVolume

ATOMS = GaussianMixtureVolume(np.random.default_rng(0).normal(size=(3, 3)), 100.0, 2.0)
CONFIG = ImageConfig((8, 9), 2.0, padded_shape=(12, 12))
VOXELS = FourierVoxelGridVolume.from_real_voxel_grid(jnp.ones((8, 8, 8), jnp.float32), 2.0)
MODELS = {
    "atoms": GaussianLikelihood(
        make_image_model(ATOMS, CONFIG, contrast=Contrast.BRIGHT, pose=QuaternionPose()),
        ColouredNoise(jnp.full((8, 5), 0.5)),
    ),
    "voxels": MarginalGaussianLikelihood(
        make_image_model(VOXELS, CONFIG), ColouredNoise(jnp.ones((8, 5))), ScaleAndOffsetPrior()
    ),
    "network": NeuralFieldVolume.initialise(20.0, 2.0, n_features=2, width=3, depth=2, key=jax.random.key(0)),
    "filters": ProductFilter(LowPassFilter(10.0), LowPassFilter(20.0)),
}


@pytest.mark.parametrize("name", list(MODELS))
def test_what_is_loaded_is_what_was_saved(name, tmp_path):
    save_model(tmp_path / "model.json", MODELS[name])
    loaded = load_model(tmp_path / "model.json")
    assert jax.tree.structure(loaded) == jax.tree.structure(MODELS[name])
    for a, b in zip(jax.tree.leaves(loaded), jax.tree.leaves(MODELS[name]), strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model.json", "model.npz"]


def test_a_loaded_model_makes_the_same_image(tmp_path):
    save_model(tmp_path / "model.json", MODELS["atoms"])
    image = load_model(tmp_path / "model.json").image_model.simulate()
    np.testing.assert_array_equal(image, MODELS["atoms"].image_model.simulate())


@register_saved_class
class Tilted(eqx.Module):
    angle: jax.Array
    label: str = eqx.field(static=True)


class Stranger(eqx.Module):
    angle: jax.Array


def test_a_registered_class_of_ones_own_is_saved(tmp_path):
    save_model(tmp_path / "m.json", Tilted(jnp.array(0.1), "left"))
    loaded = load_model(tmp_path / "m.json")
    assert isinstance(loaded, Tilted)
    assert (float(loaded.angle), loaded.label) == (0.1, "left")


@pytest.mark.parametrize("model", [Stranger(jnp.ones(())), Tilted(jnp.cos, "left")], ids=["class", "function"])
def test_what_cannot_be_saved_is_named_and_leaves_no_file(model, tmp_path):
    with pytest.raises(InputError, match=r"Stranger|angle is a"):
        save_model(tmp_path / "m.json", model)
    assert not list(tmp_path.iterdir())


def edited(tmp_path, **changes):
    path = tmp_path / "m.json"
    save_model(path, CTF(1e4))
    content = json.loads(path.read_text())
    content.update(changes)
    path.write_text(json.dumps(content))
    return path


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"schema": "vitreous-model/0"}, "schema"),
        ({"model": {"class": "os.system", "fields": {}}}, "os.system"),
        ({"model": {"class": "equinox.Module", "fields": {}}}, "not known"),
        ({"model": {"class": "vitreous.io.read_star", "fields": {}}}, "not known"),
        ({"model": {"class": "vitreous.optics._ctf.CTF", "fields": {}}}, "not known"),
        ({"model": {"class": "vitreous.optics.CTF", "fields": {}}}, "does not describe"),
        ({"arrays": "../elsewhere.npz"}, "elsewhere"),
    ],
)
def test_a_changed_file_is_refused(changes, message, tmp_path):
    with pytest.raises(InputError, match=message):
        load_model(edited(tmp_path, **changes))


def test_arrays_outside_the_folder_are_not_read(tmp_path):
    inner = tmp_path / "inner"
    inner.mkdir()
    path = edited(inner, arrays="../m.npz")
    (inner / "m.npz").rename(tmp_path / "m.npz")
    with pytest.raises(InputError, match="cannot be read"):
        load_model(path)


def test_pickles_are_not_read(tmp_path):
    path = edited(tmp_path)
    (tmp_path / "m.npz").write_bytes(pickle.dumps({"defocus_u": 1}))
    with pytest.raises(InputError, match="cannot be read"):
        load_model(path)


@pytest.mark.parametrize("content", [b"", b"{", b"\x00\xff", b"[]"])
def test_a_broken_file_is_refused(content, tmp_path):
    (tmp_path / "m.json").write_bytes(content)
    with pytest.raises(InputError, match=r"m\.json"):
        load_model(tmp_path / "m.json")
