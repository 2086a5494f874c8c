"""What programs write into STAR files that the grammar of CIF does not allow, and what is wrong with others."""

import re

_KEYWORD = re.compile(r"(?:data_|loop_|global_|save_|stop_)", re.IGNORECASE)
_WORD = re.compile(r"""'.*?'(?=\s|$)|".*?"(?=\s|$)|\#.*|\S+""")
_UNEVEN = re.compile(r"(\d+):.*Wrong number of values in loop")


def with_quotes(text: str) -> str:
    """The text with quotes around bare words that need them.

    RELION writes, and takes, any word without blanks: one with letters outside of ASCII, or that starts with `$` or
    like `data_`. What stands in a line with as many words as its loop has columns, or behind a name, is a value. A
    loop of one column is left alone where it cannot be told from the beginning of the next block.
    """
    if "\n;" in text:  # text over several lines, which may hold what looks like such lines
        return text
    lines, columns, header = text.split("\n"), 0, False
    for number, line in enumerate(lines):
        words = line.split()
        if not words or words[0].startswith(("#", "'", '"', ";")):
            continue
        if words[0].startswith("_"):
            columns = columns + 1 if header else 0
            first = 1 if not header and len(words) == 2 else None
        elif len(words) == columns > 1 and not any(word.startswith("_") for word in words):
            header, first = False, 0
        else:
            header, first = words[0].lower() == "loop_", None
            columns = 0 if header or _KEYWORD.match(words[0]) else columns
        if first is not None and any(map(_is_bare, words[first:])):
            lines[number] = " ".join(words[:first] + [_quoted(word) for word in words[first:]])
    return "\n".join(lines)


def uneven_row(text: str, reason: str) -> str | None:
    """Which line of a loop does not hold a value for each column, if that is the parser's reason."""
    found = _UNEVEN.match(reason)
    if found is None:
        return None
    begin, columns = int(found[1]), 0
    for number, line in enumerate(text.split("\n")[begin:], start=begin + 1):
        words = [word for word in _WORD.findall(line) if not word.startswith("#")]
        if not words:
            continue
        if words[0].startswith("_"):
            columns += 1
        elif words[0].startswith(";"):
            return None
        elif len(words) != columns:
            return (
                f"line {number} has {len(words)} {'value' if len(words) == 1 else 'values'}, but the loop that begins "
                f"in line {begin} has {columns} columns"
            )
    return None


def _is_bare(word: str) -> bool:
    return (word.startswith("$") or not word.isascii() or bool(_KEYWORD.match(word))) and word.isprintable()


def _quoted(word: str) -> str:
    if not _is_bare(word):
        return word
    quote = '"' if "'" in word else "'"
    return f"{quote}{word}{quote}"
