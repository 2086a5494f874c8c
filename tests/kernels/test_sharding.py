"""Slices of a batch that lies on two devices, in a process of its own, which has two."""

import os
import subprocess
import sys

SCRIPT = """
import jax, jax.numpy as jnp, numpy as np
from functools import partial
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from vitreous.kernels import Plane, fourier_slice, kaiser_bessel

rng = np.random.default_rng(0)
grid = jnp.asarray(rng.normal(size=(22, 22, 15)) + 1j * rng.normal(size=(22, 22, 15)), jnp.complex64)
matrices = jnp.asarray(rng.normal(size=(4, 3, 2)), jnp.float32)
slices = jax.vmap(partial(fourier_slice, interpolant=kaiser_bessel(5), plane=Plane.disc((12, 12))), in_axes=(None, 0))
power = lambda grid, matrices: jnp.sum(jnp.abs(slices(grid, matrices)) ** 2)
expected = slices(grid, matrices), jax.grad(power)(grid, matrices)

mesh = Mesh(jax.devices(), ("images",))
images, everywhere = PartitionSpec("images"), PartitionSpec()
spread = jax.device_put(matrices, NamedSharding(mesh, images))
automatic = jax.jit(slices)(grid, spread)
explicit = jax.jit(jax.shard_map(slices, mesh=mesh, in_specs=(everywhere, images), out_specs=images))(grid, spread)
total = jax.shard_map(lambda g, m: jax.lax.psum(power(g, m), "images"), mesh=mesh, in_specs=(everywhere, images),
                      out_specs=everywhere)
gradient = jax.jit(jax.grad(total))(grid, spread)
assert len(explicit.sharding.device_set) == 2
for found, wanted in ((automatic, expected[0]), (explicit, expected[0]), (gradient, expected[1])):
    # The rounding of single precision, in sums over thirty taps.
    np.testing.assert_allclose(found, wanted, atol=1e-5 * float(jnp.abs(wanted).max()))
"""


def test_two_devices():
    environment = {**os.environ, "XLA_FLAGS": "--xla_force_host_platform_device_count=2", "JAX_ENABLE_X64": "0"}
    done = subprocess.run([sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
