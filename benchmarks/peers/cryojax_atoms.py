"""Atoms as an image or as a volume, and the gradient of the image's energy, in each of cryojax's forms."""

from _protocol import Contestant, Inputs, contest


def prepare(inputs: Inputs) -> Contestant:
    import cryojax.ndimage as nd
    import cryojax.simulator as cxs
    import equinox as eqx
    import jax
    import jax.numpy as jnp
    import numpy as np

    shape, pixel_size, form = tuple(map(int, inputs["shape"])), inputs["pixel_size"], inputs["form"]
    atoms = {name: inputs[name] for name in ("elements", "positions", "amplitudes", "variances")}

    def volume_of(atoms):
        if form != "Fourier":
            return cxs.GaussianMixtureVolume(*(jnp.asarray(atoms[n]) for n in ("positions", "amplitudes", "variances")))
        groups = [atoms["elements"] == element for element in np.unique(atoms["elements"])]
        kernels = [
            eqx.filter_vmap(lambda a, v: nd.FourierGaussian(a, 8 * jnp.pi**2 * v))(
                *(jnp.asarray(atoms[name][group][0]) for name in ("amplitudes", "variances"))
            )
            for group in groups
        ]
        positions = tuple(jnp.asarray(atoms["positions"][group]) for group in groups)
        return cxs.GaussianFourierVolume(positions, tuple(kernels))

    volume = volume_of(atoms)
    if form == "Fourier":
        options = {"sampling_mode": "point", "eps": 1e-6}
        integrator, render = cxs.GaussianFourierProjection, cxs.GaussianFourierRenderFn
    else:
        options = {"n_spread": cxs.suggest_n_spread(volume, pixel_size) if form == "spread" else None}
        integrator, render = cxs.GaussianMixtureProjection, cxs.GaussianMixtureRenderFn

    def drawn(volume):
        if len(shape) == 3:
            return render(shape, pixel_size, **options)(volume)
        config = cxs.BasicImageConfig(shape, pixel_size, 300.0)
        return integrator(**options).integrate(volume, config, outputs_real_space=True)

    def energy(volume):
        return jnp.sum(drawn(volume) ** 2) / 2

    program = eqx.filter_jit(eqx.filter_value_and_grad(energy) if inputs["gradient"] else drawn)
    few = volume_of({name: values[: inputs["proved"]] for name, values in atoms.items()})
    return lambda: jax.device_get(program(volume)), lambda: {"drawn": eqx.filter_jit(drawn)(few)}


contest(prepare)
