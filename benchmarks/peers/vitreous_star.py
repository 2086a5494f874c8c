"""STAR files by vitreous."""

from _protocol import Contestant, Inputs, contest


def prepare(inputs: Inputs) -> Contestant:
    import numpy as np

    from vitreous.io import Table, read_star, write_star

    path, output, wanted = (inputs[name] for name in ("path", "output", "wanted"))

    def arrays(numbers_only=False):
        return {
            block: {name: table.values(name) for name in table.names if not (numbers_only and name.endswith("Name"))}
            for block, table in read_star(path).items()
        }

    if wanted == "write":
        blocks = read_star(path)
    elif wanted == "write-arrays":
        blocks = {block: Table(columns) for block, columns in arrays().items()}
    jobs = {"read": lambda: read_star(path), "numbers": lambda: arrays(numbers_only=True), "arrays": arrays}
    job = jobs.get(wanted, lambda: write_star(output, blocks))

    def proof():
        table = read_star(path)["particles"].select(slice(None, None, 1000))
        return {"numbers": np.array([table.column(name) for name in inputs["floats"]])}

    return job, proof


contest(prepare)
