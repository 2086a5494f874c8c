"""Tolerances of the two precisions the tests run in."""

import jax

EPS = 2e-16 if jax.config.jax_enable_x64 else 1e-7
"""Rounding of one operation."""
FFT = 50 * EPS
"""Rounding of a transform there and back of numbers near one: log2(n) steps, each of a few roundings."""
