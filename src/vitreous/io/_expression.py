"""Expressions of columns, such as `rlnDefocusU < 15000`, as masks of rows."""

import ast
import difflib
import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
from jaxtyping import Bool, Shaped

from vitreous._core import InputError

Column = Shaped[np.ndarray, " n"]
_Value = Column | float | int | str

_LONGEST = 10_000  # characters; Python's parser has a stack of its own
_DEEPEST = 100
_WORDS = {"and", "or", "not", "in", "abs", "sqrt", "isfinite", "startswith", "contains"}
_WORD = re.compile(r"[^\s()\[\],<>=!+*%'\"]+")
_LANGUAGE = "Combine columns, numbers and 'text' with < <= > >= == != in [..] and or not + - * / % ** ( )."
_COMPARISONS = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_ARITHMETIC = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
    ast.Mod: np.mod,
    ast.Pow: np.power,
}
_OF_NUMBERS = {"abs": np.abs, "sqrt": np.sqrt, "isfinite": np.isfinite}


def evaluate_expression(
    expression: str, names: Sequence[str], column: Callable[[str], Column]
) -> Bool[np.ndarray, " n"]:
    """Which rows an expression of columns holds for.

    An expression compares columns with numbers, text in quotes and each other (`<`, `<=`, `>`, `>=`, `==`, `!=`, also
    chained as in `1000 < rlnDefocusU < 15000`), looks for them in lists (`rlnClassNumber in [1, 3]`, `not in`), and
    joins such conditions by `and`, `or`, `not` and parentheses. Numbers are added, subtracted, multiplied, divided,
    taken modulo (`%`) and to a power (`**`), in double precision; integers that are only compared stay exact.
    Functions are `abs(x)`, `sqrt(x)`, `isfinite(x)`, `startswith(text, 'part')` and `contains(text, 'part')`. Columns
    have the names that they have in the file, with slashes and all; of two that fit, the longer one is meant, so that
    a division by a column wants blanks around the slash. What is not finite compares as in IEEE 754: with NaN, only
    `!=` holds.

    Python's own parser reads it, but nothing is handed to Python for evaluation.

    Arguments:
        expression: The text, of at most 10 000 characters.
        names: The columns that there are.
        column: Gives one of them: an array of numbers, of text or of truth values.

    Raises:
        InputError: The expression cannot be read, names a column that there is not, or mixes text and numbers; it is
            quoted with the place.

    Examples:
        >>> columns = {"ctf/df1_A": np.array([9000.0, 21000.0]), "path": np.array(["a.mrc", "b.mrc"])}
        >>> evaluate_expression("ctf/df1_A / 1e4 < 1.5", [*columns], columns.__getitem__).tolist()
        [True, False]
        >>> evaluate_expression("path in ['b.mrc'] or not ctf/df1_A > 0", [*columns], columns.__getitem__).tolist()
        [False, True]
    """
    return _Evaluation(expression, names, column).mask()


class _Evaluation:
    def __init__(self, expression: str, names: Sequence[str], column: Callable[[str], Column]):
        self._expression = expression
        self._names = names
        self._column = column
        # Any blank is a space, so that one line is parsed, of the same length.
        text = re.sub(r"\s", " ", expression)
        self._start = len(text) - len(text.lstrip())
        self._text, self._columns = _without_columns(text, names)

    def mask(self) -> Bool[np.ndarray, " n"]:
        if len(self._expression) > _LONGEST:
            raise InputError(
                f"the expression has {len(self._expression)} characters, and at most {_LONGEST} are read.",
                hint="Select by a list of indices instead.",
            )
        try:
            tree = ast.parse(self._text[self._start :], mode="eval").body
        except SyntaxError as error:
            place = self._start + error.offset - 1 if error.offset else len(self._text)
            raise self._error(place, f"{error.msg}", hint=_LANGUAGE) from None
        except (ValueError, MemoryError, RecursionError) as error:
            reason = str(error) or "it is nested too deeply"
            raise self._error(0, f"it cannot be parsed ({reason})", hint=_LANGUAGE) from None
        with np.errstate(all="ignore"):
            found = self._condition(tree, 0)
        return found

    def _condition(self, node: ast.expr, depth: int) -> Bool[np.ndarray, " n"]:
        value = self._value(node, depth)
        if not isinstance(value, np.ndarray) or value.dtype != bool:
            raise self._error(node, "this is no condition", hint="Compare it, as in rlnClassNumber == 1.")
        return value

    def _value(self, node: ast.expr, depth: int) -> _Value:
        if depth > _DEEPEST:
            raise self._error(node, f"it is nested more than {_DEEPEST} deep", hint="Split it into several selections.")
        match node:
            case ast.Constant(value=float() | int() | str() as value) if not isinstance(value, bool):
                return value
            case ast.Name():
                return self._named(node)
            case ast.UnaryOp(op=ast.Not()):
                return ~self._condition(node.operand, depth + 1)
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() as value)) if not isinstance(value, bool):
                return -value
            case ast.UnaryOp(op=ast.USub()):
                return np.negative(self._number(node.operand, depth + 1))
            case ast.UnaryOp(op=ast.UAdd()):
                return self._number(node.operand, depth + 1)
            case ast.BinOp(op=op) if type(op) in _ARITHMETIC:
                left, right = (self._number(side, depth + 1) for side in (node.left, node.right))
                return _ARITHMETIC[type(op)](left, right)
            case ast.BoolOp():
                join = np.logical_and if isinstance(node.op, ast.And) else np.logical_or
                return join.reduce([self._condition(value, depth + 1) for value in node.values])
            case ast.Compare():
                return np.logical_and.reduce([*self._compared(node, depth + 1)])
            case ast.Call(func=ast.Name(id=name), keywords=[]) if name in _WORDS:
                return self._called(node, name, depth + 1)
            case _:
                raise self._error(node, "this is not part of the language", hint=_LANGUAGE)

    def _named(self, node: ast.Name) -> Column:
        place = self._place(node)
        name = self._columns.get(place)
        if name is None:
            word = self._word(place)
            close = difflib.get_close_matches(word, self._names, n=3, cutoff=0.5)
            available = ", ".join(close) if close else ", ".join([*self._names][:20]) or "none"
            hint = f"Did you mean {available}?" if close else f"Its columns are: {available}. Text stands in quotes."
            raise self._error(place, f"there is no column {word}", hint=hint)
        values = np.asarray(self._column(name))
        if values.ndim != 1:
            raise self._error(
                place,
                f"column {name} holds {values.shape[1:]} numbers in each row",
                hint="Use a column with one value in each row.",
            )
        return values.astype(str) if values.dtype.kind in "SO" else values

    def _word(self, place: int) -> str:
        """What may have been meant as a column's name: with its slashes, if there is such a one."""
        words = [found for found in _WORD.finditer(self._expression) if found.start() <= place < found.end()]
        if words and difflib.get_close_matches(words[0][0], self._names, cutoff=0.6):
            return words[0][0]
        return re.compile(r"\w*").match(self._expression, place)[0]  # type: ignore[index]

    def _number(self, node: ast.expr, depth: int) -> np.float64 | Shaped[np.ndarray, " n"]:
        value = self._value(node, depth)
        if _is_text(value) or (isinstance(value, np.ndarray) and value.dtype == bool):
            raise self._error(node, "a number is needed here", hint="Compare text with == or in, and call no other.")
        try:
            return np.asarray(value, np.float64) if isinstance(value, np.ndarray) else np.float64(value)
        except OverflowError:
            raise self._error(node, "this number is too large", hint="Use a smaller one, such as 1e300.") from None

    def _compared(self, node: ast.Compare, depth: int) -> Iterator[Bool[np.ndarray, " n"]]:
        left_node, left = node.left, self._value(node.left, depth)
        for op, right_node in zip(node.ops, node.comparators, strict=True):
            if isinstance(op, ast.In | ast.NotIn):
                found = self._among(left_node, left, right_node, depth)
                yield ~found if isinstance(op, ast.NotIn) else found
                continue
            if type(op) not in _COMPARISONS:
                raise self._error(node, "this comparison is not part of the language", hint=_LANGUAGE)
            right = self._value(right_node, depth)
            yield self._pair(node, _COMPARISONS[type(op)], left, right)
            left_node, left = right_node, right

    def _among(self, node: ast.expr, value: _Value, options: ast.expr, depth: int) -> Bool[np.ndarray, " n"]:
        if not isinstance(options, ast.List | ast.Tuple) or not options.elts:
            raise self._error(options, "a list is needed behind in", hint="Write in [1, 2], or contains(text, 'part').")
        found = [self._pair(option, operator.eq, value, self._value(option, depth + 1)) for option in options.elts]
        return np.logical_or.reduce(found)

    def _pair(self, node: ast.expr, compare: Callable, left: _Value, right: _Value) -> Bool[np.ndarray, " n"]:
        if _is_text(left) != _is_text(right):
            text = left if _is_text(left) else right
            kind = "a column of text" if isinstance(text, np.ndarray) else repr(text)
            raise self._error(
                node, f"{kind} is compared with numbers", hint="Write numbers without quotes, and text with quotes."
            )
        if not isinstance(left, np.ndarray) and not isinstance(right, np.ndarray):
            raise self._error(node, "no column is compared here", hint="Name a column on one side.")
        try:
            return np.asarray(compare(left, right))
        except OverflowError:
            raise self._error(node, "this number is too large", hint="Use a smaller one, such as 1e300.") from None

    def _called(self, node: ast.Call, name: str, depth: int) -> _Value:
        arguments = [self._value(argument, depth) for argument in node.args]
        if name in _OF_NUMBERS and len(arguments) == 1:
            return _OF_NUMBERS[name](self._number(node.args[0], depth))
        if name in ("startswith", "contains") and len(arguments) == 2:
            text, part = arguments
            if isinstance(text, np.ndarray) and text.dtype.kind == "U" and isinstance(part, str):
                return np.strings.startswith(text, part) if name == "startswith" else np.strings.find(text, part) >= 0
            raise self._error(node, f"{name} needs a column of text and a text", hint=f"Write {name}(column, 'part').")
        raise self._error(node, f"{name} does not take {len(arguments)} values", hint=f"Write {name}(x).")

    def _place(self, node: ast.expr) -> int:
        before = self._text[self._start :].encode()[: node.col_offset]  # the parser counts bytes
        return self._start + len(before.decode())

    def _error(self, where: ast.expr | int, what: str, *, hint: str) -> InputError:
        place = where if isinstance(where, int) else self._place(where)
        quoted = f"{self._expression[:place]}»{self._expression[place:]}"
        if len(quoted) > 120:
            quoted = f"…{self._expression[max(place - 60, 0) : place]}»{self._expression[place : place + 60]}…"
        return InputError(f"expression {quoted} cannot be evaluated at character {place + 1} (»): {what}.", hint=hint)


def _is_text(value: _Value) -> bool:
    return isinstance(value, str) or (isinstance(value, np.ndarray) and value.dtype.kind == "U")


def _without_columns(text: str, names: Sequence[str]) -> tuple[str, Mapping[int, str]]:
    """The text with each name of a column as a word of the same length, and where which name stood."""
    known = sorted((name for name in names if name and name not in _WORDS), key=len, reverse=True)
    quoted = r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\""
    words = "|".join(re.escape(name) for name in known) or r"(?!)"
    places = {}

    def replaced(found: re.Match) -> str:
        if found["name"] is None:
            return found[0]
        places[found.start()] = found["name"]
        return "c" * len(found[0])

    return re.sub(rf"{quoted}|(?<![\w.])(?P<name>{words})(?!\w)", replaced, text), places
