"""Images of Fourier voxels by cryojax: slice, CTF, shift, inverse transform."""

from _protocol import Contestant, Inputs, contest


def prepare(inputs: Inputs) -> Contestant:
    import cryojax.simulator as cxs
    import equinox as eqx
    import jax
    import numpy as np

    n = len(inputs["voxels"])
    volume = cxs.FourierVoxelGridVolume.from_real_voxel_grid(
        inputs["voxels"], interp=inputs["interpolant"], pad_scale=inputs["pad_scale"]
    )
    config = cxs.BasicImageConfig((n, n), inputs["pixel_size"], 300.0)
    angles, offsets, defocus = (np.float32(inputs[name]) for name in ("angles", "offsets", "defocus"))

    @eqx.filter_jit
    def images(volume, angles, offsets, defocus):
        def one(angles, offset, defocus):
            pose = cxs.EulerAnglePose(offset[0], offset[1], *angles)
            # cryojax 0.6.0 measures the angle from +y towards +x: 90° is what others call 0°.
            ctf = cxs.AstigmaticCTF(defocus.mean(), defocus[0] - defocus[1], 90.0, 2.7)
            theory = cxs.ContrastTransferTheory(ctf, amplitude_contrast_ratio=0.1)
            return cxs.make_image_model(volume, config, pose, theory, quantity_mode="contrast").simulate()

        return jax.vmap(one)(angles, offsets, defocus)

    def job():
        return np.asarray(images(volume, angles, offsets, defocus))

    return job, lambda: {"images": job()}


contest(prepare)
