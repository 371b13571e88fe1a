"""Every message that a peer may send, asked for or not, again and out of order, against a live node: nothing breaks."""

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest

from p2pchain.node import limits
from p2pchain.node.actions import StagedBlock
from p2pchain.sim.host import Host
from p2pchain.sim.stage import Stage
from p2pchain.sim.stranger import Stranger
from p2pchain.wire.connection import LEGAL, Connection, Phase, Role
from p2pchain.wire.frame import encode_frame
from p2pchain.wire.messages import Message, encode
from p2pchain.wire.messages.block import BlockMessage
from p2pchain.wire.messages.block_txs import BlockTxs
from p2pchain.wire.messages.chain import Chain
from p2pchain.wire.messages.contents import Contents
from p2pchain.wire.messages.get_block_txs import GetBlockTxs
from p2pchain.wire.messages.get_blocks import GetBlocks
from p2pchain.wire.messages.get_chain import GetChain
from p2pchain.wire.messages.get_contents import GetContents
from p2pchain.wire.messages.get_tx import GetTx
from p2pchain.wire.messages.have_tx import HaveTx
from p2pchain.wire.messages.new_block import NewBlock
from p2pchain.wire.messages.new_tx import NewTx
from p2pchain.wire.messages.ping import Ping
from p2pchain.wire.messages.pong import Pong

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "messages.json").read_text("utf-8"))
STEPS = 250

# What is answered once however often it is asked, and what a node says of itself.
GREETING_AND_MORE = 64 * 1024


def published() -> list[Message]:
    """Read the published example of each message that a peer may send once it has greeted."""
    found = []
    for vector in VECTORS:
        if vector["message"] in LEGAL[Role.PEER, Phase.TALKING]:
            connection = Connection(Role.CONTROL)
            found += [
                each.message for each in connection.receive(encode_frame(bytes.fromhex(vector["body"])))
            ]
    return found


def about(item: StagedBlock, rng: random.Random) -> list[Message]:
    """Make messages about a block that are well formed, and true or not."""
    block, txids = item.block, tuple(each.txid for each in item.block.transactions)
    header, bare = block.header.encode(), block.with_contents(dict.fromkeys(range(len(txids)))).encode()
    other = type(block)(block.header, replace(block.coinbase, miner=rng.randbytes(32)), block.transactions)
    encoded = tuple(each.encode() for each in block.transactions)
    contents = tuple(each.content for each in block.transactions)
    return [
        NewBlock(header=header),
        NewBlock(block=block.encode()),
        NewBlock(block=bare),
        NewBlock(block=other.encode()),
        NewBlock(header=header, coinbase=block.coinbase.encode(), short_ids=(rng.randbytes(6),)),
        BlockMessage(block=rng.choice((block, other)).encode()),
        BlockMessage(hash=block.hash, missing=True),
        BlockTxs(hash=block.hash, transactions=rng.choice((encoded, ()))),
        Chain(what="headers", start=block.height, items=(header,), height=block.height, tip=block.hash),
        Contents(contents=rng.choice((contents, (None,), ()))),
        GetBlocks(hashes=(block.hash, block.header.previous_hash)),
        GetBlockTxs(hash=block.hash, indexes=(0,)),
        GetChain(locator=(block.hash,), what=rng.choice(("headers", "blocks")), limit=50),
        GetContents(txids=txids or (block.hash,)),
        GetTx(txids=txids),
        HaveTx(txids=txids),
        NewTx(transactions=encoded, ack=rng.random() < 0.5),
    ]


def tell_honestly(friend: Stranger, chain: list[StagedBlock]) -> None:
    """Tell of a chain, and answer what is asked about it for some minutes, as an honest node does."""
    bodies = {item.block.hash: item.block.encode() for item in chain}
    held = {each.txid: each.content for item in chain for each in item.block.transactions}
    answered = 0
    for turn in range(400):
        if turn < len(chain):
            friend.say(NewBlock(block=chain[turn].block.encode()))
        friend.wait(500)
        news, answered = friend.heard[answered:], len(friend.heard)
        for message in news:
            if isinstance(message, Ping):
                friend.say(Pong(nonce=message.nonce))
            elif isinstance(message, GetContents):
                friend.say(Contents(contents=tuple(map(held.get, message.txids))))
            elif isinstance(message, GetBlocks):
                for each in message.hashes:
                    there = each in bodies
                    friend.say(
                        BlockMessage(block=bodies[each]) if there else BlockMessage(hash=each, missing=True)
                    )
            elif isinstance(message, GetChain):
                items, tip = tuple(item.block.header.encode() for item in chain), chain[-1].block
                friend.say(Chain(what="headers", start=1, items=items, height=tip.height, tip=tip.hash))


def check(host: Host) -> None:
    """Check what must hold after each message."""
    parts = host.node._parts
    assert parts.ledger.tree.tip.hash == host.tip or parts.connecting.under_way
    assert parts.bodies.held_bytes == sum(body.block.size for body in parts.bodies._held.values())
    assert parts.blocks.checking_bytes >= 0
    for peer in parts.peers.all():
        assert len(peer.questions) <= limits.QUESTIONS_MAX or peer.is_control
        assert len(peer.serving) <= limits.SERVE_QUEUE_MAX
        assert len(peer.txs_wanted) <= limits.TXS_ASKED_MAX
        assert peer.intake_bytes >= 0


@pytest.mark.parametrize("seed", range(12))
def test_no_message_breaks_a_node_whatever_came_before(seed: int) -> None:
    stage, rng = Stage(seed), random.Random(seed)
    host = stage.host()
    main = stage.builder.chain(stage.builder.genesis, [1, 0, 2, 1])
    fork = stage.builder.chain(stage.builder.genesis, [1, 1])
    examples = published()
    friend = stage.friend(host)
    said: list[Message] = []
    for _ in range(STEPS):
        item = rng.choice(main + fork)
        message = rng.choice([*about(item, rng), rng.choice(examples), *said[-3:]])
        said.append(message)
        friend.say(*[message] * rng.choice((1, 1, 1, 2)))
        friend.wait(rng.choice((1, 20, 100)))
        assert host.running
        check(host)
        if friend.closed:
            friend = stage.friend(host)
    tell_honestly(stage.friend(host), main)
    assert host.running
    check(host)
    assert host.tip == main[-1].block.hash


@pytest.mark.parametrize("message", published(), ids=lambda message: message.NAME)
def test_a_message_is_answered_with_no_more_than_it_asks_for(message: Message) -> None:
    stage = Stage(1)
    host = stage.host()
    friend = stage.friend(host)
    heard = len(friend.heard)
    count = max(2, 20_000 // len(encode(message)))
    friend.say(*[message] * count)
    friend.wait(1_000)
    out = sum(len(encode(each)) for each in friend.heard[heard:])
    assert out <= 16 * count * len(encode(message)) + GREETING_AND_MORE
    assert host.running
