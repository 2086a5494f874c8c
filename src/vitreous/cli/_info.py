"""`vitreous info`."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from vitreous._core import InputError
from vitreous.datasets import describe_file
from vitreous.runs import system_report

from ._main import show_error


def info(
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="FILE…", help="Files of any format that vitreous reads.")
    ] = None,
    system: Annotated[
        bool, typer.Option("--system", help="Report versions, devices, memory and backends of this machine.")
    ] = False,
) -> None:
    """What files hold, and what in them will bite.

    Warnings leave the exit status at 0; a file that cannot be read makes it 2, after the others were described.

    Example:
    $ vitreous info map.mrc particles.star
    """
    if not files and not system:
        raise InputError("there is nothing to describe.", hint="vitreous info FILE…, or vitreous info --system")
    if system:
        for section, facts in system_report().items():
            _print(section, facts.items())
    unreadable = False
    for path in files or ():
        try:
            description = describe_file(path)
        except InputError as error:
            show_error(error)
            unreadable = True
            continue
        _print(f"{path}: {description.kind}", description.facts)
        for warning in description.warnings:
            print(f"  warning: {warning}")
    if unreadable:
        raise typer.Exit(2)


def _print(title: str, facts: Iterable[tuple[str, str]]) -> None:
    facts = list(facts)
    width = max((len(name) for name, _ in facts), default=0)
    print(title)
    for name, value in facts:
        print(f"  {name:<{width}}  {value}")
