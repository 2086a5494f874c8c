"""Peak memory of a reconstruction does not grow with the number of images."""

import numpy as np
import pytest

from tests.memory import peak_memory
from tests.reconstruct.exact import random_ctf, random_poses, write_particles

BOX = 64

SCRIPT = """
import sys
from vitreous.reconstruct import reconstruct_particles

reconstruct_particles(sys.argv[1], sys.argv[2])
"""


@pytest.mark.full
@pytest.mark.timeout(1200)
def test_peak_memory(tmp_path):
    """The same stack named by ten times as many particles: 320 MB of pixels more."""
    n = 20_000
    images = np.random.default_rng(0).normal(size=(n, BOX, BOX)).astype(np.float32)
    path = write_particles(tmp_path, images, poses=random_poses(n), ctf=random_ctf(n))
    lines = path.read_text().splitlines(keepends=True)
    first = next(i for i, line in enumerate(lines) if "@" in line)
    (tmp_path / "few.star").write_text("".join(lines[: first + n // 10]))
    names = ("few.star", "particles.star")
    peaks = [peak_memory(SCRIPT, tmp_path / name, tmp_path / f"{name}-run") for name in names]
    print(f"peak of {n // 10} and {n} images of {BOX}²: {peaks[0] / 2**20:.0f} and {peaks[1] / 2**20:.0f} MiB")
    # Metadata as text and numbers, under 2 kB a particle; mapped pages of the stack are not counted against a batch.
    assert peaks[1] - peaks[0] < 64 * 2**20
