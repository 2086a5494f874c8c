"""What every counting detector is."""

from abc import abstractmethod

import equinox as eqx
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float, PRNGKeyArray

from vitreous._core import FloatLike, InputError, is_concrete

from ._inelastic import InelasticLoss


class AbstractDetector(eqx.Module):
    r"""A camera that counts electrons.

    The electrons that reach a pixel where the contrast is $C$ are, on average,

    $$D\, p^2\, I, \qquad I = 1 + 2C$$

    because $|\psi|^2 = 1 + 2C$ in units of the empty beam; a layer of ice takes away some (`InelasticLoss`). What the
    camera makes of them is its own affair: `PoissonDetector` and `GaussianDetector` count each once and in its own
    pixel, `DirectDetector` spreads and misses them.

    Attributes:
        dose_per_a2: $D$, electrons per Å² that reach the specimen.
        pixel_size: $p$ in Å.
        loss: The electrons that lose energy in the ice; none where it is `None`.
    """

    dose_per_a2: eqx.AbstractVar[Float[Array, ""]]
    pixel_size: eqx.AbstractVar[Float[Array, ""]]
    loss: eqx.AbstractVar[InelasticLoss | None]

    @property
    def expected_vacuum(self) -> Float[Array, ""]:
        """The expected count in a pixel without specimen and ice, $D p^2$."""
        return self.dose_per_a2 * self.pixel_size**2

    def arrivals(self, contrast: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
        r"""How many electrons reach each pixel on average, $D p^2 I$.

        Arguments:
            contrast: $C$, protein dark.

        Raises:
            InputError: A pixel gets none, as in `expected_counts`.
        """
        intensity = 1 + 2 * contrast if self.loss is None else self.loss.intensity(contrast)
        return positive_counts(self.expected_vacuum * intensity)

    def contrast_from_counts(self, counts: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
        """The contrast that the counts show, $C = (n / D p^2 - 1) / 2$: `arrivals` solved for the contrast.

        Arguments:
            counts: Electrons in each pixel.

        Returns:
            The contrast with its counting noise, protein dark; blurred where the detector blurs.

        Examples:
            >>> from vitreous.detector import PoissonDetector
            >>> PoissonDetector(40.0, 1.5).contrast_from_counts(jnp.array([90.0, 45.0])).tolist()
            [0.0, -0.25]
        """
        intensity = counts / self.expected_vacuum
        return (intensity - 1) / 2 if self.loss is None else self.loss.contrast(intensity)

    def fraction(self, part: FloatLike) -> "AbstractDetector":
        """The same detector with a part of the dose, such as that of one frame of a movie.

        Arguments:
            part: Between 0 and 1.

        Examples:
            >>> from vitreous.detector import PoissonDetector
            >>> float(PoissonDetector(40.0, 1.0).fraction(0.25).dose_per_a2)
            10.0
        """
        return eqx.tree_at(lambda detector: detector.dose_per_a2, self, self.dose_per_a2 * part)

    @abstractmethod
    def expected_counts(self, contrast: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
        r"""The expected count in each pixel.

        Arguments:
            contrast: $C$, protein dark.

        Returns:
            $\mu$, all positive.

        Raises:
            InputError: A contrast of −½ or less leaves no electrons to count. (Inside `jax.jit`, where values cannot
                be seen beforehand, an `equinox` runtime error says the same.)
        """

    @abstractmethod
    def sample(self, contrast: Float[Array, "*shape"], *, key: PRNGKeyArray) -> Float[Array, "*shape"]:
        """Counts drawn for a contrast.

        Arguments:
            contrast: $C$, protein dark.
            key: A JAX random key.

        Returns:
            The counts, of the contrast's floating type.
        """

    @abstractmethod
    def log_likelihood(self, counts: Float[Array, "*shape"], contrast: Float[Array, "*shape"]) -> Float[Array, ""]:
        """The logarithm of the probability of the counts, given the contrast.

        Arguments:
            counts: Electrons in each pixel.
            contrast: $C$, protein dark.

        Returns:
            The sum over the pixels, normalised over the counts.
        """


def positive_counts(mean: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    """The expected counts as they are, refused where one is not positive."""
    bad = ~(mean > 0)
    if is_concrete(bad):
        if bool(jnp.any(bad)):
            least = float(jnp.min(lax.stop_gradient(mean)))
            raise InputError(
                f"the expected count is not positive in {int(jnp.sum(bad))} pixels (the least is {least:g}): "
                f"a contrast of −0.5 or less leaves no electrons.",
                hint="Subtract the displaced solvent, use a thinner specimen, or check units and pixel size.",
            )
        return mean
    return eqx.error_if(
        mean,
        bad,
        "The expected count is not positive in some pixels: a contrast of -0.5 or less (or a dose or pixel size "
        "that is not positive) leaves no electrons. Subtract the displaced solvent, use a thinner specimen, or "
        "check units and pixel size.",
    )
