"""Particles in STAR files, against the starfile package: time and memory to read and to write them.

The file is as RELION writes it: two optics groups, and rows of 25 columns, 23 of them numbers with six decimals or
none. starfile hands over a data frame of numbers and text; we hand over tables, whose numbers and text are made of the
bytes of the file when asked for. So we are timed without, with every column of numbers, and with those of text as well.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
from _common import Outcome, require, run
from _tables import COMPARISON, Entry, at_least, at_most, comparison, markdown, publish

from vitreous.io import read_star

FLOATS = (
    "rlnCoordinateX",
    "rlnCoordinateY",
    "rlnDefocusU",
    "rlnDefocusV",
    "rlnDefocusAngle",
    "rlnCtfMaxResolution",
    "rlnCtfFigureOfMerit",
    "rlnAngleRot",
    "rlnAngleTilt",
    "rlnAnglePsi",
    "rlnOriginXAngst",
    "rlnOriginYAngst",
    "rlnNormCorrection",
    "rlnLogLikeliContribution",
    "rlnMaxValueProbDistribution",
    "rlnCtfBfactor",
    "rlnCtfScalefactor",
    "rlnPhaseShift",
    "rlnAutopickFigureOfMerit",
)
INTEGERS = ("rlnClassNumber", "rlnNrOfSignificantSamples", "rlnRandomSubset", "rlnOpticsGroup")
OPTICS = """
# version 30001

data_optics

loop_
_rlnOpticsGroupName #1
_rlnOpticsGroup #2
_rlnVoltage #3
_rlnSphericalAberration #4
_rlnAmplitudeContrast #5
_rlnImagePixelSize #6
_rlnImageSize #7
opticsGroup1            1   300.000000     2.700000     0.100000     1.060000          256
opticsGroup2            2   300.000000     2.700000     0.100000     1.060000          256


# version 30001

data_particles

loop_
"""
PER_MICROGRAPH = 200
JOBS = {
    "read": "read",
    "numbers": "read, every number as an array",
    "arrays": "read, every column as an array",
    "write": "write what was read",
    "write-arrays": "write a table of arrays",
}


def make(path: Path, rows: int) -> None:
    """Particles at random."""
    names = ["rlnImageName", "rlnMicrographName", *FLOATS, *INTEGERS]
    row = "{:06d}@Extract/job012/Movies/{:05d}_frameImage.mrcs MotionCorr/job002/Movies/{:05d}_frameImage.mrc"
    row += " %12.6f" * len(FLOATS) + " %12d" * len(INTEGERS) + " \n"
    rng = np.random.default_rng(0)
    with path.open("w") as stream:
        stream.write(OPTICS + "".join(f"_{name} #{number}\n" for number, name in enumerate(names, start=1)))
        for micrograph in range(-(-rows // PER_MICROGRAPH)):
            count = min(PER_MICROGRAPH, rows - micrograph * PER_MICROGRAPH)
            values = [*rng.normal(scale=1e4, size=(count, len(FLOATS))).tolist()]
            whole = rng.integers(1, 3, size=(count, len(INTEGERS))).tolist()
            for index, (numbers, integers) in enumerate(zip(values, whole, strict=True), start=1):
                stream.write(row.format(index, micrograph, micrograph) % (*numbers, *integers))


def measured(contestant: str, path: Path, wanted: str, repetitions: int) -> Entry:
    """What a contestant takes, once it is known that it read or wrote the values of the file."""
    output = path.with_name(f"{contestant}.star")
    outcome = run(
        contestant, "star", repetitions=repetitions, path=str(path), output=str(output), wanted=wanted, floats=FLOATS
    )
    if outcome is None:
        return Entry("–", None)
    check(f"{contestant}, {wanted}", outcome, path, output if wanted.startswith("write") else None)
    return Entry("", outcome)


def check(what: str, outcome: Outcome, path: Path, output: Path | None) -> None:
    """Every thousandth row is the file's; starfile reads to some units of the last bit and writes six decimals."""
    table = read_star(path)["particles"].select(slice(None, None, 1000))
    expected = np.array([table.column(name) for name in FLOATS])
    found = outcome.arrays["numbers"]
    if output is not None:
        written = read_star(output)["particles"].select(slice(None, None, 1000))
        found = np.array([written.column(name) for name in FLOATS])
        if written["rlnImageName"].tolist() != table["rlnImageName"].tolist():
            raise SystemExit(f"{what}: other names were written.")
    require(what, float(np.abs(found - expected).max()), at_most=1e-9)


def target(ours: Outcome, peer: Outcome | None) -> str:
    if peer is None:
        return ""
    return f"{at_least(peer.seconds / ours.seconds, 3)}; {at_most(ours.peak_mb, round(peer.peak_mb), 'MB')}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repetitions", type=int, default=3)
    arguments = parser.parse_args()
    table = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "particles.star")
        make(path, arguments.rows)
        for wanted, title in JOBS.items():
            ours = measured("vitreous", path, wanted, arguments.repetitions)
            peer = measured("starfile", path, wanted, arguments.repetitions)
            table.append(comparison(title, ours, Entry("starfile", peer.outcome)))
            table[-1][-1] = target(ours.outcome, peer.outcome) if ours.outcome else ""
        size = path.stat().st_size / 1e6
    rows = f"{arguments.rows:,}".replace(",", " ")
    publish(
        "STAR files",
        f"A file of {rows} rows and 25 columns with two optics groups, {size:.0f} MB, in the page cache. Each "
        "contestant uses one thread. Our numbers are those of Python's `float` to the last bit.",
        markdown(COMPARISON, table),
        peers=("starfile",),
    )


if __name__ == "__main__":
    main()
