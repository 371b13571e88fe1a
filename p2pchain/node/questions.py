"""Questions whose answers are long: few of each peer wait, and one is answered at a time, when the last has left."""

from collections.abc import Callable

from p2pchain.errors import OrderError
from p2pchain.node.events import Now
from p2pchain.node.limits import QUESTIONS_MAX
from p2pchain.node.peers import Peer, Peers
from p2pchain.node.timers import Timers

# Answers a question, or has something read for that first, and says whether it has answered already.
Begin = Callable[[], bool]


class TooMuchAsked(OrderError):
    """More was asked for than anyone may have outstanding."""

    code = "too_much_asked"


class Questions:
    """Keeps a few bytes of a stranger's from becoming megabytes that wait for it, however fast it asks."""

    def __init__(self, peers: Peers, timers: Timers) -> None:
        """Start with nothing asked."""
        self._peers = peers
        self._timers = timers
        self._last = 0

    def ask(self, peer: Peer, begin: Begin) -> None:
        """Take in a question, to be begun at the next occasion; the operator's own, as many as they are, at once.

        Raises:
            TooMuchAsked: the peer has not waited for its earlier answers.
        """
        if peer.is_control:
            begin()
            return
        if len(peer.questions) + peer.is_being_answered >= QUESTIONS_MAX:
            raise TooMuchAsked(f"at most {QUESTIONS_MAX} questions not answered yet", "one more")
        peer.questions.append(begin)

    def answered(self, connection: int) -> Peer | None:
        """Give the peer that waits for what was read for it, if it is there still; the next question may follow."""
        peer = self._peers.get(connection)
        if peer is not None:
            peer.is_being_answered = False
        return peer

    def settle(self, now: Now) -> None:
        """Begin the next question of each peer that can take more; after one that was answered at once, a turn later.

        However many peers ask at a time, all else waits for one long answer and no more.
        """
        ready = [peer for peer in self._peers.all() if peer.questions and _may_hear(peer)]
        for peer in sorted(ready, key=lambda peer: peer.connection <= self._last):
            peer.is_being_answered = not peer.questions.popleft()()
            if not peer.is_being_answered:
                self._last = peer.connection
                if peer.questions or len(ready) > 1:
                    self._timers.call_at(now.ticks_ms, lambda _: None)
                return


def _may_hear(peer: Peer) -> bool:
    return peer.writable and not (peer.is_being_answered or peer.is_closing())
