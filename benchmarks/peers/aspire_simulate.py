"""The same particle stack by aspire: same poses, CTFs, volume and noise variance, written as STAR and MRCS."""

from pathlib import Path

import numpy as np
from _protocol import Contestant, Inputs, contest


def prepare(inputs: Inputs) -> Contestant:
    from aspire.noise import WhiteNoiseAdder
    from aspire.source import RelionSource, Simulation
    from aspire.volume import Volume

    drawn = RelionSource(inputs["particles"])
    simulation = Simulation(
        n=drawn.n,
        vols=Volume.load(inputs["volume"], dtype=np.float32),
        angles=drawn.angles,
        offsets=drawn.offsets,
        amplitudes=drawn.amplitudes,
        unique_filters=drawn.unique_filters,
        filter_indices=drawn.filter_indices,
        noise_adder=WhiteNoiseAdder(var=inputs["variance"]),
        pixel_size=drawn.pixel_size,
    )
    folder = Path(inputs["folder"])
    folder.mkdir()

    def job():
        simulation.save(str(folder / "particles.star"), save_mode="single", overwrite=True)

    return job, lambda: {"clean": simulation.clean_images[: inputs["compared"]].asnumpy()}


contest(prepare)
