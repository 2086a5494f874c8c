"""A map on disk by relion_reconstruct, corrected for the CTF."""

import subprocess
from pathlib import Path

from _protocol import Contestant, Inputs, contest


def prepare(inputs: Inputs) -> Contestant:
    folder, output = Path(inputs["particles"]).parent, Path(inputs["folder"] + ".mrc")

    def job():
        # RELION looks for stacks in the working directory.
        given = ["--i", inputs["particles"], "--ctf", "--o", output]
        subprocess.run(["relion_reconstruct", *given], check=True, capture_output=True, cwd=folder)

    def proof():
        from vitreous.io import read_mrc

        return {"map": read_mrc(output)[0]}

    return job, proof


contest(prepare)
