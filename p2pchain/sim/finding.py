"""What a checker found: something that must never be, in some simulated world."""


class Finding(AssertionError):
    """What the checker `checker` says is wrong."""

    def __init__(self, checker: str, what: str) -> None:
        """Take the checker's name, and what it found, in a sentence."""
        super().__init__(f"{checker}: {what}")
        self.checker = checker
        self.what = what

    def __reduce__(self) -> tuple[type["Finding"], tuple[str, str]]:
        """Travel between processes whole."""
        return Finding, (self.checker, self.what)
