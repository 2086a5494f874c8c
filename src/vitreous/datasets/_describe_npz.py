"""What an `.npz` archive holds: moments, a latent bundle, or other arrays."""

from pathlib import Path

import numpy as np

from vitreous.io import NpzMember, npz_members, read_npz

_MOMENTS = "vitreous.moments"
_BYTES = "parts"  # in place of `moments`, in a file of eight bits


def describe_npz(path: Path) -> tuple[str, list[tuple[str, str]], list[str]]:
    """The kind, facts and warnings of an archive, of which only headers and single numbers are read."""
    members = npz_members(path)
    schema = _one(path, members, "schema")
    if schema == _MOMENTS:
        kind, facts = _moments(path, members)
    elif {"consensus_map", "components"} <= set(members):
        kind, facts = _bundle(path, members)
    elif {"dim", "apix"} <= set(members) and {"arr_0", "args_0"} & set(members):
        volumes = sum(name.startswith(("arr_", "args_")) for name in members)
        facts = [("volumes", str(volumes)), ("box", f"{_one(path, members, 'dim')} voxels")]
        kind, facts = "Zernike moments (zernike3d)", [*facts, ("voxel size", f"{_one(path, members, 'apix'):g} Å")]
    else:
        kind = "arrays" if schema is None else f"arrays ({schema})"
        facts = [(name, f"{member.dtype} {_times(member.shape)}") for name, member in members.items()]
    pickled = [name for name, member in members.items() if member.is_pickled]
    warnings = [f"member {name} is pickled, and is not read" for name in pickled]
    return kind, facts, warnings


def _moments(path: Path, members: dict[str, NpzMember]) -> tuple[str, list[tuple[str, str]]]:
    table = members.get("moments") or members.get(_BYTES)
    facts = [("order", str(_one(path, members, "order")))]
    if table is not None:
        facts.append(("moments", f"{_times(table.shape[:2])} (volumes, moments)"))
    facts.append(("stored in", "eight bits" if _BYTES in members else f"{table.dtype if table else 'nothing'}"))
    for name, label, unit in (("radius", "ball", "Å"), ("voxel_size", "voxel size", "Å"), ("box", "box", "voxels")):
        value = _one(path, members, name)
        if value is not None:
            facts.append((label, f"{value:.6g} {unit}"))
    if "latents" in members:
        facts.append(("latents", f"{_times(members['latents'].shape)} (particles, components)"))
    return "Zernike moments", facts


def _bundle(path: Path, members: dict[str, NpzMember]) -> tuple[str, list[tuple[str, str]]]:
    facts = [
        ("consensus map", f"{_times(members['consensus_map'].shape)} (z, y, x)"),
        ("components", _times(members["components"].shape[:1])),
    ]
    if "particles" in members:
        facts.append(("particles", _times(members["particles"].shape)))
    size = _one(path, members, "apix")
    return "3D variability bundle", [*facts, ("voxel size", "not known" if size is None else f"{size:g} Å")]


def _one(path: Path, members: dict[str, NpzMember], name: str) -> str | float | int | None:
    """A member that is one number or text, or `None` where there is no such member."""
    member = members.get(name)
    if member is None or member.is_pickled or np.prod(member.shape) != 1:
        return None
    return read_npz(path, [name])[name].reshape(()).item()


def _times(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape)) or "one value"
