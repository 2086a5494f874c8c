"""Particles with CTF and noise, written to disk, against RELION's relion_project and aspire's Simulation.

We draw poses, defoci and offsets, and write STAR, stack, map and report; the peers get the poses, CTFs, map and noise
variance from our files and write STAR and stack. Noise-free stacks are held against the analytic projections in
float64.
"""

import argparse
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from _blobs import INTERACTION, Blobs, exact_images
from _common import Outcome, relative_error, require, run
from _tables import THROUGHPUT, Series, at_least, at_most, further, markdown, publish, throughput

from vitreous.io import write_mrc
from vitreous.simulate import SimulationOptions, simulate_particles

SNR = 0.1
COMPARED = 64  # particles held against the analytic projections
# Relative L2. aspire's projections by NUFFT are good to its float32, ours to the interpolant; RELION interpolates
# linearly in a box padded twice.
TOLERANCE = {"vitreous": 1e-3, "aspire": 1e-3, "relion": 1e-1}
SIGN = {"vitreous": 1, "relion": 1}  # aspire's CTF has the sign of a micrograph, and its projections are divided by n
FASTER = {"relion": 2, "aspire": 20}  # times that we should be


@dataclass(frozen=True)
class Case:
    """A size of image, and how many of them each contestant makes: fewest and most."""

    box: int
    pixel_size: float
    numbers: dict[str, tuple[int, int]]
    milliseconds: float | None = None
    errors: dict[str, float] = field(default_factory=dict)

    def series(self, contestant: str, repetitions: int) -> Series | None:
        outcomes = [self._contest(contestant, n, repetitions) for n in self.numbers[contestant]]
        return None if None in outcomes else (self.numbers[contestant], outcomes)

    def _contest(self, contestant: str, n: int, repetitions: int) -> Outcome | None:
        blobs = Blobs.scattered(self.box, pixel_size=self.pixel_size, sigma=1.6)
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            write_mrc(folder / "map.mrc", blobs.voxels(), pixel_size=self.pixel_size)
            drawn = folder / "drawn"
            made = simulate_particles(folder / "map.mrc", drawn, SimulationOptions(n=n, snr=SNR))
            outcome = run(
                contestant,
                "simulate",
                repetitions=repetitions,
                map=str(folder / "map.mrc"),
                particles=str(drawn / "particles.star"),
                volume=str(drawn / "volume.mrc"),
                folder=str(folder / "made"),
                n=n,
                snr=SNR,
                variance=float(made.noise_variance),
                compared=COMPARED,
            )
            if outcome is not None:
                exact = exact_images(drawn / "particles.star", blobs, number=COMPARED) * INTERACTION * self.pixel_size
                error = relative_error(SIGN.get(contestant, -self.box) * outcome.arrays["clean"], exact)
                require(f"{contestant} against the analytic images", error, at_most=TOLERANCE[contestant])
                self.errors[contestant] = error
        return outcome

    def section(self, repetitions: int) -> str:
        found = {name: self.series(name, repetitions) for name in self.numbers}
        series = {name: values for name, values in found.items() if values is not None}
        rows = [[*row, f"{self.errors[name]:.1e}"] for name, row in zip(series, throughput(series), strict=True)]
        return f"### {self.box}²\n\n" + markdown((*THROUGHPUT, "error"), rows) + "\n\n" + self._targets(series)

    def _targets(self, series: dict[str, Series]) -> str:
        ours = further(series["vitreous"])
        lines = ["each image " + at_most(1e3 * ours, self.milliseconds, "ms")] if self.milliseconds else []
        lines += [f"{n} " + at_least(further(series[n]) / ours, times) for n, times in FASTER.items() if n in series]
        targets = "Targets, of each further image: " + "; ".join(lines) + "."
        return f"{targets} Writing its bytes and computing nothing took {1e3 * write_seconds(self.box):.3f} ms."


def write_seconds(box: int, count: int = 4000) -> float:
    """What the system takes to write an image of this size to a file, of many: the floor of a simulation."""
    image = bytes(4 * box**2)
    with tempfile.TemporaryFile(buffering=0) as file:
        start = time.perf_counter()
        for _ in range(count):
            file.write(image)
        return (time.perf_counter() - start) / count


CASES = (
    Case(64, 2.0, {"vitreous": (1000, 10_000), "relion": (1000, 4000), "aspire": (500, 1500)}, milliseconds=0.25),
    Case(128, 1.5, {"vitreous": (1000, 10_000), "relion": (500, 1500), "aspire": (100, 300)}),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--boxes", type=int, nargs="+", default=[case.box for case in CASES])
    parser.add_argument("--repetitions", type=int, default=3)
    arguments = parser.parse_args()
    publish(
        "Simulate against RELION and aspire",
        f"Particles, own CTF each, white noise at SNR {SNR}, float32, written to disk; ours with metadata, true map "
        "and report, the others with metadata. relion_project: padding 2, linear, one thread, a process for each job; "
        "ours and aspire's use all cores, and are timed once started. Errors are relative L2 of "
        f"{COMPARED} noise-free images against the analytic projections in float64, scale and sign fixed. Peers run on "
        "fewer images where they are slow; what each further image takes compares them, and says what as many as ours "
        "would.",
        *(case.section(arguments.repetitions) for case in CASES if case.box in arguments.boxes),
        peers=("relion", "aspire"),
    )


if __name__ == "__main__":
    main()
