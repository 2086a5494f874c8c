"""A latent space of maps in moments."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Array, Complex, Float

from vitreous._core import InputError
from vitreous.harmonics import moment_order


@dataclass(frozen=True, eq=False)
class LatentSpace:
    r"""Maps $f_0 + \sum_k z_k f_k$ in moments, and the latent coordinates z of particles.

    Arguments:
        moments: Of the consensus map, the first, and of every component, $m \ge 0$.
        latents: Coordinates of each particle along the components.
        radius: Of the ball in Å; `None` where it is not known.

    Raises:
        InputError: There is not one coordinate for each component, no particle, a number that is not finite, or a
            radius that is not positive.

    Examples:
        >>> space = LatentSpace(np.ones((2, 3), complex), np.array([[-1.0], [1.0]]), radius=60.0)
        >>> space.order
        1
    """

    moments: Complex[Array | np.ndarray, "volumes moments"]
    latents: Float[Array | np.ndarray, "particles components"]
    radius: float | None = None

    def __post_init__(self):
        moments, latents = np.shape(self.moments), np.shape(self.latents)
        if len(moments) != 2 or len(latents) != 2 or moments[0] != latents[1] + 1 or latents[0] == 0:
            raise InputError(
                f"latents of shape {latents} do not go with moments of shape {moments}, a consensus and "
                f"{moments[0] - 1} components.",
                hint="Give one coordinate for each component, and one row for each particle.",
            )
        for name, values in (("moments", self.moments), ("latents", self.latents)):
            if not np.all(np.isfinite(values)):
                raise InputError(
                    f"{np.count_nonzero(~np.isfinite(values))} of the {name} are NaN or infinite.",
                    hint="Check the job that made them.",
                )
        if self.radius is not None and not 0 < self.radius < math.inf:
            raise InputError(f"radius={self.radius:g} Å must be positive and finite.", hint="Give it in Å.")

    @property
    def order(self) -> int:
        """The largest n of the moments."""
        return moment_order(self.moments.shape[-1])


def check_alike(a: LatentSpace, b: LatentSpace) -> None:
    """Refuse to compare invariants that mean different things.

    Raises:
        InputError: The orders differ, or the radii do where both are known.
    """
    if a.order != b.order:
        low = min(a.order, b.order)
        raise InputError(
            f"the moments of one latent space go to order {a.order} and those of the other to order {b.order}, so "
            "their invariants are not the same ones.",
            hint=f"Cut the longer ones, moments[:, :moment_count({low})], or decompose both with --order {low}.",
        )
    if a.radius is not None and b.radius is not None and not math.isclose(a.radius, b.radius, rel_tol=1e-3):
        raise InputError(
            f"the ball of one latent space has a radius of {a.radius:g} Å and that of the other {b.radius:g} Å, so "
            "that the same map has other moments in each.",
            hint=f"Decompose both with one radius, such as --radius {max(a.radius, b.radius):g}.",
        )
