"""One list of particles as several."""

from dataclasses import dataclass
from pathlib import Path

import jax

from vitreous._core import NO_PROGRESS, InputError, Progress, check_seed
from vitreous.datasets import GroupBy, ParticleDataset

from ._outputs import StackReport, check_output, files_of, holds_images, write_list


@dataclass(frozen=True)
class SplitOptions:
    """Into what particles are divided; one of the first two is given.

    Arguments:
        parts: Into so many parts of nearly equal size, one after the other.
        by: Into those of each optics group, micrograph, class or half-set.
        shuffle: Draw the parts at random instead.
        seed: For the draw.

    Raises:
        InputError: None or both are given, fewer than two parts, or a draw of groups.
    """

    parts: int | None = None
    by: GroupBy | None = None
    shuffle: bool = False
    seed: int = 0

    def __post_init__(self):
        check_seed(self.seed)
        if (self.parts is None) == (self.by is None):
            raise InputError("Particles are split in parts or by groups, one of the two.", hint="Give --parts or --by.")
        if self.parts is not None and self.parts < 2:
            raise InputError(f"parts={self.parts} divides nothing.", hint="Make two or more.")
        if self.by is not None and self.shuffle:
            raise InputError("Groups are not drawn at random.", hint="Leave --shuffle out, or use --parts.")


def split_stack(
    particles: ParticleDataset,
    output: str | Path,
    options: SplitOptions,
    *,
    copy_images: bool = False,
    overwrite: bool = False,
    progress: Progress = NO_PROGRESS,
) -> tuple[StackReport, ...]:
    """The particles in several lists, with all their columns; their images stay where they are, unless copied.

    The parts of `out.star` are `out_part1.star`, `out_part2.star`, …, or `out_optics-group3.star`, `out_class2.star`,
    `out_half-set1.star`, after the group's number; micrographs are counted in the order of the list.

    Arguments:
        particles: What to divide.
        output: `.star` or `.cs`, or `.h5`, which always holds the images; the parts are named after it.
        options: Into what.
        copy_images: Write the images of each part to a new stack beside its list.
        overwrite: Whether existing files may be replaced.
        progress: Follows the images.

    Returns:
        What was written, a report for each part.

    Raises:
        InputError: Fewer particles than parts, particles that are of no such groups, or an output that exists: then
            nothing is written.
    """
    output = Path(output)
    if options.by is None:
        key = jax.random.key(options.seed) if options.shuffle else None
        divided = particles.split(options.parts or 1, key=key)
        parts, notes = {f"part{k}": part for k, part in enumerate(divided, 1)}, {}
    else:
        groups = particles.groups(options.by)
        labels = {label: label if isinstance(label, int) else k for k, label in enumerate(groups, 1)}
        parts = {f"{options.by.value}{labels[label]}": part for label, part in groups.items()}
        notes = {f"{options.by.value}{labels[label]}": label for label in groups if isinstance(label, str)}
    paths = {name: output.with_name(f"{output.stem}_{name}{output.suffix}") for name in parts}
    pixels = copy_images or holds_images(output)
    for path in paths.values():
        check_output(path, files_of(particles, pixels=pixels), pixels=pixels, overwrite=overwrite)
    reports = []
    for name, part in parts.items():
        made = write_list(part, paths[name], copy_images=copy_images, overwrite=overwrite, progress=progress)
        reports.append(StackReport(made.files, made.particles, (notes[name],) if name in notes else ()))
    return tuple(reports)
