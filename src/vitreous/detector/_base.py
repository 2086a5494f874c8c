"""What every counting detector is."""

from abc import abstractmethod

import equinox as eqx
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float, PRNGKeyArray

from vitreous._core import InputError, is_concrete


class AbstractDetector(eqx.Module):
    r"""A camera that counts electrons.

    The expected count in a pixel where the contrast is $C$ is

    $$\mu = D\, p^2\, (1 + 2C)$$

    because $|\psi|^2 = 1 + 2C$ in units of the empty beam. Every electron is counted once and in its own pixel (no
    detective quantum efficiency below one, no modulation transfer).

    Attributes:
        dose_per_a2: $D$, electrons per Å² that reach the specimen.
        pixel_size: $p$ in Å.
    """

    dose_per_a2: eqx.AbstractVar[Float[Array, ""]]
    pixel_size: eqx.AbstractVar[Float[Array, ""]]

    @property
    def expected_vacuum(self) -> Float[Array, ""]:
        """The expected count in a pixel without specimen, $D p^2$."""
        return self.dose_per_a2 * self.pixel_size**2

    def expected_counts(self, contrast: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
        r"""The expected count in each pixel, $\mu = D p^2 (1 + 2C)$.

        Arguments:
            contrast: $C$, protein dark.

        Returns:
            $\mu$, all positive.

        Raises:
            InputError: A contrast of −½ or less leaves no electrons to count. (Inside `jax.jit`, where values cannot
                be seen beforehand, an `equinox` runtime error says the same.)

        Examples:
            >>> from vitreous.detector import PoissonDetector
            >>> PoissonDetector(40.0, 1.5).expected_counts(jnp.array([0.0, -0.1])).round(6).tolist()
            [90.0, 72.0]
        """
        mean = self.expected_vacuum * (1 + 2 * contrast)
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

    def contrast_from_counts(self, counts: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
        """The contrast that the counts show, $C = (n / D p^2 - 1) / 2$: `expected_counts` solved for the contrast.

        Arguments:
            counts: Electrons in each pixel.

        Returns:
            The contrast with its counting noise, protein dark.

        Examples:
            >>> from vitreous.detector import PoissonDetector
            >>> PoissonDetector(40.0, 1.5).contrast_from_counts(jnp.array([90.0, 45.0])).tolist()
            [0.0, -0.25]
        """
        return (counts / self.expected_vacuum - 1) / 2

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


def check_detector(dose_per_a2: Array, pixel_size: Array) -> None:
    """Refuse a dose or pixel size that is known and not positive."""
    if is_concrete(dose_per_a2) and not float(dose_per_a2) > 0:
        raise InputError(
            f"dose_per_a2={float(dose_per_a2):g} leaves no electrons.", hint="Use electrons per Å², such as 40."
        )
    if is_concrete(pixel_size) and not float(pixel_size) > 0:
        raise InputError(f"pixel_size={float(pixel_size):g} is not a length in Å.", hint="Use Å, such as 1.5.")
