"""A class is an `Abstract…` interface, a protocol, or final."""

import inspect
from typing import Protocol

from tests.architecture.walk import classes, is_ours


def is_interface(cls: type) -> bool:
    return cls.__name__.lstrip("_").startswith("Abstract") or Protocol in cls.__bases__


def test_nothing_concrete_is_subclassed():
    wrong = [
        f"{cls} subclasses {base}"
        for cls in classes()
        for base in cls.__mro__[1:]
        if is_ours(base) and not is_interface(base)
    ]
    assert not wrong, "\n".join(wrong)


def test_abstract_in_name_as_in_fact():
    wrong = [
        f"{cls} is {'abstract' if inspect.isabstract(cls) else 'concrete'}, and its name says otherwise"
        for cls in classes()
        if Protocol not in cls.__bases__ and is_interface(cls) != inspect.isabstract(cls)
    ]
    assert not wrong, "\n".join(wrong)


def test_the_walk_finds_classes():
    assert len(classes()) > 40
