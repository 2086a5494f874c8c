"""Where compiled programs are kept, whose word counts, and what happens where they cannot be."""

import os
from types import SimpleNamespace

import pytest

import vitreous._core._compilation_cache as compilation_cache
import vitreous._core._settings as settings_module
from vitreous._core import InputError, keep_compilations, settings


def test_jax_is_told_a_folder_of_the_users(tmp_path):
    environment = {"XDG_CACHE_HOME": str(tmp_path)}
    keep_compilations(environment)
    (folder,) = (tmp_path / "vitreous" / "compiled").iterdir()
    assert environment == {
        "XDG_CACHE_HOME": str(tmp_path),
        "JAX_COMPILATION_CACHE_DIR": str(folder),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    }
    assert list(folder.iterdir()) == []
    # Whoever may write there may run code of theirs in a process that reads it.
    assert os.name == "nt" or folder.stat().st_mode & 0o077 == 0
    again = {"XDG_CACHE_HOME": str(tmp_path)}
    keep_compilations(again)
    assert again == environment


def test_each_kind_of_processor_has_its_own(tmp_path, monkeypatch):
    environment = {"VITREOUS_CACHE": str(tmp_path)}
    keep_compilations(dict(environment))
    monkeypatch.setattr(compilation_cache.platform, "machine", lambda: "another")
    keep_compilations(environment)
    assert len(list((tmp_path / "compiled").iterdir())) == 2


@pytest.mark.parametrize(
    "environment", [{"JAX_COMPILATION_CACHE_DIR": "theirs"}, {"VITREOUS_CACHE": "off"}], ids=lambda e: next(iter(e))
)
def test_what_the_user_set_stands(tmp_path, environment):
    environment = {"XDG_CACHE_HOME": str(tmp_path), **environment}
    before = dict(environment)
    keep_compilations(environment)
    assert environment == before and list(tmp_path.iterdir()) == []


def test_the_users_threshold_stands(tmp_path):
    environment = {"VITREOUS_CACHE": str(tmp_path), "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "5"}
    keep_compilations(environment)
    assert environment["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] == "5"


def test_a_folder_that_cannot_be_written_is_warned_of(tmp_path):
    (tmp_path / "file").write_text("")
    environment = {"VITREOUS_CACHE": str(tmp_path / "file")}
    before = dict(environment)
    with pytest.warns(UserWarning, match="cannot be kept there .*VITREOUS_CACHE"):
        keep_compilations(environment)
    assert environment == before


def test_the_least_recently_used_are_evicted(tmp_path, monkeypatch):
    monkeypatch.setattr(compilation_cache, "LARGEST", 250)
    for i in range(4):
        path = tmp_path / "compiled" / f"processor{i % 2}" / f"program{i}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(100))
        os.utime(path, (1e9 + i, 1e9 + i))
    (tmp_path / "compiled" / "processor0" / "cut short").write_bytes(b"")
    keep_compilations({"VITREOUS_CACHE": str(tmp_path)})
    assert {path.name for path in tmp_path.glob("compiled/*/*")} == {"program2", "program3"}


@pytest.mark.parametrize(
    ("platform", "environment", "expected"),
    [
        ("linux", {}, "/people/ada/.cache/vitreous"),
        ("linux", {"XDG_CACHE_HOME": "/fast"}, "/fast/vitreous"),
        ("linux", {"XDG_CACHE_HOME": "relative"}, "/people/ada/.cache/vitreous"),  # which the standard says to ignore
        ("darwin", {}, "/people/ada/Library/Caches/vitreous"),
        ("win32", {"LOCALAPPDATA": "/people/ada/AppData/Local"}, "/people/ada/AppData/Local/vitreous"),
        ("linux", {"VITREOUS_CACHE": "~/mine"}, "/people/ada/mine"),
    ],
)
def test_folders_of_each_system(monkeypatch, platform, environment, expected):
    monkeypatch.setattr(settings_module, "sys", SimpleNamespace(platform=platform))
    monkeypatch.setenv("HOME", "/people/ada")
    monkeypatch.setenv("USERPROFILE", "/people/ada")
    assert settings(environment).cache.as_posix() == expected


def test_without_a_home_nothing_is_kept(monkeypatch):
    monkeypatch.setattr(settings_module.os.path, "expanduser", lambda path: path)  # as Python answers then
    assert settings({}).cache is None


def test_an_empty_name_is_bad_input():
    with pytest.raises(InputError, match="VITREOUS_CACHE is empty") as caught:
        settings({"VITREOUS_CACHE": ""})
    assert "VITREOUS_CACHE=off" in caught.value.hint
