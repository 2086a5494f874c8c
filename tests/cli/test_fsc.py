import json

import numpy as np
import pytest

from vitreous.io import read_mrc, write_mrc


@pytest.fixture
def pair(tmp_path):
    """A map, and the same with as much noise: correlation 1/√2 in every shell, but few modes in each."""
    signal = np.random.default_rng(0).normal(size=(16, 16, 16))
    noise = np.random.default_rng(1).normal(size=(16, 16, 16))
    blur = np.exp(-(np.fft.fftfreq(16)[:, None, None] ** 2 + np.fft.fftfreq(16)[:, None] ** 2) * 40)
    smooth = np.fft.ifftn(np.fft.fftn(signal) * blur).real
    write_mrc(tmp_path / "a.mrc", smooth, pixel_size=1.5)
    write_mrc(tmp_path / "b.mrc", smooth + 0.5 * noise, pixel_size=1.5)
    return tmp_path / "a.mrc", tmp_path / "b.mrc"


def test_curve_and_crossings(run, pair):
    outcome = run("fsc", *pair)
    assert outcome.status == 0 and outcome.err == ""
    lines = outcome.out.splitlines()
    assert lines[0] == f"{pair[0]} and {pair[1]}, no mask"
    assert lines[1].startswith("FSC 0.5: ") and lines[1].endswith(" Å")
    assert len(lines) == 5 + 8  # shells 1 to 8
    assert lines[5].split()[:2] == ["1", "24.000"]


def test_json_has_the_same_numbers(run, pair):
    result = json.loads(run("fsc", *pair, "--json").out)
    assert list(result) == ["resolution_0.5_a", "resolution_0.143_a", "shell", "resolution_a", "fsc"]
    assert result["shell"] == list(range(1, 9))
    assert result["resolution_a"] == pytest.approx([24 / shell for shell in range(1, 9)])
    first_below = next(i for i, value in enumerate(result["fsc"]) if value < 0.5)
    assert result["resolution_a"][first_below] <= result["resolution_0.5_a"] < result["resolution_a"][first_below - 1]
    text = run("fsc", *pair).out
    assert f"FSC 0.5: {result['resolution_0.5_a']:.2f} Å" in text


def test_a_curve_that_never_crosses_says_so(run, pair):
    text = run("fsc", pair[0], pair[0]).out
    assert "FSC 0.143: 3.00 Å or better (never crossed)" in text
    assert json.loads(run("fsc", pair[0], pair[0], "--json").out)["resolution_0.143_a"] is None


def test_maps_that_agree_nowhere(run, map_file, tmp_path):
    """Below from the first shell on: neither a resolution nor beyond the last shell."""
    write_mrc(tmp_path / "minus.mrc", -read_mrc(map_file("a.mrc"))[0], pixel_size=2.0)
    text = run("fsc", map_file("a.mrc"), tmp_path / "minus.mrc").out
    assert "FSC 0.143: none (below from the first shell on)" in text


def test_a_mask_changes_the_curve(run, pair, tmp_path):
    mask = np.zeros((16, 16, 16), np.float32)
    mask[4:12, 4:12, 4:12] = 1
    write_mrc(tmp_path / "mask.mrc", mask, pixel_size=1.5)
    masked = run("fsc", *pair, "--mask", tmp_path / "mask.mrc")
    assert "masked by" in masked.out and masked.out.splitlines()[5:] != run("fsc", *pair).out.splitlines()[5:]


def test_maps_that_cannot_be_compared(refused, map_file, tmp_path):
    a, larger, finer = map_file("a.mrc"), map_file("larger.mrc", box=10), map_file("finer.mrc", pixel_size=1.0)
    assert f"{larger}: its shape is 10 × 10 × 10" in refused("fsc", a, larger)
    assert f"{finer}: its voxels are 1 Å" in refused("fsc", a, finer)
    assert str(larger) in refused("fsc", a, a, "--mask", larger)
    assert str(tmp_path / "absent.mrc") in refused("fsc", a, tmp_path / "absent.mrc")


def test_apix_overrules_the_headers(run, map_file):
    result = json.loads(run("fsc", map_file("a.mrc"), map_file("b.mrc", pixel_size=1.0), "--apix", 4, "--json").out)
    assert result["resolution_a"][0] == 32


def test_broken_maps(refused, map_file, tmp_path):
    good = map_file("a.mrc")
    truncated, empty, text = tmp_path / "truncated.mrc", tmp_path / "empty.mrc", tmp_path / "text.mrc"
    truncated.write_bytes(good.read_bytes()[:-100])
    empty.write_bytes(b"")
    text.write_text("This is no map. " * 200)
    for path in (truncated, empty, text):
        assert str(path) in refused("fsc", good, path)
        assert str(path) in refused("fsc", path, good)


def test_a_map_without_voxel_size(refused, tmp_path, map_file):
    path = map_file("bare.mrc")
    data = bytearray(path.read_bytes())
    data[40:52] = bytes(12)  # the cell's lengths
    path.write_bytes(data)
    assert "--apix" in refused("fsc", path, path)
