"""From accumulated spectra to a map."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float

from vitreous.grids import crop, frequencies, irfftn, mode_multiplicity
from vitreous.kernels import Interpolant, deconvolution


def wiener_map(
    numerator: Complex[Array, "z y xh"],
    weight: Float[Array, "z y xh"],
    prior: Float[Array, " shells"],
    *,
    box: int,
    interpolant: Interpolant,
) -> Float[Array, "z y x"]:
    r"""The Wiener estimate $\tilde V = N/(W + 1/\mathrm{SNR})$, in real space and corrected for the window.

    `prior` is the ratio of noise to signal power per Fourier pixel of an image, so that a shell whose signal is as
    strong as what its data leave of the noise is halved. The window's averaging in Fourier space multiplies the map
    by $\hat\varphi(x)/\hat\varphi(0)$ along each axis, which is divided out ("gridding correction").

    Arguments:
        numerator: N on the padded half spectrum.
        weight: W on the padded half spectrum.
        prior: Noise-to-signal ratio of the shells 0 … box // 2 of the unpadded box, positive.
        box: Edge of the map.
        interpolant: The window that N and W were filled with.

    Returns:
        The map, in units of the images: their model is c times its projection as a plain sum of voxels.
    """
    padded = numerator.shape[0]
    radius = _radius(padded, box)
    regularised = weight + jnp.interp(radius, jnp.arange(prior.size, dtype=radius.dtype), prior)
    spectrum = jnp.where(radius < box / 2, numerator / regularised, 0)
    volume = crop(irfftn(spectrum, (padded,) * 3), (box,) * 3)
    window = deconvolution((box,) * 3, (padded,) * 3, interpolant, dtype=volume.dtype)
    return volume / (window / float(interpolant.transform(0.0)) ** 3)


def shell_weight(weight: Float[Array, "z y xh"], *, box: int) -> Float[np.ndarray, " shells"]:
    """Mean of W over the shells 0 … box // 2 of the unpadded box.

    Arguments:
        weight: W on the padded half spectrum.
        box: Edge of the map.
    """
    padded = weight.shape[0]
    shells = box // 2 + 1
    index = np.minimum(np.floor(np.asarray(_radius(padded, box)) + 0.5).astype(int), shells).ravel()
    counts = np.broadcast_to(np.asarray(mode_multiplicity((padded,) * 3), np.float64), weight.shape).ravel()
    total = np.bincount(index, np.asarray(weight, np.float64).ravel() * counts)[:shells]
    return total / np.bincount(index, counts)[:shells]


def _radius(padded: int, box: int) -> Float[Array, "z y xh"]:
    """Distance from the zero frequency in Fourier pixels of the unpadded box."""
    return jnp.sqrt(jnp.sum(frequencies((padded,) * 3) ** 2, axis=-1)) * box


def spectral_snr(correlation: Float[np.ndarray, " shells"]) -> Float[np.ndarray, " shells"]:
    r"""Signal-to-noise ratio of a half-map from the correlation of two, $\mathrm{FSC}/(1 - \mathrm{FSC})$.

    Correlations outside 0.001 … 0.9999 are taken as those values, which bounds the ratio at 1e-3 and 1e4.

    Examples:
        >>> spectral_snr(np.array([0.5, 0.0])).round(3).tolist()
        [1.0, 0.001]
    """
    bounded = np.clip(correlation, 1e-3, 0.9999)
    return bounded / (1 - bounded)
