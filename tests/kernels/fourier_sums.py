"""Explicit Fourier sums: what a NUFFT approximates, term by term."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np


def waves(points, shape):
    """exp(-2πi k·x) of each mode and point, `*nh p`, a cosine along an axis at its Nyquist index."""
    phases = jnp.ones((), complex)
    for axis, n in enumerate(shape):
        k = np.fft.rfftfreq(n, 1 / n) if axis == len(shape) - 1 else np.fft.fftfreq(n, 1 / n)
        wave = jnp.exp(-2j * np.pi * jnp.outer(k, points[:, len(shape) - 1 - axis]))
        if n % 2 == 0:
            wave = wave.at[n // 2].set(wave[n // 2].real)
        phases = phases[..., None, :] * wave if phases.ndim else wave
    return phases


@partial(jax.jit, static_argnames="shape")
def direct_type1(values, points, shape):
    return waves(points, shape) @ values.astype(complex)


@partial(jax.jit, static_argnames="shape")
def direct_type2(spectrum, points, shape):
    multiplicity = np.full(shape[-1] // 2 + 1, 2.0)
    multiplicity[0] = 1
    if shape[-1] % 2 == 0:
        multiplicity[-1] = 1
    weighted = spectrum * multiplicity
    return jnp.tensordot(weighted, jnp.conj(waves(points, shape)), axes=len(shape)).real
