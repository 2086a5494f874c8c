"""What every public name owes its reader."""

import ast
import inspect
import re
from collections.abc import Iterator
from typing import Any

import pytest

import vitreous
from tests.architecture.walk import ROOMS, SOURCE, functions_of, is_ours, public_names
from tests.data import ROOT

MOST_POSITIONAL = 3


def public_functions() -> Iterator[tuple[str, Any]]:
    for room, name, value in public_names():
        if is_ours(value):
            for method, function in functions_of(value).items():
                yield f"{room}.{name}{'.' if method else ''}{method}", function


def parameters(function: Any) -> list[inspect.Parameter]:
    return [item for item in inspect.signature(function).parameters.values() if item.name not in ("self", "cls")]


def test_docstrings():
    wrong = [
        f"{room}.{name}"
        for room, name, value in public_names()
        if is_ours(value) and not re.match(r"[^\n]{10,}", inspect.getdoc(value) or "")
    ]
    assert not wrong, f"without a docstring whose first line says something: {wrong}"


def test_methods_have_docstrings():
    wrong = []
    for room, name, value in public_names():
        if inspect.isclass(value) and is_ours(value):
            # What an interface describes is described once, there.
            described = {item for base in value.__mro__[1:] if is_ours(base) for item in vars(base)} | {"__init__"}
            for method, function in functions_of(value).items():
                if method not in described and not inspect.getdoc(function):
                    wrong.append(f"{room}.{name}.{method}")
    assert not wrong, f"without a docstring: {wrong}"


def test_annotations():
    wrong = []
    for name, function in public_functions():
        wrong += [f"{name}: {item.name}" for item in parameters(function) if item.annotation is item.empty]
        returned = inspect.signature(function).return_annotation
        if returned is inspect.Signature.empty and not name.endswith("__init__"):
            wrong.append(f"{name}: what it returns")
    assert not wrong, f"without a type: {wrong}"


def test_at_most_three_positional_arguments():
    wrong = []
    for name, function in public_functions():
        by_position = [
            item.name
            for item in parameters(function)
            if item.kind in (item.POSITIONAL_ONLY, item.POSITIONAL_OR_KEYWORD)
        ]
        # Constructors that dataclasses and Equinox write take every field by position; those we write do not.
        if len(by_position) > MOST_POSITIONAL:
            wrong.append(f"{name}({', '.join(by_position)})")
    assert not wrong, f"keyword-only from the fourth argument on: {wrong}"


def test_arguments_are_never_mutable_defaults():
    wrong = [
        f"{name}: {item.name}"
        for name, function in public_functions()
        for item in parameters(function)
        if isinstance(item.default, list | dict | set)
    ]
    assert not wrong


def test_every_public_name_is_exercised():
    tests = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("*.py"))
    examples = "\n".join(
        line
        for _, _, value in public_names()
        if is_ours(value)
        for holder in (value, *functions_of(value).values())
        for line in (inspect.getdoc(holder) or "").splitlines()
        if line.lstrip().startswith((">>>", "..."))
    )
    words = set(re.findall(r"\w+", tests + examples))
    ours = {name: value for _, name, value in public_names() if is_ours(value)}
    exercised = {name for name in ours if name in words}
    returned = " ".join(
        str(inspect.signature(function).return_annotation)
        for name in exercised
        for function in functions_of(ours[name]).values()
    )
    for name, value in ours.items():  # an interface by what implements it, a result by what returns it
        implemented = (
            any(inspect.isclass(ours[other]) and issubclass(ours[other], value) for other in exercised)
            if inspect.isabstract(value)
            else False
        )
        if implemented or re.search(rf"\b{name}\b", returned):
            exercised.add(name)
    assert not ours.keys() - exercised, f"no doctest and no test uses {sorted(ours.keys() - exercised)}"


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_only_reexports(room):
    tree = ast.parse((SOURCE / room / "__init__.py").read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), f"vitreous.{room} does not say what it is"
    if room == "_core":
        return  # it looks up what needs JAX on first use, so that the command line's help does not load it
    for statement in tree.body[1:]:
        assert isinstance(statement, ast.ImportFrom) and statement.level == 1, ast.unparse(statement)
        assert all(alias.asname == alias.name for alias in statement.names), ast.unparse(statement)


def test_one_import_path_for_each_name():
    rooms: dict[int, set[str]] = {}
    for room, name, value in public_names():
        if is_ours(value):
            rooms.setdefault(id(value), set()).add(f"{room}.{name}")
    assert not [paths for paths in rooms.values() if len(paths) > 1]


def test_every_public_room_is_offered_by_the_package():
    public = {room for room in ROOMS if not room.startswith("_")} - {"cli"}
    assert public == set(vitreous.__all__) - {"__version__"}
    assert set(dir(vitreous)) == set(vitreous.__all__)
    assert all(getattr(vitreous, room).__name__ == f"vitreous.{room}" for room in public)
    with pytest.raises(AttributeError, match="Its rooms are"):
        vitreous.kitchen  # noqa: B018
