"""Moments with what is needed to make maps of them again, as files hold them."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Complex, Float

from vitreous._core import InputError
from vitreous.harmonics import moment_order


def moment_rows(moments: Complex[np.ndarray, "..."]) -> Complex[np.ndarray, "dimensions moments"]:
    """A copy of moments as one row for each map.

    Raises:
        InputError: They are neither those of one map nor such rows.
    """
    if moments.ndim not in (1, 2):
        raise InputError(
            f"moments of shape {moments.shape} are neither one set nor a row for each map.",
            hint="Give (moments,) or (dimensions, moments).",
        )
    return np.array(moments.reshape(-1, moments.shape[-1]))


@dataclass(frozen=True, eq=False, kw_only=True)
class MomentData:
    """Moments of one map, or of a consensus map and its components, and the ball they belong to.

    Arguments:
        moments: One row for each map, with m ≥ 0.
        radius: Of the ball, Å.
        voxel_size: Of the map, Å.
        box: Edge of the map, voxels.
        center: (x, y, z) of the ball's centre from index box // 2, Å.
        origin: (x, y, z) of the map's first voxel, Å, for programs that overlay maps.
        latents: Of each particle, one for each row but the first.
        source: Where they come from, for error messages.

    Raises:
        InputError: Moments that are not finite or of no order, latents that do not go with the rows, or lengths that
            are not positive.
    """

    moments: Complex[np.ndarray, "dimensions moments"]
    radius: float | None = None
    voxel_size: float | None = None
    box: int | None = None
    center: tuple[float, float, float] = (0.0, 0.0, 0.0)
    origin: tuple[float, float, float] = (0.0, 0.0, 0.0)
    latents: Float[np.ndarray, "particles _"] | None = None
    source: str = "moments"

    def __post_init__(self):
        moment_order(self.moments.shape[1])
        for name in ("moments", "latents", "center", "origin"):
            values = getattr(self, name)
            if values is not None and not np.isfinite(values).all():
                raise InputError(
                    f"{self.source}: {np.count_nonzero(~np.isfinite(values))} of the {name} are NaN or infinite.",
                    hint="Decompose the map again; a map with NaN is refused there.",
                )
        for name, value in (("radius", self.radius), ("voxel_size", self.voxel_size), ("box", self.box)):
            if value is not None and not (np.isfinite(value) and value > 0):
                raise InputError(f"{self.source}: {name}={value:g} must be positive.", hint="Give its true value.")
        if self.latents is not None and self.latents.shape[1] != len(self.moments) - 1:
            raise InputError(
                f"{self.source}: {self.latents.shape[1]} latents for each particle do not go with "
                f"moments of a consensus map and {len(self.moments) - 1} components.",
                hint="Give as many latents as component maps.",
            )

    @property
    def order(self) -> int:
        """The largest n."""
        return moment_order(self.moments.shape[1])

    def with_moments(self, moments: Complex[np.ndarray, "dimensions moments"]) -> "MomentData":
        """The same with other moments."""
        return replace(self, moments=moments)

    def latent_of(self, particle: int) -> Float[np.ndarray, " k"]:
        """The latent coordinates of a particle, counted from 0."""
        count = 0 if self.latents is None else len(self.latents)
        if self.latents is None or particle not in range(count):
            raise InputError(
                f"{self.source}: z_ind={particle}: there are latents of {count} particles.",
                hint="Count from 0, or give the coordinates themselves: scales=(3.2, 4.5, -0.9).",
            )
        return self.latents[particle]
