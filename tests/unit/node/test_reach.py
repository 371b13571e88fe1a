"""How far something that happened reaches."""

import pytest

from p2pchain.node.events import BytesReceived, ChainCommitted, PendingStored, SignaturesChecked, TimePassed
from p2pchain.node.reach import Reach, reach_of
from p2pchain.wire.messages.chain import Chain
from p2pchain.wire.messages.have_tx import HaveTx
from p2pchain.wire.messages.hello import Hello
from p2pchain.wire.messages.new_block import NewBlock
from p2pchain.wire.messages.new_tx import NewTx
from p2pchain.wire.messages.ping import Ping
from p2pchain.wire.messages.pong import Pong


@pytest.mark.parametrize("kind", [BytesReceived, TimePassed, Ping, Pong, HaveTx, NewBlock])
def test_some_things_end_where_they_are_handled(kind: type) -> None:
    assert reach_of(kind) is Reach.NOTHING


@pytest.mark.parametrize("kind", [SignaturesChecked, PendingStored, NewTx])
def test_records_concern_no_part_that_deals_with_blocks(kind: type) -> None:
    assert reach_of(kind) is Reach.RECORDS


@pytest.mark.parametrize("kind", [ChainCommitted, Hello, Chain])
def test_all_else_concerns_every_part(kind: type) -> None:
    assert reach_of(kind) is Reach.ALL
    assert Reach.ALL > Reach.RECORDS > Reach.NOTHING
