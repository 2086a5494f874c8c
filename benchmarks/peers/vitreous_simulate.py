"""A simulated particle stack on disk: `vitreous simulate particles` from Python, report included."""

from pathlib import Path

from _protocol import Contestant, Inputs, contest

NOISELESS = 1e12


def prepare(inputs: Inputs) -> Contestant:
    from vitreous.io import open_images
    from vitreous.simulate import SimulationOptions, simulate_particles

    source, folder = Path(inputs["map"]), Path(inputs["folder"])

    def job(snr=inputs["snr"], into=folder):
        options = SimulationOptions(n=inputs["n"], snr=snr)
        return simulate_particles(source, into, options, overwrite=True)

    def proof():
        if inputs["compared"] == 0:
            return {}
        clean = folder.with_name("clean")
        job(NOISELESS, clean)
        return {"clean": open_images(clean / "particles.mrcs").read(range(inputs["compared"]))}

    return job, proof


contest(prepare)
