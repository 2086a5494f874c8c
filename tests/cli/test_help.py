"""Help is quick, complete, and imports nothing heavy."""

import inspect
import re
import subprocess
import sys
from dataclasses import dataclass, fields

import pytest

from vitreous.cli._help import argument_help
from vitreous.cli._verbs import SIMULATE, STACK, VERBS, ZERNIKE
from vitreous.reconstruct import ReconstructionOptions
from vitreous.shape import AlignOptions, DecomposeOptions, DescriptorOptions, LatentsOptions, ReconstructOptions
from vitreous.simulate import RenderOptions, SimulationOptions

GROUPS = {"simulate": SIMULATE, "zernike": ZERNIKE, "stack": STACK}
OPTIONS = (
    *(SimulationOptions, ReconstructionOptions, RenderOptions),
    *(DecomposeOptions, ReconstructOptions, AlignOptions, LatentsOptions, DescriptorOptions),
)
COMMANDS = [(group, name) for group, verbs in GROUPS.items() for name in verbs] + [(name,) for name in VERBS]


def test_help_imports_neither_jax_nor_numpy():
    code = (
        "import sys; from vitreous.cli import main\n"
        "assert all(main([*group, '--help']) == 0 for group in ([], ['simulate'], ['zernike'], ['stack']))\n"
        "loaded = {'jax', 'numpy', 'equinox', 'matplotlib', 'gemmi'} & set(sys.modules)\n"
        "assert not loaded, loaded"
    )
    shown = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert all(name in shown for name in (*VERBS, *GROUPS, *SIMULATE, *ZERNIKE, *STACK))


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_each_verb_has_help_with_an_example(run, command):
    outcome = run(*command, "--help")
    assert outcome.status == 0 and outcome.err == ""
    assert f"$ vitreous {' '.join(command)} " in outcome.out
    # Every option of the example exists.
    example = re.search(r"\$ (.*)", outcome.out)[1]
    for option in re.findall(r" (--?[a-z][a-z-]*)", example):
        assert f"{option} " in outcome.out.replace(example, "")


def test_a_group_without_a_verb_shows_its_help(run):
    for command in ((), *((group,) for group in GROUPS)):
        outcome = run(*command)
        assert outcome.status == 2 and "Usage: vitreous" in outcome.out and outcome.err == ""


def test_defaults_are_those_of_the_issue(run):
    shown = " ".join(re.sub(r"[│\s]+", " ", run("simulate", "particles", "--help").out).split())
    for option, default in {
        "n": "1000", "voltage": "300.0", "cs": "2.7", "amplitude-contrast": "0.1", "defocus": "8000.0, 20000.0",
        "astigmatism": "0.0, 500.0", "shift": "3.0", "seed": "0", "symmetry": "C1",
        "solvent": "displaced",
    }.items():  # fmt: skip
        after = shown[shown.index(f"--{option} ") :]
        assert re.search(r"default: ([^\]]*)\]", after)[1].strip() == default, option
    assert "noise variance. 0.1 where neither this nor --dose is given." in shown


def test_options_have_the_text_of_their_docstrings():
    for options in OPTIONS:
        texts = argument_help(options)
        assert list(texts) == [field.name for field in fields(options)]
        assert all(text.endswith(".") for text in texts.values())


def test_fields_become_options_in_texts():
    @dataclass
    class Options:
        """Options.

        Arguments:
            snr: Signal to noise. Not used where
                `dose_per_a2` or `n_max` is given [yet].
            dose_per_a2: A dose.
            n_max: A number.

        Returns:
            Nothing.
        """

    assert inspect.getdoc(Options)
    texts = argument_help(Options, dose_per_a2="--dose")
    assert texts["snr"] == r"Signal to noise. Not used where --dose or --n-max is given \[yet]."
    assert list(texts) == ["snr", "dose_per_a2", "n_max"]


def test_module_can_be_run():
    outcome = subprocess.run([sys.executable, "-m", "vitreous.cli", "--version"], capture_output=True, text=True)
    assert outcome.returncode == 0 and outcome.stdout.startswith("vitreous ")
