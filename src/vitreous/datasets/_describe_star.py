"""What a STAR file holds, and what in it will bite."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from vitreous._core import InputError
from vitreous.io import Table, read_star

from ._metadata import ParticleMetadata
from ._relion import metadata_from_relion
from ._stacks import Stacks


def describe_star(path: Path) -> tuple[str, list[tuple[str, str]], list[str]]:
    """The kind, facts and warnings of a STAR file; of its image files only the headers are read."""
    return describe_particle_tables(read_star(path), path)


def describe_particle_tables(blocks: Mapping[str, Table], path: Path) -> tuple[str, list[tuple[str, str]], list[str]]:
    """The kind, facts and warnings of tables of RELION's columns, from a STAR or another file."""
    facts = [(f"data_{name}", _table_fact(table)) for name, table in blocks.items()]
    names = [name for name, table in blocks.items() if name != "optics" and "rlnImageName" in table]
    if "particles" in blocks:
        names = ["particles"]
    if len(names) != 1:
        return "table (STAR)", facts, []
    metadata = metadata_from_relion(blocks[names[0]], blocks.get("optics"), pixel_size=None)
    more, warnings = _describe_particles(metadata, Stacks(metadata.stacks, source=path, project=None))
    groups = blocks.get("optics")
    optics = [] if groups is None else [_optics_fact(groups, row) for row in range(len(groups))]
    return "particles (STAR)", [*facts, *more, *optics], warnings


def _table_fact(table: Table) -> str:
    rows = f"{len(table)} rows" if table.is_loop else "name-value pairs"
    return f"{rows}, {len(table.names)} columns: {', '.join(table.names)}"


def _optics_fact(table: Table, row: int) -> tuple[str, str]:
    kept = {
        "rlnVoltage": "kV",
        "rlnSphericalAberration": "mm Cs",
        "rlnAmplitudeContrast": "amplitude contrast",
        "rlnImagePixelSize": "Å/pixel",
        "rlnImageSize": "pixels",
    }
    label = table["rlnOpticsGroup"][row] if "rlnOpticsGroup" in table else str(row + 1)
    values = [f"{table.column(name)[row]:g} {unit}" for name, unit in kept.items() if name in table]
    return f"optics group {label}", ", ".join(values)


def _describe_particles(metadata: ParticleMetadata, stacks: Stacks) -> tuple[list[tuple[str, str]], list[str]]:
    warnings = [*metadata.warnings, *metadata.ctf_warnings]
    facts = [("particles", str(len(metadata)))]
    sizes = np.unique(metadata.pixel_sizes)
    if np.isnan(sizes).any():
        warnings.append("no pixel size")
    else:
        facts.append(("pixel size", ", ".join(f"{size:.5g}" for size in sizes) + " Å"))
    facts.append(("poses", _coverage(metadata.euler_angles_deg, metadata.pose_problem, "pose", warnings)))
    ctf = metadata.ctf_parameters
    stacked = None if ctf is None else np.stack([*ctf.values()], axis=-1)
    facts.append(("CTF", _coverage(stacked, metadata.ctf_problem, "CTF", warnings)))
    if ctf is not None and np.isfinite(ctf["defocus_u"]).any():
        low, high = np.nanmin(ctf["defocus_v"]), np.nanmax(ctf["defocus_u"])
        facts.append(("defocus", f"{low:.0f} to {high:.0f} Å"))
        if low < 0:
            warnings.append("a defocus is negative, which means overfocus")
    if metadata.half_sets is not None:
        numbers, counts = np.unique(metadata.half_sets, return_counts=True)
        facts.append(("half-sets", ", ".join(f"{n}: {count}" for n, count in zip(numbers, counts, strict=True))))
    facts.append(("image stacks", str(len(stacks.names))))
    warnings += _stack_warnings(metadata, stacks)
    return facts, warnings


def _coverage(values: np.ndarray | None, problem: str, what: str, warnings: list[str]) -> str:
    if values is None:
        warnings.append(f"no {what}: {problem}")
        return "none"
    lost = int((~np.isfinite(values)).any(axis=-1).sum())
    if lost:
        warnings.append(f"{lost} of {len(values)} particles have no {what}: {problem}")
    return "all particles" if not lost else f"{len(values) - lost} of {len(values)} particles"


def _stack_warnings(metadata: ParticleMetadata, stacks: Stacks) -> list[str]:
    """What is wrong with the images, from the headers of their files."""
    if metadata.stack_of is None or metadata.index_in_stack is None:
        return ["no images are named (rlnImageName)"]
    warnings = []
    missing = []
    for number in range(len(stacks.names)):
        try:
            path = stacks.path(number)
            if not path.is_file():
                missing.append(path)
                continue
            images = stacks.images(number)
        except InputError as error:
            warnings.append(error.message)
            continue
        mine = metadata.stack_of == number
        if metadata.index_in_stack[mine].max() >= images.shape[0]:
            warnings.append(
                f"{path} holds {images.shape[0]} images, and number {metadata.index_in_stack[mine].max() + 1} is named"
            )
        boxes = set(metadata.box_sizes[mine].tolist()) - {0}
        if boxes and boxes != set(images.shape[1:]):
            warnings.append(
                f"{path} holds images of {images.shape[1]} × {images.shape[2]}, and rlnImageSize is {boxes.pop()}"
            )
        sizes = metadata.pixel_sizes[mine]
        if images.pixel_size is not None and abs(images.pixel_size - sizes[0]) > 0.01 * sizes[0]:
            warnings.append(
                f"the pixel size is {sizes[0]:.5g} Å here and {images.pixel_size:.5g} Å in the header of {path}"
            )
    if missing:
        others = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        warnings.insert(0, f"missing image stack: {missing[0]}{others}")
    return warnings
