"""Two half-maps, their correlation, and the map of all the data."""

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float

from vitreous._core import NO_PROGRESS, Progress, map_ahead
from vitreous.grids import FourierCorrelation, fourier_shell_correlation
from vitreous.kernels import Interpolant

from ._shells import shell_weight, spectral_snr
from ._wiener import NormalEquation, direct_quotient, normal_equation, radially_filtered, refined

# Share of a shell's mean weight that regularises the first pass, before the correlation is known. It only has to
# keep voxels that hardly any particle saw from blowing up.
FIRST_PRIOR = 0.05
# Of conjugate gradients. 5 leave 1.2 % of a half-map's solution, most of it at the edges of the box; the full map
# starts with the halves, and 6 leave 0.1 % of it. Its correlation with the truth is then that of the solution within
# 5e-4 in each shell; a half-map's within 2e-3, and on the average a little above it.
HALF_ITERATIONS, FULL_ITERATIONS = 5, 6

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
    problems = [*map_ahead(partial(_problem, box=box, interpolant=interpolant), (first, second))]
    mean_weight = np.mean([np.asarray(problem.level, np.float64) for problem in problems], axis=0)
    mean_weight = np.maximum(mean_weight, 1e-6 * mean_weight.max())
    correlate = partial(fourier_shell_correlation, voxel_size=voxel_size, mask=mask)

    def quotient(spectra: Spectra) -> Array:
        return direct_quotient(*spectra, _shells(FIRST_PRIOR * mean_weight), box=box, interpolant=interpolant)

    def solutions() -> Iterator[Array]:
        """Two maps of the first pass and three of the second; both halves are computed at once."""
        one, two = yield from _passed_on(map_ahead(quotient, (first, second)))
        prior = mean_weight / spectral_snr(np.asarray(correlate(one, two).correlation, np.float64))

        def refine(start: tuple[_Problem, Array]) -> Array:
            # With the prior of the first pass replaced, as if the weights were those of their shells.
            begin = radially_filtered(start[1], _shells((1 + FIRST_PRIOR) * mean_weight / (mean_weight + prior)))
            return _refined(start[0], begin, prior, HALF_ITERATIONS)

        one, two = yield from _passed_on(map_ahead(refine, zip(problems, (one, two), strict=True)))
        # Likewise: the full map has twice the weight of a half.
        begin = radially_filtered((one + two) / 2, _shells((mean_weight + prior) / (mean_weight + prior / 2)))
        yield _refined(jax.tree.map(jnp.add, *problems), begin, prior, FULL_ITERATIONS)

    *_, half1, half2, full = progress.track(solutions(), description="Solving maps", total=5)
    return HalfMaps(np.asarray(half1), np.asarray(half2), np.asarray(full), correlate(half1, half2))


class _Problem(NamedTuple):
    """All that data say of a map; that of two half-sets is their sum."""

    equation: NormalEquation
    weight: Float[Array, "z y xh"]
    level: Float[Array, " shells"]


def _problem(spectra: Spectra, *, box: int, interpolant: Interpolant) -> _Problem:
    equation = normal_equation(*spectra, box=box, interpolant=interpolant)
    return _Problem(equation, spectra[1], _shells(shell_weight(spectra[1], box=box)))


def _refined(problem: _Problem, start: Array, prior: np.ndarray, iterations: int) -> Array:
    equation, weight, level = problem
    return refined(start, equation, weight, prior=_shells(prior), level=level, iterations=jnp.asarray(iterations))


def _shells(profile: np.ndarray) -> Float[Array, " shells"]:
    return jnp.asarray(profile, jnp.float32)


def _passed_on(results: Iterable[Array]) -> Generator[Array, None, list[Array]]:
    """Yield each of them, and return them all."""
    passed = []
    for result in results:
        passed.append(result)
        yield result
    return passed
