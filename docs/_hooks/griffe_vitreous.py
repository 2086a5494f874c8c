"""What the reference builder cannot know by reading the code: re-exports, and the constructors of Equinox modules."""

import ast
from typing import Any

import griffe


class PublicReexports(griffe.Extension):
    """`from ._file import Name as Name` makes `Name` public, as it does for type checkers (PEP 484)."""

    def on_alias_instance(self, *, node: ast.AST | griffe.ObjectNode, alias: griffe.Alias, **_: Any) -> None:
        """Look at the import that made the alias."""
        if isinstance(node, ast.ImportFrom) and any(name.name == name.asname == alias.name for name in node.names):
            alias.public = True


class EquinoxConstructors(griffe.Extension):
    """An `equinox.Module` without `__init__` gets one from its fields, as a dataclass does."""

    def on_class_members(self, *, node: ast.AST | griffe.ObjectNode, cls: griffe.Class, **_: Any) -> None:
        """Add the constructor once the fields are known."""
        bases = [str(base) for base in cls.bases]
        is_module = any(base == "eqx.Module" or base.startswith("Abstract") for base in bases)
        if not is_module or cls.name.startswith("Abstract") or "__init__" in cls.members:
            return
        fields = [
            griffe.Parameter(
                member.name,
                annotation=member.annotation,
                kind=griffe.ParameterKind.positional_or_keyword,
                default=_default(member.value),
            )
            for member in cls.members.values()
            if isinstance(member, griffe.Attribute)
            and member.annotation is not None
            and "property" not in member.labels
        ]
        if not fields:
            return
        self_ = griffe.Parameter("self", kind=griffe.ParameterKind.positional_or_keyword)
        cls.set_member(
            "__init__", griffe.Function("__init__", parameters=griffe.Parameters(self_, *fields), parent=cls)
        )


def _default(value: str | griffe.Expr | None) -> str | griffe.Expr | None:
    """The default of a field: its value, or the `default` of an `eqx.field(…)`."""
    if isinstance(value, griffe.ExprCall):
        named = {arg.name: arg.value for arg in value.arguments if isinstance(arg, griffe.ExprKeyword)}
        return named.get("default")
    return value
