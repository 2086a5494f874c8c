"""The one exception for bad input."""


class InputError(ValueError):
    """Input that cannot be used: a broken file, an option out of range, columns that are missing.

    The message says what happened, with the value seen, and why it matters; `hint` says what to type instead.
    The command line prints both and exits with status 2.

    Arguments:
        message: What happened.
        hint: What to do about it.

    Examples:
        >>> print(InputError("box=0 holds no pixels.", hint="Use --box 64."))
        box=0 holds no pixels.
        hint: Use --box 64.
    """

    def __init__(self, message: str, *, hint: str | None = None):
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message if self.hint is None else f"{self.message}\nhint: {self.hint}"
