"""`vitreous zernike rotate`."""

from pathlib import Path
from typing import Annotated

import jax.numpy as jnp
import typer
from jax import Array

from vitreous._core import InputError
from vitreous.poses import PoseDialect, rotation_from_dialect, rotation_from_euler
from vitreous.shape import rotate_file

from ._zernike_options import MomentFile, numbers


def rotate(
    path: MomentFile,
    output: Annotated[Path, typer.Option("--output", "-o", help="The file of moments; .npz is added if missing.")],
    relion: Annotated[
        str | None,
        typer.Option(metavar="ROT,TILT,PSI", help="RELION's angles in degrees, as `vitreous zernike align` prints."),
    ] = None,
    euler: Annotated[
        str | None,
        typer.Option(metavar="PHI,THETA,PSI", help="Angles of the active rotation Rz(psi) Ry(theta) Rz(phi), degrees."),
    ] = None,
    mirror: Annotated[bool, typer.Option("--mirror", help="Mirror through the centre first: the other hand.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing file of moments.")] = False,
) -> None:
    """The moments of a density turned about the centre of its ball, without its map.

    Example:
    $ vitreous zernike rotate moments.npz -o turned.npz --relion 30,60,-20
    """
    given = [(name, text) for name, text in (("--relion", relion), ("--euler", euler)) if text is not None]
    if len(given) != 1:
        raise InputError(
            f"{len(given)} rotations were given, where one is needed.", hint="--relion 30,60,-20, or --euler 0,90,0"
        )
    name, text = given[0]
    angles = numbers(text, option=name, example="30,60,-20") or ()
    if len(angles) != 3:
        raise InputError(f"{name} {text!r} is not three angles.", hint=f"{name} 30,60,-20")
    convert = _from_relion if relion is not None else rotation_from_euler
    written, turned = rotate_file(path, output, convert(*angles), mirrored=mirror, overwrite=overwrite)
    of = "a map" if len(turned.moments) == 1 else f"{len(turned.moments)} maps"
    print(f"{written}: moments to order {turned.order} of {of}")


def _from_relion(rot: float, tilt: float, psi: float) -> Array:
    return rotation_from_dialect(jnp.array([rot, tilt, psi]), PoseDialect.RELION)
