"""The same particle stack by relion_project: same poses, CTFs, volume and noise variance, written as STAR and MRCS."""

import subprocess
from pathlib import Path

import numpy as np
from _protocol import Contestant, Inputs, contest


def prepare(inputs: Inputs) -> Contestant:
    folder = Path(inputs["folder"])
    folder.mkdir()
    noise = ["--add_noise", "--white_noise", str(np.sqrt(inputs["variance"]))]

    def job(name="particles", options=noise):
        given = ["--i", inputs["volume"], "--ang", inputs["particles"], "--ctf", "--o", folder / name]
        subprocess.run(["relion_project", *given, *options], check=True, capture_output=True)

    def proof():
        from vitreous.io import open_images

        if inputs["compared"] == 0:
            return {}
        job("clean", [])
        return {"clean": open_images(folder / "clean.mrcs").read(range(inputs["compared"]))}

    return job, proof


contest(prepare)
