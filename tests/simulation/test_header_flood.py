"""Headers by the hundred thousand, as cheap as the network allows, on side branches: bounded memory, and no harm."""

import resource
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from p2pchain.chain.header import Header
from p2pchain.chain.tree import Entry
from p2pchain.node.limits import TREE_MAX
from p2pchain.sim.stage import Stage
from p2pchain.sim.stranger import Stranger
from p2pchain.wire.messages.block import BlockMessage
from p2pchain.wire.messages.chain import Chain
from p2pchain.wire.messages.get_blocks import GetBlocks
from p2pchain.wire.messages.get_chain import GetChain
from p2pchain.wire.messages.new_block import NewBlock

HEADERS = 200_000
BATCH = 500
CHAIN = 60
MEMORY_MAX = 64 * 1024 * 1024


def resident_bytes() -> int:
    """Give how much memory this process holds."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def side_headers(chain: list[Entry], count: int) -> Iterator[bytes]:
    """Make headers on blocks below a tip, each valid, none with more work than the tip's chain."""
    nonce = 0
    for number in range(count):
        parent = chain[number % (len(chain) - 1)]
        header = replace(chain[parent.height + 1].header, timestamp=parent.header.timestamp + 1, nonce=nonce)
        while not header.meets_target():
            header = header.with_nonce(header.nonce + 1)
        nonce = header.nonce + 1
        yield header.encode()


def told_way(stranger: Stranger, headers: list[Header], bodies: dict[bytes, bytes]) -> None:
    """Answer what was asked of a chain until nothing is asked any more."""
    chains = blocks = 0
    while len(stranger.told(GetChain)) > chains or len(stranger.told(GetBlocks)) > blocks:
        for _ in stranger.told(GetChain)[chains:]:
            chains += 1
            items = tuple(header.encode() for header in headers)
            tip = headers[-1]
            stranger.say(Chain(what="headers", start=1, items=items, height=tip.height, tip=tip.hash))
        for message in stranger.told(GetBlocks)[blocks:]:
            blocks += 1
            stranger.say(*(BlockMessage(block=bodies[each]) for each in message.hashes if each in bodies))
        stranger.wait(300)


def test_a_flood_of_low_work_headers_costs_bounded_memory_and_no_better_chain() -> None:
    stage = Stage()
    host = stage.host()
    friend, flooder = stage.friend(host), stage.friend(host)
    chain = [stage.builder.genesis]
    for _ in range(CHAIN):
        entry, block = stage.builder.block(chain[-1])
        chain.append(entry)
        friend.say(NewBlock(block=block.encode()))
        friend.wait(60)
    assert host.tip == chain[-1].hash
    better = stage.builder.chain(stage.builder.genesis, [0] * (CHAIN + 5))
    flood = side_headers(chain, HEADERS)
    tree = host.node._parts.ledger.tree

    before, most, peak = resident_bytes(), 0, 0
    for _ in range(HEADERS // BATCH):
        if flooder.closed:
            flooder = stage.friend(host)
        flooder.say(*(NewBlock(header=next(flood)) for _ in range(BATCH)))
        flooder.wait(50)
        most, peak = max(most, len(tree)), max(peak, resident_bytes() - before)

    assert TREE_MAX // 2 < most <= TREE_MAX
    assert peak < MEMORY_MAX, peak
    assert host.tip == chain[-1].hash
    honest = stage.stranger()
    honest.dial(host)
    tip, work = better[-1].block, better[-1].work.to_bytes(32, "big")
    honest.greet(honest.hello(height=tip.height, tip=tip.hash, work=work))
    headers = [item.block.header for item in better]
    told_way(honest, headers, {item.block.hash: item.block.encode() for item in better})
    assert host.tip == tip.hash
