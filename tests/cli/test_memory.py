"""`--memory`: refused where it cannot hold, before anything is touched, and held where it is accepted."""

import os
import re
import subprocess
import sys

import pytest

from tests.memory import peak_memory
from vitreous.io import write_atoms
from vitreous.simulate import embedded_specimen

from .conftest import contents

MIB = 2**20
SCRIPT = """
import sys
from vitreous.cli import main
assert main(sys.argv[1:]) == 0
"""


def verbs(source, particles, folder):
    """Each verb that plans its memory, on small input."""
    return {
        "simulate": ("simulate", "particles", source, "-o", folder),
        "reconstruct": ("reconstruct", particles, "-o", folder),
        "demo": ("demo", "-o", folder, "--n", 10),
    }


@pytest.mark.parametrize("verb", ["simulate", "reconstruct", "demo"])
def test_what_is_no_amount_or_not_enough(refused_without_trace, blob, particles_file, tmp_path, verb):
    arguments = verbs(blob, particles_file(), tmp_path / "run")[verb]
    assert "--memory='3X' is not an amount of memory" in refused_without_trace(*arguments, "--memory", "3X")
    message = refused_without_trace(*arguments, "--memory", "64M")
    assert "64.0 MiB is allowed by --memory" in message and "Or allow it" in message


def test_a_run_that_is_there_survives_a_refusal(run, simulated, reconstructed, blob):
    for made, source in ((simulated, blob), (reconstructed, simulated.folder / "particles.star")):
        verb = ("simulate", "particles") if made is simulated else ("reconstruct",)
        before = contents(made.folder)
        assert run(*verb, source, "-o", made.folder, "--overwrite", "--memory", "64M").status == 2
        assert contents(made.folder) == before


def least(*arguments):
    """The amount that a refusal of these arguments says is enough, in MiB."""
    command = [sys.executable, "-m", "vitreous.cli", *map(str, arguments), "--memory", "64M"]
    outcome = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "COLUMNS": "200"})
    assert outcome.returncode == 2, outcome.stderr
    return int(re.search(r"Or allow it (\d+)M", outcome.stderr)[1])


@pytest.mark.full
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("box", [64, 128])
def test_the_least_amount_that_is_accepted_holds(tmp_path, box):
    """A simulation that would keep its 4000 images if it could, and the reconstruction of them."""
    cage, stack, folder = tmp_path / "cage.cif", tmp_path / "particles", tmp_path / "map"
    write_atoms(cage, embedded_specimen())
    simulate = ("simulate", "particles", cage, "-o", stack, "--n", 4000, "--box", box, "--pixel-size", 144 / box)
    reconstruct = ("reconstruct", stack / "particles.star", "-o", folder, "--symmetry", "O")
    for arguments in (simulate, reconstruct):
        # A few MiB more: the process need not hold exactly as much when it asks again.
        amount = least(*arguments) + 8
        peak = peak_memory(SCRIPT, *arguments, "--memory", f"{amount}M")
        print(f"{arguments[0]} {box}: {peak / MIB:.0f} MiB of {amount} MiB declared")
        assert peak <= amount * MIB
