"""Images of Fourier voxels: slice, CTF, shift, inverse transform."""

from _protocol import Contestant, Inputs, contest


def prepare(inputs: Inputs) -> Contestant:
    import jax
    import numpy as np

    from vitreous.grids import ImageConfig
    from vitreous.imaging import make_image_model
    from vitreous.kernels import cubic_bspline, kaiser_bessel, linear_interpolant
    from vitreous.optics import CTF
    from vitreous.poses import EulerAnglePose
    from vitreous.volumes import FourierVoxelGridVolume

    pad_scale = inputs["pad_scale"]
    window = {
        "linear": linear_interpolant,
        "cubic": cubic_bspline,
        "kaiser-bessel 5": lambda: kaiser_bessel(5, oversampling=pad_scale),
    }[inputs["interpolant"]]()
    volume = FourierVoxelGridVolume.from_real_voxel_grid(
        inputs["voxels"], inputs["pixel_size"], interpolant=window, pad_scale=pad_scale
    )
    config = ImageConfig(inputs["voxels"].shape[1:], inputs["pixel_size"])
    angles, offsets, defocus = (np.float32(inputs[name]) for name in ("angles", "offsets", "defocus"))

    @jax.jit
    def images(volume, angles, offsets, defocus):
        def one(angles, offset, defocus):
            pose = EulerAnglePose(*angles, offset_x=offset[0], offset_y=offset[1])
            return make_image_model(volume, config, pose=pose, optics=CTF(defocus[0], defocus[1])).simulate()

        return jax.vmap(one)(angles, offsets, defocus)

    def job():
        return np.asarray(images(volume, angles, offsets, defocus))

    return job, lambda: {"images": job()}


contest(prepare)
