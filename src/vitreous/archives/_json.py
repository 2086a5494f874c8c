"""What archives answer in JSON."""

import json
from typing import Any

from vitreous._core import InputError

MOST_OF_JSON = 2**26
"""Bytes of the longest answer that is read."""


def parse_object(body: bytes, *, of: str) -> dict[str, Any]:
    """A JSON object that a server sent.

    Raises:
        InputError: It is none.
    """
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise InputError(f"{of}: the answer is no JSON object.", hint="Try again later.")
    return content
