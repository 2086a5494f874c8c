"""Zernike moments of a map, or the map of its moments."""

from _protocol import Contestant, Inputs, contest


def prepare(inputs: Inputs) -> Contestant:
    import jax
    import jax.numpy as jnp
    import numpy as np

    from vitreous._core import keep_compilations
    from vitreous.harmonics import ZernikePlan

    keep_compilations()
    volume, moments = jnp.asarray(np.float32(inputs["volume"])), jnp.asarray(np.complex64(inputs["moments"]))
    plan = ZernikePlan(inputs["order"], len(volume), radius=inputs["radius"])
    wanted = inputs["wanted"]

    def job():
        return jax.device_get(plan.decompose(volume) if wanted == "moments" else plan.reconstruct(moments))

    return job, lambda: {wanted: job()}


contest(prepare)
