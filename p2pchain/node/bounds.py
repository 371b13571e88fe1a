"""How much of each bound is used at a moment: what must never exceed its limit, whatever peers do."""

from collections.abc import Iterator
from typing import NamedTuple

from p2pchain.chain.network import MAX_BLOCK_BYTES
from p2pchain.node import limits
from p2pchain.node.events import Direction
from p2pchain.node.parts import Parts
from p2pchain.wire.messages.new_tx import NewTx

# One message more than what makes a node stop reading can be on its way.
INTAKE_BYTES_MAX = limits.INTAKE_BYTES_HIGH + NewTx.BYTES_MAX

# What one answer brings may come on top of the headers that are held.
HEADERS_MAX = limits.TREE_MAX + limits.HEADERS_PER_MESSAGE

# A slice from the disk may come on top of what the mempool takes from peers.
MEMPOOL_COUNT_MAX = limits.MEMPOOL_COUNT_MAX + limits.PENDING_SLICE_COUNT
MEMPOOL_BYTES_MAX = limits.MEMPOOL_BYTES_MAX + limits.PENDING_SLICE_BYTES

# A block of our own comes on top of what waits for its check.
CHECKS_BYTES_MAX = limits.CHECKS_BYTES_MAX + MAX_BLOCK_BYTES


class Use(NamedTuple):
    """What is held of one thing, and the most that may be; both in the unit of the limit."""

    name: str
    used: int
    limit: int


def uses(parts: Parts) -> Iterator[Use]:
    """List what a node's parts hold, and the most that any one peer makes it hold."""
    peers, fetch = parts.peers.all(), parts.fetch
    yield Use("inbound peers", parts.peers.count(Direction.INBOUND), limits.INBOUND_MAX)
    yield Use("headers", len(parts.ledger.tree), HEADERS_MAX)
    yield Use("bytes of bodies", parts.bodies.held_bytes, limits.BODIES_HELD_BYTES)
    yield Use("bytes of blocks under check", parts.blocks.checking_bytes, CHECKS_BYTES_MAX)
    yield Use("orphans", len(parts.blocks.orphans), limits.ORPHANS_MAX)
    yield Use("held headers", len(parts.held), limits.HELD_MAX)
    yield Use("blocks being put together", len(parts.compact), limits.COMPACT_MAX)
    yield Use("searches of contents", len(parts.contents), limits.CONTENTS_SEARCHES)
    yield Use("pending transactions", len(parts.mempool), MEMPOOL_COUNT_MAX)
    yield Use("pending bytes", parts.mempool.size, MEMPOOL_BYTES_MAX)
    yield Use("confirmed txids", fetch.confirmed_count, limits.CONFIRMED_REMEMBERED)
    yield Use("addresses", len(parts.addresses.book), limits.ADDRESSES_MAX)
    yield Use("bans", len(parts.bans), limits.BANS_MAX)
    yield Use("discouraged hosts", parts.bans.discouraged_count, limits.DISCOURAGED_MAX)
    for name, limit, of_peers in (
        ("intake bytes", INTAKE_BYTES_MAX, [peer.intake_bytes for peer in peers]),
        ("known transactions", limits.KNOWN_TXS_PER_PEER, [len(peer.known_txs) for peer in peers]),
        ("transactions to send", limits.TXS_ASKED_MAX, [len(peer.txs_wanted) for peer in peers]),
        ("names", limits.NAMED_PER_PEER, [fetch.names_of(peer.connection) for peer in peers]),
        (
            "transactions asked",
            limits.TXS_IN_FLIGHT_PER_PEER,
            [fetch.in_flight_of(peer.connection) for peer in peers],
        ),
        ("blocks asked", limits.BLOCKS_IN_FLIGHT_PER_PEER, [len(peer.asked_blocks) for peer in peers]),
        ("blocks to send", limits.SERVE_QUEUE_MAX, [len(peer.serving) for peer in peers]),
        ("questions", limits.QUESTIONS_MAX, [len(peer.questions) for peer in peers if not peer.is_control]),
        ("blocks lacked", limits.LACKS_MAX, [len(peer.lacks) for peer in peers]),
    ):
        yield Use(f"{name} of one peer", max(of_peers, default=0), limit)
