"""Listeners that stop a job in the middle, as Ctrl-C would."""


class Interrupting:
    """Raises KeyboardInterrupt before step number `after` of all the steps it follows; counts those it let pass."""

    def __init__(self, after: int | None = None):
        self.after = after
        self.passed = 0
        self.descriptions: list[str] = []

    def track(self, steps, *, description, total, completed=0):
        self.descriptions.append(description)
        for step in steps:
            if self.passed == self.after:
                raise KeyboardInterrupt
            self.passed += 1
            yield step
