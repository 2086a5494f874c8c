"""Two half-maps, their correlation, and the map of all the data."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Array, Complex, Float

from vitreous._core import NO_PROGRESS, Progress
from vitreous.grids import FourierCorrelation, fourier_shell_correlation
from vitreous.kernels import Interpolant

from ._shells import shell_weight, spectral_snr
from ._wiener import ITERATIONS, wiener_map

# Share of a shell's mean weight that regularises the first pass, before the correlation is known. It only has to
# keep voxels that hardly any particle saw from blowing up.
FIRST_PRIOR = 0.05

Spectra = tuple[Complex[Array, "z y xh"], Float[Array, "z y xh"]]


@dataclass(frozen=True)
class HalfMaps:
    """What reconstruction gives.

    Arguments:
        half1: Map of the first half-set.
        half2: Map of the second.
        map: Wiener map of all particles.
        fsc: Fourier shell correlation of the halves.
    """

    half1: np.ndarray
    half2: np.ndarray
    map: np.ndarray
    fsc: FourierCorrelation


def half_maps(
    first: Spectra,
    second: Spectra,
    *,
    box: int,
    voxel_size: float,
    interpolant: Interpolant,
    mask: np.ndarray | None = None,
    progress: Progress = NO_PROGRESS,
) -> HalfMaps:
    r"""Solve for the half-maps and the full map.

    A first pass with a small constant prior gives the correlation of the halves, from which the noise-to-signal
    ratio of each shell follows, $\bar W (1 - \mathrm{FSC})/\mathrm{FSC}$ with $\bar W$ the shell's mean weight in a
    half (Scheres 2012, J. Struct. Biol. 180, 519, eq. 9). With that prior all three maps are solved. One prior
    serves both halves, so it cannot make them agree.

    Arguments:
        first: N and W of the first half-set (`FourierAccumulator.spectra`).
        second: Those of the second.
        box: Edge of the maps.
        voxel_size: Å.
        interpolant: The window that filled the accumulators.
        mask: Multiplies both halves for the correlation.
        progress: Follows the maps, two of the first pass and three of the second.
    """
    solved: list[np.ndarray] = []

    def correlate(one: np.ndarray, two: np.ndarray) -> FourierCorrelation:
        return fourier_shell_correlation(one, two, voxel_size=voxel_size, mask=mask)

    def problems() -> Iterator[tuple[Spectra, np.ndarray, int]]:
        mean_weight = (shell_weight(first[1], box=box) + shell_weight(second[1], box=box)) / 2
        mean_weight = np.maximum(mean_weight, 1e-6 * mean_weight.max())
        for half in (first, second):
            yield half, FIRST_PRIOR * mean_weight, 0
        prior = mean_weight / spectral_snr(np.asarray(correlate(*solved).correlation, np.float64))
        yield first, prior, ITERATIONS
        yield second, prior, ITERATIONS
        yield (first[0] + second[0], first[1] + second[1]), prior, ITERATIONS

    for data, prior, iterations in progress.track(problems(), description="Solving maps", total=5):
        density = wiener_map(*data, prior, box=box, interpolant=interpolant, iterations=iterations)
        solved.append(np.asarray(density))
    *_, half1, half2, full = solved
    return HalfMaps(half1, half2, full, correlate(half1, half2))
