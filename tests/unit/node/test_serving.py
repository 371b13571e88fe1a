"""What others ask of the chain."""

import pytest

from p2pchain.chain.block import Block
from p2pchain.chain.header import Header
from p2pchain.node.actions import LoadBlocks, LoadContents
from p2pchain.node.limits import CHAIN_BYTES_MAX, QUESTIONS_MAX, SERVE_QUEUE_MAX, STORE_PROBE_MS
from p2pchain.node.peers import Peer
from p2pchain.sim.host import Host
from p2pchain.sim.stage import Stage
from p2pchain.sim.storage import ReadAction
from p2pchain.wire.messages import Message, encode
from p2pchain.wire.messages.block import BlockMessage
from p2pchain.wire.messages.block_txs import BlockTxs
from p2pchain.wire.messages.chain import Chain
from p2pchain.wire.messages.contents import Contents
from p2pchain.wire.messages.forget import Forget
from p2pchain.wire.messages.get_block_txs import GetBlockTxs
from p2pchain.wire.messages.get_blocks import GetBlocks
from p2pchain.wire.messages.get_chain import GetChain
from p2pchain.wire.messages.get_contents import GetContents
from p2pchain.wire.messages.new_block import NewBlock


def host_with(stage: Stage, sizes: list[int]) -> tuple[Host, list[Block]]:
    """A host whose disk holds a chain already."""
    host = stage.host()
    staged = stage.builder.chain(stage.builder.genesis, sizes)
    host.crash()
    host.disk.commit_chain(tuple(staged), (), tuple(item.block.hash for item in staged), 0)
    host.boot()
    return host, [item.block for item in staged]


def test_headers_after_a_locator(stage: Stage) -> None:
    host, blocks = host_with(stage, [0] * 5)
    friend = stage.friend(host)
    friend.say(GetChain(locator=(bytes(32), blocks[1].hash), what="headers", limit=2))
    friend.wait(100)

    (chain,) = friend.told(Chain)
    assert (chain.what, chain.start, chain.height, chain.tip) == ("headers", 3, 5, blocks[-1].hash)
    assert [Header.decode(item) for item in chain.items] == [block.header for block in blocks[2:4]]


def test_an_unknown_locator_begins_after_genesis_and_one_at_the_tip_gets_nothing(stage: Stage) -> None:
    host, blocks = host_with(stage, [0] * 3)
    friend = stage.friend(host)
    friend.say(GetChain(locator=(b"?" * 32,), what="headers", limit=10))
    friend.say(GetChain(locator=(blocks[-1].hash,), what="blocks", limit=10))
    friend.wait(100)

    assert [(chain.start, len(chain.items)) for chain in friend.told(Chain)] == [(1, 3), (4, 0)]


def test_what_stands_from_a_height_on_whatever_the_locator(stage: Stage) -> None:
    host, blocks = host_with(stage, [0] * 5)
    friend = stage.friend(host)
    for start, what in ((4, "headers"), (2, "blocks"), (0, "headers"), (9, "blocks")):
        friend.say(GetChain(locator=(blocks[0].hash,), what=what, limit=2, start=start))
        friend.wait(100)

    told = friend.told(Chain)
    assert [chain.start for chain in told] == [4, 2, 1, 9]
    assert [Header.decode(item) for item in told[0].items] == [block.header for block in blocks[3:]]
    assert list(told[1].items) == [block.encode() for block in blocks[1:3]]
    assert [Header.decode(item).height for item in told[2].items] == [1, 2]
    assert told[3].items == ()


def test_whole_blocks_as_many_as_fit(stage: Stage) -> None:
    host, blocks = host_with(stage, [1, 2, 0])
    friend = stage.friend(host)
    friend.say(GetChain(locator=(), what="blocks", limit=2))
    friend.wait(100)

    (chain,) = friend.told(Chain)
    assert list(chain.items) == [block.encode() for block in blocks[:2]]
    assert sum(len(item) for item in chain.items) <= CHAIN_BYTES_MAX


def test_blocks_by_hash_and_word_of_those_that_are_missing(stage: Stage) -> None:
    host, blocks = host_with(stage, [1] * 4)
    friend = stage.friend(host)
    friend.say(GetBlocks(hashes=(blocks[2].hash, b"?" * 32, blocks[0].hash)))
    friend.wait(200)

    assert [(message.block, message.hash, message.missing) for message in friend.told(BlockMessage)] == [
        (blocks[2].encode(), None, False),
        (None, b"?" * 32, True),
        (blocks[0].encode(), None, False),
    ]


def test_a_long_list_is_served_slice_by_slice_in_order(stage: Stage) -> None:
    host, blocks = host_with(stage, [0] * 200)
    friend = stage.friend(host)
    for start in (0, 100):
        friend.say(GetBlocks(hashes=tuple(block.hash for block in blocks[start : start + 100])))
    friend.wait(2_000)

    assert [message.block for message in friend.told(BlockMessage)] == [block.encode() for block in blocks]


def test_each_answer_carries_the_id_of_its_own_question(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    host, blocks = host_with(stage, [0] * 200)
    peers = host.node._parts.peers
    sent: list[int | None] = []
    send = peers.send
    friend = stage.friend(host)

    def note(peer: Peer, message: Message, tag: int | None = None) -> None:
        sent.append(tag)
        send(peer, message, tag)

    monkeypatch.setattr(peers, "send", note)
    for tag in (7, 8):
        hashes = tuple(block.hash for block in blocks[:100])
        friend.say_bytes(encode(GetBlocks(hashes=hashes), tag))
    friend.wait(2_000)

    assert sent == [7] * 100 + [8] * 100


def test_who_asks_for_more_than_it_takes_is_dismissed(stage: Stage) -> None:
    host, blocks = host_with(stage, [0] * 3)
    friend = stage.friend(host)
    asking = GetBlocks(hashes=(blocks[0].hash,) * 128)
    friend.say(*[asking] * (SERVE_QUEUE_MAX // 128 + 2))
    friend.wait(200)

    assert friend.farewell() == "too_much_asked"
    assert friend.closed


def test_contents_by_txid_a_few_questions_at_a_time(stage: Stage) -> None:
    host, blocks = host_with(stage, [2])
    friend = stage.friend(host)
    one, two = blocks[0].transactions
    friend.say(*[GetContents(txids=(two.txid, bytes(32), one.txid))] * QUESTIONS_MAX)
    friend.wait(200)
    assert [each.contents for each in friend.told(Contents)] == [(two.content, None, one.content)] * 4
    friend.say(*[GetContents(txids=(one.txid,))] * (QUESTIONS_MAX + 1))
    friend.wait(200)
    assert friend.farewell() == "too_much_asked"


def test_what_the_operator_had_forgotten_is_told_by_its_place(stage: Stage) -> None:
    host, blocks = host_with(stage, [2])
    friend = stage.friend(host)
    one, two = blocks[0].transactions
    host.ask(Forget(txids=(two.txid,)))
    friend.wait(200)
    friend.say(GetContents(txids=(one.txid, bytes(32), two.txid)), GetContents(txids=(one.txid,)))
    friend.wait(200)
    answers = [
        Contents(contents=(one.content, None, None), forgotten=(2,)),
        Contents(contents=(one.content,), forgotten=()),
    ]
    assert friend.told(Contents) == answers


def test_what_a_full_disk_has_not_erased_yet_is_not_served(stage: Stage) -> None:
    host = stage.host()
    friend = stage.friend(host)
    (item, above) = stage.builder.chain(stage.builder.genesis, [2, 0])
    friend.say(*(NewBlock(block=each.block.encode()) for each in (item, above)))
    friend.wait(500)
    forgotten, kept = item.block.transactions
    host.disk_full = True
    host.ask(Forget(txids=(forgotten.txid,)))
    friend.wait(500)
    friend.say(
        GetContents(txids=(forgotten.txid, kept.txid)),
        GetBlocks(hashes=(item.block.hash,)),
        GetBlockTxs(hash=item.block.hash, indexes=(0,)),
        GetChain(locator=(), what="blocks", limit=1),
    )
    friend.wait(500)
    stripped = item.block.with_contents({0: None})
    assert host.disk.blocks()[0] == item.block
    assert friend.told(Contents) == [Contents(contents=(None, kept.content), forgotten=(0,))]
    assert [message.block for message in friend.told(BlockMessage)] == [stripped.encode()]
    assert [message.items for message in friend.told(Chain)] == [(stripped.encode(),)]
    (parts,) = friend.told(BlockTxs)
    assert parts.transactions == (stripped.transactions[0].encode(),)
    host.disk_full = False
    friend.wait(STORE_PROBE_MS + 500)
    host.ask(Forget(txids=(forgotten.txid,)))
    friend.wait(500)
    assert host.disk.blocks()[0] == stripped


@pytest.mark.parametrize(
    "question", [GetChain(locator=(), what="blocks", limit=1), GetContents(txids=(bytes(32),))]
)
def test_one_that_left_meanwhile_is_not_served(stage: Stage, question: Message) -> None:
    host, blocks = host_with(stage, [0] * 3)
    friend = stage.friend(host)
    (peer,) = host.node._parts.peers.nodes()
    serving = host.node._parts.serving
    reads: list[ReadAction] = []
    read, host._table[LoadBlocks] = host._table[LoadBlocks], reads.append
    host._table[LoadContents] = reads.append
    friend.say(GetBlocks(hashes=(blocks[0].hash,)), question)
    friend.wait(200)
    assert serving._slices
    assert serving._chains or serving._contents
    host.node._parts.peers.remove(peer.connection)
    for action in reads:
        read(action)
    friend.wait(200)

    assert not serving._slices
    assert not serving._chains
    assert not serving._contents
    assert [friend.told(kind) for kind in (BlockMessage, Chain, Contents)] == [[], [], []]
