"""Moments and invariants at the latent coordinates of particles."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float

from vitreous._core import InputError

from ._invariants import root, sum_over_m


def moments_at(
    moments: Complex[Array | np.ndarray, "volumes moments"], latents: Float[Array | np.ndarray, "*batch components"]
) -> Complex[Array, "*batch moments"]:
    r"""The moments of the map at latent coordinates, $M_0 + \sum_k z_k M_k$.

    Arguments:
        moments: Of the consensus map, the first, and of every component of the variability.
        latents: Coordinates z along the components, one or many.

    Returns:
        Moments of each, differentiable in both arguments.

    Raises:
        InputError: There is not one coordinate for each component.

    Examples:
        >>> moments_at(jnp.array([[1.0 + 0j], [0.5 + 0j]]), jnp.array([[0.0], [2.0]])).real.tolist()
        [[1.0], [2.0]]
    """
    moments, latents = jnp.asarray(moments), jnp.asarray(latents)
    _check_components(moments, latents)
    change = jnp.matmul(latents.astype(moments.dtype), moments[1:], precision=jax.lax.Precision.HIGHEST)
    return moments[0] + change


def invariant_forms(
    moments: Complex[Array | np.ndarray, "volumes moments"],
) -> Float[Array, "pairs volumes volumes"]:
    r"""The quadratic forms that give the invariants of every linear combination of volumes.

    $$F_{nl}^2\Big(\sum_i u_i f_i\Big) = u^\mathsf{T} G_{nl}\, u, \qquad
    (G_{nl})_{ij} = \mathrm{Re} \sum_m M^{(i)}_{nlm} \overline{M^{(j)}_{nlm}}$$

    Arguments:
        moments: Of each volume, $m \ge 0$.

    Returns:
        The Gram matrices $G_{nl}$, in the order of `vitreous.harmonics.invariant_labels`.

    Raises:
        InputError: The number of moments is not that of any order.

    Examples:
        >>> invariant_forms(jnp.array([[2.0 + 0j], [3.0 + 0j]])).tolist()
        [[[4.0, 6.0], [6.0, 9.0]]]
    """
    moments = jnp.asarray(moments)
    i, j = np.triu_indices(len(moments))
    products = moments.real[i] * moments.real[j] + moments.imag[i] * moments.imag[j]
    half = sum_over_m(products).T
    forms = jnp.zeros((len(half), len(moments), len(moments)), half.dtype)
    return forms.at[:, i, j].set(half).at[:, j, i].set(half)


def latent_invariants(
    moments: Complex[Array | np.ndarray, "volumes moments"],
    latents: Float[Array | np.ndarray, "*batch components"],
    *,
    normalised: bool = False,
) -> Float[Array, "*batch pairs"]:
    r"""The invariants $F_{nl}$ of the map at latent coordinates, without its moments.

    $$F_{nl}(z) = \sqrt{\begin{pmatrix} 1 & z \end{pmatrix} G_{nl} \begin{pmatrix} 1 \\ z \end{pmatrix}}$$

    with the Gram matrices of `invariant_forms`, (K + 1)² numbers for each (n, l): one product of matrices for all
    particles. The terms of the form may cancel: an invariant that is small against those of the volumes it is
    combined of, by a factor s, is exact to about ε / s of them, where ε is the precision of the numbers.

    Arguments:
        moments: Of the consensus map, the first, and of every component of the variability.
        latents: Coordinates z along the components, one or many; the results of 100 000 particles at order 50 take
            270 MB in single precision (`latent_components` never holds them all).
        normalised: Divide by the norm of all of them, so that the scale of the density drops out.

    Returns:
        Invariants in the order of `vitreous.harmonics.invariant_labels`; `invariants` of `moments_at`.

    Raises:
        InputError: There is not one coordinate for each component.

    Examples:
        >>> latent_invariants(jnp.array([[1.0 + 0j], [0.5 + 0j]]), jnp.array([[0.0], [2.0], [-4.0]])).tolist()
        [[1.0], [2.0], [1.0]]
    """
    moments, latents = jnp.asarray(moments), jnp.asarray(latents)
    _check_components(moments, latents)
    return invariants_of_forms(invariant_forms(moments), latents, normalised=normalised)


@partial(jax.jit, static_argnames="normalised")
def invariants_of_forms(
    forms: Float[Array, "pairs volumes volumes"], latents: Float[Array, "*batch components"], *, normalised: bool
) -> Float[Array, "*batch pairs"]:
    """`latent_invariants` from the forms."""
    i, j = np.triu_indices(forms.shape[-1])
    twice = np.where(i == j, 1, 2).astype(forms.dtype)
    u = jnp.concatenate([jnp.ones((*latents.shape[:-1], 1), forms.dtype), latents.astype(forms.dtype)], axis=-1)
    table = (forms[:, i, j] * twice).T
    power = jnp.matmul(u[..., i] * u[..., j], table, precision=jax.lax.Precision.HIGHEST)
    power = jnp.maximum(power, 0)  # rounding may leave less
    if normalised:
        whole = jnp.sum(power, axis=-1, keepdims=True)
        power = power / jnp.where(whole > 0, whole, 1)
    return root(power)


def _check_components(moments: Array, latents: Array) -> None:
    if latents.ndim == 0 or len(moments) != latents.shape[-1] + 1:
        raise InputError(
            f"latents of shape {latents.shape} do not fit {len(moments)} volumes, a consensus and "
            f"{len(moments) - 1} components.",
            hint="Give one latent coordinate for each component, in the last axis.",
        )
