"""Listeners that stop a job in the middle, as Ctrl-C would."""


class Interrupting:
    """Raises KeyboardInterrupt before step number `after` of those it follows; counts the steps that it let pass.

    Arguments:
        after: How many steps pass; all of them where `None`.
        within: Only steps of descriptions that begin like this count, of any where `None`.
    """

    def __init__(self, after: int | None = None, *, within: str | None = None):
        self.after = after
        self.within = within
        self.passed = 0

    def track(self, steps, *, description, total, completed=0):
        counts = self.within is None or description.startswith(self.within)
        for step in steps:
            if counts and self.passed == self.after:
                raise KeyboardInterrupt
            self.passed += counts
            yield step
