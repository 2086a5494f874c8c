"""The tasks of whoever slices with JAX: images, or their overlap with others and its gradient."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from _protocol import Contestant, Inputs


def slicing(inputs: Inputs, volume: Any, one: Callable) -> Contestant:
    """The contestant whose image of `volume` is `one(volume, angles, offset, defoci)`.

    Arguments:
        inputs: Poses and defoci of a batch; `wanted` says whether to make images, or the overlap of the images with
            `target` and its gradient by pose or by volume.
        volume: A pytree of arrays and other things.
        one: The program for a single image.
    """
    volume = jax.tree.map(lambda leaf: jnp.asarray(leaf) if isinstance(leaf, np.ndarray) else leaf, volume)
    jax.block_until_ready(eqx.filter(volume, eqx.is_array))
    poses = tuple(np.float32(inputs[name]) for name in ("angles", "offsets"))
    defocus, target = (np.float32(inputs[name]) for name in ("defocus", "target"))

    def images(poses, volume, defocus):
        return jax.vmap(lambda pose, defoci: one(volume, *pose, defoci))(poses, defocus)

    def overlap(poses, volume, defocus):
        return jnp.sum(images(poses, volume, defocus) * target)

    def overlap_by_volume(volume, poses, defocus):
        return overlap(poses, volume, defocus)

    program, operands = {
        "images": (images, (poses, volume, defocus)),
        "pose": (eqx.filter_value_and_grad(overlap), (poses, volume, defocus)),
        "volume": (eqx.filter_value_and_grad(overlap_by_volume), (volume, poses, defocus)),
    }[inputs["wanted"]]
    program = eqx.filter_jit(program)

    def job():
        return jax.device_get(eqx.filter(program(*operands), eqx.is_array))

    def proof():
        results = {"grid_bytes": max(leaf.nbytes for leaf in jax.tree.leaves(eqx.filter(volume, eqx.is_array)))}
        if inputs["wanted"] == "images":
            return results | {"images": job()}
        if inputs["wanted"] == "pose":
            return results | {"gradient": np.concatenate(job()[1], axis=-1)}
        return results

    return job, proof
