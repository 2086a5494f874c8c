"""Settings of every test: double precision, and each array's shape checked at run time."""

import os

os.environ.setdefault("JAX_PLATFORMS", "cpu")
# Two test processes share two cores: one thread each keeps them from fighting.
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from hypothesis import settings
from jaxtyping import install_import_hook

import tests.typechecker  # noqa: F401  (the hook below looks it up by name)

hook = install_import_hook("vitreous", "tests.typechecker.check")

import jax  # noqa: E402

jax.config.update("jax_enable_x64", os.environ.get("VITREOUS_TEST_FLOAT32") != "1")

settings.register_profile("vitreous", deadline=None, max_examples=25, derandomize=True)
settings.load_profile("vitreous")
