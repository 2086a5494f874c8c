"""Expressions of columns: values against NumPy's own, and messages for all that is not the language."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vitreous._core import InputError
from vitreous.io import Table, evaluate_expression

COLUMNS = {
    "a": np.array([1.0, 2.0, 3.0, np.nan]),
    "b": np.array([4, -5, 6, 7]),
    "uid": np.array([2**64 - 1, 2**64 - 2, 5, 0], np.uint64),
    "ctf/df1_A": np.array([9000.0, 12000.0, 15000.0, 18000.0]),
    "ctf": np.array([1.0, 1.0, 2.0, 2.0]),
    "path": np.array(["x/1.mrc", "y/1.mrc", "it's", 'a "b"']),
    "bytes": np.array([b"u", b"v", b"u", b""]),
    "flag": np.array([True, False, True, False]),
    "pose": np.zeros((4, 3)),
    "in/x": np.array([0.0, 1.0, 2.0, 3.0]),
    "défocus": np.array([1.0, 2.0, 3.0, 4.0]),
}


def _rows(expression: str) -> list[int]:
    return np.flatnonzero(evaluate_expression(expression, [*COLUMNS], COLUMNS.__getitem__)).tolist()


@pytest.mark.parametrize(
    ("expression", "rows"),
    [
        ("a < 2", [0]),
        ("1 < a <= 3 != b", [1, 2]),
        ("2 > a", [0]),
        ("a != a", [3]),
        ("not a == a", [3]),
        ("a < 2 or b == 7 and a != a", [0, 3]),
        ("(a < 2 or b == 7) and not isfinite(a)", [3]),
        ("-b > 4", [1]),
        ("+a > - 2 + 4.5", [2]),
        ("a * 2 + b / 2 - 1 == 3", [0]),
        ("b % 3 == 1", [0, 1, 3]),
        ("a ** 2 == 9", [2]),
        ("2 ** -1 * a == 1", [1]),
        ("sqrt(abs(b) - 1) == 2", [1]),
        ("b in [4, 7.0, -5]", [0, 1, 3]),
        ("b not in (4, 7)", [1, 2]),
        ("path in ['x/1.mrc', \"it's\"]", [0, 2]),
        ("path == 'a \"b\"'", [3]),
        ("path < 'b'", [3]),
        ("startswith(path, 'x/') or contains(path, 'b')", [0, 3]),
        ("contains(bytes, 'u')", [0, 2]),
        ("'u' == bytes", [0, 2]),
        ("flag", [0, 2]),
        ("not flag and a < 5", [1]),
        ("uid == 18446744073709551615", [0]),
        ("uid in [18446744073709551614, -1]", [1]),
        ("uid >= -1", [0, 1, 2, 3]),
        ("ctf/df1_A < 15000", [0, 1]),
        ("ctf/df1_A / 1e3 / ctf < 8", [2]),
        ("10 / ctf == 5", [2, 3]),
        ("in/x in [1, 2] and défocus < 3", [1]),
        ("contains(path, 'a') or path == 'ctf/df1_A'", [3]),
        ("\n a <\n 2 ", [0]),
        ("9**9**9 > a", [0, 1, 2]),
        ("a / 0 > 1", [0, 1, 2]),
        ("sqrt(b) > 0", [0, 2, 3]),
        ("contains(path, 'é') or défocus == 1", [0]),
    ],
)
def test_values(expression, rows):
    assert _rows(expression) == rows


@pytest.mark.parametrize(
    ("expression", "message", "hint"),
    [
        ("", "cannot be evaluated at character 1", "Combine columns"),
        ("a <", "character 4", "Combine"),
        ("a < 2)", "character 6", "Combine"),
        ("a = 2", "character 3", "Combine"),
        ("dfe < 2", "»dfe < 2 cannot be evaluated at character 1 (»): there is no column dfe", "Its columns are"),
        ("a < 1 and ctf/df1_B < 2", "there is no column ctf/df1_B", "Did you mean ctf/df1_A"),
        ("path == x", "there is no column x", "Text stands in quotes"),
        ("'é' == path and défocsu < 1", "character 17 (»): there is no column défocsu", "Did you mean défocus"),
        ("path < 5", "a column of text is compared with numbers", "quotes"),
        ("a == 'x'", "'x' is compared with numbers", "without quotes"),
        ("path + 1 < 2", "a number is needed here", ""),
        ("a * 'x' < 2", "a number is needed here", ""),
        ("flag + 1 < 2", "a number is needed here", ""),
        ("a", "this is no condition", "Compare it"),
        ("a and b < 2", "this is no condition", ""),
        ("not 1", "this is no condition", ""),
        ("1 < 2", "no column is compared", "Name a column"),
        ("pose < 2", "column pose holds (3,) numbers in each row", ""),
        ("a in 5", "a list is needed behind in", ""),
        ("a in []", "a list is needed", ""),
        ("'x' in path", "a list is needed", "contains"),
        ("a is 5", "this comparison", ""),
        ("a // 2 < 1", "not part of the language", ""),
        ("a & 1", "not part", ""),
        ("~a", "not part", ""),
        ("a[0] < 1", "not part", ""),
        ("a.b < 1", "not part", ""),
        ("[a, b] == 1", "not part", ""),
        ("lambda: 1", "not part", ""),
        ("(x := 1) < a", "not part", ""),
        ("[x for x in a] == 1", "not part", ""),
        ("f'{a}' == path", "not part", ""),
        ("None == a", "not part", ""),
        ("True == a", "not part", ""),
        ("1j < a", "not part", ""),
        ("__import__('os') == a", "not part", ""),
        ("open(path) == a", "not part", ""),
        ("abs(a, b) < 1", "abs does not take 2 values", ""),
        ("abs(x=a) < 1", "not part", ""),
        ("abs(*[a]) < 1", "not part", ""),
        ("startswith(a, 'x')", "needs a column of text", ""),
        ("startswith(path, path)", "needs a column of text", ""),
        ("abs < 1", "there is no column abs", ""),
        ("a < " + "9" * 400, "too large", ""),
        ("a + " + "9" * 400 + " > 1", "too large", ""),
        ("a < " + "9" * 9000, "cannot be", ""),
        ("a <\0 1", "cannot be", ""),
        ("(" * 3000 + "a" + ")" * 3000 + " < 1", "cannot be", ""),
        ("-" * 5000 + "a < 1", "cannot be", ""),
        ("not " * 2000 + "flag", "nested", ""),
        ("a < 1 " * 2000, "12000 characters", ""),
    ],
)
def test_what_is_not_the_language(expression, message, hint):
    with pytest.raises(InputError) as error:
        _rows(expression)
    assert message in error.value.message and hint in (error.value.hint or "")
    assert len(error.value.message) < 400


def test_long_expressions_are_quoted_around_the_place():
    with pytest.raises(InputError, match=r"….*\+ 1 \+»oops < 3.*… cannot be evaluated at character 204"):
        _rows("a" + " + 1" * 50 + " +oops < 3" + " and a < 3" * 50)


names = st.sampled_from(["a", "b", "ctf", "in/x"])
terms = st.recursive(
    names | st.integers(0, 20).map(str) | st.floats(0, 1e3).map(repr),
    lambda inner: (
        st.tuples(inner, st.sampled_from([" + ", " - ", " * ", " / ", " % "]), inner).map(
            lambda parts: f"({''.join(parts)})"
        )
        | inner.map(lambda text: f"abs(-{text})")
    ),
    max_leaves=5,
)
comparisons = st.tuples(names, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), terms).map(" ".join)
conditions = st.recursive(
    comparisons,
    lambda inner: (
        st.tuples(inner, st.sampled_from([" & ", " | "]), inner).map(lambda p: f"(({p[0]}){p[1]}({p[2]}))")
        | inner.map(lambda text: f"(~({text}))")
    ),
    max_leaves=4,
)


@given(condition=conditions)
def test_values_are_numpys(condition):
    ours = condition.replace("&", "and").replace("|", "or").replace("~", "not ")
    with np.errstate(all="ignore"):
        values = {"a": COLUMNS["a"], "b": COLUMNS["b"] * 1.0, "ctf": COLUMNS["ctf"], "in_x": COLUMNS["in/x"]}
        theirs = eval(condition.replace("in/x", "in_x"), {"abs": lambda x: np.abs(np.float64(x))}, _float(values))
    assert _rows(ours) == np.flatnonzero(theirs).tolist()


def _float(values):
    return {name: np.asarray(column, np.float64) for name, column in values.items()}


@given(expression=st.text(st.sampled_from("ab<>=!()[]'\", 12.eE+-*/%not inrabs#\\\n\t"), max_size=20))
@example(expression="'\\")
@example(expression="'a' 'b' == path")
def test_any_text_gives_rows_or_an_error(expression):
    try:
        assert all(row < 4 for row in _rows(expression))
    except InputError as error:
        assert error.hint


def test_tables_answer_expressions():
    table = Table({"rlnDefocusU": ["9000.5", "1e4"], "rlnMicrographName": ["a", "b"]})
    assert table.where("rlnDefocusU < 9500").tolist() == [True, False]
    assert table.select(table.where("rlnMicrographName == 'b'")).column("rlnDefocusU").tolist() == [1e4]
    with pytest.raises(InputError, match="there is no column rlnDefocusV"):
        table.where("rlnDefocusV < 9500")
