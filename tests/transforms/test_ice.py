import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.ice.test_water import SIDE, lattice
from tests.transforms.checks import check_derivatives, check_float32, check_jit, check_vmap
from vitreous.grids import ImageConfig
from vitreous.ice import (
    EmpiricalIce,
    ExplicitWater,
    ExponentialNoiseIce,
    GaussianRandomFieldIce,
    WaterBox,
    WaterSpectrum,
    ice_thickness,
    inelastic_mean_free_path,
)

X64 = jax.config.jax_enable_x64
EXACT = 1e-12 if X64 else 1e-4
ICES = {
    "ExponentialNoiseIce": (ExponentialNoiseIce(2.0, 4.0), {"[0].variance": 1e-4, "[0].correlation_length": 1e-4}),
    "EmpiricalIce": (
        EmpiricalIce(jnp.array([0.01, 0.23, 0.6]), jnp.array([9.0, 3.0, 0.5])),
        {"[0].frequency": 1e-6, "[0].density": 1e-4},
    ),
    "GaussianRandomFieldIce": (
        GaussianRandomFieldIce(200.0, spectrum=WaterSpectrum(peak_frequency=0.27), dose_per_a2=3.0),
        {
            "[0].thickness": 1e-2,
            "[0].density_g_cm3": 1e-5,
            "[0].dose_per_a2": 1e-4,
            **{
                f"[0].spectrum.{name}": 1e-6
                for name in (
                    "scale",
                    "envelope_weight",
                    "envelope_width",
                    "peak_weight",
                    "peak_width",
                    "peak_frequency",
                )
            },
        },
    ),
}


def sample(ice, pixel_size):
    return ice.sample(ImageConfig((4, 5), pixel_size), key=jax.random.key(0))


@pytest.mark.parametrize("name", ICES)
def test_fields(name):
    ice, steps = ICES[name]
    arguments = ice, jnp.asarray(1.3)
    check_jit(sample, *arguments, rtol=EXACT)
    check_vmap(sample, jax.tree.map(lambda leaf: jnp.stack([leaf, 1.01 * leaf]), arguments), rtol=EXACT)
    check_derivatives(sample, *arguments, steps={**steps, "[1]": 1e-6}, rtol=1e-5)

    def density(ice, q):
        return ice.spectral_density(q)

    q = jnp.asarray(np.random.default_rng(0).uniform(-0.4, 0.4, size=(5, 2)))
    check_float32(density, ice, q, rtol=5e-6)  # some ten operations
    assert sample(*jax.tree.map(lambda leaf: leaf.astype(jnp.float32), arguments)).dtype == jnp.float32
    gradient = jax.grad(lambda q: density(ice, q).sum())(jnp.zeros((1, 2)))
    assert np.all(np.isfinite(gradient))


def explicit(molecules, b_factor):
    ice = ExplicitWater(
        WaterBox(molecules, SIDE), 9.0, density_g_cm3=None, b_factor=b_factor, tiles=(2, 1), specimen=jnp.zeros((1, 3))
    )
    return ice.sample(ImageConfig((6, 5), 1.1), key=jax.random.key(0))


def test_explicit_water():
    arguments = jnp.asarray(lattice()[:9]), jnp.asarray(20.0)
    check_jit(explicit, *arguments, rtol=EXACT)
    check_vmap(explicit, jax.tree.map(lambda leaf: jnp.stack([leaf, 0.9999 * leaf]), arguments), rtol=EXACT)
    # The NUFFT is good to 1e-6 of the sum, from which the mean, ten times the fluctuations, is taken.
    check_float32(explicit, *arguments, rtol=1e-4)
    # The same accuracy, over steps that move the sum by 1e-3 of it.
    check_derivatives(explicit, *arguments, steps={"[0]": 1e-3, "[1]": 1e-1}, rtol=5e-3)


def test_thickness():
    check_derivatives(
        lambda open_, filtered, path: ice_thickness(open_, filtered, mean_free_path=path),
        *(jnp.asarray(x) for x in (100.0, 90.0, 3950.0)),
        steps={"[0]": 1e-3, "[1]": 1e-3, "[2]": 1e-1},
        rtol=1e-7,
    )
    check_derivatives(inelastic_mean_free_path, jnp.asarray(200.0), steps={"[0]": 1e-2}, rtol=1e-6)
    check_float32(inelastic_mean_free_path, jnp.asarray(200.0), rtol=1e-6)
