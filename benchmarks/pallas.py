"""Pure JAX against Pallas on a graphics processor, each direction of each kernel by itself.

Where Pallas wins, pass `pallas_gains=True` to that kernel's `platform_forms` in `src/vitreous/kernels/_*_rules.py`:
`Backend.AUTO` then takes it. Without a graphics processor there is nothing to measure.
"""

import argparse
import sys
import time
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from _tables import markdown

from vitreous.grids import Sampling
from vitreous.kernels import (
    Backend,
    Plane,
    apron_width,
    fourier_slice,
    gaussian_half_width,
    insert_slices,
    kaiser_bessel,
    project_gaussians,
    spread_gaussians_3d,
)

Contest = tuple[str, str, Callable, tuple]  # what is done, the kernel, a function of a backend, its arguments
PAD, GAUSSIANS, PIXEL_SIZE = 1.5, 5, 1.0
# Sums of 125 taps, and of whatever meets in a voxel, in single precision and another order.
AGREEMENT = 1e-4


def fourier_contests(box: int, images: int) -> list[Contest]:
    """Slices of a padded spectrum, their derivatives in rotation and spectrum, and insertion."""
    rng = np.random.default_rng(0)
    window, plane = kaiser_bessel(5, oversampling=PAD), Plane.disc((box, box))
    wide, apron = round(PAD * box), apron_width(5)
    shape = (wide + 2 * apron, wide + 2 * apron, wide // 2 + 1 + 2 * apron)
    real = rng.normal(size=(2, *shape)).astype(np.float32)
    grid = jax.lax.complex(*map(jnp.asarray, real))
    turns, _ = np.linalg.qr(rng.normal(size=(images, 3, 3)))
    matrices = jnp.asarray(PAD * turns[..., :2], jnp.float32)
    spectra = jnp.asarray(rng.normal(size=(images, *plane.spectrum_shape)), jnp.complex64)
    weights = jnp.abs(spectra)

    def slices(backend):
        one = lambda grid, matrix: fourier_slice(grid, matrix, window, plane=plane, backend=backend)  # noqa: E731
        return jax.vmap(one, (None, 0))

    def turned(backend):
        return lambda grid, matrices: jax.jvp(lambda m: slices(backend)(grid, m), (matrices,), (matrices,))

    def pulled_back(backend):
        return lambda spectra, matrices: jax.vjp(lambda grid: slices(backend)(grid, matrices), grid)[1](spectra)

    def inserted(backend):
        options = {"interpolant": window, "plane": plane, "backend": backend}
        return lambda spectra, matrices: insert_slices(
            (jnp.zeros_like(grid), jnp.zeros(shape)), spectra, weights, matrices=matrices[None], **options
        )

    size = f"{images} × {box}², pad {PAD}"
    return [
        (f"slices, {size}", "fourier_gather", slices, (grid, matrices)),
        (f"slices and slopes, {size}", "fourier_gather", turned, (grid, matrices)),
        (f"gradient in the spectrum, {size}", "fourier_spread", pulled_back, (spectra, matrices)),
        (f"insertion with weights, {size}", "fourier_insert", inserted, (spectra, matrices)),
    ]


def gaussian_contests(box: int, atoms: int) -> list[Contest]:
    """Pixel averages and band-limited voxels of atoms, and their gradients."""
    rng = np.random.default_rng(1)
    arguments = [
        jnp.asarray(x, jnp.float32)
        for x in (
            rng.normal(scale=box * PIXEL_SIZE / 6, size=(atoms, 3)),
            rng.normal(size=(atoms, GAUSSIANS)),
            rng.uniform(0.2, 2, size=(atoms, GAUSSIANS)),
        )
    ]

    def image(backend):
        options = {"shape": (box, box), "pixel_size": PIXEL_SIZE, "sampling": Sampling.AVERAGE, "backend": backend}
        return lambda u, a, s: project_gaussians(u[:, :2], a, s, **options)

    def volume(backend):
        shape, voxel_size = (box // 2,) * 3, 2 * PIXEL_SIZE
        reach = gaussian_half_width(arguments[2], voxel_size=voxel_size)
        options = {"shape": shape, "voxel_size": voxel_size, "half_width": reach, "backend": backend}
        return lambda u, a, s: spread_gaussians_3d(u, a, s, **options)

    def gradient(draw):
        return lambda backend: jax.grad(lambda *x: jnp.sum(jnp.abs(draw(backend)(*x)) ** 2), argnums=(0, 1, 2))

    size = f"{atoms} atoms of {GAUSSIANS}"
    return [
        (f"{word} of {size} in {extent}", kernel, function, tuple(arguments))
        for draw, extent in ((image, f"{box}²"), (volume, f"{box // 2}³"))
        for word, kernel, function in (
            ("sum", "gaussian_spread", draw),
            ("sum and gradient", "gaussian_gather", gradient(draw)),
        )
    ]


def measured(function: Callable, arguments: tuple, repetitions: int) -> tuple[float, float, list[np.ndarray]]:
    """Seconds of a run, seconds that the first took longer, and what came out."""

    def run() -> tuple[float, list]:
        start = time.perf_counter()
        result = jax.block_until_ready(compiled(*arguments))
        return time.perf_counter() - start, jax.tree.leaves(result)

    compiled = jax.jit(function)
    first, result = run()
    seconds = float(np.median([run()[0] for _ in range(repetitions)]))
    return seconds, first - seconds, [np.asarray(leaf) for leaf in result]


def row(contest: Contest, repetitions: int) -> list[str]:
    """A line of the table; ends the program if the results differ."""
    task, kernel, function, arguments = contest
    (ours, our_start, found), (plain, start, expected) = (
        measured(function(backend), arguments, repetitions) for backend in (Backend.PALLAS, Backend.JAX)
    )
    error = max(float(np.linalg.norm(a - b) / np.linalg.norm(b)) for a, b in zip(found, expected, strict=True))
    if not error <= AGREEMENT:
        raise SystemExit(f"{task}: Pallas differs from JAX by {error:.1e}, more than {AGREEMENT:.0e}.")
    figures = f"{1e3 * plain:.3f}", f"{1e3 * ours:.3f}", f"**{plain / ours:.2f}**", f"{start:.1f}", f"{our_start:.1f}"
    return [task, kernel, *figures, f"{error:.0e}"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--boxes", type=int, nargs="+", default=[64, 256])
    parser.add_argument("--images", type=int, default=32)
    parser.add_argument("--atoms", type=int, nargs="+", default=[10_000, 200_000])
    parser.add_argument("--repetitions", type=int, default=20)
    options = parser.parse_args()
    if jax.default_backend() != "gpu":
        print(f"no GPU: JAX runs on {jax.default_backend()} here, so there is nothing to compare.", file=sys.stderr)
        return
    contests = [contest for box in options.boxes for contest in fourier_contests(box, options.images)]
    contests += [contest for atoms in options.atoms for contest in gaussian_contests(options.boxes[-1], atoms)]
    columns = ["task", "kernel", "jax ms", "pallas ms", "jax/pallas", "jax compile s", "pallas compile s", "difference"]
    print(f"{jax.devices()[0].device_kind}, JAX {jax.__version__}, float32\n")
    print(markdown(columns, [row(contest, options.repetitions) for contest in contests]))


if __name__ == "__main__":
    main()
