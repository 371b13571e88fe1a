"""One end of a connection: bytes to messages, and the order in which they may come, as a table."""

from collections.abc import Iterator
from enum import Enum

from p2pchain.errors import OrderError
from p2pchain.wire.decoding import Incoming, decode, limit_of
from p2pchain.wire.frame import FrameDecoder
from p2pchain.wire.messages import MESSAGES

GREETING_BYTES_MAX = 1024


class Role(Enum):
    """What kind of connection it is."""

    PEER = "peer"
    CONTROL = "control"


class Phase(Enum):
    """How far the other side has come."""

    GREETING = "greeting"
    TALKING = "talking"


class OutOfOrder(OrderError):
    """A message that this moment, or this kind of connection, does not allow."""

    code = "out_of_order"


PEER_MESSAGES = frozenset(
    "bye ping pong get_chain chain get_blocks block new_block get_block_txs block_txs get_contents contents new_tx "
    "have_tx get_tx got_tx get_peers peers error get_status status get_pending pending get_proof proof".split()
)
CONTROL_ONLY = frozenset(
    "mine mined get_connections connections add_peer remove_peer ban unban get_bans bans forget stop done subscribe "
    "event get_network network".split()
)

# What may come in, and the phase that follows it.
LEGAL: dict[tuple[Role, Phase], dict[str, Phase]] = {
    (Role.PEER, Phase.GREETING): {"hello": Phase.TALKING, "bye": Phase.GREETING},
    (Role.PEER, Phase.TALKING): dict.fromkeys(PEER_MESSAGES, Phase.TALKING),
    (Role.CONTROL, Phase.TALKING): dict.fromkeys(PEER_MESSAGES | CONTROL_ONLY, Phase.TALKING),
}


class Connection:
    """Holds what comes in to the framing, the messages' own limits, and the legal order."""

    def __init__(self, role: Role) -> None:
        """A peer begins with hello; a client of the control socket need not."""
        self._role = role
        self._phase = Phase.GREETING if role is Role.PEER else Phase.TALKING
        self._legal = LEGAL[self._role, self._phase]
        self._decoder = FrameDecoder(self._limit_of)
        self.unknown_count = 0

    @property
    def arriving(self) -> str | None:
        """The name of the message of which a part has come."""
        return self._decoder.arriving

    def receive(self, data: bytes) -> Iterator[Incoming]:
        """Take in bytes and give the messages that they complete; ones of unknown types are counted and passed over.

        Messages come one by one, so that those before a fault count, however the bytes were split.

        Raises:
            WireError: the bytes are not the protocol's.
            OrderError: a message is not allowed at this moment.
        """
        self._decoder.feed(data)
        return self._read()

    def drop(self) -> None:
        """Let go of what came in and is no whole message: the connection is gone."""
        self._decoder = FrameDecoder(self._limit_of)

    def _read(self) -> Iterator[Incoming]:
        while (body := self._decoder.next()) is not None:
            name = self._decoder.name
            phase = self._legal.get(name)
            if phase is not None:
                incoming = decode(MESSAGES[name], body)
                if phase is not self._phase:
                    self._phase, self._legal = phase, LEGAL[self._role, phase]
                yield incoming
            elif name in MESSAGES or self._phase is Phase.GREETING:
                raise OutOfOrder(f"one of {', '.join(sorted(self._legal))}", repr(name))
            else:
                self.unknown_count += 1

    def _limit_of(self, name: str) -> int:
        limit = limit_of(name)
        return min(limit, GREETING_BYTES_MAX) if self._phase is Phase.GREETING else limit
