"""Radial quantities on the padded Fourier grid."""

import jax
import numpy as np
from jaxtyping import Array, Float

from vitreous.grids import frequencies, mode_multiplicity


def fourier_radius(padded: int, *, box: int) -> Float[np.ndarray, "z y xh"]:
    """Distance from the zero frequency in Fourier pixels of the unpadded box.

    Arguments:
        padded: Edge of the padded box.
        box: Edge of the unpadded one.
    """
    with jax.ensure_compile_time_eval():
        modes = np.asarray(frequencies((padded,) * 3), np.float32)
    return np.sqrt(np.sum(modes**2, axis=-1)) * np.float32(box)


def shell_weight(weight: Float[Array, "z y xh"], *, box: int) -> Float[np.ndarray, " shells"]:
    """Mean of W over the shells 0 … box // 2 of the unpadded box.

    Arguments:
        weight: W on the padded half spectrum.
        box: Edge of the map.

    Examples:
        >>> import jax.numpy as jnp
        >>> shell_weight(jnp.ones((8, 8, 5)), box=4).tolist()
        [1.0, 1.0, 1.0]
    """
    padded = weight.shape[0]
    shells = box // 2 + 1
    index = np.minimum(np.floor(fourier_radius(padded, box=box) + 0.5).astype(int), shells).ravel()
    counts = np.broadcast_to(np.asarray(mode_multiplicity((padded,) * 3), np.float64), weight.shape).ravel()
    total = np.bincount(index, np.asarray(weight, np.float64).ravel() * counts, minlength=shells)[:shells]
    return total / np.bincount(index, counts, minlength=shells)[:shells]


def spectral_snr(correlation: Float[np.ndarray, " shells"]) -> Float[np.ndarray, " shells"]:
    r"""Signal-to-noise ratio of a half-map from the correlation of two, $\mathrm{FSC}/(1 - \mathrm{FSC})$.

    Correlations outside 0.001 … 0.9999 are taken as those values, which bounds the ratio at 1e-3 and 1e4.

    Examples:
        >>> spectral_snr(np.array([0.5, 0.0])).round(3).tolist()
        [1.0, 0.001]
    """
    bounded = np.clip(correlation, 1e-3, 0.9999)
    return bounded / (1 - bounded)
