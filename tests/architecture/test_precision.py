"""Every product of matrices asks for full precision: the default of accelerators keeps three to four digits."""

import ast
import re
from collections.abc import Iterator

from tests.architecture.walk import sources

PRODUCT = re.compile(
    r"(?:jnp|jax\.numpy)\.(?:matmul|dot|einsum|tensordot|inner|vdot|vecdot|matvec|vecmat|convolve|correlate)"
    r"|(?:jax\.)?lax\.(?:dot|dot_general|batch_matmul|conv|conv_general_dilated)"
)
NUMPYS = {
    "poses/_asymmetric_unit.py": "the matrices of a group and their seeds are NumPy's",
}


def is_product(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and PRODUCT.fullmatch(ast.unparse(node)) is not None


def asks_for_precision(call: ast.AST) -> bool:
    return isinstance(call, ast.Call) and any(
        item.arg == "precision" and re.search(r"\bhighest\b", ast.unparse(item.value), re.IGNORECASE)
        for item in call.keywords
    )


def loose_products(tree: ast.Module) -> Iterator[ast.Attribute]:
    """Products that are neither called nor handed on (as to `partial`) with `precision=…HIGHEST`."""
    asked = {
        id(part)
        for call in ast.walk(tree)
        if asks_for_precision(call)
        for part in (call.func, *call.args)  # type: ignore[attr-defined]
    }
    return (node for node in ast.walk(tree) if is_product(node) and id(node) not in asked)


def at_signs(tree: ast.Module) -> list[ast.AST]:
    return [node for node in ast.walk(tree) if isinstance(getattr(node, "op", None), ast.MatMult)]


def uses_jax(tree: ast.Module) -> bool:
    modules = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return "jax.numpy" in modules


def test_products_of_jax_ask_for_full_precision():
    loose = [f"{name}:{node.lineno}" for name, (_, tree) in sources().items() for node in loose_products(tree)]
    assert not loose, f"without precision=jax.lax.Precision.HIGHEST: {loose}"


def test_the_operator_at_which_cannot_ask_is_numpys():
    found = {name for name, (_, tree) in sources().items() if uses_jax(tree) and at_signs(tree)}
    assert found == set(NUMPYS), "use jnp.matmul(a, b, precision=jax.lax.Precision.HIGHEST), or say here why not"


def test_jax_numpy_has_one_name():
    """So that the tests above see every product."""
    imported = [
        (name, ast.unparse(node))
        for name, (_, tree) in sources().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        and ("jax.numpy" in ast.unparse(node) or "jax.lax" in ast.unparse(node))
    ]
    assert {text for _, text in imported} == {"import jax.numpy as jnp"}, imported


def test_what_the_tests_would_find():
    source = "\n".join(
        [
            "jnp.dot(a, b)",
            "jax.numpy.einsum('ij,jk', a, b, precision=None)",
            "partial(jnp.matmul, out=c)",
            "lax.dot(a, b)",
        ]
    )
    assert len(list(loose_products(ast.parse(source)))) == 4
    fine = "jnp.matmul(a, b, precision=lax.Precision.HIGHEST)\npartial(jnp.einsum, precision=jax.lax.Precision.HIGHEST)"
    assert not list(loose_products(ast.parse(fine)))
    assert len(at_signs(ast.parse("a @ b\na @= b"))) == 2
