"""Who was asked for which bodies: how many at a time, and what becomes of the share of a peer that is late.

A peer that has shown nothing yet is asked for few bodies, and for one more with each sound one that it sends. One
that is late is not waited for: others are asked for what is wanted next, at first beside it, then in its place, and
it rests.
"""

from collections import Counter
from collections.abc import Iterable

from p2pchain.node.events import Now
from p2pchain.node.limits import (
    BLOCK_LATE_MS,
    BLOCK_TIMEOUT_MAX_MS,
    BLOCK_TIMEOUT_MS,
    BLOCKS_IN_FLIGHT_PER_PEER,
)
from p2pchain.node.peers import Peer, Peers
from p2pchain.wire.messages.block import BlockMessage
from p2pchain.wire.messages.get_blocks import GetBlocks


class Shares:
    """What is asked of each peer and has not come yet."""

    def __init__(self, peers: Peers) -> None:
        """Start with nothing asked."""
        self._peers = peers
        self._askings: Counter[bytes] = Counter()
        self._large = 1

    def __len__(self) -> int:
        """How many bodies somebody was asked for."""
        return len(self._askings)

    def __contains__(self, block_hash: bytes) -> bool:
        """Whether somebody was asked for a body."""
        return block_hash in self._askings

    @staticmethod
    def room(peer: Peer, now: Now) -> int:
        """How many more bodies a peer may be asked for."""
        return peer.blocks_share - len(peer.asked_blocks) if now.ticks_ms >= peer.rests_until_ms else 0

    def weigh(self, size: int) -> None:
        """Note the size of a body that has come: what is awaited may be as large, for some while."""
        self._large = max(size, self._large * 7 // 8, 1)

    def fitting(self, free_bytes: int) -> int:
        """How many more bodies find room beside those that are awaited, if all are as large as the largest lately."""
        return free_bytes // self._large - len(self._askings)

    def ask(self, peer: Peer, hashes: Iterable[bytes], now: Now) -> None:
        """Ask a peer for bodies, those that are wanted first in front."""
        wanted = tuple(hashes)
        if not peer.asked_blocks:
            self._wait(peer, now)
        peer.asked_blocks.update(wanted)
        self._askings.update(wanted)
        self._peers.send(peer, GetBlocks(hashes=wanted))

    @staticmethod
    def grow(peer: Peer) -> None:
        """Allow a peer one more body at a time."""
        peer.blocks_share = min(peer.blocks_share + 1, BLOCKS_IN_FLIGHT_PER_PEER)

    def arrived(self, peer: Peer, block_hash: bytes, now: Now) -> None:
        """Note that a body has come; whoever was asked for it too, and is late, rests."""
        peer.blocks_patience_ms = max(BLOCK_TIMEOUT_MS, peer.blocks_patience_ms * 7 // 8)
        peer.rests_until_ms = 0
        self._wait(peer, now)
        twice = self._askings.pop(block_hash, 0) > (block_hash in peer.asked_blocks)
        peer.asked_blocks.discard(block_hash)
        peer.lacks.discard(block_hash)  # the same once more is nothing that anybody waits for
        for other in self._peers.all() if twice else ():
            if block_hash in other.asked_blocks:
                other.asked_blocks.discard(block_hash)
                if _moved_before(other, now):
                    self._rest(other, now)

    def refused(self, peer: Peer, block_hash: bytes) -> None:
        """Note that a peer says that it lacks a body."""
        peer.note_lacks({block_hash})
        self._drop(peer, {block_hash})

    def release(self, peer: Peer) -> None:
        """Take back everything that a peer was asked for."""
        self._drop(peer, set(peer.asked_blocks))

    def take_from_stalled(self, now: Now) -> bool:
        """Take their shares from peers that have sent no body for too long, or are leaving; says whether any did."""
        stalled = [peer for peer in self._peers.all() if peer.asked_blocks and _is_stalled(peer, now)]
        for peer in stalled:
            peer.note_lacks(peer.asked_blocks)
            self.release(peer)
            self._rest(peer, now)
        return bool(stalled)

    def late(self, now: Now, *, idle: bool) -> set[bytes]:
        """Name the bodies that are asked of one peer only, and that one has sent none for a moment.

        As long as bytes come from a peer it may be in the middle of a large one: then it counts as late only where
        others are `idle`.
        """
        return {
            block_hash
            for peer in self._peers.nodes()
            if peer.asked_blocks
            and _moved_before(peer, now)
            and (idle or peer.heard_ms <= now.ticks_ms - BLOCK_LATE_MS)
            for block_hash in peer.asked_blocks
            if self._askings[block_hash] == 1
        }

    @staticmethod
    def _rest(peer: Peer, now: Now) -> None:
        """Ask a peer for nothing for a while, and then for few bodies; longer each time, until it sends one."""
        if now.ticks_ms >= peer.rests_until_ms:
            peer.rests_until_ms = now.ticks_ms + peer.blocks_patience_ms
            peer.blocks_patience_ms = min(peer.blocks_patience_ms * 2, BLOCK_TIMEOUT_MAX_MS)
            peer.blocks_share = max(1, peer.blocks_share // 4)

    def _drop(self, peer: Peer, hashes: set[bytes]) -> None:
        hashes &= peer.asked_blocks
        peer.asked_blocks -= hashes
        for block_hash in hashes:
            self._askings[block_hash] -= 1
            if not self._askings[block_hash]:
                del self._askings[block_hash]

    @staticmethod
    def _wait(peer: Peer, now: Now) -> None:
        peer.blocks_moved_ms = now.ticks_ms
        peer.blocks_deadline_ms = now.ticks_ms + peer.blocks_patience_ms


def _is_stalled(peer: Peer, now: Now) -> bool:
    """Whether no body is to be expected of a peer; one may take long over a slow line, but not for ever."""
    if peer.is_closing() or now.ticks_ms < peer.blocks_deadline_ms:
        return peer.is_closing()
    moves = peer.wire.arriving == BlockMessage.NAME and now.ticks_ms < peer.heard_ms + peer.blocks_patience_ms
    return not moves or now.ticks_ms >= peer.blocks_moved_ms + BLOCK_TIMEOUT_MAX_MS


def _moved_before(peer: Peer, now: Now) -> bool:
    """Whether a peer has sent no body for a moment: two round trips, where that is known and not too long."""
    moment_ms = min(max(BLOCK_LATE_MS, 2 * (peer.round_trip_ms or 0)), BLOCK_TIMEOUT_MS)
    return peer.blocks_moved_ms + moment_ms <= now.ticks_ms
