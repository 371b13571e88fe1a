"""Serves single transactions of recent blocks, to who has the rest of them."""

from collections.abc import Sequence
from typing import TypeVar

import msgpack

from p2pchain.chain.block import Block, Parts
from p2pchain.node.actions import LoadBlocks
from p2pchain.node.events import BlocksLoaded, Now
from p2pchain.node.ledger import Ledger
from p2pchain.node.limits import BLOCK_TXS_DEPTH, CHAIN_BYTES_MAX
from p2pchain.node.outbox import Outbox
from p2pchain.node.peers import Peer, Peers
from p2pchain.node.questions import Questions
from p2pchain.node.tombstones import Tombstones
from p2pchain.wire.messages.block_txs import BlockTxs
from p2pchain.wire.messages.get_block_txs import GetBlockTxs

T = TypeVar("T")


class BlockParts:
    """The newest block, and the one that comes next, from memory; a few below from disk; of others, nothing."""

    def __init__(
        self, ledger: Ledger, tombstones: Tombstones, peers: Peers, questions: Questions, outbox: Outbox
    ) -> None:
        """Start with no block at hand."""
        self._ledger = ledger
        self._tombstones = tombstones
        self._peers = peers
        self._questions = questions
        self._outbox = outbox
        self._loading: dict[int, tuple[int, int | None, GetBlockTxs]] = {}
        self.newest: Block | None = None
        self.coming: Block | None = None

    def receive(self, peer: Peer, message: GetBlockTxs, tag: int | None, now: Now) -> None:
        """Answer from memory, or read the block first.

        Raises:
            TooMuchAsked: the peer has not waited for its earlier answers.
        """
        del now
        self._questions.ask(peer, lambda: self._begin(peer, message, tag))

    def _begin(self, peer: Peer, message: GetBlockTxs, tag: int | None) -> bool:
        entry = self._ledger.tree.get(message.hash)
        at_hand = [
            each for each in (self.newest, self.coming) if each is not None and each.hash == message.hash
        ]
        if at_hand:
            chosen = _chosen(at_hand[0].transactions, message.indexes)
            self._answer(peer, tag, message, [each.encode() for each in chosen])
        elif (
            entry is not None
            and self._ledger.tree.is_connected(entry)
            and entry.height > self._ledger.tip.height - BLOCK_TXS_DEPTH
        ):
            job = self._outbox.next_job()
            self._loading[job] = peer.connection, tag, message
            self._outbox.append(LoadBlocks(job, (message.hash,), CHAIN_BYTES_MAX))
            return False
        else:
            self._answer(peer, tag, message, [])
        return True

    def loaded(self, event: BlocksLoaded) -> bool:
        """Send what was read; says whether it was asked for here."""
        if event.job not in self._loading:
            return False
        connection, tag, message = self._loading.pop(event.job)
        peer = self._questions.answered(connection)
        encoded = event.blocks[0] if event.blocks else None
        if peer is not None:
            parts = Parts.decode(self._tombstones.clean(encoded)) if encoded is not None else None
            pairs = list(zip(parts.heads, parts.contents, strict=True)) if parts is not None else []
            self._answer(
                peer, tag, message, [msgpack.packb(pair) for pair in _chosen(pairs, message.indexes)]
            )
        return True

    def _answer(self, peer: Peer, tag: int | None, message: GetBlockTxs, encoded: list[bytes]) -> None:
        self._peers.send(peer, BlockTxs(hash=message.hash, transactions=tuple(encoded)), tag)


def _chosen(items: Sequence[T], indexes: tuple[int, ...]) -> list[T]:
    """Choose those that are asked for, if there are so many; none if there are not."""
    return [items[index] for index in indexes] if max(indexes, default=0) < len(items) else []
