"""`vitreous zernike show`."""

from typing import Annotated

import typer

from vitreous._core import InputError
from vitreous.shape import Moments

from ._zernike_options import LatentDim, MomentFile, whole_numbers


def show(
    path: MomentFile,
    nlm: Annotated[str | None, typer.Option(metavar="N,L,M", help="Only this moment; m may be negative.")] = None,
    invariants: Annotated[bool, typer.Option("--invariants", help="The invariants, a line for each.")] = False,
    nl: Annotated[str | None, typer.Option(metavar="N,L", help="Only this invariant.")] = None,
    n_max: Annotated[
        int | None, typer.Option(help="The moments, or with --invariants the invariants, to this order.")
    ] = None,
    latent_dim: LatentDim = 0,
) -> None:
    """What a file of moments holds: statistics, or the moments or invariants themselves.

    Example:
    $ vitreous zernike show moments.npz --n-max 5
    """
    if nlm is not None and (nl is not None or invariants):
        raise InputError("--nlm names a moment, and --nl and --invariants mean invariants.", hint="Give one of them.")
    label, pair = whole_numbers(nlm, 3, option="--nlm"), whole_numbers(nl, 2, option="--nl")
    table = Moments()
    table.load(path, quiet=True)
    if pair is not None:
        table.display_invariants(latent_dim, nl=(pair[0], pair[1]))
    elif invariants:
        table.display_invariants(latent_dim, n_max=n_max)
    elif label is not None:
        table.display_moments(latent_dim, nlm=(label[0], label[1], label[2]))
    elif n_max is not None:
        table.display_moments(latent_dim, n_max=n_max)
    else:
        table.stats()
