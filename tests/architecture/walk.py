"""Everything that the package holds and offers."""

import ast
import importlib
import inspect
import pkgutil
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import vitreous

SOURCE = Path(vitreous.__file__).parent
ROOMS = sorted(path.parent.name for path in SOURCE.glob("*/__init__.py"))


@cache
def sources() -> dict[str, tuple[str, ast.Module]]:
    """Text and syntax tree of every file of the package."""
    texts = {path.relative_to(SOURCE).as_posix(): path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py")}
    return {name: (text, ast.parse(text)) for name, text in texts.items()}


@cache
def modules() -> tuple[ModuleType, ...]:
    """Every module of the package but those that run when imported."""
    found = pkgutil.walk_packages([str(SOURCE)], "vitreous.")
    return tuple(importlib.import_module(info.name) for info in found if not info.name.endswith("__main__"))


@cache
def classes() -> list[type]:
    """Every class that the package defines."""
    found = {
        value
        for module in modules()
        for value in vars(module).values()
        if inspect.isclass(value) and value.__module__ == module.__name__
    }
    return sorted(found, key=lambda cls: (cls.__module__, cls.__qualname__))


@cache
def public_names() -> tuple[tuple[str, str, Any], ...]:
    """Room, name and value of everything that the public rooms offer."""
    offered = []
    for room in ROOMS:
        if not room.startswith("_"):
            module = importlib.import_module(f"vitreous.{room}")
            offered += [
                (room, name, value)
                for name, value in vars(module).items()
                if not name.startswith("_") and not inspect.ismodule(value)
            ]
    return tuple(sorted(offered, key=lambda item: item[:2]))


def is_ours(value: Any) -> bool:
    """Whether the package defines it, and it is no plain constant or alias."""
    return callable(value) and str(getattr(value, "__module__", "")).partition(".")[0] == "vitreous"


def functions_of(value: Any) -> dict[str, Any]:
    """A function itself, or the public methods that a class defines, and its constructor if it was written."""
    if not inspect.isclass(value):
        return {"": value}
    own = {name: getattr(item, "__func__", item) for name, item in vars(value).items()}
    return {
        name: item
        for name, item in own.items()
        if inspect.isfunction(item)
        and (name == "__init__" or not name.startswith("_"))
        and Path(inspect.unwrap(item).__code__.co_filename).is_relative_to(SOURCE)  # not made by dataclasses
    }
