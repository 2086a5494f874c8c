"""cryoSPARC's `.csg` groups as files."""

import datetime
import json

from vitreous._core import InputError, atomic_path

from ._csg import CsGroup


def write_csg(group: CsGroup, *, num_items: int) -> None:
    """Write the `.csg` file of a group, as cryoSPARC's "Import Result Group" reads it.

    The text is YAML in the form of cryoSPARC's own groups; the file appears whole or not at all.

    Arguments:
        group: The group. Its file `source` is replaced if it exists, and its `.cs` files must lie in the same folder
            or below it.
        num_items: How many rows its `.cs` files have.

    Raises:
        InputError: A `.cs` file lies elsewhere, or the folder cannot be written.

    Examples:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from vitreous.io import read_csg
        >>> folder = Path(tempfile.mkdtemp())
        >>> files = {"blob": folder / "a.cs", "ctf": folder / "a.cs"}
        >>> write_csg(CsGroup(source=folder / "a.csg", name="picked", kind="particle", metafiles=files), num_items=7)
        >>> read_csg(folder / "a.csg").name
        'picked'
    """
    lines = [f"created: {datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M:%S}", "group:"]
    lines += [f"  name: {_text(group.name)}", f"  type: {_text(group.kind)}", "results:"]
    for result, file in group.metafiles.items():
        if not file.is_relative_to(group.source.parent):
            raise InputError(
                f"{group.source}: cannot name {file}, which is not in its folder.", hint="Write both into one folder."
            )
        name = file.relative_to(group.source.parent).as_posix()
        lines += [f"  {result}:", f"    metafile: {_text('>' + name)}", f"    num_items: {num_items}"]
        lines += [f"    type: {_text(f'{group.kind}.{result}')}"]
    # The version of cryoSPARC whose layout this is.
    with atomic_path(group.source) as temporary:
        temporary.write_text("\n".join([*lines, "version: v4.0.0", ""]), encoding="utf-8")


def _text(value: str) -> str:
    """A scalar in single quotes, in which YAML has no escapes but a doubled quote."""
    if not value.isprintable():
        raise InputError(f"{json.dumps(value)} cannot be written into a .csg file.", hint="Use printable letters.")
    return "'" + value.replace("'", "''") + "'"
