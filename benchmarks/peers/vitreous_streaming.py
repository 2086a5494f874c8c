"""An epoch of shuffled batches, images with poses and optics: read from stacks, or taken from an array in memory."""

from pathlib import Path

from _protocol import Contestant, Inputs, contest


def prepare(inputs: Inputs) -> Contestant:
    import equinox as eqx
    import jax
    import numpy as np
    import psutil

    from vitreous.datasets import ParticleDataset, ParticleLoader

    dataset = ParticleDataset.load(Path(inputs["particles"]))
    loader = ParticleLoader(
        dataset,
        inputs["batch_size"],
        key=jax.random.key(0),
        window=inputs["window"],
        with_images=inputs["from_stacks"],
    )
    metadata = dataset.metadata
    # Links lead to a few stacks; an array holds these once, and each particle has its place in it.
    place = metadata.stack_of % inputs["stacks"] * inputs["images_per_stack"] + metadata.index_in_stack
    first = np.unique(place, return_index=True)[1]
    array = None if inputs["from_stacks"] else dataset.images(first)

    def batches():
        if array is None:
            yield from loader.epoch(0)
            return
        for batch in loader.epoch(0):
            images = jax.device_put(array[place[np.asarray(batch.rows)]])
            yield eqx.tree_at(lambda b: b.images, batch, images, is_leaf=lambda leaf: leaf is None)

    process = psutil.Process()
    next(batches())  # compiles what makes poses and optics of the metadata
    proof = {}

    def job():
        total, resident = 0.0, []
        for number, batch in enumerate(batches()):
            total += float(np.asarray(batch.images[:, 0, 0]).sum(dtype=np.float64))
            jax.block_until_ready(batch)
            if number % 16 == 0:
                resident.append(process.memory_info().rss)
        early = max(1, len(resident) // 10)
        grown = max(resident[early:], default=0) - max(resident[:early])
        proof.update(checksum=np.array(total), grown=np.array(grown))

    return job, lambda: proof


contest(prepare)
