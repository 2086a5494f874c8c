"""Atoms as an image or as a volume; with `gradient`, the image's energy and its gradient in all of their parameters."""

from _protocol import Contestant, Inputs, contest


def prepare(inputs: Inputs) -> Contestant:
    import jax
    import jax.numpy as jnp

    from vitreous.grids import Sampling, irfftn
    from vitreous.kernels import gaussian_half_width, project_gaussians, spread_gaussians_3d

    shape = tuple(map(int, inputs["shape"]))
    sampling = Sampling.AVERAGE if inputs["averaged"] else Sampling.BANDLIMITED
    options = {"sampling": sampling, "accuracy": inputs["accuracy"], "shape": shape}
    atoms = tuple(jnp.asarray(inputs[name]) for name in ("positions", "amplitudes", "variances"))
    if len(shape) == 3:
        width = gaussian_half_width(
            inputs["variances"], voxel_size=inputs["pixel_size"], sampling=sampling, accuracy=inputs["accuracy"]
        )

    def drawn(*atoms):
        if len(shape) == 2:
            result = project_gaussians(*atoms, pixel_size=inputs["pixel_size"], **options)
        else:
            result = spread_gaussians_3d(*atoms, voxel_size=inputs["pixel_size"], half_width=width, **options)
        return result if sampling is Sampling.AVERAGE else irfftn(result, shape)

    def energy(*atoms):
        return jnp.sum(drawn(*atoms) ** 2) / 2

    program = jax.jit(jax.value_and_grad(energy, (0, 1, 2)) if inputs["gradient"] else drawn)
    few = tuple(values[: inputs["proved"]] for values in atoms)
    return lambda: jax.device_get(program(*atoms)), lambda: {"drawn": jax.jit(drawn)(*few)}


contest(prepare)
