"""The little of YAML that `.csg` files use: mappings in mappings, and scalars."""

import re
from collections.abc import Iterator
from typing import Any

Node = str | dict[str, Any]
_KEY = re.compile(
    r"(?P<indent> *)(?P<key>'(?:[^']|'')*'|\"[^\"\\]*\"|[^\s'\"#:>|&*!%@`{}\[\],?-][^:]*?):(?: +(?P<rest>.*))?"
)
_FORBIDDEN = "&*!|>%@`{["  # anchors, aliases, tags, blocks, directives, flows
_DEEPEST, _LONGEST = 8, 100  # mappings, and lines of a value


def parse_group_text(text: str) -> dict[str, Node]:
    r"""Mappings, by indentation, whose values are mappings or text.

    A scalar is plain, or in single or double quotes, and may go on in lines that are indented more than its key, as
    PyYAML writes long descriptions. Numbers and dates stay text.

    Arguments:
        text: The file's text.

    Returns:
        Key to text or to the mapping below it.

    Raises:
        ValueError: Something else; the message names the line.

    Examples:
        >>> parse_group_text("group:\n  title: 'All of\n    them'\n  name: a\nversion: v4.4.1\n")
        {'group': {'title': 'All of them', 'name': 'a'}, 'version': 'v4.4.1'}
    """
    root: dict[str, Node] = {}
    open_mappings: list[tuple[int, dict[str, Node]]] = [(-1, root)]  # each with the indentation of its own key
    lines = _Lines(text)
    for line in lines:
        match = _KEY.fullmatch(line)
        if match is None:
            raise ValueError(f"line {lines.row} is {line[:60]!r}, not a key and its value")
        indent, key = len(match["indent"]), _unquoted(match["key"], lines.row)
        while indent <= open_mappings[-1][0]:
            open_mappings.pop()
        parent = open_mappings[-1][1]
        if key in parent:
            raise ValueError(f"line {lines.row} has the key {key[:60]!r} again")
        if match["rest"]:
            parent[key] = _scalar(lines.rest_of(match["rest"], indent), lines.row)
            continue
        if len(open_mappings) > _DEEPEST:
            raise ValueError(f"line {lines.row} lies more than {_DEEPEST} mappings deep")
        parent[key] = below = {}
        open_mappings.append((indent, below))
    return root


class _Lines:
    """The lines that say something, one after the other; `row` counts them as an editor does."""

    def __init__(self, text: str):
        self._lines = [line.rstrip() for line in text.splitlines()]
        self.row = 0

    def __iter__(self) -> Iterator[str]:
        while self.row < len(self._lines):
            line = self._lines[self.row]
            self.row += 1
            if line and line != "---" and not line.lstrip().startswith("#"):
                yield line

    def rest_of(self, start: str, indent: int) -> str:
        """A scalar with the lines in which it goes on."""
        scalar, end = start, self.row + _LONGEST
        while self.row < len(self._lines) and _goes_on(scalar, self._lines[self.row], indent):
            scalar += " " + self._lines[self.row].strip()
            self.row += 1
            if self.row > end:
                raise ValueError(f"the value that line {self.row} belongs to has more than {_LONGEST} lines")
        return scalar.strip()


def _goes_on(scalar: str, line: str, indent: int) -> bool:
    """Whether a line belongs to the scalar above: an open quote, or plain text that is indented more than its key."""
    if scalar[0] in "'\"":
        return not _is_closed(scalar, scalar[0])
    return bool(line) and len(line) - len(line.lstrip(" ")) > indent and _KEY.fullmatch(line) is None


def _is_closed(text: str, quote: str) -> bool:
    return len(text) > 1 and text.endswith(quote) and text[1:].count(quote) % 2 == 1


def _scalar(text: str, row: int) -> str:
    if text[0] in _FORBIDDEN:
        raise ValueError(f"the value that ends in line {row} begins with {text[0]!r}, which cryoSPARC does not write")
    return _unquoted(text, row)


def _unquoted(text: str, row: int) -> str:
    if text[0] not in "'\"":
        return text.split(" #")[0].rstrip()
    if not _is_closed(text, text[0]):
        raise ValueError(f"the quote that ends in line {row} is not closed")
    if text[0] == '"' and "\\" in text:
        raise ValueError(f"the text that ends in line {row} has a backslash, which cryoSPARC does not write")
    return text[1:-1].replace("''", "'") if text[0] == "'" else text[1:-1]
