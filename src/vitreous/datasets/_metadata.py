"""What every particle format tells, as plain arrays."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from jaxtyping import Bool, Float64, Int, UInt64

from vitreous.optics import Contrast


@dataclass(frozen=True, eq=False, kw_only=True)
class ParticleMetadata:
    """The metadata of n particles in this library's conventions, whatever format they came from.

    A reader for a format makes one of these; `ParticleDataset` knows nothing else about it.

    Arguments:
        stacks: The paths of image files as written in the metadata.
        stack_of: For each particle, which of `stacks` holds its image; `None` where the metadata name no images.
        index_in_stack: For each particle, the image in the stack counted from 0; −1 for a file of one image.
        pixel_sizes: Å, per particle; NaN where unknown.
        box_sizes: Side of the square image in pixels, per particle; 0 where unknown.
        optics_groups: The optics group's number, per particle.
        euler_angles_deg: (φ, θ, ψ) of `EulerAnglePose`; NaN for particles without a pose, `None` where the format's
            columns are absent.
        offsets: (x, y, z) in Å of `EulerAnglePose`, likewise; z is 0 where the format has none.
        pose_problem: Why there are no poses, or not for every particle.
        ctf_parameters: Argument of `CTF` to its values, likewise.
        ctf_problem: Why there is no CTF, or not for every particle.
        ctf_warnings: What the metadata say about the optics that a `CTF` does not hold.
        optics_warnings: What is doubtful in what they say about the optics.
        ctf_scales: What multiplies the CTF, per particle.
        ctf_premultiplied: Whether the image was multiplied by its CTF already, per particle.
        half_sets: 1 or 2 per particle; `None` where not assigned.
        warnings: What is doubtful in the metadata.
        even_zernike: Even coefficients of `vitreous.optics.Aberrations`, per particle; `None` where all are zero.
        odd_zernike: Odd coefficients, likewise, without the beam tilt.
        beam_tilt_mrad: (x, y) of the beam's tilt, likewise.
        magnification: The matrix of an anisotropic magnification, likewise; `None` where it is the identity.
        contrast: Whether protein is dark or bright in the images, where the format says it.
        optics_group_names: Optics group's number to its name, where the format has names.
        micrographs: The paths of micrographs as written in the metadata.
        micrograph_of: For each particle, which of `micrographs` it was cut out of; `None` where not said.
        micrograph_shapes: (rows, columns) of that micrograph in pixels, per particle; `None` where not said.
        coordinates: (x, y) of the particle's centre in pixels of its micrograph, columns and rows counted from 0 at the
            first pixel as stored; `None` where not said.
        class_numbers: From 1; `None` where not assigned.
        uids: A number that only this particle has, in every file about it; `None` where the format has none.
    """

    stacks: tuple[str, ...]
    stack_of: Int[np.ndarray, " n"] | None
    index_in_stack: Int[np.ndarray, " n"] | None
    pixel_sizes: Float64[np.ndarray, " n"]
    box_sizes: Int[np.ndarray, " n"]
    optics_groups: Int[np.ndarray, " n"]
    euler_angles_deg: Float64[np.ndarray, "n 3"] | None
    offsets: Float64[np.ndarray, "n 3"] | None
    pose_problem: str
    ctf_parameters: Mapping[str, Float64[np.ndarray, " n"]] | None
    ctf_problem: str
    ctf_warnings: tuple[str, ...]
    optics_warnings: tuple[str, ...]
    ctf_scales: Float64[np.ndarray, " n"]
    ctf_premultiplied: Bool[np.ndarray, " n"]
    half_sets: Int[np.ndarray, " n"] | None
    warnings: tuple[str, ...]
    even_zernike: Float64[np.ndarray, "n even"] | None = None
    odd_zernike: Float64[np.ndarray, "n odd"] | None = None
    beam_tilt_mrad: Float64[np.ndarray, "n 2"] | None = None
    magnification: Float64[np.ndarray, "n 2 2"] | None = None
    contrast: Contrast | None = None
    optics_group_names: Mapping[int, str] = field(default_factory=dict)
    micrographs: tuple[str, ...] = ()
    micrograph_of: Int[np.ndarray, " n"] | None = None
    micrograph_shapes: Int[np.ndarray, "n 2"] | None = None
    coordinates: Float64[np.ndarray, "n 2"] | None = None
    class_numbers: Int[np.ndarray, " n"] | None = None
    uids: UInt64[np.ndarray, " n"] | None = None

    @classmethod
    def of_images(cls, count: int, *, shape: tuple[int, int], pixel_size: float) -> "ParticleMetadata":
        """What is known of particles of which there are only images: no names, poses or CTF, one optics group.

        Arguments:
            count: How many.
            shape: Rows and columns of an image.
            pixel_size: Å.

        Examples:
            >>> metadata = ParticleMetadata.of_images(3, shape=(8, 8), pixel_size=1.5)
            >>> len(metadata), metadata.pixel_sizes.tolist(), metadata.euler_angles_deg
            (3, [1.5, 1.5, 1.5], None)
        """
        return cls(
            stacks=(),
            stack_of=None,
            index_in_stack=None,
            pixel_sizes=np.full(count, float(pixel_size)),
            box_sizes=np.full(count, shape[0] if shape[0] == shape[1] else 0),
            optics_groups=np.ones(count, np.int64),
            euler_angles_deg=None,
            offsets=None,
            pose_problem="there are only images",
            ctf_parameters=None,
            ctf_problem="there are only images",
            ctf_warnings=(),
            optics_warnings=(),
            ctf_scales=np.ones(count),
            ctf_premultiplied=np.zeros(count, bool),
            half_sets=None,
            warnings=(),
        )

    def __len__(self) -> int:
        return len(self.pixel_sizes)

    def select(self, rows: Int[np.ndarray, " m"] | Bool[np.ndarray, " n"] | slice) -> "ParticleMetadata":
        """The metadata of some particles."""

        def pick(array: np.ndarray | None) -> np.ndarray | None:
            return None if array is None else array[rows]

        ctf = self.ctf_parameters
        return replace(
            self,
            stack_of=pick(self.stack_of),
            index_in_stack=pick(self.index_in_stack),
            pixel_sizes=self.pixel_sizes[rows],
            box_sizes=self.box_sizes[rows],
            optics_groups=self.optics_groups[rows],
            euler_angles_deg=pick(self.euler_angles_deg),
            offsets=pick(self.offsets),
            ctf_parameters=None if ctf is None else {name: values[rows] for name, values in ctf.items()},
            ctf_scales=self.ctf_scales[rows],
            ctf_premultiplied=self.ctf_premultiplied[rows],
            half_sets=pick(self.half_sets),
            even_zernike=pick(self.even_zernike),
            odd_zernike=pick(self.odd_zernike),
            beam_tilt_mrad=pick(self.beam_tilt_mrad),
            magnification=pick(self.magnification),
            micrograph_of=pick(self.micrograph_of),
            micrograph_shapes=pick(self.micrograph_shapes),
            coordinates=pick(self.coordinates),
            class_numbers=pick(self.class_numbers),
            uids=pick(self.uids),
        )
