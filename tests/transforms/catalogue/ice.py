import jax
import jax.numpy as jnp
import numpy as np

from tests.ice.test_water import SIDE, lattice
from tests.transforms.catalogue._case import case
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


@case(ExponentialNoiseIce, EmpiricalIce, GaussianRandomFieldIce, WaterSpectrum, rounding=1e-12, quotient=1e-5)
def fields(shape):
    ices = (
        ExponentialNoiseIce(2.0, 4.0),
        EmpiricalIce(jnp.array([0.01, 0.23, 0.6]), jnp.array([9.0, 3.0, 0.5])),
        GaussianRandomFieldIce(200.0, spectrum=WaterSpectrum(peak_frequency=0.27), dose_per_a2=3.0),
    )

    def densities(ices, q):
        return [ice.spectral_density(q) for ice in ices]

    return densities, (ices, jnp.asarray(np.random.default_rng(0).uniform(-0.4, 0.4, size=(*shape, 2))))


# The sampling that all fields share.
@case(ExponentialNoiseIce, rounding=1e-12, quotient=1e-5, draws=True)
def sample_of_a_field(shape):
    def sample(ice, pixel_size):
        return ice.sample(ImageConfig(shape, pixel_size), key=jax.random.key(0))

    return sample, (ExponentialNoiseIce(2.0, 4.0), 1.3)


# The NUFFT is good to 1e-6 of the sum, from which the mean, ten times the fluctuations, is taken.
@case(ExplicitWater, WaterBox, rounding=1e-12, single=1e-4, quotient=5e-3)
def explicit_water(shape):
    def sample(molecules, b_factor):
        box = WaterBox(molecules, SIDE)
        ice = ExplicitWater(box, 9.0, density_g_cm3=None, b_factor=b_factor, tiles=(2, 1), specimen=jnp.zeros((1, 3)))
        return ice.sample_spectrum(ImageConfig(shape, 1.5), key=jax.random.key(0))

    return sample, (jnp.asarray(lattice()[:9]), 20.0)


@case(shaped=False, single=1e-6, quotient=1e-7)
def thickness():
    def of_intensities(total, filtered, path, voltage_kv):
        return ice_thickness(total, filtered, mean_free_path=path), inelastic_mean_free_path(voltage_kv)

    return of_intensities, (1.0, 0.8, 3950.0, 300.0)
