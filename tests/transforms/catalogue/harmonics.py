import equinox as eqx
import jax.numpy as jnp
import numpy as np

from tests.transforms.catalogue._case import case
from vitreous.harmonics import BallQuadrature, ZernikePlan


# The centre moves the map by phases, within the margin that the plan was made with.
@case(ZernikePlan, shaped=False)
def zernike_plan():
    plan = ZernikePlan(3, 8, radius=3.0, center=(0.9, 0.9, 0.9))

    def there_and_back(volume, center):
        moved = eqx.tree_at(lambda plan: plan.center, plan, center)
        moments = moved.decompose(volume)
        return moments, moved.reconstruct(moments)

    random = np.random.default_rng(0)
    return there_and_back, (jnp.asarray(random.normal(size=(8, 8, 8))), jnp.array([0.3, -0.5, 0.2]))


@case(BallQuadrature, shaped=False)
def ball_quadrature():
    quadrature = BallQuadrature(3)

    def there_and_back(values):
        moments = quadrature.moments(values)
        return moments, quadrature.values(moments)

    return there_and_back, (jnp.asarray(np.random.default_rng(1).normal(size=quadrature.weights.shape)),)
