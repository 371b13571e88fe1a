"""Where a node puts what it wants done, until its driver takes it."""

from p2pchain.node.actions import Action, Report


class Outbox(list[Action]):
    """Actions in the order in which they were decided, and the numbers by which answers find their jobs."""

    def __init__(self) -> None:
        """Start empty."""
        super().__init__()
        self._jobs = 0

    def next_job(self) -> int:
        """Give a number that no other job of this node has."""
        self._jobs += 1
        return self._jobs

    def report(self, level: str, text: str) -> None:
        """Tell the operator something, in one line."""
        self.append(Report(level, text))

    def drain(self) -> list[Action]:
        """Take everything out."""
        taken = list(self)
        self.clear()
        return taken
