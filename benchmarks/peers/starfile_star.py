"""STAR files by the starfile package, as data frames."""

from _protocol import Contestant, Inputs, contest


def prepare(inputs: Inputs) -> Contestant:
    import starfile

    path, output, wanted = (inputs[name] for name in ("path", "output", "wanted"))

    if wanted.startswith("write"):
        frames = starfile.read(path)
    job = (lambda: starfile.write(frames, output)) if wanted.startswith("write") else lambda: starfile.read(path)
    return job, lambda: {"numbers": starfile.read(path)["particles"][list(inputs["floats"])].to_numpy()[::1000].T}


contest(prepare)
