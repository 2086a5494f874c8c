"""The points of a cubic lattice inside a ball, sorted by the symmetry of the square."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float, Int

# e^{−imjπ/2} for turns j and m modulo 4.
_TURNS = np.array([[(-1j) ** (j * q) for j in range(4)] for q in range(4)])


@dataclass(frozen=True)
class Octants:
    r"""The lattice points $(\pm a, \pm b, \pm c)$ and $(\pm b, \pm a, \pm c)$ for integers $0 \le b \le a$, $0 \le c$.

    Eight points of a plane share their distance from the axis, and their azimuths are $\pm\varphi + j\pi/2$. So
    $e^{im\varphi}$ and the Legendre functions are computed once for eight points, and a sum over j is a transform of
    four values, which depends on m modulo 4 only.

    Arguments:
        a: The larger coordinate in the plane, of each orbit of eight.
        b: The smaller one.
        c: The height.
    """

    a: Int[np.ndarray, " orbits"]
    b: Int[np.ndarray, " orbits"]
    c: Int[np.ndarray, " orbits"]

    @classmethod
    def within(cls, extent: int, squared_radius: float) -> "Octants":
        """Those with coordinates to `extent` and a squared distance from the origin below the limit, nearest first."""
        a, b = (axis.astype(np.int32)[:, None] for axis in np.tril_indices(extent + 1))
        c = np.arange(extent + 1, dtype=np.int32)
        squared = a**2 + b**2 + c**2
        plane, height = np.nonzero(squared < squared_radius)
        nearest = np.argsort(squared[plane, height], kind="stable")
        plane, height = plane[nearest], height[nearest]
        return cls(a[plane, 0], b[plane, 0], c[height])

    def __len__(self) -> int:
        return len(self.a)

    @property
    def shell(self) -> Int[np.ndarray, " orbits"]:
        """The squared distance from the origin."""
        return self.a**2 + self.b**2 + self.c**2

    @property
    def weight(self) -> Float[np.ndarray, " orbits"]:
        """How many different points an orbit has, over eight."""
        degenerate = (self.b == 0) | (self.a == self.b)
        return np.where(self.a == 0, 1 / 8, np.where(degenerate, 1 / 2, 1.0))

    @property
    def images(self) -> tuple[Int[np.ndarray, "8 orbits"], Int[np.ndarray, "8 orbits"]]:
        """The coordinates x and y of the eight points: four turns of (a, b), then four of (a, −b)."""
        a, b = self.a, self.b
        return np.stack([a, -b, -a, b, a, b, -a, -b]), np.stack([b, a, -b, -a, -b, a, b, -a])

    @property
    def directions(self) -> Float[np.ndarray, "4 orbits"]:
        """Rows cos θ, sin θ, cos φ and sin φ of the points (a, b, c); the origin counts as a point of the axis."""
        across, distance = np.hypot(self.a, self.b), np.sqrt(self.shell)
        at_origin, on_axis = distance == 0, across == 0
        return np.stack(
            [
                np.where(at_origin, 1, self.c / np.where(at_origin, 1, distance)),
                across / np.where(at_origin, 1, distance),
                np.where(on_axis, 1, self.a / np.where(on_axis, 1, across)),
                self.b / np.where(on_axis, 1, across),
            ]
        )


def fold_images(values: Float[Array, "8 p"]) -> tuple[Complex[Array, "4 p"], Complex[Array, "4 p"]]:
    r"""Sums $\sum f e^{-im\varphi}$ over eight points, but for the azimuth of the first.

    With the two results s and d for m modulo 4, the sum is $s \cos m\varphi + d \sin m\varphi$.
    """
    turns = jnp.asarray(_TURNS, jnp.result_type(values, jnp.complex64))
    turned, reflected = (jnp.dot(turns, half, precision=jax.lax.Precision.HIGHEST) for half in (values[:4], values[4:]))
    return turned + reflected, -1j * (turned - reflected)


def unfold_images(turned: Complex[Array, "4 p"], reflected: Complex[Array, "4 p"]) -> Float[Array, "8 p"]:
    r"""The real parts at eight points of series in $e^{im\varphi}$, gathered by m modulo 4.

    Arguments:
        turned: The sums of the terms at the azimuth φ of the first point.
        reflected: Those at −φ.
    """
    turns = jnp.asarray(_TURNS.conj(), turned.dtype)
    halves = [jnp.dot(turns.T, half, precision=jax.lax.Precision.HIGHEST).real for half in (turned, reflected)]
    return jnp.concatenate(halves)
