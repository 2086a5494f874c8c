"""Which software made a result."""

import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version

_PACKAGES = ("vitreous", "jax", "jaxlib", "equinox", "numpy", "scipy", "gemmi", "mrcfile", "matplotlib")


def software_versions() -> dict[str, str]:
    """Versions of Python, of vitreous and of the packages that shape its numbers.

    They are read from the packages' metadata, so nothing is imported; a package that is not installed is left out.

    Returns:
        Names and versions.

    Examples:
        >>> sorted(software_versions())[:3]
        ['equinox', 'gemmi', 'jax']
    """
    versions = {package: _version(package) for package in _PACKAGES}
    known = {package: version for package, version in versions.items() if version is not None}
    return {"python": platform.python_version(), **known}


@cache
def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
