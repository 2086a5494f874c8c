"""Saving models: their structure as JSON, their arrays in one `.npz` beside it."""

import dataclasses
import importlib
import json
from enum import Enum
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import equinox as eqx
import jax.numpy as jnp
import numpy as np

import vitreous
from vitreous._core import InputError, atomic_path

SCHEMA = "vitreous-model/1"
_LAYERS = "equinox.nn"
_REGISTERED: dict[str, type] = {}


def register_saved_class(cls: type) -> type:
    """Let models that hold objects of a class of your own be saved and loaded; use it as a decorator.

    Files name classes, and loading makes objects of the classes that they name: so only those of this library's rooms,
    the layers of `equinox.nn`, and those registered here are ever made. The name is `module.qualname`; a saved file
    needs it to stay.

    Arguments:
        cls: An `equinox.Module`, a dataclass or an `Enum`.

    Examples:
        >>> @register_saved_class
        ... class Tilted(eqx.Module):
        ...     angle: jnp.ndarray
        >>> Tilted.__name__
        'Tilted'
    """
    _REGISTERED[f"{cls.__module__}.{cls.__qualname__}"] = cls
    return cls


def save_model(path: str | Path, model: eqx.Module) -> None:
    """Write a model: its structure to a JSON file, its arrays to a `.npz` of the same name beside it.

    Both files are whole or absent; the JSON is written last and names the arrays' file.

    Arguments:
        path: The JSON file, such as `model.json`.
        model: An image model, a likelihood, a volume: any tree of this library's objects, layers of `equinox.nn`,
            arrays, numbers and text.

    Raises:
        InputError: Something in it cannot be saved (a function, an object of an unknown class), or the folder cannot
            be written.

    Examples:
        >>> import tempfile
        >>> from vitreous.optics import CTF
        >>> path = Path(tempfile.mkdtemp()) / "ctf.json"
        >>> save_model(path, CTF(12_000.0))
        >>> float(load_model(path).defocus_u)
        12000.0
    """
    path = Path(path)
    arrays: dict[str, np.ndarray] = {}
    structure = _described(model, "model", arrays)
    beside = path.with_suffix(".npz")
    with atomic_path(beside) as temporary:
        np.savez(temporary, **arrays)  # pyright: ignore[reportArgumentType]
    content = {"schema": SCHEMA, "vitreous": vitreous.__version__, "arrays": beside.name, "model": structure}
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(content, indent=1, allow_nan=False) + "\n", encoding="utf-8")


def load_model(path: str | Path) -> Any:
    """Read a model that `save_model` wrote.

    No code is run but the constructors of classes of this library and of registered ones; no pickle is ever read.

    Arguments:
        path: The JSON file.

    Returns:
        The model.

    Raises:
        InputError: The file is missing, broken, of another schema, names a class that is not known, or its arrays are
            missing.
    """
    path = Path(path)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: is no saved model ({error}).", hint="Give a file of save_model.") from error
    schema = content.get("schema") if isinstance(content, dict) else None
    if schema != SCHEMA:
        raise InputError(
            f"{path}: has the schema {schema!r}; this version reads {SCHEMA!r}.",
            hint="Give a JSON file of save_model, or update vitreous.",
        )
    beside = path.parent / Path(str(content.get("arrays"))).name  # never outside the file's folder
    try:
        with np.load(beside, allow_pickle=False) as stored:
            arrays = dict(stored)
    except (OSError, ValueError, BadZipFile) as error:
        raise InputError(
            f"{beside}: the arrays of {path.name} cannot be read ({error}).", hint="Keep both files together."
        ) from error
    try:
        return _made(content["model"], arrays, path)
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"{path}: does not describe a model of this version ({error!r}).", hint="Save it again with this version."
        ) from error


def _described(value: Any, name: str, arrays: dict[str, np.ndarray]) -> Any:
    """A JSON value that `_made` turns back; arrays go to `arrays` under the path of their names."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, Enum):
        return {"enum": _class_name(type(value), name), "name": value.name}
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return {"float": value.hex()}
    if isinstance(value, complex):
        return {"complex": [value.real.hex(), value.imag.hex()]}
    if eqx.is_array(value) or isinstance(value, np.ndarray | np.generic):
        arrays[name] = np.asarray(value)
        return {"array": name, "numpy": not eqx.is_array(value)}
    if isinstance(value, tuple | list):
        items = [_described(item, f"{name}.{i}", arrays) for i, item in enumerate(value)]
        return {"tuple" if isinstance(value, tuple) else "list": items}
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {"dict": {key: _described(item, f"{name}.{key}", arrays) for key, item in value.items()}}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {
            field.name: _described(getattr(value, field.name), f"{name}.{field.name}", arrays)
            for field in dataclasses.fields(value)
        }
        return {"class": _class_name(type(value), name), "fields": fields}
    raise InputError(
        f"{name} is a {type(value).__name__}, which cannot be saved.",
        hint="Models of arrays, numbers, text and objects of known classes can. A function cannot: make a module of it "
        "and register that, with vitreous.imaging.register_saved_class.",
    )


def _made(description: Any, arrays: dict[str, np.ndarray], path: Path) -> Any:
    if not isinstance(description, dict):
        return description
    if "float" in description:
        return float.fromhex(description["float"])
    if "complex" in description:
        return complex(*map(float.fromhex, description["complex"]))
    if "array" in description:
        array = arrays[description["array"]]
        return array if description["numpy"] else jnp.asarray(array)
    if "tuple" in description:
        return tuple(_made(item, arrays, path) for item in description["tuple"])
    if "list" in description:
        return [_made(item, arrays, path) for item in description["list"]]
    if "dict" in description:
        return {key: _made(item, arrays, path) for key, item in description["dict"].items()}
    if "enum" in description:
        return _class_named(description["enum"], path)[description["name"]]
    cls = _class_named(description["class"], path)
    fields = {name: _made(item, arrays, path) for name, item in description["fields"].items()}
    expected = {field.name for field in dataclasses.fields(cls)}
    if set(fields) != expected:
        raise KeyError(f"{cls.__name__} has the fields {sorted(expected)}, not {sorted(fields)}")
    # Not the constructor: its arguments need not be the fields.
    made = object.__new__(cls)
    for name, value in fields.items():
        object.__setattr__(made, name, value)
    return made


def _is_open(room: str) -> bool:
    """Whether objects of the public classes of a module may be made."""
    package, _, inner = room.partition(".")
    return room == _LAYERS or (package == "vitreous" and inner in vitreous.__all__)


def _class_name(cls: type, where: str) -> str:
    """The public name of a class of this library, or that of a registered one."""
    registered = f"{cls.__module__}.{cls.__qualname__}"
    if registered in _REGISTERED:
        return registered
    room = ".".join(cls.__module__.split(".")[:2])
    if (room.startswith("vitreous.") or room == _LAYERS) and getattr(
        importlib.import_module(room), cls.__name__, None
    ) is cls:
        return f"{room}.{cls.__name__}"
    raise InputError(
        f"{where} is a {cls.__name__}, a class that a saved file cannot name.",
        hint=f"Register it: vitreous.imaging.register_saved_class({cls.__name__}).",
    )


def _class_named(name: str, path: Path) -> Any:
    if name in _REGISTERED:
        return _REGISTERED[name]
    room, _, public = name.rpartition(".")
    found = None
    if _is_open(room) and not public.startswith("_"):
        found = getattr(importlib.import_module(room), public, None)
    if not (isinstance(found, type) and (dataclasses.is_dataclass(found) or issubclass(found, Enum))):
        raise InputError(
            f"{path}: names the class {name}, which is not known here.",
            hint="Register classes of your own with vitreous.imaging.register_saved_class before loading.",
        )
    return found
