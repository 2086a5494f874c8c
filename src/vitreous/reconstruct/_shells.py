"""Radial quantities on the padded Fourier grid."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Shaped

from vitreous.grids import mode_multiplicity


def shell_weight(weight: Float[Array, "z y xh"], *, box: int) -> Float[np.ndarray, " shells"]:
    """Mean of W over the shells 0 … box // 2 of the unpadded box.

    Arguments:
        weight: W on the padded half spectrum.
        box: Edge of the map.

    Examples:
        >>> shell_weight(jnp.ones((8, 8, 5)), box=4).tolist()
        [1.0, 1.0, 1.0]
    """
    total, count = np.asarray(_shell_sums(weight, box=box), np.float64)
    return total / count


def radial(
    profile: Float[Array, " shells"], x: Shaped[Array | np.ndarray, "*axes"], *, padded: int, box: int
) -> Float[Array, "*axes p p"]:
    """A function of the radius on planes of the padded spectrum, from its values at the shells of the unpadded box.

    Linear in between, and beyond the last shell its value.

    Arguments:
        profile: Values at the radii 0, 1, 2, … Fourier pixels of the unpadded box.
        x: Index along x of the planes.
        padded: Edge of the padded box.
        box: Edge of the unpadded one.

    Examples:
        >>> radial(jnp.arange(5.0), jnp.arange(2), padded=8, box=4)[:, 0, :3].tolist()
        [[0.0, 0.5, 1.0], [0.5, 0.7071067690849304, 1.1180340051651]]
    """
    position = jnp.minimum(radius_of(x, padded=padded, box=box), len(profile) - 1)
    inner = jnp.minimum(position.astype(jnp.int32), len(profile) - 2)
    steps = jnp.diff(profile)
    return profile[inner] + (position - inner) * steps[inner]


@partial(jax.jit, static_argnames="box")
def _shell_sums(weight: Float[Array, "z y xh"], *, box: int) -> Float[Array, "2 shells"]:
    """Sums of W and of ones over the shells, every mode of the full spectrum counted."""
    padded, shells = weight.shape[0], box // 2 + 1
    counts = mode_multiplicity((*weight.shape[:2], padded))[0, 0].astype(weight.dtype)

    def add(total: Array, plane: tuple[Array, Array, Array]) -> tuple[Array, None]:
        x, values, count = plane
        shell = jnp.minimum((radius_of(x, padded=padded, box=box) + 0.5).astype(jnp.int32), shells)
        rows = count * jnp.stack([values, jnp.ones_like(values)])
        sums = jax.vmap(lambda row: jax.ops.segment_sum(row.ravel(), shell.ravel(), num_segments=shells + 1))(rows)
        return total + sums[:, :shells], None

    planes = (jnp.arange(len(counts)), jnp.moveaxis(weight, -1, 0), counts)
    return jax.lax.scan(add, jnp.zeros((2, shells), weight.dtype), planes)[0]


def radius_of(x: Shaped[Array | np.ndarray, "*axes"], *, padded: int, box: int) -> Float[Array, "*axes p p"]:
    """Distance from the zero frequency on planes of the padded spectrum, in Fourier pixels of the unpadded box.

    Arguments:
        x: Index along x of the planes.
        padded: Edge of the padded box.
        box: Edge of the unpadded one.
    """
    across = jnp.asarray(np.fft.fftfreq(padded) * box, jnp.float32) ** 2
    along = (jnp.asarray(x, jnp.float32) * (box / padded)) ** 2
    return jnp.sqrt(along[..., None, None] + across[:, None] + across)


def spectral_snr(correlation: Float[np.ndarray, " shells"]) -> Float[np.ndarray, " shells"]:
    r"""Signal-to-noise ratio of a half-map from the correlation of two, $\mathrm{FSC}/(1 - \mathrm{FSC})$.

    Correlations outside 0.001 … 0.9999 are taken as those values, which bounds the ratio at 1e-3 and 1e4.

    Examples:
        >>> spectral_snr(np.array([0.5, 0.0])).round(3).tolist()
        [1.0, 0.001]
    """
    bounded = np.clip(correlation, 1e-3, 0.9999)
    return bounded / (1 - bounded)
