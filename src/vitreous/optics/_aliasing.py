"""How large a box the transfer function needs."""

import math
import warnings

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from vitreous._core import InputError, map_batches
from vitreous.constants import wavelength

from ._base import AbstractOptics
from ._ctf import CTF
from ._envelopes import phase_gradient

_DIRECTIONS, _RADII = 72, 256  # of the frequencies at which the phase of a `Microscope` is differentiated
_IN_FLIGHT = 32  # microscopes of a batch at a time: 5 MB of gradients each


def aliasing_box(optics: AbstractOptics, pixel_size: float, particle_diameter: float) -> int:
    r"""The smallest box, in pixels, that holds a particle and all that its microscope spreads around it.

    Near a frequency $q$ the transfer oscillates like $\sin(2\pi\, r\, q)$ with $2\pi r = |\nabla\chi|$, so it moves the
    signal of that frequency by $r$ to both sides. With defocus and spherical aberration alone

    $$r(q) = \left| \lambda\, \Delta f\, q - C_s \lambda^3 q^3 \right|$$

    and odd aberrations move it to one side, by the same gradient. A box of $N$ pixels of size $p$ samples frequencies
    $1/(Np)$ apart, and a particle of diameter $D$ needs $Np \ge D + 2\max_q r(q)$: with less, the displaced signal
    wraps around, or what is the same, the oscillation is sampled too coarsely. The maximum is taken over all directions
    up to Nyquist, $q_\mathrm{max} = 1/2p$; without spherical aberration it is $\lambda\, \Delta f\, q_\mathrm{max}$.
    A `CTF` has its closed formula; any other microscope is sampled at 72 × 256 frequencies. Phase plates, apertures
    and envelopes are not counted.

    Arguments:
        optics: One microscope, or a batch (the largest box that any of it needs). Its values must be known, not traced.
        pixel_size: Å.
        particle_diameter: $D$ in Å.

    Returns:
        The number of pixels along a side.

    Raises:
        InputError: A length is not positive.

    Examples:
        >>> aliasing_box(CTF(20_000.0, voltage_kv=300.0, cs_mm=2.7), 1.0, 120.0)
        463
    """
    if not pixel_size > 0 or not particle_diameter >= 0:
        raise InputError(
            f"pixel_size={pixel_size} and particle_diameter={particle_diameter} must be positive.",
            hint="Give both in Å.",
        )
    q_max = 1 / (2 * pixel_size)
    spread = _spread_of_ctf(optics, q_max) if isinstance(optics, CTF) else _sampled_spread(optics, q_max)
    return math.ceil((particle_diameter + 2 * spread) / pixel_size)


def warn_if_aliased(
    optics: AbstractOptics, pixel_size: float, shape: tuple[int, int], *, particle_diameter: float
) -> None:
    """Warn, naming the smallest safe box, where an image is too small for its microscope (see `aliasing_box`).

    Arguments:
        optics: One microscope or a batch.
        pixel_size: Å.
        shape: Rows and columns of the image, padding included.
        particle_diameter: Å.

    Raises:
        InputError: A length is not positive.

    Examples:
        >>> warn_if_aliased(CTF(5_000.0), 1.5, (256, 256), particle_diameter=100.0)
    """
    box = aliasing_box(optics, pixel_size, particle_diameter)
    if min(shape) < box:
        warnings.warn(
            f"a box of {min(shape)} pixels is too small for the CTF at this defocus: its oscillations alias at high "
            f"resolution, and signal that leaves the box on one side returns on the other. "
            f"The smallest box that holds a particle of {particle_diameter:.0f} Å is {box} pixels of {pixel_size:g} Å; "
            f"use that, pad the image to it, or use less defocus.",
            UserWarning,
            stacklevel=2,
        )


def _spread_of_ctf(ctf: CTF, q_max: float) -> float:
    lambda_ = np.asarray(jax.vmap(wavelength)(jnp.ravel(ctf.voltage_kv)), float)
    defoci = np.stack([np.ravel(ctf.defocus_u), np.ravel(ctf.defocus_v)]).astype(float)
    linear, cubic = np.broadcast_arrays(lambda_ * defoci, np.ravel(ctf.cs_mm) * 1e7 * lambda_**3)
    # Between 0 and q_max the cubic is extreme at its ends, or where its derivative vanishes.
    turning = np.sqrt(np.clip(linear / np.where(cubic == 0, np.inf, 3 * cubic), 0, q_max**2))
    return max(float(np.max(np.abs(linear * q - cubic * q**3))) for q in (np.asarray(q_max), turning))


def _sampled_spread(optics: AbstractOptics, q_max: float) -> float:
    angles, radii = np.arange(_DIRECTIONS) * np.pi * 2 / _DIRECTIONS, np.linspace(0, q_max, _RADII)
    directions = np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    frequencies = jnp.asarray(radii[:, None, None] * directions, jnp.result_type(float))

    def spread(one: AbstractOptics) -> Float[Array, ""]:
        slopes = phase_gradient(lambda q: one.phase(q) + one.odd_phase(q), frequencies)
        return jnp.max(jnp.sum(slopes**2, axis=-1))

    batch = optics if jnp.ndim(optics.voltage_kv) else jax.tree.map(lambda leaf: leaf[None], optics)
    largest = jax.jit(lambda batch: jnp.max(map_batches(spread, batch, batch_size=_IN_FLIGHT)))(batch)
    return math.sqrt(float(largest)) / (2 * math.pi)
