"""From accumulated spectra to a map."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float, Int

from vitreous.kernels import Interpolant, padded_size

from ._planes import convolved, cropped, windowless
from ._shells import radial, radius_of, shell_weight

# The grid on which residuals are preconditioned: so much wider than the box that its edges do not meet. On the grid of
# the convolution itself, with 4 times the work, iterations gain as much; on the box's own, half as much.
PRECONDITIONER_SCALE = 1.25
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
    shells = jnp.asarray(prior, weight.dtype)
    start = direct_quotient(numerator, weight, shells, box=box, interpolant=interpolant)
    equation = normal_equation(numerator, weight, box=box, interpolant=interpolant)
    level = jnp.asarray(shell_weight(weight, box=box), weight.dtype)
    return refined(start, equation, weight, prior=shells, level=level, iterations=jnp.asarray(iterations))


class NormalEquation(NamedTuple):
    """What a map V obeys without a prior: K convolved with V is b.

    Arguments:
        right: b.
        kernel: The transform of K, turned as `_planes` wants it.
    """

    right: Float[Array, "z y x"]
    kernel: Float[Array, "pxh py pz"]


@partial(jax.jit, static_argnames=("box", "interpolant"))
def normal_equation(
    numerator: Complex[Array, "pz py pxh"], weight: Float[Array, "pz py pxh"], *, box: int, interpolant: Interpolant
) -> NormalEquation:
    """What N and W say of the map; linear in them, so that the equations of two half-sets add up to that of all."""
    padded = weight.shape[0]
    right = cropped(numerator.T, box) / _cube(_window(box, padded, interpolant, weight.dtype))
    return NormalEquation(right, windowless(weight.T, _window(padded, padded, interpolant, weight.dtype)))


@partial(jax.jit, static_argnames=("box", "interpolant"))
def direct_quotient(
    numerator: Complex[Array, "pz py pxh"],
    weight: Float[Array, "pz py pxh"],
    prior: Float[Array, " shells"],
    *,
    box: int,
    interpolant: Interpolant,
) -> Float[Array, "z y x"]:
    r"""The map $N/(W + \pi)$, its window divided out."""
    padded, _, half = weight.shape
    ridge = radial(prior, np.arange(half), padded=padded, box=box)
    # Multiplied by the inverse: XLA divides by a real number as by a complex one.
    density = cropped(numerator.T * (1 / (weight.T + ridge)), box)
    return density / _cube(_window(box, padded, interpolant, weight.dtype))


@jax.jit
def refined(
    start: Float[Array, "z y x"],
    equation: NormalEquation,
    weight: Float[Array, "pz py pxh"],
    *,
    prior: Float[Array, " shells"],
    level: Float[Array, " shells"],
    iterations: Int[Array, ""],
) -> Float[Array, "z y x"]:
    """The solution of the normal equation by conjugate gradients, without what lies beyond Nyquist.

    Arguments:
        start: Where to begin.
        equation: Without the prior.
        weight: W.
        prior: Of the shells.
        level: Mean of W in the shells.
        iterations: Of conjugate gradients.
    """
    box, planes, padded = len(start), np.arange(weight.shape[2]), weight.shape[0]
    kernel = equation.kernel + radial(prior, planes, padded=padded, box=box)
    steady = _preconditioner(weight, prior=prior, level=level, box=box)
    solution = _conjugate_gradients(
        lambda v: convolved(v, kernel),
        lambda v: convolved(v, steady),
        equation.right,
        start=start,
        iterations=iterations,
    )
    ball = radius_of(planes, padded=padded, box=box) < box / 2
    return convolved(solution, ball.astype(weight.dtype))  # nothing was measured beyond Nyquist


def _preconditioner(
    weight: Float[Array, "pz py pxh"], *, prior: Float[Array, " shells"], level: Float[Array, " shells"], box: int
) -> Float[Array, "sxh sy sz"]:
    """The inverse of half W, half its shell's mean, and the prior, on the modes nearest to those of a smaller grid."""
    padded, size = weight.shape[0], padded_size(box, PRECONDITIONER_SCALE)
    across = np.rint(np.fft.fftfreq(size) * padded).astype(int) % padded
    along = np.rint(np.arange(size // 2 + 1) * (padded / size)).astype(int)
    nearest = weight[across][:, across][:, :, along].T
    return 1 / (nearest / 2 + radial(prior + level / 2, np.arange(len(along)), padded=size, box=box))


@jax.jit
def radially_filtered(volume: Float[Array, "z y x"], profile: Float[Array, " shells"]) -> Float[Array, "z y x"]:
    """A cube multiplied by a function of the radius in Fourier space, from its values at the shells."""
    box = len(volume)
    factors = radial(profile, np.arange(box // 2 + 1), padded=box, box=box).T
    return jnp.fft.irfftn(jnp.fft.rfftn(volume) * factors, s=volume.shape)


def _conjugate_gradients(
    apply: Callable[[Array], Array],
    precondition: Callable[[Array], Array],
    right: Array,
    *,
    start: Array,
    iterations: Array,
) -> Array:
    """So many steps of preconditioned conjugate gradients (Hestenes & Stiefel 1952); none once there is no residual."""

    def step(_: Array, state: tuple[Array, ...]) -> tuple[Array, ...]:
        solution, residual, direction, before = state
        steered = precondition(residual)
        power = jnp.vdot(residual, steered, precision=jax.lax.Precision.HIGHEST)
        direction = steered + _ratio(power, before) * direction
        image = apply(direction)
        length = _ratio(power, jnp.vdot(direction, image, precision=jax.lax.Precision.HIGHEST))
        return solution + length * direction, residual - length * image, direction, power

    state = (start, right - apply(start), jnp.zeros_like(start), jnp.zeros((), start.dtype))
    return jax.lax.fori_loop(0, iterations, step, state)[0]


def _ratio(a: Array, b: Array) -> Array:
    return jnp.where(b > 0, a / jnp.where(b > 0, b, 1), 0)


def _window(n: int, padded: int, interpolant: Interpolant, dtype: jnp.dtype) -> Float[Array, " n"]:
    """The window's transform along one axis of a box in the middle of the padded one; 1 at the origin."""
    transform = interpolant.transform((np.arange(n) - n // 2) / padded)
    return jnp.asarray(transform / interpolant.transform(0.0), dtype)


def _cube(axis: Float[Array, " n"]) -> Float[Array, "n n n"]:
    return axis[:, None, None] * axis[:, None] * axis
