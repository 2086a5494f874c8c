"""Half-maps, map, correlation and report on disk: `vitreous reconstruct` from Python."""

from pathlib import Path

from _protocol import Contestant, Inputs, contest


def prepare(inputs: Inputs) -> Contestant:
    from vitreous.reconstruct import reconstruct_particles

    def job():
        return reconstruct_particles(Path(inputs["particles"]), Path(inputs["folder"]), overwrite=True)

    return job, lambda: {"map": job().maps.map}


contest(prepare)
