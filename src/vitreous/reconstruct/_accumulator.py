"""Insertion: the adjoint of slicing, added up over particles."""

from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float, Inexact

from vitreous._core import NO_PROGRESS, InputError, Progress
from vitreous.grids import irfftn, rfftn
from vitreous.kernels import (
    Interpolant,
    Plane,
    apron_width,
    fold_apron,
    insert_slices,
    kaiser_bessel,
    padded_size,
    shift_spectrum,
)

PAD_SCALE = 2.0  # the autocorrelation of a box needs twice its edge
WIDTH = 4
# An accelerator's default would move the points by a twentieth of a grid step.
HIGHEST = jax.lax.Precision.HIGHEST


class FourierAccumulator(eqx.Module):
    r"""Sums over images from which a map follows: $N(k) = \sum_j c_j^* y_j\varphi$ and $W(k) = \sum_j |c_j|^2\varphi$.

    Each Fourier pixel y of an image, with its CTF c, is added at its place in the volume with the window φ of
    `vitreous.kernels.insert_slices`; both together say all that the data say of the map (`wiener_map`). Odd
    aberrations make c complex, and its conjugate undoes their phase, as in RELION (Zivanov et al. 2020, *IUCrJ* 7,
    253). Only pixels strictly inside the Nyquist circle enter. Memory does not depend on the number of images.

    Arguments:
        numerator: N with its apron.
        weight: W with its apron.
        box: Edge of the map in voxels.
        padded_box: Edge of the padded box.
        interpolant: The window.
    """

    numerator: Complex[Array, "za ya xa"]
    weight: Float[Array, "za ya xa"]
    box: int = eqx.field(static=True)
    padded_box: int = eqx.field(static=True)
    interpolant: Interpolant = eqx.field(static=True)

    @classmethod
    def empty(
        cls, box: int, *, pad_scale: float = PAD_SCALE, interpolant: Interpolant | None = None
    ) -> "FourierAccumulator":
        """An accumulator to which nothing was added.

        Arguments:
            box: Edge of the map in voxels.
            pad_scale: How much finer the Fourier grid is than the images'.
            interpolant: The window; Kaiser-Bessel of width 4 unless given.

        Examples:
            >>> FourierAccumulator.empty(8).padded_box
            16
        """
        window = kaiser_bessel(WIDTH, oversampling=pad_scale) if interpolant is None else interpolant
        padded = padded_size(box, pad_scale)
        shape = tuple(size + 2 * apron_width(window.width) for size in (padded, padded, padded // 2 + 1))
        zeros = jnp.zeros(shape, jnp.float32)
        return cls(zeros.astype(jnp.complex64), zeros, box, padded, window)

    def insert(
        self,
        images: Float[Array, "n y x"],
        transfer: Inexact[Array, "n y xh"],
        rotations: Float[Array, "n 3 3"],
        *,
        offsets: Float[Array, "n 2"],
        magnification: Float[Array, "n 2 2"] | None = None,
        copies: Float[Array, "g 3 3"] | None = None,
    ) -> "FourierAccumulator":
        r"""Add images, and the copies of them that the symmetry makes.

        Arguments:
            images: Square images of the box's size.
            transfer: Their contrast transfer c on the half spectrum, real or complex: the model of an image is c times
                its slice.
            rotations: Active rotations R of the object.
            offsets: Positions (x, y) of the particles in pixels; they are shifted back.
            magnification: Matrices M of anisotropic magnification: the slice is seen at M q. What they bring from
                beyond the Nyquist frequency of the map is left out.
            copies: Symmetry operations g: each image is added at R g too. The identity alone unless given.
        """
        if images.shape[1:] != (self.box, self.box):
            raise InputError(
                f"images of {images.shape[1:]} do not fit the box of {self.box}.",
                hint="Reconstruction takes square images, all of one size.",
            )
        plane = Plane.disc((self.box, self.box))
        modes = jnp.asarray(plane.modes, transfer.real.dtype)
        halves = jnp.where(modes[..., 0] == 0, 0.5, 1)  # a row of kx = 0 holds both mates of each of its modes
        values = _centred_spectra(images, offsets) * jnp.conj(transfer) * halves
        weights = (transfer * jnp.conj(transfer)).real * halves
        if magnification is not None:
            rotations = jnp.matmul(_stretch(magnification), rotations, precision=HIGHEST)
            seen = jnp.einsum("yxa,nba->nyxb", modes, magnification, precision=HIGHEST)
            inside = (seen**2).sum(-1) < self.box**2 / 4 - 0.5
            values, weights = values * inside, weights * inside
        turns = jnp.eye(3)[None] if copies is None else copies
        turned = jnp.einsum("nab,gbc->gnac", rotations, turns, precision=HIGHEST)
        grids = insert_slices(
            (self.numerator, self.weight),
            values,
            weights,
            matrices=turned[:, :, :2].mT * (self.padded_box / self.box),
            interpolant=self.interpolant,
            plane=plane,
        )
        return eqx.tree_at(lambda a: (a.numerator, a.weight), self, grids)

    def spectra(
        self,
        lattice: np.ndarray | None = None,
        *,
        progress: Progress = NO_PROGRESS,
        description: str = "Completing the spectra",
    ) -> tuple[Complex[Array, "z y xh"], Float[Array, "z y xh"]]:
        r"""N and W on the padded half spectrum, both halves of each image included, summed over `lattice`.

        They are divided by $\hat\varphi(0)^3$, the weight that a sample has in all.

        Arguments:
            lattice: Symmetry operations that map the grid onto itself, signed permutation matrices `[h, 3, 3]`;
                their copies are summed exactly, without interpolation.
            progress: Follows the two spectra.
            description: For the progress.
        """

        def complete(grid: Array) -> Array:
            half = _half_spectrum(grid, self.padded_box, self.interpolant)
            if lattice is not None and len(lattice) > 1:
                half = _symmetric_sum(half, self.padded_box, lattice)
            return half.block_until_ready()

        grids = (self.numerator, self.weight)
        n, w = (complete(grid) for grid in progress.track(grids, description=description, total=2))
        return n, jnp.maximum(w.real, 0)


@partial(jax.jit, static_argnums=(1, 2))
def _half_spectrum(grid: Array, n: int, interpolant: Interpolant) -> Array:
    """The Hermitian half spectrum of an even size n from the half that was filled, x ≥ 0, with its apron."""
    half = fold_apron(grid, x_size=n, apron=apron_width(interpolant.width))
    for column in (0, -1):  # their own Friedel mates: what was added at -k is still missing at k
        own = half[..., column]
        half = half.at[..., column].add(jnp.conj(jnp.roll(own[::-1, ::-1], (1, 1), (0, 1))))
    return half / float(interpolant.transform(0.0)) ** 3


def _centred_spectra(images: Float[Array, "n y x"], offsets: Float[Array, "n 2"]) -> Complex[Array, "n y xh"]:
    """Half spectra of square images moved by minus their offsets in pixels, with phases from their origin pixel."""
    box = images.shape[-1]
    return jax.vmap(partial(shift_spectrum, shape=(box, box)))(jnp.fft.rfft2(images), -(box // 2) - offsets)


def _stretch(magnification: Float[Array, "n 2 2"]) -> Float[Array, "n 3 3"]:
    """The matrices S for which a mode k of the image, a row vector, has its place at k S R = (M k) R."""
    return (
        jnp.zeros((len(magnification), 3, 3), magnification.dtype)
        .at[:, :2, :2]
        .set(magnification.mT)
        .at[:, 2, 2]
        .set(1)
    )


def _symmetric_sum(spectrum: Array, n: int, lattice: np.ndarray) -> Array:
    """Sum of the copies of a real object under signed permutations, Hermitian to rounding."""
    volume = irfftn(spectrum.astype(jnp.complex64), (n, n, n))
    total = jnp.zeros_like(volume)
    for matrix in lattice:
        total = total + _turned(volume, np.asarray(matrix))
    return rfftn(total)


def _turned(volume: Array, matrix: np.ndarray) -> Array:
    """The volume rotated by a signed permutation of (x, y, z), about the origin at n // 2, exactly."""
    source = [int(np.flatnonzero(row)[0]) for row in matrix]  # new axis i holds old axis source[i]
    axes = [2 - source[2 - axis] for axis in range(3)]  # in (z, y, x) order
    turned = jnp.transpose(volume, axes)
    for i in range(3):
        if matrix[i, source[i]] < 0:
            axis = 2 - i
            turned = jnp.flip(turned, axis)
            if volume.shape[0] % 2 == 0:  # -i about n // 2 sends index k to n - k
                turned = jnp.roll(turned, 1, axis)
    return turned
