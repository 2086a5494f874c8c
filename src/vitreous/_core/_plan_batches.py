"""The largest batch that fits into the memory that a job may use, as the compiled program itself tells."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax

from ._errors import InputError
from ._memory import MemoryBudget, hand_back_freed_memory, memory_budget

AVAILABLE_FRACTION = 0.5  # where no budget was declared: other programs want some too
ALLOCATOR = 96 * 2**20  # bytes of freed blocks that the C library keeps: 0 to 82 MiB measured, whatever the batch
COMPILATION = 16 * 2**20  # bytes that one more compilation leaves resident: 3 to 10 MiB measured


@dataclass(frozen=True)
class BatchPlan:
    """How to cut n elements into batches.

    Arguments:
        batch_size: Elements of a batch.
        batches: How many batches there are, the last of which may lack some elements.
        needed: Bytes that the program takes with such a batch, beside what is resident already.
        allowed: Bytes that were left for it.
    """

    batch_size: int
    batches: int
    needed: int
    allowed: int


def plan_batches(
    function: Callable,
    *shared: Any,
    batch: Any,
    memory: int | None = None,
    most: int | None = None,
    extra_bytes: int = 0,
    extra_bytes_per_element: int = 0,
    what: str = "a batch of one element",
    hint: str = "",
) -> BatchPlan:
    r"""The largest batches for which `function(*shared, batch)` stays within the memory allowed.

    The function is compiled for shapes alone and its memory analysed: no array of the batch is made. What it takes is
    the batch itself, the outputs, the temporaries and the scratch of XLA's transforms, and $a + b\,s$ for a batch of
    s elements to good approximation. All n elements, or `most`, are tried first; where they do not fit, an eighth of
    them tells a and b, and the size that follows is analysed in its turn, and made smaller until it fits: one
    compilation or, mostly, three. Batches that had to be made smaller are as equal as can be. Give the very function
    that will run, such as a `jax.value_and_grad`; under `jax.jit` the last compilation is the one that the call will
    use.

    The budget is for the resident set of the process, so what it holds already is taken off (`memory_budget`). Where no
    budget is declared, half of what is available may be planned for. On an accelerator, what its own memory has free
    counts instead of the resident set.

    Arguments:
        function: A function of a batch, preferably under `jax.jit` (one of a single element: `jax.jit(jax.vmap(f))`).
        *shared: Its arguments before the batch; JAX arrays among them count as resident already.
        batch: A pytree of arrays, or of their `jax.ShapeDtypeStruct`, with a leading axis of n elements.
        memory: Bytes that the process may use; `VITREOUS_MEMORY` unless given.
        most: The largest batch that is of use; n unless given.
        extra_bytes: What the job needs beside the program: a report, an accumulator.
        extra_bytes_per_element: What it needs for each element of a batch: copies on the host, batches under way, the
            scratch of native code, which no analysis sees.
        what: What a single element makes, for the error: "one image of 512²".
        hint: How to need less.

    Raises:
        InputError: Not even a single element fits, or there is none.

    Examples:
        >>> import jax.numpy as jnp
        >>> squares = jax.jit(lambda scale, x: scale * jnp.sum(x**2))
        >>> plan = plan_batches(squares, jnp.ones(()), batch=jax.ShapeDtypeStruct((10, 64), "float32"), memory=2**40)
        >>> plan.batch_size, plan.batches
        (10, 1)
    """
    n = _length(batch)

    def needed(size: int) -> int:
        hand_back_freed_memory()  # which the compiler may then use
        extra = ALLOCATOR + extra_bytes + extra_bytes_per_element * size
        return _bytes_needed(function, shared, _shapes(batch, size)) + extra

    known: dict[int, int] = {}

    def fits(size: int) -> bool:
        if size not in known:
            known[size] = needed(size)
        # Asked anew each time: what compiling has taken is no longer left.
        return known[size] <= _allowed(_budget(memory), size)

    size = min(n, n if most is None else most)
    if not fits(size) and size > 1:
        fits(max(1, size // 8))
    while not fits(size):
        if size == 1:
            raise _budget(memory).refusal(known[1], what=what, hint=hint)
        size = _even(_affine_guess(known, _allowed(_budget(memory), size) - COMPILATION, below=size), n)
    return BatchPlan(size, math.ceil(n / size), known[size], _allowed(_budget(memory), size))


def _length(batch: Any) -> int:
    lengths = {leaf.shape[0] for leaf in jax.tree.leaves(batch)}
    if len(lengths) != 1 or 0 in lengths:
        raise InputError(
            f"a batch needs arrays of one and the same number of elements, not of {sorted(lengths)}.",
            hint="Give every array of the batch a leading axis of n elements.",
        )
    return lengths.pop()


def _even(size: int, n: int) -> int:
    """The smallest size that makes no more batches of n elements than `size` does."""
    return math.ceil(n / math.ceil(n / size))


def _affine_guess(known: dict[int, int], allowed: int, *, below: int) -> int:
    """Where the line through the needs of the smallest and the largest known size reaches what is allowed."""
    small, large = min(known), max(known)
    per_element = max(1.0, (known[large] - known[small]) / (large - small))
    return min(below - 1, max(1, math.floor(small + (allowed - known[small]) / per_element)))


def _shapes(batch: Any, size: int) -> Any:
    return jax.tree.map(lambda leaf: jax.ShapeDtypeStruct((size, *leaf.shape[1:]), leaf.dtype), batch)


def _bytes_needed(function: Callable, shared: tuple, batch: Any) -> int:
    compiled = _lowered(function, shared, batch).compile()
    analysis = compiled.memory_analysis()
    if analysis is None:
        raise InputError(
            f"the backend {jax.default_backend()!r} does not say how much memory a program takes.",
            hint="Give the size of a batch yourself.",
        )
    # Arguments are counted here and not by the analysis, which also sees those that are resident already.
    arrays = [leaf for leaf in jax.tree.leaves((shared, batch)) if hasattr(leaf, "shape")]
    arguments = sum(math.prod(leaf.shape) * leaf.dtype.itemsize for leaf in arrays if not isinstance(leaf, jax.Array))
    results = analysis.output_size_in_bytes - analysis.alias_size_in_bytes
    temporaries = analysis.temp_size_in_bytes + _transform_scratch(compiled.as_text() or "")
    return arguments + results + temporaries + analysis.generated_code_size_in_bytes


def _lowered(function: Callable, shared: tuple, batch: Any) -> jax.stages.Lowered:
    if isinstance(function, jax.stages.Wrapped) and not isinstance(function, eqx.Module):
        return function.lower(*shared, batch)
    # `equinox.filter_jit` takes no shapes, and a plain function nothing that is not an array.
    dynamic, static = eqx.partition((shared, batch), lambda leaf: hasattr(leaf, "shape"))

    def of_arrays(arrays: Any) -> Any:
        arguments, elements = eqx.combine(arrays, static)
        return eqx.filter(function(*arguments, elements), eqx.is_array)

    return jax.jit(of_arrays).lower(dynamic)


_INVERSE_REAL = re.compile(r"= f(32|64)\[([\d,]+)\]\S* fft\(.*fft_type=IRFFT, fft_length=\{\d+,")


def _transform_scratch(program: str) -> int:
    """Bytes that XLA's inverse real transforms over several axes allocate while they run: one more half spectrum each.

    The analysis does not count them. Measured with JAX 0.10 on the CPU: 64.5 MiB for a batch of 256 images of 256², and
    as much for one volume of 256³; the other transforms take none.
    """
    scratch = 0
    for bits, shape in _INVERSE_REAL.findall(program):
        *axes, columns = map(int, shape.split(","))
        scratch += math.prod(axes) * (columns // 2 + 1) * 2 * int(bits) // 8
    return scratch


def _budget(memory: int | None) -> MemoryBudget:
    budget = memory_budget(memory)
    stats = jax.local_devices()[0].memory_stats()
    if not stats or "bytes_limit" not in stats:  # the CPU, whose memory is the process's own
        return budget
    taken = stats.get("bytes_in_use", 0)
    return MemoryBudget(stats["bytes_limit"] - taken, taken, None, "the device")


def _allowed(budget: MemoryBudget, size: int) -> int:
    """Bytes that a batch of this size may take; a single element may have all that is available."""
    return budget.left if budget.declared is not None or size == 1 else int(AVAILABLE_FRACTION * budget.left)
