"""From accumulated spectra to a map."""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float

from vitreous.grids import crop, irfftn, rfftn
from vitreous.kernels import Interpolant, deconvolution

from ._shells import fourier_radius, shell_weight

# Each iteration gains half a digit, with a prior as strong as the data or ten thousand times weaker: from the 10 % of
# the direct quotient, 6 leave less than 0.5 % of the solution.
ITERATIONS = 6


def wiener_map(
    numerator: Complex[Array, "pz py pxh"],
    weight: Float[Array, "pz py pxh"],
    prior: Float[np.ndarray, " shells"],
    *,
    box: int,
    interpolant: Interpolant,
    iterations: int = ITERATIONS,
) -> Float[Array, "z y x"]:
    r"""The map V that minimises $\sum_j |y_j - c_j \tilde V(k_j)|^2 + \sum_k \pi(k) |\tilde V(k)|^2$.

    With $\pi$ the ratio of noise to signal power this is the Wiener filter of the whole data set. Its normal equation
    is a convolution with the point-spread function of the data, of which both sides follow from the accumulated
    spectra by dividing out the window ("gridding correction"): $b = \mathcal F^{-1}[N]/\hat\varphi$ and
    $K = \mathcal F^{-1}[W]/\hat\varphi$ on the padded box, which is large enough to convolve without wrapping around.

    The direct quotient $N/(W + \pi)$ starts conjugate gradients (Wang, Shkolnisky & Singer 2013, arXiv:1307.5824, use
    the same convolution). Alone it is what most programs take for the map, and it is off by 10 % where the CTF changes
    within the window's width, at low resolution. They are preconditioned by $1/(\tfrac12(W + \bar W) + \pi)$ with the
    shell's mean $\bar W$: W alone vanishes between views and beyond Nyquist, where its inverse is no guide.

    Arguments:
        numerator: N on the padded half spectrum (`FourierAccumulator.spectra`).
        weight: W on the padded half spectrum.
        prior: $\pi$ of the shells 0 … box // 2 of the unpadded box, positive.
        box: Edge of the map.
        interpolant: The window that N and W were filled with.
        iterations: Of conjugate gradients; 0 for the direct quotient.

    Returns:
        The map, in units of the images: their model is c times its projection as a plain sum of voxels.
    """
    padded = numerator.shape[0]
    radius = fourier_radius(padded, box=box)
    shells = np.arange(len(prior))
    ridge = np.interp(radius, shells, prior).astype(np.float32)
    smooth = np.interp(radius, shells, shell_weight(weight, box=box) / 2 + prior).astype(np.float32)
    window = [deconvolution((n,) * 3, (padded,) * 3, interpolant, dtype=weight.dtype) for n in (box, padded)]
    window = [w / w.max() for w in window]
    direct, steady = 1 / (weight + ridge), 1 / (weight / 2 + smooth)
    kernels = _Kernels(weight, jnp.asarray(ridge), direct=direct, steady=steady, ball=jnp.asarray(radius < box / 2))
    return _solve(numerator, kernels, *window, iterations=iterations)


class _Kernels(NamedTuple):
    """Transfer functions on the padded half spectrum."""

    weight: Array
    ridge: Array
    direct: Array
    steady: Array
    ball: Array


@partial(jax.jit, static_argnames="iterations")
def _solve(numerator: Array, kernels: _Kernels, window: Array, wide_window: Array, *, iterations: int) -> Array:
    shape, padded = window.shape, wide_window.shape

    # Convolutions do not care where the origin is: no array is moved to the centre of its box and back.
    def filtered(volume: Array, transfer: Array) -> Array:
        wide = jnp.fft.irfftn(transfer * jnp.fft.rfftn(volume, s=padded), s=padded)
        return wide[: shape[0], : shape[1], : shape[2]]

    start = crop(irfftn(kernels.direct * numerator, padded), shape) / window
    right = crop(irfftn(numerator, padded), shape) / window
    kernel = rfftn(irfftn(kernels.weight.astype(numerator.dtype), padded) / wide_window).real + kernels.ridge
    solution, _ = jax.scipy.sparse.linalg.cg(
        lambda v: filtered(v, kernel),
        right,
        start,
        maxiter=iterations,
        tol=1e-4,
        M=lambda v: filtered(v, kernels.steady),
    )
    return filtered(solution, kernels.ball)  # nothing was measured beyond Nyquist
