"""How far a function is, under each transformation, from itself without it."""

import jax
import jax.numpy as jnp
import numpy as np

from tests.transforms.catalogue import EVEN, ODD, RECTANGULAR, Case


def error(ours, expected):
    """The largest deviation over the largest value."""
    expected = np.asarray(expected, float)
    return float(np.abs(np.asarray(ours, float) - expected).max() / np.abs(expected).max())


def jit(case: Case) -> float:
    """Compiled as a whole against operation by operation."""
    function, arguments = case.at()
    with jax.disable_jit():
        plain = function(*arguments)
    return error(jax.jit(function)(*arguments), plain)


def vmap(case: Case) -> float:
    """Mapped over each argument by itself, and over all, against a loop; the worst of them."""
    function, arguments = case.at()
    one, others = jax.jit(function), jax.tree.map(lambda leaf: 1.01 * leaf, arguments)
    everything = set(range(len(arguments)))
    worst = 0.0
    for chosen in [everything, *({index} for index in everything if len(everything) > 1)]:
        second = _replaced(arguments, others, chosen)
        both = jax.tree.map(lambda *leaves: jnp.stack(leaves), arguments, second)
        axes = _replaced((None,) * len(arguments), (0,) * len(arguments), chosen)
        mapped = jax.jit(jax.vmap(function, axes))(*_replaced(arguments, both, chosen))
        worst = max(worst, error(mapped, jnp.stack([one(*arguments), one(*second)])))
    return worst


def _replaced(values, others, chosen):
    """The values, those that are chosen replaced by others."""
    return tuple(other if i in chosen else value for i, (value, other) in enumerate(zip(values, others, strict=True)))


def float32(case: Case, shape: tuple[int, int] = EVEN) -> float:
    """Single against double precision; what goes in single comes out single."""
    function, arguments = case.at(shape)
    compiled = jax.jit(function)
    single = compiled(*jax.tree.map(lambda leaf: leaf.astype(jnp.float32), arguments))
    assert single.dtype == jnp.float32, f"{case.name} promotes float32 to {single.dtype}"
    return error(single, compiled(*arguments))


def derivatives(case: Case, shape: tuple[int, int] = EVEN) -> tuple[float, float]:
    """jvp against central differences and vjp against jvp, in each leaf by itself; the worst of each.

    The step is the best of a few: too long errs by its square, too short by rounding, and a wrong derivative agrees
    with none. Where JAX has no double precision, quotients drown in rounding, and only the second check is made.
    """
    double = jax.config.jax_enable_x64
    function, arguments = case.at(shape)
    leaves, structure = jax.tree.flatten_with_path(arguments)
    values = [np.asarray(leaf) for _, leaf in leaves]
    flat = jax.jit(lambda values: function(*jax.tree.unflatten(structure, values)))
    push = jax.jit(lambda values, tangents: jax.jvp(flat, (values,), (tangents,))[1])
    pull = jax.jit(lambda values, cotangent: jax.vjp(flat, values)[1](cotangent)[0])

    random = np.random.default_rng(0)
    cotangent = random.normal(size=jax.eval_shape(flat, values).shape)
    pulled = pull(values, cotangent)
    worst = np.zeros(2)
    for i, (path, _) in enumerate(leaves):
        name = f"{case.name}: {jax.tree_util.keystr(path)}"
        direction = np.asarray(random.normal(size=values[i].shape))
        tangents = [direction if j == i else np.zeros_like(value) for j, value in enumerate(values)]
        pushed = np.asarray(push(values, tangents))
        if any(name.endswith(f".{constant}") or name.endswith(f" {constant}") for constant in case.constant):
            assert not pushed.any() and not np.any(pulled[i]), f"{name} is said to change nothing"
            continue
        assert pushed.any(), f"{name} changes nothing, so its derivative is not tried"
        forward = _best_quotient(flat, values, tangents, pushed, case.quotient) if double else 0.0
        assert forward < case.quotient, f"{name}: the derivative errs by {forward:.1e}"
        # Both modes sum the same products in another order: rounding, amplified by cancellation.
        backward = abs(np.vdot(pulled[i], direction) - cotangent @ pushed) / np.sum(np.abs(cotangent * pushed))
        assert backward < (1e-11 if double else 1e-3), f"{name}: vjp and jvp differ by {backward:.1e}"
        worst = np.maximum(worst, [forward, backward])
    return tuple(map(float, worst))


def _best_quotient(flat, values, tangents, derivative, enough):
    """The smallest deviation of a derivative from difference quotients of several steps."""
    scale = max(float(np.sqrt(np.mean(v**2))) for v, t in zip(values, tangents, strict=True) if np.any(t)) or 1.0
    best = np.inf
    for step in scale * np.logspace(-3, -8, 6):
        ahead, behind = (
            np.asarray(flat([value + sign * tangent for value, tangent in zip(values, tangents, strict=True)]))
            for sign in (step, -step)
        )
        if np.any(ahead != behind):
            best = min(best, error(derivative, (ahead - behind) / (2 * step)))
        if best < enough:
            break
    return best


def shapes(case: Case) -> dict[str, float]:
    """Single against double precision on images of odd, even and unequal sizes."""
    return {
        name: float32(case, shape) for name, shape in {"even": EVEN, "odd": ODD, "rectangular": RECTANGULAR}.items()
    }
