"""Every hot operation by itself: native kernels against pure JAX, and what compiling takes."""

import argparse

from _common import Outcome, relative_error, require, run
from _tables import at_most, markdown, publish

# Name, edge in pixels, images or atoms, of how many the milliseconds are.
CASES = (
    ("slice, linear", 256, 16, 16),
    ("slice, cubic", 256, 16, 16),
    ("slice, Kaiser-Bessel 5", 256, 16, 16),
    ("slice, Kaiser-Bessel 5, value + gradient in rotation", 256, 16, 16),
    ("slice, Kaiser-Bessel 5, value + gradient in both", 256, 16, 16),
    ("insertion + weights, linear", 256, 16, 16),
    ("insertion + weights, cubic", 256, 16, 16),
    ("insertion + weights, cubic", 64, 256, 256),
    ("CTF", 256, 16, 16),
    ("inverse FFT", 256, 16, 16),
    ("slice, CTF, shift, inverse FFT", 256, 16, 16),
    ("atoms → image, average, 4σ", 256, 50_000, 1),
    ("atoms → image, average, 4σ, value + gradient", 256, 50_000, 1),
    ("atoms → image, band-limited", 256, 50_000, 1),
    ("atoms → image, band-limited, value + gradient", 256, 50_000, 1),
    ("atoms → volume, average, 4σ", 128, 20_000, 1),
)
COMPILE_SECONDS = 0.5
# Both sum in float32, in different orders: a gradient in a rotation adds 33 000 modes of either sign.
TOLERANCE = 1e-3
COLUMNS = (
    "operation",
    "size",
    "native ms",
    "pure JAX ms",
    "ratio",
    "of processor time",
    "job's MB: native, JAX",
    "difference",
    "compile s: native, JAX",
    "target of compiling",
)


def difference(name: str, ours: Outcome, reference: Outcome) -> float:
    """The largest of the relative differences of their results."""
    errors = [relative_error(ours.arrays[key], reference.arrays[key]) for key in reference.arrays]
    require(f"{name}: native against pure JAX", max(errors), at_most=TOLERANCE)
    return max(errors)


def row(name: str, size: int, count: int, per: int, repetitions: int) -> list[str]:
    native, pure = (
        run(
            "vitreous",
            "operation",
            repetitions=repetitions,
            environment={"VITREOUS_KERNELS": backend},
            name=name,
            size=size,
            count=count,
        )
        for backend in ("native", "jax")
    )
    what = "atoms" if name.startswith("atoms") else "images"
    return [
        name,
        f"{size}, {count} {what}",
        f"{1e3 * native.seconds / per:.3g}",
        f"{1e3 * pure.seconds / per:.3g}",
        f"**{pure.seconds / native.seconds:.1f}**",
        f"{pure.cpu_seconds / native.cpu_seconds:.1f}",
        f"{native.working_mb:.0f}, {pure.working_mb:.0f}",
        f"{difference(name, native, pure):.0e}",
        f"{native.compile_seconds:.2f}, {pure.compile_seconds:.2f}",
        at_most(native.compile_seconds, COMPILE_SECONDS, "s"),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=9)
    parser.add_argument("--only", default="", help="operations whose name holds this")
    arguments = parser.parse_args()
    rows = [row(*case, arguments.repetitions) for case in CASES if arguments.only in case[0]]
    publish(
        "Operations: native against pure JAX",
        "Each operation compiled by itself, once with VITREOUS_KERNELS=native and once with jax; float32, all cores, "
        "padding 1.5; insertion adds in place. Milliseconds are those of an image, or of all atoms. *Compile* is by "
        "how much the first call of a process took longer than later ones, tracing included. The difference is "
        "relative L2 between the two.",
        markdown(COLUMNS, rows),
    )


if __name__ == "__main__":
    main()
