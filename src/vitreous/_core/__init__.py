"""What every room stands on: errors, settings, array helpers, batching, progress, primitives.

Nothing here knows microscopy. The helpers that need JAX are looked up on first use (PEP 562), so that the
command line can show its help without loading it, and what prepares JAX's start likewise.
"""

import importlib
from typing import TYPE_CHECKING, Any

from ._ahead import map_ahead as map_ahead
from ._atomic import atomic_path as atomic_path
from ._errors import InputError as InputError
from ._memory import JOB_OVERHEAD as JOB_OVERHEAD
from ._memory import MemoryBudget as MemoryBudget
from ._memory import memory_budget as memory_budget
from ._memory import require_memory as require_memory
from ._optional import load_optional as load_optional
from ._outputs import check_outputs as check_outputs
from ._pace import Pace as Pace
from ._progress import NO_PROGRESS as NO_PROGRESS
from ._progress import Progress as Progress
from ._seed import check_seed as check_seed
from ._settings import Settings as Settings
from ._settings import parse_bytes as parse_bytes
from ._settings import settings as settings

if TYPE_CHECKING:
    from ._arrays import FloatLike as FloatLike
    from ._arrays import as_float as as_float
    from ._arrays import as_scalar as as_scalar
    from ._arrays import is_concrete as is_concrete
    from ._batching import map_batches as map_batches
    from ._batching import sum_batches as sum_batches
    from ._checks import may_hold as may_hold
    from ._checks import not_negative as not_negative
    from ._checks import positive as positive
    from ._compilation_cache import keep_compilations as keep_compilations
    from ._plan_batches import BatchPlan as BatchPlan
    from ._plan_batches import plan_batches as plan_batches
    from ._primitive import Rules as Rules
    from ._primitive import array_type as array_type
    from ._primitive import define_primitive as define_primitive
    from ._primitive import is_undefined as is_undefined
    from ._primitive import is_zero as is_zero

_LATER = {
    "FloatLike": "_arrays",
    "as_float": "_arrays",
    "as_scalar": "_arrays",
    "is_concrete": "_arrays",
    "map_batches": "_batching",
    "sum_batches": "_batching",
    "may_hold": "_checks",
    "not_negative": "_checks",
    "positive": "_checks",
    "keep_compilations": "_compilation_cache",
    "BatchPlan": "_plan_batches",
    "plan_batches": "_plan_batches",
    "Rules": "_primitive",
    "array_type": "_primitive",
    "define_primitive": "_primitive",
    "is_undefined": "_primitive",
    "is_zero": "_primitive",
}


def __getattr__(name: str) -> Any:
    if name in _LATER:
        return getattr(importlib.import_module(f"{__name__}.{_LATER[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
