"""The one reader of `VITREOUS_*` environment variables."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

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
        cache: `VITREOUS_CACHE`: the folder in which the command line keeps what it compiles, that of the user's caches
            unless given; `None` for `off`.
        archives: `VITREOUS_ARCHIVES`: the address of a server that keeps copies of the public archives, to fetch from
            it; see `vitreous.io.ArchiveSites`.
    """

    memory_bytes: int | None = None
    kernels: str = "auto"
    traceback: bool = False
    cache: Path | None = None
    archives: str | None = None


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


def parse_folder(text: str, *, name: str) -> Path | None:
    """Read a folder's path, or `"off"` as `None`."""
    if not text.strip():
        raise InputError(f"{name} is empty.", hint=f"Use {name}=off, or name a folder.")
    return None if text.strip() == "off" else Path(os.path.expanduser(text)).absolute()


def _user_cache(environment: Mapping[str, str]) -> Path | None:
    """The folder `vitreous` in what this system calls the user's cache; `None` for a user without a home."""
    home = Path(os.path.expanduser("~"))
    if sys.platform == "win32":
        caches = Path(environment.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif sys.platform == "darwin":
        caches = home / "Library" / "Caches"
    else:
        declared = environment.get("XDG_CACHE_HOME", "")
        caches = Path(declared) if os.path.isabs(declared) else home / ".cache"
    return caches / "vitreous" if caches.is_absolute() else None


def settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings now (tests may give another environment).

    Raises:
        InputError: A variable has a value that cannot be read.

    Examples:
        >>> settings({"VITREOUS_MEMORY": "2G"}).memory_bytes
        2147483648
    """
    memory, cache = environment.get("VITREOUS_MEMORY"), environment.get("VITREOUS_CACHE")
    return Settings(
        memory_bytes=None if memory is None else parse_bytes(memory, name="VITREOUS_MEMORY"),
        kernels=parse_choice(
            environment.get("VITREOUS_KERNELS", "auto"),
            name="VITREOUS_KERNELS",
            choices=("auto", "jax", "native", "pallas"),
        ),
        traceback=parse_switch(environment.get("VITREOUS_TRACEBACK", "0"), name="VITREOUS_TRACEBACK"),
        cache=_user_cache(environment) if cache is None else parse_folder(cache, name="VITREOUS_CACHE"),
        archives=environment.get("VITREOUS_ARCHIVES"),
    )
