"""How far something that happened reaches: which parts of a node may have to follow."""

from enum import IntEnum

from p2pchain.node.events import (
    BytesReceived,
    EventsLoaded,
    PendingExpired,
    PendingLoaded,
    PendingStored,
    SignaturesChecked,
    TimePassed,
)
from p2pchain.wire.messages.get_tx import GetTx
from p2pchain.wire.messages.have_tx import HaveTx
from p2pchain.wire.messages.new_block import NewBlock
from p2pchain.wire.messages.new_tx import NewTx
from p2pchain.wire.messages.ping import Ping
from p2pchain.wire.messages.pong import Pong


class Reach(IntEnum):
    """No further than who handles it, to the parts that deal with records and events, or to every part."""

    NOTHING = 0
    RECORDS = 1
    ALL = 2


# What comes in bytes, and what time brings, is weighed message by message and call by call; what is told of blocks, and
# a pong, by who handles it.
_REACHES: dict[type, Reach] = {
    **dict.fromkeys((BytesReceived, TimePassed, Ping, Pong, HaveTx, NewBlock), Reach.NOTHING),
    **dict.fromkeys(
        (SignaturesChecked, PendingStored, PendingLoaded, PendingExpired, EventsLoaded, NewTx, GetTx),
        Reach.RECORDS,
    ),
}


def reach_of(kind: type) -> Reach:
    """Tell how far a kind of event, or of message, reaches; one of which nothing is known, everywhere."""
    return _REACHES.get(kind, Reach.ALL)
