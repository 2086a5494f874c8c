"""The one helper that finds the shared real data."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def shared_data(name: str) -> Path:
    """Path of a file of the shared data folder, or skip the test where the folder is absent.

    The folder is `$VITREOUS_TEST_DATA`, or `shared/data` beside the checkout.
    """
    folder = Path(os.environ.get("VITREOUS_TEST_DATA", ROOT.parent / "shared" / "data"))
    path = folder / name
    if not path.exists():
        pytest.skip(f"no shared data: {path} is absent (set VITREOUS_TEST_DATA)")
    return path
