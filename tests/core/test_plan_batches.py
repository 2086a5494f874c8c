"""Batches planned from the compiled program: as large as fits, and measured to stay within what was declared."""

import equinox as eqx
import jax
import jax.numpy as jnp
import pytest

import vitreous._core._plan_batches as planning
from tests.memory import peak_memory
from vitreous._core import InputError, MemoryBudget, plan_batches

MIB = 2**20
WIDE = 4096


def wide(scale, x):
    """A function whose intermediates are much larger than its input and output."""
    return jnp.sum(jnp.cumsum(jnp.sin(scale * x * jnp.arange(WIDE, dtype=x.dtype))) ** 2)


def total(scale, batch):
    return jnp.sum(jax.vmap(wide, (None, 0))(scale, batch))


def floats(*shape):
    return jax.ShapeDtypeStruct(shape, jnp.float32)


ONE = jnp.float32(1)


@pytest.fixture
def left(monkeypatch):
    """Let so many MiB be left, beside the fixed reserve for the allocator."""

    def declare(mebibytes: float) -> int:
        bytes_left = int(mebibytes * MIB) + planning.ALLOCATOR
        budget = MemoryBudget(bytes_left, 300 * MIB, bytes_left + 300 * MIB, "--memory")
        monkeypatch.setattr(planning, "memory_budget", lambda memory: budget)
        return bytes_left

    return declare


@pytest.fixture
def compilations():
    """The sizes of what the XLA compiler was asked for, one entry each."""
    seen = []

    def listen(event: str, duration: float, **details: object) -> None:
        if event == "/jax/core/compile/backend_compile_duration":
            seen.append(duration)

    jax.monitoring.register_event_duration_secs_listener(listen)
    yield seen
    jax.monitoring.unregister_event_duration_listener(listen)


@pytest.mark.parametrize("transform", [lambda f: f, jax.value_and_grad], ids=["forward", "gradient"])
def test_the_largest_batch_that_fits(left, compilations, transform):
    allowed = left(64)
    function, n = jax.jit(transform(total)), 20_000
    plan = plan_batches(function, ONE, batch=floats(n), memory=1)
    assert len(compilations) <= 4
    assert plan.needed <= plan.allowed == allowed
    assert plan.batch_size * plan.batches >= n > plan.batch_size * (plan.batches - 1)

    # A batch fewer would not fit, beside what its own compilation takes.
    analysis = function.lower(ONE, floats(-(-n // (plan.batches - 1)))).compile().memory_analysis()
    assert analysis.temp_size_in_bytes + planning.ALLOCATOR + planning.COMPILATION > allowed


def test_a_gradient_gets_smaller_batches(left):
    left(64)
    forward, gradient = (
        plan_batches(jax.jit(function), ONE, batch=floats(20_000), memory=1).batch_size
        for function in (total, jax.value_and_grad(total))
    )
    assert gradient < forward


def test_what_fits_as_a_whole_is_compiled_once_and_then_run(left, compilations):
    left(64)
    function = jax.jit(total)
    batch = jnp.linspace(0, 1, 16, dtype=jnp.float32)
    compilations.clear()
    plan = plan_batches(function, ONE, batch=batch, memory=1)
    assert (plan.batch_size, plan.batches) == (16, 1)
    function(ONE, batch)
    assert len(compilations) == 1


def test_batches_are_no_larger_than_is_of_use(left):
    left(64)
    plan = plan_batches(jax.jit(total), ONE, batch=floats(100), most=64, memory=1)
    assert (plan.batch_size, plan.batches) == (64, 2)


def test_what_is_declared_beside_the_program_counts(left):
    left(64)
    plan = plan_batches(jax.jit(total), ONE, batch=floats(64), extra_bytes_per_element=4 * MIB, memory=1)
    assert plan.batch_size == 11  # 64 MiB less 16 for one more compilation hold just under 12; 64 in six even batches
    smaller = plan_batches(
        jax.jit(total), ONE, batch=floats(64), extra_bytes=16 * MIB, extra_bytes_per_element=4 * MIB, memory=1
    )
    assert smaller.batch_size < plan.batch_size


def test_arrays_that_are_there_already_do_not_count_again(left):
    left(64)
    shared = jnp.zeros(32 * MIB // 4, jnp.float32)

    def function(shared, batch):
        return shared[0] + batch.sum()

    there = plan_batches(jax.jit(function), shared, batch=floats(4), memory=1).needed
    to_come = plan_batches(jax.jit(function), floats(*shared.shape), batch=floats(4), memory=1).needed
    assert there - planning.ALLOCATOR < MIB and to_come - there == 32 * MIB


def test_a_donated_accumulator_is_not_a_second_one(left):
    left(64)
    total = jnp.zeros(16 * MIB // 4, jnp.float32)

    def add(total, batch):
        return total.at[:4].add(batch)

    def needed(**options):
        return plan_batches(jax.jit(add, **options), total, batch=floats(4), memory=1).needed

    assert needed() - needed(donate_argnums=0) >= total.nbytes


def test_scratch_of_inverse_transforms_counts(left):
    left(64)
    spectra = jax.ShapeDtypeStruct((8, 256, 129), jnp.complex64)
    images = jax.jit(lambda batch: jnp.fft.irfft2(batch, (256, 256)))
    arrays = 8 * 256 * (8 * 129 + 4 * 256)
    assert plan_batches(images, batch=spectra, memory=1).needed - planning.ALLOCATOR == arrays + 8 * 256 * 129 * 8


@pytest.mark.parametrize("wrapped", [eqx.filter_jit, lambda f: f], ids=["filter_jit", "plain"])
def test_functions_that_take_other_things_than_arrays(left, wrapped):
    left(64)

    def function(options, batch):
        return options["scale"] * total(ONE, batch)

    plan = plan_batches(wrapped(function), {"scale": 2, "name": "x"}, batch=floats(20_000), memory=1)
    assert plan.batch_size == plan_batches(jax.jit(total), ONE, batch=floats(20_000), memory=1).batch_size


def test_half_of_the_machine_where_nothing_is_declared(monkeypatch):
    machine = 128 * MIB + 2 * planning.ALLOCATOR
    monkeypatch.setattr(planning, "memory_budget", lambda memory: MemoryBudget(machine, 0, None, "VITREOUS_MEMORY"))
    plan = plan_batches(jax.jit(total), ONE, batch=floats(20_000))
    assert plan.needed <= plan.allowed == machine // 2


def test_not_even_one(left):
    left(1)
    with pytest.raises(InputError, match=r"one long row needs about .* MiB, but .* is allowed by --memory") as caught:
        plan_batches(jax.jit(total), ONE, batch=floats(100), extra_bytes=2 * MIB, what="one long row", hint="Wait.")
    assert caught.value.hint.startswith("Wait. Or allow it ")


def test_elements_that_are_not_there():
    for batch in ((), (floats(3), floats(4)), floats(0)):
        with pytest.raises(InputError, match="same number of elements"):
            plan_batches(jax.jit(total), ONE, batch=batch)


SCRIPT = """
import sys
import jax
import numpy as np
from vitreous._core import plan_batches
from vitreous.grids import ImageConfig
from vitreous.imaging import make_image_model
from vitreous.poses import EulerAnglePose
from vitreous.volumes import FourierVoxelGridVolume

box, n, memory, planned = *map(int, sys.argv[1:4]), sys.argv[4] == "planned"
random = np.random.default_rng(0)
potential = random.normal(size=(box,) * 3).astype(np.float32)
volume = FourierVoxelGridVolume.from_real_voxel_grid(potential, 2.0)
angles = random.uniform(0, 180, (n, 3)).astype(np.float32)
config = ImageConfig((box, box), 2.0)

def image(volume, angles):
    pose = EulerAnglePose(phi=angles[0], theta=angles[1], psi=angles[2])
    return make_image_model(volume, config, pose=pose).simulate()

def images(volume, angles):
    return jax.vmap(image, (None, 0))(volume, angles)

def loss(volume, angles):
    return (images(volume, angles) ** 2).sum()

for function in (jax.jit(images), jax.jit(jax.value_and_grad(loss, argnums=(0, 1)))):
    size = plan_batches(function, volume, batch=angles, memory=memory).batch_size if planned else n
    for first in range(0, n, size):
        rows = np.arange(first, first + size).clip(max=n - 1)
        jax.block_until_ready(function(volume, angles[rows]))
    print(size)
"""


def check_declared_memory(box: int, n: int, memory: int) -> None:
    """Images and gradients of n poses stay within the budget when planned, and do not when not."""
    planned = peak_memory(SCRIPT, box, n, memory, "planned")
    whole = peak_memory(SCRIPT, box, n, memory, "whole")
    print(
        f"{n} images of {box}²: {planned / MIB:.0f} MiB planned for {memory / MIB:.0f} MiB, {whole / MIB:.0f} at once"
    )
    assert planned <= memory < whole


def test_declared_memory_holds():
    """Some 400 MiB are libraries and what compiling leaves, and 96 the allocator's reserve."""
    check_declared_memory(48, 8000, 560 * MIB)


@pytest.mark.full
def test_declared_memory_holds_for_large_images():
    check_declared_memory(192, 2000, 1536 * MIB)
