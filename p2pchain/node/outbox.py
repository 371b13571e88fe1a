"""Where a node puts what it wants done, until its driver takes it."""

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
        if len(self) < 2:
            return [self.pop()] if self else []
        taken: list[Action] = []
        runs: dict[int, tuple[int, list[bytes]]] = {}
        last: Action | None = None
        for action in self:
            if isinstance(action, Send) and isinstance(last, Send) and action.connection == last.connection:
                _, frames = runs.setdefault(len(taken) - 1, (last.connection, [last.data]))
                frames.append(action.data)
            else:
                taken.append(action)
                last = action
        for place, (connection, frames) in runs.items():
            taken[place] = Send(connection, b"".join(frames))
        self.clear()
        return taken
