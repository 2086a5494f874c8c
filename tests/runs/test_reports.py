"""What a run says of its surroundings."""

import subprocess
import sys
from enum import Enum
from pathlib import Path

import jax.numpy as jnp
import numpy as np

from vitreous.runs import software_versions, system_report
from vitreous.runs._plain import plain


class Pixel(Enum):
    AVERAGE = object()


def test_versions_need_no_imports():
    code = "import sys; from vitreous.runs import software_versions as v; v(); assert 'jax' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
    assert {"python", "vitreous", "jax", "jaxlib", "numpy"} <= software_versions().keys()


def test_system_report_says_what_jobs_would_use(monkeypatch):
    monkeypatch.setenv("VITREOUS_CACHE", "off")
    report = system_report()
    assert report["devices"]["backend"] == "cpu"
    assert "GiB" in report["machine"]["memory"]
    assert report["settings"] == {"VITREOUS_MEMORY": "not set", "VITREOUS_CACHE": "off"}


def test_plain_forms():
    value = {"a": (1, Path("x")), "b": np.float32(0.5), "c": jnp.arange(2), "d": Pixel.AVERAGE, "e": np.nan, 3: True}
    assert plain(value) == {"a": [1, "x"], "b": 0.5, "c": [0, 1], "d": "average", "e": None, "3": True}
