"""A camera that blurs, and whose noise has a colour."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from vitreous._core import FloatLike, positive
from vitreous.grids import frequencies, irfftn, mode_multiplicity, rfftn

from ._base import AbstractDetector, positive_counts
from ._curves import AbstractDetectorCurves
from ._inelastic import InelasticLoss


class DirectDetector(AbstractDetector):
    r"""A direct electron detector, by its modulation and noise transfer functions.

    Which curve multiplies what: electrons arrive at a pixel as a Poisson variable of mean $\lambda = D p^2 I$. Each is
    recorded about its place with a spread, which is the same for the average of all: the expected image is that of
    the arrivals, blurred,

    $$\mu = \mathrm{MTF} \ast \lambda .$$

    The arrivals being independent, their noise is white, of power $\mu$; the camera passes it on by its own curve, and
    electrons that are missed or weighed differently add to it, so that the noise has the power

    $$P(q) = \mu\, \mathrm{NTF}^2(q) / \mathrm{DQE}(0) .$$

    The ratio of the two is the DQE (see `AbstractDetectorCurves`): it is the noise, not the signal, that tells apart
    cameras of one MTF. Counts are drawn as

    $$n = \mu + \mathrm{DQE}(0)^{-1/2}\, \mathrm{NTF} \ast (k - \mu), \qquad k_i \sim \mathrm{Poisson}(\mu_i),$$

    whose mean is $\mu$ and whose noise has that power, in each region by its own $\mu$. With white noise they are the
    whole numbers of a counting camera; with MTF = NTF = 1 this is `PoissonDetector`. In the limit of many counts $k$ is
    normal, and with $w = \mathrm{NTF}^{-1} \ast (n - \mu)$ the density of the counts is

    $$\log p(n \mid C) = -\tfrac12 \sum_i \Bigl[\mathrm{DQE}(0)\, \frac{w_i^2}{\mu_i} +
    \log \frac{2\pi\mu_i}{\mathrm{DQE}(0)}\Bigr] - \sum_q \log \mathrm{NTF}(q),$$

    over all modes $q$ of the full spectrum: normalised, and that of `GaussianDetector` where NTF and DQE(0) are 1.

    Counts are in units of arriving electrons: with a DQE(0) below 1, divide what the camera counts by its efficiency.
    An image of a measured MTF should be sampled band-limited (`Sampling.BANDLIMITED`), since that MTF includes the
    pixel's.

    Arguments:
        dose_per_a2: $D$, electrons per Å² that reach the specimen.
        pixel_size: $p$ of the image in Å.
        curves: MTF, NTF and DQE(0): `IdealPixel()`, or `DetectorCurves` as measured.
        loss: The electrons that lose energy in the ice.
        detector_pixel_size: Size in Å, on the specimen, of the pixels whose curves these are, where the image was
            binned; that of the image unless given.
        gaussian: Draw $k$ from the normal distribution of its mean and variance; samples are then differentiable.

    Raises:
        InputError: A dose or pixel size is known and not positive.

    Examples:
        >>> from vitreous.detector import IdealPixel
        >>> detector = DirectDetector(40.0, 1.5, IdealPixel())
        >>> counts = detector.sample(jnp.zeros((8, 8)), key=jax.random.key(0))
        >>> bool(jnp.allclose(counts, jnp.round(counts), atol=1e-4))
        True
    """

    dose_per_a2: Float[Array, ""]
    pixel_size: Float[Array, ""]
    curves: AbstractDetectorCurves
    loss: InelasticLoss | None
    detector_pixel_size: Float[Array, ""] | None
    gaussian: bool = eqx.field(static=True)

    def __init__(
        self,
        dose_per_a2: FloatLike,
        pixel_size: FloatLike,
        curves: AbstractDetectorCurves,
        *,
        loss: InelasticLoss | None = None,
        detector_pixel_size: FloatLike | None = None,
        gaussian: bool = False,
    ):
        self.dose_per_a2 = positive(dose_per_a2, name="dose_per_a2", unit="electrons per Å²")
        self.pixel_size = positive(pixel_size, name="pixel_size")
        self.curves = curves
        self.loss = loss
        self.detector_pixel_size = (
            None if detector_pixel_size is None else positive(detector_pixel_size, name="detector_pixel_size")
        )
        self.gaussian = gaussian

    def expected_counts(self, contrast: Float[Array, "y x"]) -> Float[Array, "y x"]:
        r"""The expected count in each pixel, $\mu = \mathrm{MTF} \ast D p^2 I$.

        Examples:
            >>> from vitreous.detector import IdealPixel
            >>> mean = DirectDetector(40.0, 1.5, IdealPixel()).expected_counts(jnp.zeros((4, 4)))
            >>> bool(jnp.allclose(mean, 90.0))
            True
        """
        arrivals = self.arrivals(contrast)
        return positive_counts(_filtered(arrivals, self.curves.mtf(self._frequencies(arrivals))))

    def sample(self, contrast: Float[Array, "y x"], *, key: PRNGKeyArray) -> Float[Array, "y x"]:
        """Counts drawn for a contrast (with no derivative, unless `gaussian`)."""
        mean = self.expected_counts(contrast)
        if self.gaussian:
            noise = jnp.sqrt(mean) * jax.random.normal(key, mean.shape, mean.dtype)
        else:
            mean = jax.lax.stop_gradient(mean)
            noise = jax.random.poisson(key, mean).astype(mean.dtype) - mean
        coloured = _filtered(noise, self.curves.ntf(self._frequencies(mean)))
        counts = mean + coloured / jnp.sqrt(self.curves.dqe_zero.astype(mean.dtype))
        return counts if self.gaussian else jax.lax.stop_gradient(counts)

    def log_likelihood(self, counts: Float[Array, "y x"], contrast: Float[Array, "y x"]) -> Float[Array, ""]:
        """The log-density of the counts in the limit of many (see the class; `GaussianDetector` says how many)."""
        mean = self.expected_counts(contrast)
        ntf = self.curves.ntf(self._frequencies(mean)).astype(mean.dtype)
        variance = mean / self.curves.dqe_zero.astype(mean.dtype)
        white = _filtered(counts - mean, 1 / ntf)
        determinant = jnp.sum(mode_multiplicity(mean.shape).astype(mean.dtype) * jnp.log(ntf))
        return -jnp.sum(white**2 / variance + jnp.log(2 * jnp.pi * variance)) / 2 - determinant

    def _frequencies(self, image: Float[Array, "y x"]) -> Float[Array, "y xh 2"]:
        """The frequencies of the image's half spectrum, in cycles per pixel of the detector."""
        per_pixel = frequencies(image.shape).astype(image.dtype)
        if self.detector_pixel_size is None:
            return per_pixel
        return per_pixel * (self.detector_pixel_size / self.pixel_size).astype(image.dtype)


def _filtered(image: Float[Array, "y x"], transfer: Float[Array, "y xh"]) -> Float[Array, "y x"]:
    return irfftn(rfftn(image) * transfer.astype(image.dtype), image.shape)
