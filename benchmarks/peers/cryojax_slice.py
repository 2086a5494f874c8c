"""Images of Fourier voxels by cryojax: slice, CTF, shift, inverse transform."""

from _protocol import Contestant, Inputs, contest


def prepare(inputs: Inputs) -> Contestant:
    import cryojax.simulator as cxs
    from _slices import slicing

    n = len(inputs["voxels"])
    volume = cxs.FourierVoxelGridVolume.from_real_voxel_grid(
        inputs.pop("voxels"), interp=inputs["interpolant"], pad_scale=inputs["pad_scale"]
    )
    config = cxs.BasicImageConfig((n, n), inputs["pixel_size"], 300.0)

    def one(volume, angles, offset, defoci):
        pose = cxs.EulerAnglePose(offset[0], offset[1], *angles)
        # cryojax 0.6.0 measures the angle from +y towards +x: 90° is what others call 0°.
        ctf = cxs.AstigmaticCTF(defoci.mean(), defoci[0] - defoci[1], 90.0, 2.7)
        theory = cxs.ContrastTransferTheory(ctf, amplitude_contrast_ratio=0.1)
        return cxs.make_image_model(volume, config, pose, theory, quantity_mode="contrast").simulate()

    return slicing(inputs, volume, one)


contest(prepare)
