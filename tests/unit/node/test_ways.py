"""Bodies of better chains than ours that one peer tells of, while the best header's chain has none."""

from p2pchain.chain.tree import Entry
from p2pchain.node.actions import StagedBlock
from p2pchain.node.limits import BLOCK_TIMEOUT_MS, DOWNLOAD_WINDOW, HEADERS_AHEAD_MAX, HEADERS_PER_REQUEST
from p2pchain.node.ways import Ways
from p2pchain.sim.host import Host
from p2pchain.sim.stage import Stage
from p2pchain.sim.stranger import Stranger
from p2pchain.wire.messages.block import BlockMessage
from p2pchain.wire.messages.chain import Chain
from p2pchain.wire.messages.get_blocks import GetBlocks
from p2pchain.wire.messages.get_chain import GetChain
from p2pchain.wire.messages.new_block import NewBlock


def teller(stage: Stage, host: Host, staged: list[StagedBlock]) -> Stranger:
    """Give a stranger that has told a host of all headers of a chain, as it was asked for them."""
    stranger = stage.stranger()
    stranger.dial(host)
    tip, work = staged[-1].block, staged[-1].work.to_bytes(32, "big")
    stranger.greet(stranger.hello(height=tip.height, tip=tip.hash, work=work))
    answered = 0
    while answered < len(stranger.told(GetChain)):
        known = {item.block.hash: number for number, item in enumerate(staged, start=1)}
        question = stranger.told(GetChain)[answered]
        start = next((known[each] for each in question.locator if each in known), 0)
        items = tuple(item.block.header.encode() for item in staged[start : start + HEADERS_PER_REQUEST])
        answered += 1
        stranger.say(Chain(what="headers", start=start + 1, items=items, height=tip.height, tip=tip.hash))
        stranger.wait(100)
    return stranger


def serve(stranger: Stranger, staged: list[StagedBlock]) -> None:
    """Answer everything that was asked for with the bodies of a chain."""
    blocks = {item.block.hash: item.block.encode() for item in staged}
    served = 0
    while len(stranger.told(GetBlocks)) > served:
        for message in stranger.told(GetBlocks)[served:]:
            served += 1
            found = [blocks.get(each) for each in message.hashes]
            told = [
                BlockMessage(block=block) if block else BlockMessage(hash=each, missing=True)
                for each, block in zip(message.hashes, found, strict=True)
            ]
            stranger.say(*told)
        stranger.wait(200)


def test_headers_without_bodies_do_not_hide_a_chain_that_has_them(stage: Stage) -> None:
    host = stage.host()
    empty = stage.builder.chain(stage.builder.genesis, [0] * 40)
    honest = stage.builder.chain(stage.builder.genesis, [1] * 12)
    hider = teller(stage, host, empty)
    friend = teller(stage, host, honest)
    serve(friend, honest)
    assert host.tip == honest[-1].block.hash
    assert host.node.status(host.now()).best_header == len(empty)
    assert not hider.closed


def test_not_even_where_they_are_so_many_that_no_more_are_asked_for(stage: Stage) -> None:
    host = stage.host()
    empty = stage.builder.chain(stage.builder.genesis, [0] * (HEADERS_AHEAD_MAX + 600))
    honest = stage.builder.chain(stage.builder.genesis, [1] * 3)
    hider = teller(stage, host, empty)
    friend = stage.stranger()
    friend.dial(host)
    tip, work = honest[-1].block, honest[-1].work.to_bytes(32, "big")
    friend.greet(friend.hello(height=tip.height, tip=tip.hash, work=work))
    hider.wait(2 * BLOCK_TIMEOUT_MS)
    serve(friend, honest)
    items = tuple(item.block.header.encode() for item in honest)
    assert len(friend.told(GetChain)) == 1
    friend.say(Chain(what="headers", start=1, items=items, height=tip.height, tip=tip.hash))
    friend.wait(200)
    serve(friend, honest)
    assert host.tip == tip.hash


def test_what_its_peer_lacked_it_is_asked_for_again_after_a_while(stage: Stage) -> None:
    host = stage.host()
    empty = stage.builder.chain(stage.builder.genesis, [0] * 8)
    honest = stage.builder.chain(stage.builder.genesis, [1] * 4)
    teller(stage, host, empty)
    friend = teller(stage, host, honest)
    serve(friend, [])
    assert host.tip == stage.network.genesis.hash
    told = len(friend.told(GetBlocks))
    friend.wait(2 * BLOCK_TIMEOUT_MS)
    assert len(friend.told(GetBlocks)) > told
    serve(friend, honest)
    assert host.tip == honest[-1].block.hash


def test_a_way_is_listed_a_window_at_a_time_and_not_where_the_best_header_goes_there(stage: Stage) -> None:
    host = stage.host()
    teller(stage, host, stage.builder.chain(stage.builder.genesis, [0] * (DOWNLOAD_WINDOW + 40)))
    side = stage.builder.chain(stage.builder.genesis, [0] * (DOWNLOAD_WINDOW + 8))
    friend = teller(stage, host, side)
    parts = host.node._parts
    peer = parts.peers.nodes()[-1]
    there: set[bytes] = set()

    def has(entry: Entry) -> bool:
        return entry.hash in there

    ways = Ways(parts.ledger, has)
    hashes = [item.block.hash for item in side]
    assert [entry.hash for entry in ways.missing(peer)] == hashes[:DOWNLOAD_WINDOW]
    there.update(hashes[:3])
    assert ways.missing(peer)[0].hash == hashes[3]
    there.update(hashes[:DOWNLOAD_WINDOW])
    assert [entry.hash for entry in ways.missing(peer)] == hashes[DOWNLOAD_WINDOW:]
    there.update(hashes)
    assert not ways.missing(peer)
    there.clear()
    assert not ways.missing(peer)
    ways.plan()
    assert ways.missing(peer)
    ways.gone(peer)
    below = parts.ledger.best.parent
    assert below is not None
    peer.headers_reached, peer.knows_tip = None, below.hash
    assert not ways.missing(peer)
    peer.knows_tip = bytes(32)
    assert not ways.missing(peer)
    assert not friend.closed


def test_a_header_told_again_and_again_does_not_keep_a_node_from_telling_of_its_own_tip(stage: Stage) -> None:
    host = stage.host()
    hider, friend = stage.friend(host), stage.friend(host)
    empty = stage.builder.chain(stage.builder.genesis, [0] * 3)
    (honest,) = stage.builder.chain(stage.builder.genesis, [1])
    other = stage.friend(host)
    for _ in range(12):
        hider.say(*(NewBlock(header=item.block.header.encode()) for item in empty))
        hider.wait(1_000)
    friend.say(NewBlock(block=honest.block.encode()))
    for _ in range(3):
        hider.say(*(NewBlock(header=item.block.header.encode()) for item in empty))
        hider.wait(1_000)
    assert host.tip == honest.block.hash
    assert [message.block for message in other.told(NewBlock)] == [honest.block.encode()]
