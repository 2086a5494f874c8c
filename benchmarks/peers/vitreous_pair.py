"""Voxels to images, an overlap of these with its gradient in the voxels, or images into a Fourier grid."""

from _protocol import Contestant, Inputs, contest


def prepare(inputs: Inputs) -> Contestant:
    import equinox as eqx
    import jax
    import jax.numpy as jnp
    import numpy as np

    from vitreous.grids import ImageConfig
    from vitreous.kernels import kaiser_bessel, linear_interpolant
    from vitreous.projection import FourierSliceExtraction
    from vitreous.reconstruct import FourierAccumulator
    from vitreous.volumes import FourierVoxelGridVolume

    wanted, pad_scale = inputs["wanted"], inputs["pad_scale"]
    window = linear_interpolant() if inputs["interpolant"] == "linear" else kaiser_bessel(5, oversampling=pad_scale)
    voxels, rotations, target = (jnp.asarray(np.float32(inputs[n])) for n in ("voxels", "rotations", "target"))
    count, *shape = target.shape
    integrator, config = FourierSliceExtraction(), ImageConfig(tuple(shape), 1.0)

    def forward(voxels, rotations, target):
        volume = FourierVoxelGridVolume.from_real_voxel_grid(voxels, 1.0, interpolant=window, pad_scale=pad_scale)

        def one(rotation):
            turned = eqx.tree_at(lambda volume: volume.rotation, volume, rotation)
            return integrator.integrate(turned, config, outputs_real_space=True)

        return jax.vmap(one)(rotations)

    def overlap(voxels, rotations, target):
        return jnp.sum(forward(voxels, rotations, target) * target)

    def insertion(voxels, rotations, target):
        empty = FourierAccumulator.empty(shape[0], pad_scale=pad_scale, interpolant=window)
        ones = jnp.ones((count, shape[0], shape[1] // 2 + 1), jnp.float32)
        full = empty.insert(target, ones, rotations, offsets=jnp.zeros((count, 2), jnp.float32))
        return full.numerator, full.weight

    programs = {"forward": forward, "backward": jax.value_and_grad(overlap), "insertion": insertion}
    program = jax.jit(programs[wanted])

    def job():
        return jax.device_get(program(voxels, rotations, target))

    def proof():
        result = job()
        return {"value": result if wanted == "forward" else result[0]} if wanted != "insertion" else {}

    return job, proof


contest(prepare)
