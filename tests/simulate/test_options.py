"""What may be asked of a simulation."""

import dataclasses

import pytest

from vitreous._core import InputError
from vitreous.simulate import SimulationOptions

INFINITE, NOT_A_NUMBER = float("inf"), float("nan")


def test_the_defaults_are_those_of_the_command():
    options = SimulationOptions()
    assert (options.n, options.voltage_kv, options.cs_mm, options.amplitude_contrast) == (1000, 300, 2.7, 0.1)
    assert (options.defocus, options.astigmatism, options.shift) == ((8000, 20000), (0, 500), 3)
    assert (options.snr, options.dose_per_a2, options.seed, options.symmetry) == (None, None, 0, "C1")
    assert options.center and options.solvent


@pytest.mark.parametrize(
    ("option", "name"),
    [
        ({"n": 0}, "--n 0"),
        ({"n": -3}, "--n -3"),
        ({"box": 0}, "--box 0"),
        ({"box": 7}, "--box 7"),
        ({"pixel_size": 0.0}, "--pixel-size 0"),
        ({"pixel_size": -1.5}, "--pixel-size -1.5"),
        ({"pixel_size": NOT_A_NUMBER}, "--pixel-size nan"),
        ({"apix": 0.0}, "--apix 0"),
        ({"voltage_kv": 0.0}, "--voltage 0"),
        ({"voltage_kv": INFINITE}, "--voltage inf"),
        ({"cs_mm": NOT_A_NUMBER}, "--cs nan"),
        ({"snr": 0.0}, "--snr 0"),
        ({"snr": -0.1}, "--snr -0.1"),
        ({"dose_per_a2": 0.0}, "--dose 0"),
        ({"amplitude_contrast": 1.0}, "--amplitude-contrast 1"),
        ({"amplitude_contrast": -0.1}, "--amplitude-contrast -0.1"),
        ({"amplitude_contrast": NOT_A_NUMBER}, "--amplitude-contrast nan"),
        ({"seed": -1}, "--seed -1"),
        ({"seed": 2**64}, "--seed 18446744073709551616"),
        ({"shift": -1.0}, "--shift -1"),
        ({"shift": NOT_A_NUMBER}, "--shift nan"),
        ({"defocus": (20000.0, 8000.0)}, "--defocus 20000 8000"),
        ({"defocus": (0.0, INFINITE)}, "--defocus 0 inf"),
        ({"astigmatism": (1.0, 0.0)}, "--astigmatism 1 0"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_out_of_range_is_named_with_its_value(option, name):
    with pytest.raises(InputError) as caught:
        SimulationOptions(**option)
    assert caught.value.message.startswith(name)
    assert caught.value.hint


def test_the_noise_is_given_once():
    with pytest.raises(InputError, match=r"--snr 0\.1 and --dose 40 both say how strong the noise is") as caught:
        SimulationOptions(snr=0.1, dose_per_a2=40.0)
    assert "Leave out --snr" in str(caught.value.hint)
    # A dose in place of the default ratio is no contradiction.
    assert dataclasses.replace(SimulationOptions(), dose_per_a2=40.0).snr is None


@pytest.mark.parametrize(
    "option", [{"n": 1}, {"box": 8}, {"box": 9}, {"defocus": (-500.0, -500.0)}, {"cs_mm": 0.0}, {"shift": 0.0}]
)
def test_the_ends_of_the_ranges_are_allowed(option):
    SimulationOptions(**option)
