"""What every source file keeps to."""

import ast
import re
import subprocess
import sys
from pathlib import Path

from tests.architecture.walk import sources
from tests.data import ROOT

MOST_LINES = 400


def imports(tree: ast.Module) -> list[ast.ImportFrom]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]


def test_no_file_is_long():
    assert not [name for name, (text, _) in sources().items() if len(text.splitlines()) > MOST_LINES]


def test_every_file_says_what_it_holds():
    assert not [name for name, (_, tree) in sources().items() if not ast.get_docstring(tree)]


def test_annotations_are_evaluated():
    """Those that are strings would not be checked in the tests."""
    wrong = [name for name, (_, tree) in sources().items() if any(i.module == "__future__" for i in imports(tree))]
    assert not wrong


def test_rooms_are_public_and_files_are_private():
    wrong = [
        f"{name} imports {item.module}"
        for name, (_, tree) in sources().items()
        for item in imports(tree)
        if item.level > 1 or re.match(r"vitreous\.\w+\._", item.module or "")
    ]
    assert not wrong, wrong


def test_checks_do_not_vanish_with_optimisation():
    wrong = [
        f"{name}:{node.lineno}"
        for name, (_, tree) in sources().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Assert)
    ]
    assert not wrong, f"python -O skips the asserts at {wrong}"


def test_pickles_are_never_loaded():
    pickles = re.compile(r"allow_pickle\s*=\s*True|\bimport (pickle|dill|cloudpickle|joblib)\b")
    assert not [name for name, (text, _) in sources().items() if pickles.search(text)]


def test_no_path_of_a_workplace():
    # Spelled in pieces, so that this file does not hold them either.
    strangers = re.compile("|".join(["/wor" + "k/", "/ho" + "me/", "/ro" + "ot/", "far" + "m-", "PEE" + "RS"]))
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    # In an unpacked source distribution there is nothing to list, and nothing that git does not hold.
    found = []
    for path in (ROOT / entry for entry in listed.stdout.split("\0") if entry):
        try:
            found += [str(path)] if strangers.search(Path(path).read_text(encoding="utf-8")) else []
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            continue  # pictures, and files that are gone from the working tree
    assert not found


def test_importing_the_package_imports_nothing_heavy():
    code = "import sys, vitreous; assert not {'jax', 'numpy', 'equinox'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
