"""Likelihoods that do not know the scale and the offset of the observed image."""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from vitreous._core import FloatLike, as_scalar, not_negative

from ._base import AbstractImageModel
from ._likelihood import AbstractLikelihood, check_shape, drawn_image
from ._noise import AbstractNoise


class ScaleAndOffsetPrior(eqx.Module):
    """Independent normal laws of the scale and the offset of an image.

    Arguments:
        scale: Mean of the scale.
        offset: Mean of the offset, in the image's units.
        scale_deviation: Standard deviation of the scale, not negative; 0 for a known one.
        offset_deviation: Standard deviation of the offset, not negative; 0 for a known one.

    Raises:
        InputError: A deviation is negative (checked outside `jax.jit`).

    Examples:
        >>> float(ScaleAndOffsetPrior(scale_deviation=0.3).scale)
        1.0
    """

    scale: Float[Array, ""]
    offset: Float[Array, ""]
    scale_deviation: Float[Array, ""]
    offset_deviation: Float[Array, ""]

    def __init__(
        self,
        scale: FloatLike = 1.0,
        offset: FloatLike = 0.0,
        *,
        scale_deviation: FloatLike = 1.0,
        offset_deviation: FloatLike = 1.0,
    ):
        self.scale = as_scalar(scale, name="scale")
        self.offset = as_scalar(offset, name="offset")
        self.scale_deviation = not_negative(
            scale_deviation, name="scale_deviation", unit="", hint="Use 0 or a positive standard deviation."
        )
        self.offset_deviation = not_negative(
            offset_deviation, name="offset_deviation", unit="", hint="Use 0 or a positive standard deviation."
        )


class MarginalGaussianLikelihood(AbstractLikelihood):
    r"""Gaussian noise, the scale and offset of the image integrated out in closed form.

    $$ y = s\,I(\theta) + b\,\mathbf 1 + n, \qquad s \sim N(\mu_s, \tau_s^2),\ b \sim N(\mu_b, \tau_b^2) $$

    makes y normal with mean $\mu_s I + \mu_b \mathbf 1$ and covariance
    $\Sigma + \tau_s^2 I I^\mathsf{T} + \tau_b^2 \mathbf 1 \mathbf 1^\mathsf{T}$. With r the residual from that mean,
    $A = (\tau_s I, \tau_b \mathbf 1)$, $G = A^\mathsf{T}\Sigma^{-1}A$ and $v = A^\mathsf{T}\Sigma^{-1}r$, the matrix
    inversion and determinant lemmas give

    $$ \log p(y) = \log N(r; 0, \Sigma) + \tfrac12 v^\mathsf{T} (1 + G)^{-1} v - \tfrac12 \log\det(1 + G). $$

    The prior is proper, so this is a density of images and may be compared between models.

    Arguments:
        image_model: Gives the image I of scale one.
        noise: The law of n, with covariance Σ.
        prior: Of scale and offset.

    Examples:
        >>> from vitreous.grids import ImageConfig
        >>> from vitreous.imaging import WhiteNoise, make_image_model
        >>> from vitreous.volumes import GaussianMixtureVolume
        >>> atom = GaussianMixtureVolume(jnp.zeros((1, 3)), jnp.full((1, 1), 9.0), jnp.full((1, 1), 4.0))
        >>> model = make_image_model(atom, ImageConfig((16, 16), 2.0))
        >>> marginal = MarginalGaussianLikelihood(model, WhiteNoise(1e-4), ScaleAndOffsetPrior(scale_deviation=0.5))
        >>> image = model.simulate()
        >>> bool(marginal(1.4 * image + 0.2) > marginal(-1.4 * image + 0.2))
        True
    """

    image_model: AbstractImageModel
    noise: AbstractNoise
    prior: ScaleAndOffsetPrior

    def simulate(self, *, key: PRNGKeyArray) -> Float[Array, "y x"]:
        """A noisy image of a drawn scale and offset."""
        for_scale, for_offset, for_image, for_noise = jax.random.split(key, 4)
        prior, image = self.prior, self.image_model.simulate(rng_key=for_image)
        scale = prior.scale + prior.scale_deviation * jax.random.normal(for_scale, dtype=image.dtype)
        offset = prior.offset + prior.offset_deviation * jax.random.normal(for_offset, dtype=image.dtype)
        return scale * image + offset + self.noise.sample(self.image_model.image_config.shape, key=for_noise)

    @eqx.filter_jit
    def log_likelihood(self, observed: Float[Array, "y x"]) -> Float[Array, ""]:
        """Log density of an image, in nats (see the class)."""
        check_shape(observed, self.image_model)
        prior, image = self.prior, self.image_model.simulate()
        residual = observed - prior.scale * image - prior.offset
        fit = _fit(residual, image, self.noise)
        deviations = jnp.stack([prior.scale_deviation, prior.offset_deviation]).astype(image.dtype)
        inflated = jnp.eye(2, dtype=image.dtype) + deviations[:, None] * fit.gram * deviations
        moments = deviations * fit.moments
        gain = jnp.sum(moments * _solve_2x2(inflated, moments))
        return self.noise.log_likelihood(residual) + (gain - jnp.log(_determinant(inflated))) / 2


class ProfileGaussianLikelihood(AbstractLikelihood):
    r"""Gaussian noise, the scale and offset of the image set to what fits best.

    $$ \max_{s, b}\, \log N(y;\ s I(\theta) + b \mathbf 1, \Sigma) $$

    This is the profile likelihood: a function to maximise, as cross-correlation searches do. It is not a density of
    images (it does not integrate to one), and comparing models of different freedom with it favours the freer one; the
    marginal likelihood does not. `simulate` draws at scale one and offset zero.

    Arguments:
        image_model: Gives the image I of scale one, which must not be constant.
        noise: The law of the noise, with covariance Σ.

    Examples:
        >>> from vitreous.grids import ImageConfig
        >>> from vitreous.imaging import WhiteNoise, make_image_model
        >>> from vitreous.volumes import GaussianMixtureVolume
        >>> atom = GaussianMixtureVolume(jnp.zeros((1, 3)), jnp.full((1, 1), 9.0), jnp.full((1, 1), 4.0))
        >>> model = make_image_model(atom, ImageConfig((16, 16), 2.0))
        >>> profile = ProfileGaussianLikelihood(model, WhiteNoise(0.01))
        >>> scale, offset = profile.best_scale_and_offset(3 * model.simulate() + 0.5)
        >>> round(float(scale), 3), round(float(offset), 3)
        (3.0, 0.5)
    """

    image_model: AbstractImageModel
    noise: AbstractNoise

    def simulate(self, *, key: PRNGKeyArray) -> Float[Array, "y x"]:
        """A noisy image of scale one and offset zero."""
        return drawn_image(self.image_model, key) + self.noise.sample(self.image_model.image_config.shape, key=key)

    def best_scale_and_offset(self, observed: Float[Array, "y x"]) -> tuple[Float[Array, ""], Float[Array, ""]]:
        r"""Generalised least squares: $(A^\mathsf{T}\Sigma^{-1}A)^{-1}A^\mathsf{T}\Sigma^{-1}y$ with $A = (I, 1)$."""
        check_shape(observed, self.image_model)
        fit = _fit(observed, self.image_model.simulate(), self.noise)
        scale, offset = _solve_2x2(fit.gram, fit.moments)
        return scale, offset

    @eqx.filter_jit
    def log_likelihood(self, observed: Float[Array, "y x"]) -> Float[Array, ""]:
        """The largest log density over scale and offset, in nats."""
        scale, offset = self.best_scale_and_offset(observed)
        return self.noise.log_likelihood(observed - scale * self.image_model.simulate() - offset)


class _Fit(NamedTuple):
    gram: Float[Array, "2 2"]
    moments: Float[Array, " 2"]


def _fit(observed: Float[Array, "y x"], image: Float[Array, "y x"], noise: AbstractNoise) -> _Fit:
    """Inner products of the image and of a constant with each other, and with an observed image."""
    ones = jnp.ones_like(image)
    with_image = noise.inner(image, ones)
    gram = jnp.stack([noise.inner(image, image), with_image, with_image, noise.inner(ones, ones)]).reshape(2, 2)
    return _Fit(gram, jnp.stack([noise.inner(image, observed), noise.inner(ones, observed)]))


def _determinant(matrix: Float[Array, "2 2"]) -> Float[Array, ""]:
    return matrix[0, 0] * matrix[1, 1] - matrix[0, 1] * matrix[1, 0]


def _solve_2x2(matrix: Float[Array, "2 2"], right: Float[Array, " 2"]) -> Float[Array, " 2"]:
    adjugate = jnp.stack(
        [matrix[1, 1] * right[0] - matrix[0, 1] * right[1], matrix[0, 0] * right[1] - matrix[1, 0] * right[0]]
    )
    return adjugate / _determinant(matrix)
