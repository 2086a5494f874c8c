"""The text of help pages, taken from docstrings."""

import inspect
import re
from collections.abc import Callable


def argument_help(options: type, **renamed: str) -> dict[str, str]:
    """What the docstring of `options` says of each of its arguments, in terms of the command line.

    Arguments:
        options: A class with a Google docstring.
        **renamed: Options that are not called as their field is, such as `voltage_kv="--voltage"`.

    Returns:
        Field names and texts; a field named in backticks in a text becomes its option.
    """
    section = re.search(r"^Arguments:\n((?: {4}.*\n?)+)", inspect.getdoc(options) or "", re.MULTILINE)
    found = re.findall(r"^ {4}(\w+): (.*(?:\n {8}.*)*)", section[1] if section else "", re.MULTILINE)
    names: dict[str, str] = {f"`{name}`": renamed.get(name) or "--" + name.replace("_", "-") for name, _ in found}
    texts = {}
    for name, text in found:
        words = " ".join(text.split())
        for field, option in names.items():
            words = words.replace(field, option)
        texts[name] = words.replace("`", "").replace("[", r"\[")
    return texts


def page(function: Callable) -> str:
    """The docstring of a verb with its paragraphs on one line each, for the terminal to break; examples keep theirs."""
    paragraphs = (inspect.getdoc(function) or "").split("\n\n")
    return "\n\n".join(text if text.startswith("Example:") else " ".join(text.split()) for text in paragraphs)
