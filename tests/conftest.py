"""Settings of every test: double precision, and each array's shape checked at run time."""

import os

from tests.cache import compilation_cache

os.environ.setdefault("JAX_PLATFORMS", "cpu")
# Two test processes share two cores: one thread each keeps them from fighting.
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# What was compiled is kept for the next run, and for the processes that tests start, on this kind of processor.
if "JAX_COMPILATION_CACHE_DIR" not in os.environ:
    os.environ["JAX_COMPILATION_CACHE_DIR"] = str(compilation_cache())
    os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
    os.environ["JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES"] = "0"

from hypothesis import settings
from jaxtyping import install_import_hook

import tests.typechecker  # noqa: F401  (the hook below looks it up by name)

hook = install_import_hook("vitreous", "tests.typechecker.check")

import jax  # noqa: E402

jax.config.update("jax_enable_x64", os.environ.get("VITREOUS_TEST_FLOAT32") != "1")


def pytest_collection_modifyitems(config, items):
    """Leaves out what means something in double precision only, or with a JAX that lowers without compiling."""
    meaningless = []
    if not jax.config.jax_enable_x64:
        meaningless.append("x64")
    if jax.version.__version_info__ >= (0, 11):
        meaningless.append("lowers_triton")
    left_out = [item for item in items if any(map(item.get_closest_marker, meaningless))]
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)


settings.register_profile("vitreous", deadline=None, max_examples=25, derandomize=True)
settings.load_profile("vitreous")
