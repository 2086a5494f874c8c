"""Packages that are installed only by those who need them."""

import importlib
from types import ModuleType

from ._errors import InputError


def load_optional(module: str, *, extra: str) -> ModuleType:
    """Import an optional package, or say how to install it.

    Arguments:
        module: The module's import name.
        extra: The extra of `vitreous` that installs it.

    Raises:
        InputError: The package is not installed.

    Examples:
        >>> load_optional("json", extra="none").__name__
        'json'
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise InputError(f"{module} is not installed.", hint=f"pip install 'vitreous[{extra}]'") from error
