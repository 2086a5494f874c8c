"""Maps to Zernike moments and back."""

import math
import warnings
from collections.abc import Callable, Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float
from scipy.fft import next_fast_len

from vitreous._core import FloatLike, InputError, as_float, is_concrete
from vitreous.grids import pad, shift_image

from ._ball_voxels import BallVoxels
from ._fourier_modes import FourierModes
from ._indices import moment_count

# Time–bandwidth product of the window: sidelobes at 1e-4 (Kaiser 1974).
_WINDOW_SHAPE = 7.0


class ZernikePlan(eqx.Module):
    r"""What turns maps of one box into the Zernike moments of one ball, and moments into maps.

    $$ M_{nlm} = \int_{|x| \le 1} f(Rx)\, \overline{Z_{nlm}(x)}\, d^3x, \qquad
       f(Rx) = \sum_{nlm} M_{nlm} Z_{nlm}(x) $$

    The integral is split by a window w that falls smoothly to zero at the surface of the ball. The part f w ends inside
    the ball, where the sum over voxels is exact to far below any noise; for the rest, f (1 − w), the sharp edge counts,
    and its Fourier modes inside the Nyquist sphere are integrated in closed form. Nothing is interpolated
    (docs/adr/0009). `reconstruct` evaluates the series at the voxels, exactly too. Both can be differentiated,
    compiled, and mapped over batches, whose volumes share all tables.

    Arguments:
        order: The largest n.
        box: Voxels along each side of the cubic box.
        radius: Of the ball, in voxels: `box // 2` unless given, which is inscribed in the box. √3/2 times the box
            is the ball about it; beyond the box a map is zero.
        center: Of the ball, in voxels (x, y, z) from the voxel at index n // 2. Only `decompose` uses it:
            `reconstruct` puts the ball at the middle of its box.

    Raises:
        InputError: The order or box cannot be, the radius is not positive, or the ball is larger than the sphere
            about the box.

    Warns:
        UserWarning: The order is more than πR, beyond which the functions vary faster near the surface of the ball
            than voxels can follow.

    Examples:
        >>> plan = ZernikePlan(order=20, box=16)
        >>> blob = jnp.exp(-jnp.sum(jnp.square(jnp.mgrid[:16, :16, :16] - 8), axis=0) / 8)
        >>> moments = plan.decompose(blob)
        >>> bool(jnp.abs(plan.reconstruct(moments) - blob).max() < 0.02)
        True
    """

    order: int = eqx.field(static=True)
    box: int = eqx.field(static=True)
    radius: float = eqx.field(static=True)
    center: Float[Array, "3"] | None
    modes: FourierModes
    voxels: BallVoxels
    padded_voxels: BallVoxels
    window: Float[Array, "z y x"]

    def __init__(
        self,
        order: int,
        box: int,
        *,
        radius: float | None = None,
        center: Sequence[FloatLike] | Float[Array | np.ndarray, "3"] | None = None,
    ):
        if order < 0:
            raise InputError(f"order={order} must not be negative.", hint="The order is the largest n, such as 20.")
        if box < 3:
            raise InputError(f"a box of {box} voxels is too small for a ball.", hint="Give a map of 3³ voxels or more.")
        self.order = order
        self.box = box
        self.radius = float(box // 2 if radius is None else radius)
        self.center = None if center is None else as_float(center)
        if self.center is not None and self.center.shape != (3,):
            raise InputError(
                f"a centre of shape {self.center.shape} is not a point.", hint="Give x, y and z in voxels."
            )
        _check_radius(self.radius, box)
        _warn_of_aliasing(order, self.radius)
        padded = _padded_box(box, self.radius, self.center)
        self.modes = FourierModes(order, padded, self.radius)
        self.voxels = BallVoxels(order, box, self.radius)
        self.padded_voxels = self.voxels if padded == box else BallVoxels(order, padded, self.radius)
        self.window = jnp.asarray(_window(padded, self.radius), float)

    def decompose(self, volume: Float[Array | np.ndarray, "*batch z y x"]) -> Complex[Array, "*batch moments"]:
        """The moments of a map, or of each of a batch.

        Arguments:
            volume: The map, of the plan's box.

        Returns:
            Moments with m ≥ 0 in the order of `moment_labels`, in the units of the map.

        Raises:
            InputError: The map has another box.
        """
        maps = as_float(volume)
        if maps.shape[-3:] != (self.box,) * 3:
            raise InputError(
                f"a map of shape {maps.shape[-3:]} does not go with a plan for a box of {self.box}³.",
                hint=f"Crop or pad it, or make a plan for its own box: ZernikePlan({self.order}, box).",
            )
        return _decompose(self, maps)

    def reconstruct(self, moments: Complex[Array | np.ndarray, "*batch moments"]) -> Float[Array, "*batch z y x"]:
        """The map that moments describe, or those of a batch.

        Arguments:
            moments: To the plan's order. Those of a map to a lower order are padded with zeros, and of more than
                these the first `moment_count(order)` are taken.

        Returns:
            The series at the voxels, zero outside of the ball.
        """
        coefficients = jnp.asarray(moments)
        count = moment_count(self.order)
        missing = max(count - coefficients.shape[-1], 0)
        padded = jnp.pad(coefficients, [(0, 0)] * (coefficients.ndim - 1) + [(0, missing)])
        return _reconstruct(self, padded[..., :count])


@eqx.filter_jit
def _decompose(plan: ZernikePlan, maps: Array) -> Array:
    padded = plan.modes.box

    def of_one(volume: Array) -> Array:
        volume = pad(volume, (padded,) * 3)
        if plan.center is not None:
            volume = shift_image(volume, -plan.center.astype(volume.dtype))
        window = plan.window.astype(volume.dtype)
        return plan.padded_voxels.moments(volume * window) + plan.modes.moments(volume * (1 - window))

    return _over_batch(of_one, maps, 3)


@eqx.filter_jit
def _reconstruct(plan: ZernikePlan, moments: Array) -> Array:
    return _over_batch(plan.voxels.values, moments, 1)


def _over_batch(function: Callable[[Array], Array], arrays: Array, core: int) -> Array:
    batch = arrays.shape[: arrays.ndim - core]
    if not batch:
        return function(arrays)
    results = jax.vmap(function)(arrays.reshape(-1, *arrays.shape[-core:]))
    return results.reshape(*batch, *results.shape[1:])


def _padded_box(box: int, radius: float, center: Array | None) -> int:
    """A box whose periodic copies do not reach into the ball."""
    if center is not None and not is_concrete(center):
        raise InputError("the centre of a plan must be known when the plan is made.", hint="Make the plan outside jit.")
    reach = radius + (0 if center is None else float(np.abs(np.asarray(center)).max()))
    if reach <= box // 2:
        return box
    return int(next_fast_len(math.ceil(reach + box / 2), real=True) or box)


def _window(box: int, radius: float) -> Float[np.ndarray, "z y x"]:
    """One well inside the ball, zero from its surface on; between them an integrated Kaiser–Bessel window.

    The wider the transition, the less of the product's spectrum is beyond the Nyquist frequency: over a third of the
    radius, and 8 voxels where there are as many, sums over voxels of noise to 0.4 of that frequency are off by 2e-4.
    """
    squares = (np.arange(box) - box // 2) ** 2
    distance = np.sqrt(squares[:, None, None] + squares[:, None] + squares)
    width = max(radius / 3, min(radius, 8.0))
    steps = np.linspace(-1, 1, 2001)
    rise = np.cumsum(np.i0(_WINDOW_SHAPE * np.sqrt(1 - steps**2)))
    return 1 - np.interp(2 * (distance - radius) / width + 1, steps, rise / rise[-1])


def _check_radius(radius: float, box: int) -> None:
    largest = 3**0.5 / 2 * box
    if not 0 < radius <= largest * (1 + 1e-9):
        raise InputError(
            f"a ball of radius {radius:g} voxels does not fit a box of {box}³.",
            hint=f"Its radius may be at most {largest:.4g} voxels, of the sphere about the box; {box // 2} touches its "
            "sides.",
        )


def _warn_of_aliasing(order: int, radius: float) -> None:
    limit = math.floor(math.pi * radius)
    if order > limit:
        warnings.warn(
            f"order {order} is beyond what voxels can follow in a ball of {radius:g} voxels: above n = {limit} moments "
            "are nearly zero or aliases of lower ones.",
            UserWarning,
            stacklevel=3,
        )
