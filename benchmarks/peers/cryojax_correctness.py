"""Small quantities of which the right value is known, as cryojax computes them: `inputs.npz results.npz`."""

import sys

import numpy as np


def main() -> None:
    import cryojax.constants as cc
    import cryojax.ndimage as nd
    import cryojax.simulator as cs
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    source, target = sys.argv[1:]
    with np.load(source, allow_pickle=False) as stored:
        inputs = dict(stored)
    shape, pixel_size = tuple(int(n) for n in inputs["shape"]), float(inputs["pixel_size"])
    config = cs.BasicImageConfig(shape, pixel_size, 300.0)
    volume = cs.GaussianMixtureVolume(inputs["positions"], inputs["amplitudes"], inputs["variances"])

    def model(pose=None, ctf=None):
        theory = cs.ContrastTransferTheory(ctf or cs.AstigmaticCTF(), amplitude_contrast_ratio=0.1)
        return cs.make_image_model(volume, config, pose or cs.EulerAnglePose(), theory, quantity_mode="contrast")

    results = {}
    flat = nd.FourierConstant(float(inputs["variance"]))
    noise = cs.GaussianColoredNoiseModel(model(), flat)

    def draw(key):
        return noise.compute_noise(key, outputs_real_space=True)

    results["noise"] = np.stack([draw(jax.random.key(i)) for i in range(64)])
    image = jnp.asarray(inputs["observed"])
    clean = noise.compute_signal(outputs_real_space=True)
    results["residual"] = np.asarray(image - clean)
    results["log_likelihood"] = np.asarray(noise.log_likelihood(nd.rfftn(image)))

    def transfer(angle):
        ctf = cs.AstigmaticCTF(12_000.0, 4000.0, angle, 2.7)
        theory = cs.ContrastTransferTheory(ctf, amplitude_contrast_ratio=0.1)
        ones = jnp.ones((*shape[:1], shape[1] // 2 + 1), complex)
        return theory.propagate_object(ones, config)

    results["ctf"] = np.stack([np.asarray(transfer(float(a))) for a in inputs["angles"]])
    a, b = (np.fft.rfftn(inputs[name]) for name in ("map", "noisy_map"))
    n = len(inputs["map"])
    radius = nd.make_radial_frequency_grid((n, n, n), outputs_rfftfreqs=True)
    results["fsc"] = np.asarray(nd.compute_fourier_shell_correlation(jnp.asarray(a), jnp.asarray(b), radius)[0])
    results["interaction"] = np.asarray(cc.interaction_constant_from_kilovolts(300.0))
    results["wavelength"] = np.asarray(cc.wavelength_from_kilovolts(300.0))
    projection = cs.GaussianMixtureProjection().integrate(volume, config, outputs_real_space=True)
    results["integral"] = np.asarray(projection.sum() * pixel_size**2)

    def loss(theta):
        return jnp.sum(model(cs.EulerAnglePose(0.0, 0.0, 10.0, theta, 20.0)).simulate() ** 2)

    results["gradient_at_zero"] = np.asarray(jax.grad(loss)(0.0))
    results["elements"] = np.array([_element(cc, number) for number in inputs["elements"]])
    np.savez(target, **results)


def _element(constants, number: int) -> str:
    """What the table gives for an element."""
    try:
        parameters = constants.PengScatteringFactorParameters(np.array([int(number)]))
    except Exception as error:
        return f"raises {type(error).__name__}"
    total = float(np.sum(np.asarray(parameters.a)))
    return f"{total:.4g}"


main()
