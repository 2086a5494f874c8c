"""A map on disk by `cryodrgn backproject_voxel`; poses and CTFs are brought into its own files beforehand."""

import subprocess
import sys
from pathlib import Path

from _protocol import Contestant, Inputs, contest


def prepare(inputs: Inputs) -> Contestant:
    particles, folder = Path(inputs["particles"]), Path(inputs["folder"])
    poses, ctf = folder.with_name("poses.pkl"), folder.with_name("ctf.pkl")

    def cryodrgn(command, *arguments):
        program = Path(sys.executable).with_name("cryodrgn")
        subprocess.run([program, command, particles, *arguments], check=True, capture_output=True)

    cryodrgn("parse_pose_star", "-o", poses)
    cryodrgn("parse_ctf_star", "-o", ctf)

    def job():
        # Our stacks hold protein bright, which it would take for dark.
        options = ["--poses", poses, "--ctf", ctf, "-o", folder, "--no-half-maps", "--uninvert-data"]
        cryodrgn("backproject_voxel", *options, "--datadir", particles.parent)

    def proof():
        from cryodrgn.mrcfile import parse_mrc

        return {"map": parse_mrc(str(folder / "backproject.mrc"))[0]}

    return job, proof


contest(prepare)
