"""Noise whose law depends on the group that an image belongs to."""

from collections.abc import Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray

from vitreous._core import FloatLike, InputError, is_concrete, map_batches
from vitreous.filters import noise_power

from ._noise import AbstractNoise, ColouredNoise

_IN_FLIGHT = 64  # images whose spectra are computed at a time


class GroupedNoise(AbstractNoise):
    r"""Gaussian noise with one law for each group of images, such as those of a micrograph or an optics group.

    $$ \log p(r \mid g) = \log N(r; 0, \Sigma_g) $$

    With `ColouredNoise` as the laws this is the noise model of Scheres (2012, *J. Mol. Biol.* 415, 406), with a
    spectrum $P_g$ for each group: $P_g = 2 N \sigma_g^2$ where $\sigma_g^2$ is RELION's `rlnSigma2Noise`, the variance
    of the real part of a Fourier coefficient of an image of N pixels, divided by $N^2$.

    The group may be traced, so that one program serves images of all groups:
    `jax.vmap(lambda g, y: GaussianLikelihood(model, GroupedNoise(laws, g))(y))(groups, images)`.

    Arguments:
        laws: The noise of every group: one `AbstractNoise` whose arrays have a leading axis of groups, such as
            `noise_of_groups` measures and `GroupedNoise.from_laws` stacks.
        group: Which group this image belongs to, from 0. A traced index out of range makes every number not-a-number.

    Raises:
        InputError: The laws have no common axis of groups, or no such group (checked outside `jax.jit`).

    Examples:
        >>> from vitreous.imaging import WhiteNoise
        >>> noise = GroupedNoise.from_laws([WhiteNoise(1.0), WhiteNoise(4.0)], group=1)
        >>> residual = jnp.ones((4, 4))
        >>> bool(noise.log_likelihood(residual) == WhiteNoise(4.0).log_likelihood(residual))
        True
    """

    laws: AbstractNoise
    group: Int[Array, ""]

    def __init__(self, laws: AbstractNoise, group: int | Int[Array | np.ndarray, ""] | np.integer):
        self.laws, self.group = laws, jnp.asarray(group)
        count = _count(laws)
        if is_concrete(self.group) and not 0 <= int(self.group) < count:
            raise InputError(
                f"group {int(self.group)} is none of the {count} whose noise is known.",
                hint="Groups count from 0: numpy.unique(numbers, return_inverse=True)[1] makes such indices.",
            )

    @classmethod
    def from_laws(cls, laws: Sequence[AbstractNoise], *, group: int | Int[Array | np.ndarray, ""]) -> "GroupedNoise":
        """Noise of one group of several, each given by its own law.

        Arguments:
            laws: One for each group, all of one type and one shape of spectrum.
            group: Which of them this image belongs to.

        Raises:
            InputError: The laws are of different types or shapes.
        """
        try:
            stacked = jax.tree.map(lambda *leaves: jnp.stack(leaves), *laws)
        except (ValueError, TypeError) as error:
            raise InputError(
                f"the laws of {len(laws)} groups do not stack: {error}.",
                hint="Give each group noise of one type, with a spectrum of one shape.",
            ) from error
        return cls(stacked, group)

    @property
    def law(self) -> AbstractNoise:
        """The noise of this image's group."""
        return jax.tree.map(
            lambda leaf: leaf.at[self.group].get(mode="fill", fill_value=jnp.nan, wrap_negative_indices=False),
            self.laws,
        )

    def sample(self, shape: tuple[int, int], *, key: PRNGKeyArray) -> Float[Array, "y x"]:
        """One draw of the group's noise."""
        return self.law.sample(shape, key=key)

    def log_likelihood(self, residual: Float[Array, "y x"]) -> Float[Array, ""]:
        """Normalised log density of a residual under the group's noise."""
        return self.law.log_likelihood(residual)

    def inner(self, a: Float[Array, "y x"], b: Float[Array, "y x"]) -> Float[Array, ""]:
        r"""$a^\mathsf{T} \Sigma_g^{-1} b$."""
        return self.law.inner(a, b)


def noise_of_groups(
    images: Float[Array | np.ndarray, "n y x"],
    groups: Sequence[int] | Int[Array | np.ndarray, " n"],
    *,
    pixel_size: FloatLike,
) -> ColouredNoise:
    r"""The radial noise spectrum of each group of images, measured on images of noise.

    $$ P_g(q) = \frac{1}{n_g N} \sum_{j \in g} \bigl\langle |\tilde r_j|^2 \bigr\rangle_{|k| = q} $$

    over the $n_g$ images $r_j$ of a group, of N pixels each, as Scheres (2012, *J. Mol. Biol.* 415, 406) updates it
    from residuals. In a shell of m modes, counting k and −k, its relative standard error is $\sqrt{2/(n_g m)}$.

    Arguments:
        images: Noise alone: residuals of particles from their model images, or empty places of micrographs. Their
            means are not counted, and the zero frequency gets its neighbour's power (`vitreous.filters.noise_power`).
        groups: The group of each image, from 0, none of them left out.
        pixel_size: Å.

    Returns:
        The laws for `GroupedNoise`, their power of shape "groups y xh".

    Raises:
        InputError: Images and groups do not match, a group has no image, or the images of one have no power.

    Examples:
        >>> images = jax.random.normal(jax.random.key(0), (6, 32, 32)) * jnp.array([1, 1, 1, 2, 2, 2])[:, None, None]
        >>> laws = noise_of_groups(images, [0, 0, 0, 1, 1, 1], pixel_size=1.5)
        >>> [round(float(power.mean())) for power in laws.power]
        [1, 4]
    """
    groups = np.asarray(groups)
    counts = _checked_counts(groups, len(images))
    radii, powers = _mean_powers(jnp.asarray(images), jnp.asarray(groups), jnp.asarray(counts), pixel_size)
    empty = ~np.all(np.asarray(powers) > 0, axis=1)
    if empty.any():
        raise InputError(
            f"the images of group {int(np.argmax(empty))} have no power at some frequencies, so no image has a density "
            "under it.",
            hint="Give images of noise that were neither filtered to nothing nor left empty.",
        )
    shape = images.shape[1], images.shape[2]
    return jax.vmap(lambda power: ColouredNoise.from_shells(power, radii, shape=shape, pixel_size=pixel_size))(powers)


@jax.jit
def _mean_powers(
    images: Float[Array, "n y x"], groups: Int[Array, " n"], counts: Int[Array, " g"], pixel_size: FloatLike
) -> tuple[Float[Array, " r"], Float[Array, "g r"]]:
    """The radii of the shells, and the mean over each group of the images' powers there."""
    radii, powers = map_batches(lambda image: noise_power(image, pixel_size=pixel_size), images, batch_size=_IN_FLIGHT)
    totals = jax.ops.segment_sum(powers, groups, num_segments=counts.size)
    return radii[0], totals / counts[:, None].astype(totals.dtype)


def _count(laws: AbstractNoise) -> int:
    lengths = {jnp.shape(leaf)[:1] for leaf in jax.tree.leaves(eqx.filter(laws, eqx.is_array))}
    if len(lengths) != 1 or lengths == {()}:
        raise InputError(
            "the laws have no common leading axis of groups.",
            hint="Make them with noise_of_groups, jax.vmap over the constructor, or GroupedNoise.from_laws([…]).",
        )
    ((count,),) = lengths
    return count


def _checked_counts(groups: Int[np.ndarray, " n"], n_images: int) -> Int[np.ndarray, " groups"]:
    if groups.shape != (n_images,) or n_images == 0 or groups.min() < 0:
        raise InputError(
            f"groups of shape {groups.shape} do not number {n_images} images from 0.",
            hint="Give one group for each image: numpy.unique(numbers, return_inverse=True)[1] makes such indices.",
        )
    counts = np.bincount(groups)
    if not counts.all():
        raise InputError(
            f"group {int(np.argmin(counts))} has no image, so its noise cannot be measured.",
            hint="Number the groups without gaps: numpy.unique(numbers, return_inverse=True)[1] does.",
        )
    return counts
