"""Atomic files, settings from the environment, optional packages."""

import pytest

from vitreous._core import InputError, atomic_path, load_optional, settings


def test_a_file_appears_whole_or_not_at_all(tmp_path):
    target = tmp_path / "map.mrc"
    with pytest.raises(RuntimeError), atomic_path(target) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []
    with atomic_path(target) as temporary:
        temporary.write_text("whole")
        assert not target.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["map.mrc"]


def test_a_failed_replacement_keeps_the_old_file(tmp_path):
    target = tmp_path / "map.mrc"
    target.write_text("old")
    with pytest.raises(RuntimeError), atomic_path(target) as temporary:
        temporary.write_text("new")
        raise RuntimeError
    assert target.read_text() == "old"


def test_a_missing_folder_is_bad_input(tmp_path):
    with pytest.raises(InputError, match="mkdir"), atomic_path(tmp_path / "absent" / "map.mrc"):
        pass


@pytest.mark.parametrize(("text", "bytes_"), [("8G", 2**33), ("512MiB", 2**29), ("1000", 1000), ("1.5k", 1536)])
def test_memory_is_read_with_its_unit(text, bytes_):
    assert settings({"VITREOUS_MEMORY": text}).memory_bytes == bytes_


@pytest.mark.parametrize("text", ["", "much", "-1G", "0", "3X", "nan"])
def test_memory_that_is_no_amount_is_bad_input(text):
    with pytest.raises(InputError, match="VITREOUS_MEMORY"):
        settings({"VITREOUS_MEMORY": text})


def test_an_optional_package_that_is_absent_names_its_extra():
    with pytest.raises(InputError, match=r"vitreous\[viewer\]"):
        load_optional("no_such_package_at_all", extra="viewer")
