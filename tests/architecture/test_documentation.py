"""What the documentation points at exists, and what exists is in the documentation."""

import ast
import re
from pathlib import Path

import numpy as np
import pytest

import vitreous
from tests.data import ROOT
from vitreous.cli._verbs import SIMULATE, VERBS, ZERNIKE
from vitreous.io import write_atoms
from vitreous.simulate import embedded_specimen

DOCS = ROOT / "docs"
NAVIGATION = (ROOT / "mkdocs.yml").read_text()
COMMAND_LINE = (DOCS / "cli.md").read_text()


def functions_of(path: Path) -> set[str]:
    return {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize(("page", "at_least"), [("docs/conventions.md", 100), ("tests/physics/test_traps.py", 25)])
def test_each_test_that_a_page_names_exists(page, at_least):
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", (ROOT / page).read_text())
    assert len(named) >= at_least
    missing = [
        f"{file}::{test}"
        for file, test in named
        if not (ROOT / "tests" / file).exists() or test not in functions_of(ROOT / "tests" / file)
    ]
    assert not missing
    assert "| – |" not in (DOCS / "conventions.md").read_text(), "a convention without a test"


def test_each_convention_names_a_test():
    rows = [line for line in (DOCS / "conventions.md").read_text().splitlines() if line.startswith("| ")]
    conventions = [row for row in rows if row != "| convention | pinned by |"]
    assert len(conventions) > 50
    assert not [row for row in conventions if "::" not in row.rsplit(" | ", 1)[-1]]


@pytest.mark.parametrize("room", vitreous._ROOMS)
def test_each_room_has_its_page(room):
    assert f"::: vitreous.{room}\n" in (DOCS / "reference" / f"{room}.md").read_text()
    assert f"reference/{room}.md" in NAVIGATION
    assert f"({room}.md)" in (DOCS / "reference" / "index.md").read_text()


@pytest.mark.parametrize(
    "verb", [*VERBS, *(f"simulate {verb}" for verb in SIMULATE), *(f"zernike {verb}" for verb in ZERNIKE)]
)
def test_each_verb_has_its_section(verb):
    assert f"## vitreous {verb}\n" in COMMAND_LINE
    assert f"<!-- help: {verb} -->" in COMMAND_LINE


def test_each_decision_is_listed():
    for record in DOCS.glob("adr/0*.md"):
        assert f"({record.name})" in (DOCS / "adr" / "index.md").read_text()
        assert f"adr/{record.name}" in NAVIGATION


def test_the_example_of_the_first_page_runs():
    (example,) = re.findall(r"```python\n(.*?)```", (DOCS / "index.md").read_text(), re.DOTALL)
    example = example.replace(
        "embedded_specimen()  #", "embedded_specimen().select(slice(200))  #"
    )  # fewer atoms, faster
    names: dict = {}
    exec(compile(example, "docs/index.md", "exec"), names)
    assert names["image"].shape == (64, 64)
    assert abs(float(names["gradient"].theta)) > 0


def test_the_ten_lines_of_the_readme_run(tmp_path):
    write_atoms(tmp_path / "1uao.cif", embedded_specimen().select(slice(60)))
    (example,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    example = example.replace('"1uao.pdb"', f'"{tmp_path / "1uao.cif"}"')
    names: dict = {}
    exec(compile(example, "README.md", "exec"), names)
    assert names["image"].shape == (64, 64)
    assert names["scores"].shape == (16,)
    for gradient in (names["d_atoms"].positions, names["d_pose"].theta, names["d_optics"].defocus_u):
        assert np.isfinite(gradient).all()
        assert np.any(gradient != 0)
