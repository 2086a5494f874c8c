"""Small quantities of which the right value is known, as cryojax computes them: `inputs.npz results.npz`."""

import sys

import numpy as np


def main() -> None:
    import cryojax.constants as cc
    import cryojax.experimental as cx
    import cryojax.io
    import cryojax.ndimage as nd
    import cryojax.rotations
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

    def phase_in_all(slab):
        whole = cs.RealVoxelGridVolume.from_real_voxel_grid(slab)
        box = cs.BasicImageConfig(slab.shape[1:], pixel_size, 300.0)
        return cx.FFTMultisliceIntegrator(5).integrate(whole, box).imag.sum()

    results["slab_phase"] = np.asarray(phase_in_all(inputs["slab"]))
    thin = cs.RealVoxelGridVolume.from_real_voxel_grid(inputs["thin"])
    theory = cs.WaveTransferTheory(cs.AstigmaticCTF(10_000.0, 0.0, 0.0, 2.7))
    multislice = cx.MultisliceScatteringTheory(cx.FFTMultisliceIntegrator(1), theory)
    box = cs.BasicImageConfig(inputs["thin"].shape[1:], pixel_size, 300.0)
    results["thin_contrast"] = np.asarray(multislice.compute_contrast_spectrum(thin, box))

    def in_pixel_size(pixel_size):
        image = cs.make_image_model(
            volume,
            cs.BasicImageConfig(shape, pixel_size, 300.0),
            cs.EulerAnglePose(),
            cs.ContrastTransferTheory(cs.AstigmaticCTF(), amplitude_contrast_ratio=0.1),
            quantity_mode="contrast",
        )
        return jnp.sum(image.simulate() ** 2)

    results["gradient_at_zero_frequency"] = np.asarray(jax.grad(in_pixel_size)(pixel_size))

    def memory(n_batches):
        many = [jnp.zeros(s) for s in ((20_000, 3), (20_000, 1))]

        def total(positions, amplitudes):
            mixture = cs.GaussianMixtureVolume(positions, amplitudes, jnp.full((20_000, 1), 4.0))
            image = cs.GaussianMixtureProjection(n_batches=n_batches).integrate(
                mixture, config, outputs_real_space=True
            )
            return jnp.sum(image**2)

        return jax.jit(jax.grad(total)).lower(*many).compile().memory_analysis().temp_size_in_bytes

    results["memory"] = np.array([memory(1), memory(20)])

    given = {"upsampfac": 2.0}
    kernels = nd.FourierGaussian(amplitude=1.0, b_factor=200.0)
    atoms = cs.GaussianFourierVolume(jnp.asarray(inputs["positions"]), kernels)
    cs.GaussianFourierProjection(options=given).integrate(atoms, config)
    results["options"] = np.array("unchanged" if given == {"upsampfac": 2.0} else f"changed to {given}")

    def there_and_back(key):
        rotation = cryojax.rotations.SO3.sample_uniform(key)
        back = cs.EulerAnglePose.from_rotation(rotation).rotation
        return jnp.abs(back.as_matrix() - rotation.as_matrix()).max()

    results["euler"] = np.asarray(jax.vmap(there_and_back)(jax.random.split(jax.random.key(1), 1000)).max())
    stars = any("star" in name for name in dir(cryojax.io))
    results["optics_groups"] = np.array("some reader" if stars else "reads no STAR file")
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
