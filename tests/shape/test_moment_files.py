"""Moments in files: what is read is what was written, and what is not ours is refused with a way out."""

import numpy as np
import pytest

from vitreous._core import InputError
from vitreous.harmonics import invariant_labels, moment_count, moment_labels
from vitreous.io import read_npz, write_npz
from vitreous.shape import Moments, decode_eight_bit, encode_eight_bit, invariants, moments_path

ORDER = 8
RNG = np.random.default_rng(4)
LATENTS = RNG.normal(size=(6, 2)).astype(np.float32)
REAL = moment_labels(ORDER)[2] == 0
MOMENTS = RNG.normal(size=(3, moment_count(ORDER))) + 1j * np.where(REAL, 0, RNG.normal(size=(3, moment_count(ORDER))))
# The spectrum of a map: orders fall off over decades.
MOMENTS *= 10.0 ** (-4 * moment_labels(ORDER)[0] / ORDER)
FACTS = {"radius": 44.8, "voxel_size": 1.4, "box": 64, "center": (0.5, -1.0, 2.25)}


def table(dtype=np.complex128):
    return Moments.from_arrays(MOMENTS.astype(dtype), latents=LATENTS, **FACTS)


@pytest.mark.parametrize("dtype", [np.complex64, np.complex128])
def test_read_write_read_keeps_all(tmp_path, dtype):
    path = table(dtype).save(tmp_path / "a")
    assert path == tmp_path / "a.npz"
    again = Moments()
    again.load(path, quiet=True)
    assert again.array.dtype == dtype
    np.testing.assert_array_equal(again.array, MOMENTS.astype(dtype))
    np.testing.assert_array_equal(again.latents, LATENTS)
    assert (again.radius, again.apix, again.voxdim, again.center) == tuple(FACTS.values())


def test_what_is_unknown_stays_so(tmp_path):
    path = Moments.from_arrays(MOMENTS[0]).save(tmp_path / "a.npz")
    again = Moments()
    again.load(path, quiet=True)
    assert (again.radius, again.apix, again.voxdim, again.latents) == (None, None, None, None)


def test_whole_numbers_are_lengths_too(tmp_path):
    path = Moments.from_arrays(MOMENTS[0], radius=40, voxel_size=2).save(tmp_path / "a.npz")
    again = Moments()
    again.load(path, quiet=True)
    assert (again.radius, again.apix) == (40.0, 2.0)


def test_the_file_says_what_it_holds(tmp_path):
    members = read_npz(table().save(tmp_path / "a.npz"))
    assert str(members["schema"]) == "vitreous.moments" and int(members["version"]) == 1
    assert int(members["order"]) == ORDER and "Condon-Shortley" in str(members["convention"])


def test_loading_says_what_was_found(tmp_path, capsys):
    path = Moments.from_arrays(MOMENTS[0]).save(tmp_path / "test.npz")
    Moments().load(path)
    assert capsys.readouterr().out == (
        f"Loading {path} into Moments object\nDetected full precision moments (single).\n"
    )
    path = table().save(tmp_path / "test.npz", eight_bit=True)
    Moments().load(path)
    assert capsys.readouterr().out.splitlines()[1] == "Detected 8 bit precision moments (multiple)."


def test_eight_bits_keep_what_they_promise(tmp_path):
    path = table().save(tmp_path / "a.npz", eight_bit=True)
    assert path.name == "a.8bit.npz"
    again = Moments()
    again.load(path, quiet=True)
    assert again.array.dtype == np.complex64
    error = again.array - MOMENTS
    scales = encode_eight_bit(MOMENTS)[1][:, np.cumsum(REAL) - 1]
    # Half a step of each part, and single precision.
    assert np.all(np.maximum(abs(error.real), abs(error.imag)) <= scales / 2 + 1e-6 * abs(MOMENTS))
    assert np.linalg.norm(error) < 0.006 * np.linalg.norm(MOMENTS)
    assert np.all(again.array[:, REAL].imag == 0)
    # Invariants of small orders are as good as those of large ones, whatever their size: half a step in the worst case.
    np.testing.assert_allclose(invariants(again.array), invariants(MOMENTS), rtol=0.006)
    np.testing.assert_array_equal(again.latents, LATENTS)


def test_eight_bits_keep_zeros_and_any_scale():
    values = np.stack([np.zeros(moment_count(3)), 1e-40 * np.ones(moment_count(3)), 1e30 * np.ones(moment_count(3))])
    decoded = decode_eight_bit(*encode_eight_bit(values + 0j))
    assert not decoded[0].any()
    np.testing.assert_allclose(decoded[2], values[2], rtol=1e-6)  # single precision
    parts, scales = encode_eight_bit(values + 0j)
    np.testing.assert_allclose(parts[1, :, 0] * scales[1, 0], values[1], rtol=1e-12)


def test_the_rule_of_endings(tmp_path):
    assert moments_path("out/test").name == "test.npz"
    assert moments_path("test.NPZ").name == "test.NPZ"
    assert moments_path("test.mrc").name == "test.mrc.npz"
    assert moments_path("test.8bit.npz", eight_bit=True).name == "test.8bit.npz"


def change(tmp_path, **members):
    """A file of ours with some members changed, or left out where they are `None`."""
    eight_bit = members.pop("eight_bit", False)
    path = table().save(tmp_path / "a.npz", eight_bit=eight_bit)
    changed = {name: value for name, value in (read_npz(path) | members).items() if value is not None}
    write_npz(path, changed)
    return path


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"schema": "vitreous.shapes"}, "holds 'vitreous.shapes', not moments"),
        ({"version": 2}, "is version 2"),
        ({"version": None}, "is version unknown"),
        ({"moments": None}, "moments is missing"),
        ({"convention": None}, "convention is missing"),
        ({"order": ORDER + 1}, "moments is an array of complex128"),
        ({"order": 8.0}, "order is an array of float64"),
        ({"moments": MOMENTS.real}, "moments is an array of float64"),
        ({"center": np.zeros(2)}, "center is an array"),
        ({"radius": -1.0}, "radius=-1 must be positive"),
        ({"box": 64.0}, "box is an array of float64"),
        ({"latents": LATENTS[:, :1]}, "1 latents for each particle"),
        ({"latents": LATENTS.astype("S")}, "latents is an array"),
        ({"moments": np.full_like(MOMENTS, np.nan)}, "285 of the moments are NaN"),
        ({"eight_bit": True, "scales": None}, "scales is missing"),
        ({"eight_bit": True, "scales": np.ones((2, len(invariant_labels(ORDER)[0])))}, "scales is an array"),
        ({"eight_bit": True, "parts": np.zeros((3, 4, 2), np.int8)}, "parts is an array"),
    ],
)
def test_damaged_files_are_refused(tmp_path, members, message):
    path = change(tmp_path, **members)
    with pytest.raises(InputError, match=message) as error:
        Moments().load(path, quiet=True)
    assert str(path) in error.value.message


def test_files_of_other_kinds_are_refused(tmp_path):
    for members, message, way_out in (
        ({"consensus_map": np.ones(1)}, "bundle of maps", "vitreous zernike decompose"),
        ({"values": np.ones(1)}, "no file of moments", "from_biozernike"),
    ):
        write_npz(tmp_path / "a.npz", members)
        with pytest.raises(InputError, match=message) as error:
            Moments().load(tmp_path / "a.npz", quiet=True)
        assert way_out in str(error.value.hint)


def test_what_cannot_be_saved(tmp_path):
    with pytest.raises(InputError, match="there are no moments"):
        Moments().save(tmp_path / "a")
    half = Moments()
    half.set_moment(0, 0, 0, moment=1.0)
    with pytest.raises(InputError, match="belong to no volume yet"):
        half.save(tmp_path / "a")
    assert not list(tmp_path.iterdir())
