"""Whether two files describe the same images, proved by making them."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Float64, Int

from vitreous._core import InputError, check_seed

from ._agreement_causes import Differences, find_causes
from ._agreement_images import BOX, Ingredients, ingredients, model_images
from ._agreement_pairs import MatchedBy, Pairs, index_differences, pair_particles
from ._metadata import ParticleMetadata
from ._particles import ParticleDataset

TOLERANCE = 1e-3
"""Single precision leaves 1e-5: poses to 1e-7 radians, defoci to 1e-3 Å, the phases of the CTF to 1e-5."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Agreement:
    """What came of comparing two files of particles.

    Arguments:
        a: The first file.
        b: The other.
        matched_by: What told which particles are the same.
        counts: How many particles are in the first file, in the other and in both.
        rows: The particles whose images were made, as rows of the first file.
        differences: For each of these, the norm of the difference of its two images over that of the first.
        tolerance: What a difference may be.
        causes: What differs, in words, the ingredients of the images first.
        unknown: What neither file says, and was therefore not compared.
    """

    a: Path
    b: Path
    matched_by: MatchedBy
    counts: tuple[int, int, int]
    rows: Int[np.ndarray, " m"]
    differences: Float64[np.ndarray, " m"]
    tolerance: float
    causes: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        """Whether both files have the same particles, and all images agree."""
        return not self.causes

    @property
    def worst(self) -> float:
        """The largest difference."""
        return float(self.differences.max())

    def describe(self) -> tuple[str, ...]:
        """The result in lines for a reader."""
        n_a, n_b, both = self.counts
        lines = [
            f"{self.a}: {n_a} particles; {self.b}: {n_b}; {both} in both, matched by {self.matched_by.value}",
            f"model images of {len(self.rows)}: differences of {np.median(self.differences):.2g} (median), "
            f"{self.worst:.2g} at most (row {int(self.rows[self.differences.argmax()]) + 1}), of {self.tolerance:g} "
            "allowed",
        ]
        lines += [f"not compared: {what}" for what in self.unknown]
        lines += [f"differs: {cause}" for cause in self.causes]
        return (*lines, "the files agree" if self.agrees else "the files do NOT agree")


def compare_particle_files(
    a: str | Path | ParticleDataset,
    b: str | Path | ParticleDataset,
    *,
    count: int = 64,
    tolerance: float = TOLERANCE,
    seed: int = 0,
) -> Agreement:
    r"""Whether two files of particles, of whatever formats, mean the same images.

    For a sample of the particles that both list, the noise-free image of a specimen is made as either file describes
    it: CTF, aberrations, magnification, pose, shift, pixel size and contrast. The specimen is seven blobs without any
    symmetry, of either hand, in a box of 63 pixels of the particle's own size, so that what is wrong shows up to the
    Nyquist frequency. Each image must agree, $|I_b - I_a| / |I_a| \le$ `tolerance`. Where some do not, what differs is
    found by trying what would bring them together: known mistakes (a flipped axis, the other hand, the sign of shifts
    or of the astigmatism angle, half a pixel, another start of counting) by name, anything else with its numbers.

    Particles are the same whose uids are, or else whose images are; where no image is in both files, and they have as
    many rows, rows are compared. The images that the files name are not read and need not exist. What only one of the
    files can tell, as the contrast, which RELION's own files do not hold, is not compared.

    Arguments:
        a: A file of particles, or a dataset.
        b: Another.
        count: How many particles to make images of, drawn at random.
        tolerance: The largest relative difference that is no difference.
        seed: For the draw.

    Raises:
        InputError: A file cannot be read, no particle is in both, or `count` is less than 1.

    Examples:
        >>> import tempfile
        >>> from vitreous.datasets import write_particles_star
        >>> path = Path(tempfile.mkdtemp()) / "a.star"
        >>> write_particles_star(path, image_names=["1@a.mrcs", "2@a.mrcs"], image_shape=(64, 64), pixel_size=1.5)
        >>> agreement = compare_particle_files(path, path)
        >>> agreement.agrees, agreement.unknown
        (True, ('poses', 'CTF'))
    """
    check_seed(seed)
    if count < 1:
        raise InputError(f"count={count} particles are no sample.", hint="Use 64.")
    first, second = (x if isinstance(x, ParticleDataset) else ParticleDataset.load(x) for x in (a, b))
    one, two = first.metadata, second.metadata
    pairs = pair_particles(one, two)
    if len(pairs.a) == 0:
        raise InputError(
            f"{first.source} and {second.source} have no particle in common: neither uids nor images are the same.",
            hint="Compare files that were made from one another.",
        )
    sample = _sample(pairs, count, seed)
    differences, parts = _differences(one, two, sample, tolerance)
    causes = [*_missing(one, two, pairs), *_only_in_one(one, two)]
    if (differences > tolerance).any():
        causes += _start_of_counting(one, two, count, seed, tolerance) or _causes(parts, differences, tolerance)
    return Agreement(
        a=first.source,
        b=second.source,
        matched_by=pairs.by,
        counts=(len(one), len(two), len(pairs.a)),
        rows=sample.a,
        differences=differences,
        tolerance=tolerance,
        causes=tuple(causes),
        unknown=_unknown(one, two),
    )


def _sample(pairs: Pairs, count: int, seed: int) -> Pairs:
    drawn = np.random.default_rng(seed).permutation(len(pairs.a))[:count]
    chosen = np.sort(drawn)
    return Pairs(pairs.by, pairs.a[chosen], pairs.b[chosen])


def _ingredients(a: ParticleMetadata, b: ParticleMetadata, pairs: Pairs) -> tuple[Ingredients, Ingredients]:
    """Of the images of both; what one does not say is taken from the other, and reported elsewhere."""
    one, two = a.select(pairs.a), b.select(pairs.b)
    ctf = one.ctf_parameters or two.ctf_parameters
    has_poses = one.euler_angles_deg is not None and two.euler_angles_deg is not None
    # Enough coefficients for both, and for those of a beam tilt.
    even = _longest(9, one.even_zernike, two.even_zernike)
    odd = _longest(6, one.odd_zernike, two.odd_zernike)

    def parts(own: ParticleMetadata, other: ParticleMetadata) -> Ingredients:
        contrast = own.contrast or other.contrast
        complete = replace(
            own,
            ctf_parameters=own.ctf_parameters or ctf,
            euler_angles_deg=own.euler_angles_deg if has_poses else None,
            offsets=own.offsets if has_poses else None,
            pixel_sizes=np.where(np.isfinite(own.pixel_sizes), own.pixel_sizes, other.pixel_sizes),
        )
        return ingredients(complete, even=even, odd=odd, sign=1 if contrast is None else contrast.sign)

    return parts(one, two), parts(two, one)


def _longest(least: int, *values: Float64[np.ndarray, "m k"] | None) -> int:
    return max(least, *(0 if array is None else array.shape[1] for array in values))


def _differences(
    a: ParticleMetadata, b: ParticleMetadata, pairs: Pairs, tolerance: float
) -> tuple[Float64[np.ndarray, " m"], tuple[Ingredients, Ingredients]]:
    parts = _ingredients(a, b, pairs)
    return _compared(parts[0])(parts[1]), parts


def _compared(a: Ingredients) -> Differences:
    """What tells how images differ from those of `a`, which are made once."""
    sizes = BOX * a["pixel_size"]
    reference = {}

    def differ(b: Ingredients) -> Float64[np.ndarray, " m"]:
        magnified = any((parts["magnification"] != np.eye(2)).any() for parts in (a, b))
        if magnified not in reference:
            reference[magnified] = model_images(a, specimen_sizes=sizes, magnified=magnified)
        expected = reference[magnified]
        images = model_images(b, specimen_sizes=sizes, magnified=magnified)
        norms = np.linalg.norm(expected.reshape(len(expected), -1), axis=1)
        distances = np.linalg.norm((images - expected).reshape(len(expected), -1), axis=1)
        # An image that is not a number differs from every other, and from itself only where the other is one too.
        both = np.isnan(distances) & np.isnan(norms) & np.isnan(images).all(axis=(1, 2))
        return np.where(both, 0.0, np.nan_to_num(distances / norms, nan=np.inf)).astype(np.float64)

    return differ


def _causes(
    parts: tuple[Ingredients, Ingredients], differences: Float64[np.ndarray, " m"], tolerance: float
) -> tuple[str, ...]:
    a, b = parts
    wrong = np.flatnonzero(differences > tolerance)
    # The same number of particles as before, so that nothing is compiled anew.
    rows = np.resize(wrong, len(differences))
    a, b = ({name: values[rows] for name, values in part.items()} for part in (a, b))
    found = find_causes(a, b, _compared(a), tolerance=tolerance)
    share = "" if len(wrong) == len(differences) else f" (in {len(wrong)} of {len(differences)} images)"
    return tuple(f"{cause}{share}" for cause in found)


def _start_of_counting(
    a: ParticleMetadata, b: ParticleMetadata, count: int, seed: int, tolerance: float
) -> tuple[str, ...]:
    """Whether images agree where indices in stacks are counted from another start."""
    if pair_particles(a, b).by is not MatchedBy.IMAGE:
        return ()
    for shift in (1, -1):
        pairs = _sample(pair_particles(a, b, shift=shift), count, seed)
        if len(pairs.a) and (_differences(a, b, pairs, tolerance)[0] <= tolerance).all():
            return (f"image index: {shift:+d} in the second file, so one of them counts from 0 and the other from 1",)
    return ()


def _missing(a: ParticleMetadata, b: ParticleMetadata, pairs: Pairs) -> list[str]:
    """Particles of one file only, and images that are others."""
    both = len(pairs.a)
    missing = [
        f"particles: {len(metadata) - both} of {len(metadata)} of the {which} file are not in the other"
        for which, metadata in (("first", a), ("second", b))
        if len(metadata) > both
    ]
    steps = index_differences(a, b, pairs)
    if steps.any():
        common = f"{steps[0]:+d} for all" if (steps == steps[0]).all() else f"for {int((steps != 0).sum())} of {both}"
        hint = ", so one of them counts from 0 and the other from 1" if (np.abs(steps) == 1).all() else ""
        missing.append(f"image index: {common} in the second file{hint}")
    return missing


def _said(metadata: ParticleMetadata) -> dict[str, bool]:
    """What a file may say or not."""
    return {
        "poses": metadata.euler_angles_deg is not None,
        "CTF": metadata.ctf_parameters is not None,
        "pixel size": bool(np.isfinite(metadata.pixel_sizes).all()),
    }


def _only_in_one(a: ParticleMetadata, b: ParticleMetadata) -> list[str]:
    one, two = _said(a), _said(b)
    only = [f"{what}: only in the {'first' if one[what] else 'second'} file" for what in one if one[what] != two[what]]
    if a.ctf_premultiplied.any() != b.ctf_premultiplied.any():
        only.append("premultiplication by the CTF: in one of the files only")
    return only


def _unknown(a: ParticleMetadata, b: ParticleMetadata) -> tuple[str, ...]:
    one, two = _said(a), _said(b)
    unknown = [what for what in one if not one[what] and not two[what]]
    if (a.contrast is None) != (b.contrast is None):
        unknown.append("contrast, which only one of the files tells")
    return tuple(unknown)
