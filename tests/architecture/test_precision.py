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


def loose_products(tree: ast.Module) -> Iterator[ast.AST]:
    """Products that are neither called nor handed on (as to `partial`) with the highest `precision=`."""
    named = {ast.unparse(node.targets[0]): node.value for node in tree.body if isinstance(node, ast.Assign)}
    asked = set()
    for call in ast.walk(tree):
        if isinstance(call, ast.Call):
            given = [item.value for item in call.keywords if item.arg == "precision"]
            words = [ast.unparse(named.get(ast.unparse(value), value)) for value in given]
            if any(re.search(r"\bhighest\b", text, re.IGNORECASE) for text in words):
                asked |= {id(part) for part in (call.func, *call.args)}
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
    loose = """
jnp.dot(a, b)
jax.numpy.einsum("ij,jk", a, b, precision=None)
partial(jnp.matmul, out=c)
lax.dot(a, b, precision=lax.Precision.HIGH)
"""
    assert len(list(loose_products(ast.parse(loose)))) == 4
    fine = """
FULL = lax.Precision.HIGHEST
jnp.dot(a, b, precision=FULL)
jnp.matmul(a, b, precision="highest")
partial(jnp.einsum, precision=jax.lax.Precision.HIGHEST)
"""
    assert not list(loose_products(ast.parse(fine)))
    assert len(at_signs(ast.parse("a @ b\na @= b"))) == 2
