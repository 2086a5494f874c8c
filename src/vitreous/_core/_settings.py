"""The one reader of `VITREOUS_*` environment variables."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from ._errors import InputError

_UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}


@dataclass(frozen=True)
class Settings:
    """What the environment asks for.

    Arguments:
        memory_bytes: `VITREOUS_MEMORY`: the most memory that jobs should plan for, such as `8G`; `None` to use
            what the machine has.
        kernels: `VITREOUS_KERNELS`: which form of the hot operations to use, see `vitreous.kernels.Backend`.
        traceback: `VITREOUS_TRACEBACK`: let the command line show the Python traceback of every error.
    """

    memory_bytes: int | None = None
    kernels: str = "auto"
    traceback: bool = False


def parse_bytes(text: str, *, name: str) -> int:
    """Read `"8G"`, `"512MiB"` or `"1000000"` as a number of bytes."""
    number = text.strip().upper().removesuffix("IB").removesuffix("B")
    unit = number[-1:] if number[-1:].isalpha() else ""
    try:
        value = float(number.removesuffix(unit)) * _UNITS[unit]
    except (ValueError, KeyError):
        raise InputError(
            f"{name}={text!r} is not an amount of memory.", hint=f"Use {name}=8G, 512M or bytes."
        ) from None
    if value < 1:
        raise InputError(f"{name}={text!r} leaves no memory at all.", hint=f"Use {name}=8G, 512M or bytes.")
    return int(value)


def parse_choice(text: str, *, name: str, choices: tuple[str, ...]) -> str:
    """Read one of a few words."""
    if text.strip() not in choices:
        raise InputError(f"{name}={text!r} is none of {', '.join(choices)}.", hint=f"Use {name}={choices[0]}.")
    return text.strip()


def parse_switch(text: str, *, name: str) -> bool:
    """Read `"1"` or `"0"`."""
    if text.strip() not in ("", "0", "1"):
        raise InputError(f"{name}={text!r} is neither on nor off.", hint=f"Use {name}=1 or {name}=0.")
    return text.strip() == "1"


def settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings now (tests may give another environment).

    Raises:
        InputError: A variable has a value that cannot be read.

    Examples:
        >>> settings({"VITREOUS_MEMORY": "2G"}).memory_bytes
        2147483648
    """
    memory = environment.get("VITREOUS_MEMORY")
    return Settings(
        memory_bytes=None if memory is None else parse_bytes(memory, name="VITREOUS_MEMORY"),
        kernels=parse_choice(
            environment.get("VITREOUS_KERNELS", "auto"),
            name="VITREOUS_KERNELS",
            choices=("auto", "jax", "native", "pallas"),
        ),
        traceback=parse_switch(environment.get("VITREOUS_TRACEBACK", "0"), name="VITREOUS_TRACEBACK"),
    )
