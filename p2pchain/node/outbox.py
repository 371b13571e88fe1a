"""Where a node puts what it wants done, until its driver takes it."""

from itertools import groupby

from p2pchain.node.actions import Action, Report, Send


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
        """Take everything out; what goes to one connection without anything in between as one piece."""
        taken: list[Action] = []
        for to, run in groupby(self, lambda action: action.connection if isinstance(action, Send) else 0):
            if to:
                frames = [action.data for action in run if isinstance(action, Send)]
                taken.append(Send(to, b"".join(frames)))
            else:
                taken.extend(run)
        self.clear()
        return taken
