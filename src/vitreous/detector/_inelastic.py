"""The electrons that lose energy in the ice."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from vitreous._core import FloatLike, not_negative, positive


class InelasticLoss(eqx.Module):
    r"""Electrons that are scattered inelastically, and so leave the image or cloud it.

    A layer of thickness $t$ lets the fraction

    $$z = \exp(-t / \Lambda)$$

    of the electrons pass without loss of energy, with $\Lambda$ the mean free path. Only these carry the contrast $C$.
    An energy filter stops the others; without it they arrive as a background, taken here to have no contrast, since
    they are incoherent and out of focus. In units of the beam above the specimen, the intensity is

    $$I = z\,(1 + 2C) \quad\text{(filtered)}, \qquad I = z\,(1 + 2C) + (1 - z) \quad\text{(not filtered)}.$$

    Arguments:
        thickness: $t$ of ice and specimen in Å.
        mean_free_path: $\Lambda$ in Å: 3950 in vitreous ice at 300 kV, by Rice et al. 2018 (J. Struct. Biol. 204, 38);
            `vitreous.ice.inelastic_mean_free_path` gives other voltages.
        energy_filter: Whether a slit lets only the zero-loss electrons pass.

    Raises:
        InputError: The thickness is negative or the mean free path not positive.

    Examples:
        >>> loss = InelasticLoss(395.0)
        >>> round(float(loss.zero_loss_fraction), 4)
        0.9048
        >>> round(float(loss.intensity(jnp.zeros(()))), 4)
        0.9048
    """

    thickness: Float[Array, ""]
    mean_free_path: Float[Array, ""]
    energy_filter: bool = eqx.field(static=True)

    def __init__(self, thickness: FloatLike, mean_free_path: FloatLike = 3950.0, *, energy_filter: bool = True):
        self.thickness = not_negative(thickness, name="thickness", hint="Use Å, such as 300.")
        self.mean_free_path = positive(mean_free_path, name="mean_free_path", hint="Use Å, such as 3950.")
        self.energy_filter = energy_filter

    @property
    def zero_loss_fraction(self) -> Float[Array, ""]:
        r"""The fraction of electrons that lose no energy, $z = \exp(-t/\Lambda)$."""
        return jnp.exp(-self.thickness / self.mean_free_path)

    @property
    def background(self) -> Float[Array, ""]:
        """The fraction of electrons that arrive without contrast."""
        return jnp.zeros_like(self.zero_loss_fraction) if self.energy_filter else 1 - self.zero_loss_fraction

    def intensity(self, contrast: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
        """The intensity behind the specimen, in units of the beam above it.

        Arguments:
            contrast: $C$, protein dark.
        """
        return self.zero_loss_fraction * (1 + 2 * contrast) + self.background

    def contrast(self, intensity: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
        """The contrast that an intensity shows: `intensity` solved for it.

        Arguments:
            intensity: In units of the beam above the specimen.
        """
        return ((intensity - self.background) / self.zero_loss_fraction - 1) / 2
