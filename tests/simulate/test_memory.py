"""A stack is streamed: what is in memory does not depend on how many images it has."""

import pytest

from tests.memory import peak_memory

SCRIPT = """
import sys
from pathlib import Path
from vitreous.simulate import SimulationOptions, embedded_specimen, simulate_particles

options = SimulationOptions(n=20_000, box=128, pixel_size=1.5)
simulate_particles(embedded_specimen(), Path(sys.argv[1]), options)
"""


@pytest.mark.full
@pytest.mark.timeout(3600)
def test_twenty_thousand_images_use_less_than_two_gibibytes(tmp_path):
    folder = tmp_path / "run"
    peak = peak_memory(SCRIPT, folder)
    print(f"peak of 20 000 images of 128²: {peak / 2**20:.0f} MiB")
    assert (folder / "particles.mrcs").stat().st_size == 1024 + 20_000 * 128**2 * 4
    (folder / "particles.mrcs").unlink()  # 1.3 GB that pytest would keep
    assert peak < 2 * 2**30
