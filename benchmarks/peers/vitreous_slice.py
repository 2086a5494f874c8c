"""Images of Fourier voxels: slice, CTF, shift, inverse transform."""

from _protocol import Contestant, Inputs, contest


def prepare(inputs: Inputs) -> Contestant:
    from _slices import slicing

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
        "Kaiser-Bessel 5": lambda: kaiser_bessel(5, oversampling=pad_scale),
    }[inputs["interpolant"]]()
    volume = FourierVoxelGridVolume.from_real_voxel_grid(
        inputs.pop("voxels"), inputs["pixel_size"], interpolant=window, pad_scale=pad_scale
    )
    config = ImageConfig(volume.shape[1:], inputs["pixel_size"])

    def one(volume, angles, offset, defoci):
        pose = EulerAnglePose(*angles, offset_x=offset[0], offset_y=offset[1])
        return make_image_model(volume, config, pose=pose, optics=CTF(defoci[0], defoci[1])).simulate()

    return slicing(inputs, volume, one)


contest(prepare)
