"""Proofs fetched from a node that may lie."""

from typing import TypeVar, cast

import pytest

from p2pchain.chain.receipt import OtherHead, OtherRecord
from p2pchain.client.client import Client
from p2pchain.client.proofs import fetch_receipt, prove
from p2pchain.node.events import Unproven
from p2pchain.sim.builder import ChainBuilder
from p2pchain.sim.cluster import simulated_network
from p2pchain.sim.disk import Disk
from p2pchain.wire.messages import Message
from p2pchain.wire.messages.get_proof import GetProof
from p2pchain.wire.receipts import message_of

M = TypeVar("M", bound=Message)
NETWORK = simulated_network()


class Node:
    """A node with a chain of two blocks, which proves one record, whatever it is asked for."""

    def __init__(self) -> None:
        builder = ChainBuilder(NETWORK, 1)
        self.staged = builder.chain(builder.genesis, [2, 1])
        self.disk = Disk(NETWORK)
        self.disk.commit_chain(tuple(self.staged), (), tuple(item.block.hash for item in self.staged), 0)
        self.record, self.other = self.staged[0].block.transactions
        self.asked: list[Message] = []

    async def request(self, message: Message, answer: type[M]) -> M:
        self.asked.append(message)
        receipt = self.disk.prove(self.record.txid, None)
        assert not isinstance(receipt, Unproven)
        found = message_of(receipt)
        assert isinstance(found, answer)
        return found


async def test_what_it_shows_is_checked_here() -> None:
    node = Node()
    client = cast(Client, node)
    tip = node.staged[-1].block.hash
    for head in (None, tip):
        receipt, proven = await prove(client, NETWORK, node.record.txid, head)
        assert receipt.head.hash == tip
        assert (proven.block, proven.depth) == (node.staged[0].block.header, 1)
    assert node.asked == [GetProof(txid=node.record.txid, head=head) for head in (None, tip)]


async def test_a_node_that_proves_something_else_is_found_out() -> None:
    node = Node()
    client = cast(Client, node)
    with pytest.raises(OtherRecord):
        await prove(client, NETWORK, node.other.txid)
    with pytest.raises(OtherHead):
        await prove(client, NETWORK, node.record.txid, node.staged[0].block.hash)
    assert (await fetch_receipt(client, node.other.txid)).record == node.record.head
