"""Images whose background has mean 0 and standard deviation 1."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float64

from vitreous._core import NO_PROGRESS, InputError, Progress
from vitreous.datasets import ParticleDataset

from ._change import change_images
from ._outputs import Images, StackReport

_RADIUS_OF_SIDE = 0.375


@dataclass(frozen=True)
class NormaliseOptions:
    """What of an image is background, and what is taken out of it.

    Arguments:
        radius: Of the circle about the origin pixel, in Å, outside of which all is background; three quarters of half
            the shorter side unless given, as RELION takes it.
        ramp: Fit a plane to the background and take it out, else the mean alone.
    """

    radius: float | None = None
    ramp: bool = True


def background_mask(shape: tuple[int, int], radius: float) -> Bool[np.ndarray, "y x"]:
    """The pixels further from the origin pixel ⌊n/2⌋ than a radius.

    Arguments:
        shape: Rows and columns.
        radius: In pixels.

    Raises:
        InputError: Fewer than four pixels remain, which fix no plane and no spread.

    Examples:
        >>> int(background_mask((8, 8), 4.0).sum())
        17
    """
    y, x = (np.arange(n) - n // 2 for n in shape)
    mask = np.hypot(y[:, None], x[None, :]) > radius
    if not (radius > 0 and mask.sum() > 3):
        raise InputError(
            f"A circle of {radius:g} pixels leaves {int(mask.sum())} of {shape[0]} × {shape[1]} pixels as background.",
            hint="Choose a positive radius, smaller than half the diagonal of the image.",
        )
    return mask


def normalise_images(
    images: Images, background: Bool[np.ndarray, "y x"], *, ramp: bool = True, first: int = 0
) -> Images:
    r"""Images of which the background has mean 0 and standard deviation 1, as RELION's extraction makes them.

    $$(f - p) \,/\, \sigma, \qquad \sigma^2 = \overline{(f - p)^2} \text{ over the background}$$

    with $p$ the plane (or, without `ramp`, the constant) that fits the background in least squares. (RELION's
    `normalise` and `subtractBackgroundRamp`; computed in double precision.)

    Arguments:
        images: The images.
        background: Which pixels count, such as `background_mask` says.
        ramp: Fit a plane.
        first: Number of the first image, counted from 0, for errors.

    Raises:
        InputError: The background of an image is constant.

    Examples:
        >>> image = np.random.default_rng(0).normal(7.0, 3.0, size=(1, 16, 16)).astype(np.float32)
        >>> outside = background_mask((16, 16), 6.0)
        >>> result = normalise_images(image, outside)[0, outside]
        >>> abs(round(float(result.mean()), 5)), round(float(result.std()), 5)
        (0.0, 1.0)
    """
    pixels = images.reshape(len(images), -1).astype(np.float64)
    outside = background.ravel()
    plane = _plane(background.shape, ramp=ramp)
    pixels -= pixels[:, outside] @ np.linalg.pinv(plane[outside]).T @ plane.T
    deviation = np.sqrt(np.mean(pixels[:, outside] ** 2, axis=1))
    # What rounding leaves of a constant is no noise.
    constant = np.flatnonzero(deviation <= 1e-6 * np.abs(images.reshape(len(images), -1)[:, outside]).max(axis=1))
    if len(constant):
        raise InputError(
            f"The background of image {first + constant[0] + 1} (counted from 1) is constant, and cannot be "
            "normalised.",
            hint="Leave such images out: vitreous stack clean.",
        )
    return (pixels / deviation[:, None]).astype(np.float32).reshape(images.shape)


def normalise_stack(
    particles: ParticleDataset,
    output: str | Path,
    options: NormaliseOptions = NormaliseOptions(),
    *,
    overwrite: bool = False,
    progress: Progress = NO_PROGRESS,
) -> StackReport:
    """Particles whose images have a background of mean 0 and standard deviation 1 (`normalise_images`).

    Arguments:
        particles: With their images.
        output: `.star` or `.cs` with a `.mrcs` beside it, or `.h5` for all in one.
        options: What is background, and whether a plane is taken out.
        overwrite: Whether existing files may be replaced.
        progress: Follows the batches.

    Raises:
        InputError: The circle leaves no background, the background of an image is constant, the output exists, or an
            image cannot be read.
    """
    shape = particles.shape
    radius = _RADIUS_OF_SIDE * min(shape) if options.radius is None else options.radius / particles.pixel_size
    background = background_mask(shape, radius)

    def normalised(images: Images, first: int) -> Images:
        return normalise_images(images, background, ramp=options.ramp, first=first)

    taken_out = "a plane" if options.ramp else "the mean"
    fraction = math.floor(100 * background.mean())
    where = f"background beyond {radius * particles.pixel_size:.4g} Å ({fraction} % of the pixels)"
    return change_images(
        particles,
        output,
        normalised,
        notes=[f"{where}, less {taken_out}"],
        overwrite=overwrite,
        progress=progress,
    )


def _plane(shape: tuple[int, int], *, ramp: bool) -> Float64[np.ndarray, "pixels terms"]:
    """The functions that are fitted, one for each column."""
    y, x = (2 * np.arange(n) / n - 1 for n in shape)
    terms = [np.ones(shape)]
    if ramp:
        terms += [np.broadcast_to(y[:, None], shape), np.broadcast_to(x, shape)]
    return np.stack([term.ravel() for term in terms], axis=-1)
