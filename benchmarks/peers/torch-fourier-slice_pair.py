"""The same by torch-fourier-slice, which interpolates linearly."""

from _protocol import Contestant, Inputs, contest


def prepare(inputs: Inputs) -> Contestant:
    import numpy as np
    import torch
    import torch_fourier_slice as tfs

    wanted, pad_scale = inputs["wanted"], inputs["pad_scale"]
    voxels, target = (torch.tensor(np.float32(inputs[name])) for name in ("voxels", "target"))
    # Its matrices take points of the image to points of the volume.
    rotations = torch.tensor(np.float32(inputs["rotations"])).mT
    padding = int(target.shape[-1] * (pad_scale - 1) // 2)

    def forward():
        with torch.no_grad():
            return tfs.project_3d_to_2d(voxels, rotations, pad_factor=pad_scale).numpy()

    def backward():
        variable = voxels.clone().requires_grad_(True)
        overlap = (tfs.project_3d_to_2d(variable, rotations, pad_factor=pad_scale) * target).sum()
        overlap.backward()
        return overlap.item(), variable.grad.numpy()

    def insertion():
        images = torch.nn.functional.pad(target, [padding] * 4)
        spectra = torch.fft.rfftn(torch.fft.ifftshift(images, dim=(-2, -1)), dim=(-2, -1))
        spectra = torch.fft.fftshift(spectra, dim=(-2,))
        size = images.shape[-1]
        return tfs.insert_central_slices_rfft_3d(spectra, (size, size, size), rotations)

    job = {"forward": forward, "backward": backward, "insertion": insertion}[wanted]

    def proof():
        result = job()
        return {"value": result if wanted == "forward" else result[0]} if wanted != "insertion" else {}

    return job, proof


contest(prepare)
