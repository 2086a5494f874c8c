"""The option `--memory` of the verbs that plan their batches."""

from typing import Annotated

import typer

from vitreous._core import parse_bytes

Memory = Annotated[
    str | None,
    typer.Option(
        "--memory",
        metavar="AMOUNT",
        help="The most memory that the whole process may use, such as 4G. VITREOUS_MEMORY unless given, or else what "
        "the machine has available.",
    ),
]


def in_bytes(memory: str | None) -> int | None:
    """The amount in bytes, `None` where none was given.

    Raises:
        InputError: It is no amount of memory.

    Examples:
        >>> in_bytes("4G")
        4294967296
    """
    return None if memory is None else parse_bytes(memory, name="--memory")
