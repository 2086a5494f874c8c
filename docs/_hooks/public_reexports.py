"""A griffe extension: `from ._file import Name as Name` in a room's `__init__.py` makes `Name` public."""

import ast
from typing import Any

import griffe


class PublicReexports(griffe.Extension):
    """Mark redundant aliases as public, which is what they mean to type checkers (PEP 484)."""

    def on_alias_instance(self, *, node: ast.AST | griffe.ObjectNode, alias: griffe.Alias, **_: Any) -> None:
        """Look at the import that made the alias."""
        if isinstance(node, ast.ImportFrom) and any(name.name == name.asname == alias.name for name in node.names):
            alias.public = True
