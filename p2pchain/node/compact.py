"""Puts blocks together that came in their compact form, from what is pending; asks once for what that lacks.

Nothing that goes wrong here is charged to a header, nor to whoever relayed it: the block is then asked for whole.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice

from p2pchain.chain.network import Network
from p2pchain.chain.transaction import HEAD_SIZE_MIN, SALT_SIZE
from p2pchain.chain.tree import Entry
from p2pchain.errors import PeerError
from p2pchain.node.access import Access
from p2pchain.node.blocks import Blocks
from p2pchain.node.download import Download
from p2pchain.node.events import Now
from p2pchain.node.intake import Intake
from p2pchain.node.limits import (
    COMPACT_LOOKS_MAX,
    COMPACT_MAX,
    COMPACT_PER_BLOCK,
    COMPACT_PROGRESS_BYTES,
    COMPACT_READ_SLICE,
    COMPACT_SLICE,
    COMPACT_TIMEOUT_MS,
)
from p2pchain.node.mempool import Mempool
from p2pchain.node.peers import Peer, Peers
from p2pchain.node.reconstruction import Reconstruction
from p2pchain.node.timers import Slices, Timers
from p2pchain.wire.messages.block_txs import BlockTxs
from p2pchain.wire.messages.get_block_txs import GetBlockTxs


class Compact:
    """Blocks under construction, one a peer and few in all."""

    def __init__(
        self,
        network: Network,
        mempool: Mempool,
        intake: Intake,
        blocks: Blocks,
        download: Download,
        peers: Peers,
        access: Access,
        timers: Timers,
    ) -> None:
        """Start with none."""
        self._network = network
        self._mempool = mempool
        self._intake = intake
        self._blocks = blocks
        self._download = download
        self._peers = peers
        self._access = access
        self._timers = timers
        self._by_peer: dict[int, Reconstruction] = {}
        self._work: dict[int, Slices[None]] = {}

    def __len__(self) -> int:
        """How many blocks are being put together."""
        return len(self._by_peer)

    def begin(self, peer: Peer, entry: Entry, coinbase: bytes, ids: tuple[bytes, ...], now: Now) -> None:
        """Begin with a block whose header is accepted, unless it is there, or enough are under construction."""
        earlier = self._by_peer.get(peer.connection)
        if earlier is not None and earlier.entry is entry:
            return
        if earlier is not None:
            self._give_up(earlier)
        twins = [each for each in self._by_peer.values() if each.entry is entry]
        count_max = self._network.max_block_bytes // (HEAD_SIZE_MIN + SALT_SIZE)
        crowded = len(twins) >= COMPACT_PER_BLOCK or len(self._by_peer) >= COMPACT_MAX
        if self._blocks.known(entry) or crowded or len(ids) > count_max:
            return
        built = Reconstruction(entry, coinbase, ids, peer.connection)
        if built.is_ambiguous:
            return
        if twins:
            built.begin_as(twins[0])
        self._by_peer[peer.connection] = built
        self._blocks.expect(entry)
        work = self._work[peer.connection] = self._search(built)
        self._timers.in_slices(work, lambda _, later: self._finish_or_ask(built, later), now)

    def receive(self, peer: Peer, message: BlockTxs, tag: int | None, now: Now) -> None:
        """Take in what was asked for; what was not, or no longer, is passed over.

        What is not what was asked for ends the connection.
        """
        del tag
        built = self._by_peer.get(peer.connection)
        if built is None or built.entry.hash != message.hash or not built.asked or built.is_answered:
            return
        if not message.transactions:
            self._give_up(built)
            return
        with self._blaming(built, peer, now):
            built.take(message.transactions)
            work = self._work[peer.connection] = self._read(built, peer, now)
            self._timers.in_slices(work, lambda *_: self._finish_read(built), now)

    def gone(self, peer: Peer) -> None:
        """Ask others for the block that a peer which is gone had told of."""
        built = self._by_peer.get(peer.connection)
        if built is not None:
            self._give_up(built)

    def _is_wanted(self, built: Reconstruction) -> bool:
        return self._by_peer.get(built.connection) is built

    def _search(self, built: Reconstruction) -> Slices[None]:
        """Search what is pending, oldest first as blocks take it, then what is on its way there."""
        while not built.is_complete:
            pending = list(islice(self._mempool.since(built.cursor), COMPACT_SLICE))
            built.look([each.transaction for each in pending], sound=True)
            if len(pending) < COMPACT_SLICE:
                break
            built.cursor = pending[-1].sequence + 1
            yield
        coming = iter(self._intake.under_way())
        while not built.is_complete:
            batch = list(islice(coming, COMPACT_SLICE))
            built.look(batch, sound=False)
            if len(batch) < COMPACT_SLICE:
                break
            yield

    def _finish_or_ask(self, built: Reconstruction, now: Now) -> None:
        peer = self._peers.get(built.connection)
        if built.is_complete or peer is None:
            self._finish(built)
            return
        built.asked = built.missing
        self._peers.send(peer, GetBlockTxs(hash=built.entry.hash, indexes=built.asked))
        self._wait_for_answer(built, peer, 1, now)

    def _read(self, built: Reconstruction, peer: Peer, now: Now) -> Slices[None]:
        """Read what a peer has sent."""
        with self._blaming(built, peer, now):
            while not built.read(self._network.id, COMPACT_READ_SLICE):
                yield

    def _finish_read(self, built: Reconstruction) -> None:
        if self._is_wanted(built):
            self._finish(built)

    @contextmanager
    def _blaming(self, built: Reconstruction, peer: Peer, now: Now) -> Iterator[None]:
        try:
            yield
        except PeerError as error:
            self._give_up(built)
            self._access.dismiss(peer, error, now)

    def _look_for_answer(self, built: Reconstruction, peer: Peer, heard: int, looks: int, now: Now) -> None:
        """Turn to others where a peer does not answer, nor is sending much: it is asked for the block last.

        A long answer takes a slow line a while, and the whole block would take as long again.
        """
        if not self._is_wanted(built) or built.is_answered:
            return
        if looks < COMPACT_LOOKS_MAX and peer.bytes_in - heard >= COMPACT_PROGRESS_BYTES:
            self._wait_for_answer(built, peer, looks + 1, now)
        else:
            peer.note_lacks({built.entry.hash})
            self._give_up(built)

    def _wait_for_answer(self, built: Reconstruction, peer: Peer, looks: int, now: Now) -> None:
        heard = peer.bytes_in
        self._timers.call_at(
            now.ticks_ms + COMPACT_TIMEOUT_MS,
            lambda later: self._look_for_answer(built, peer, heard, looks, later),
        )

    def _finish(self, built: Reconstruction) -> None:
        if self._blocks.check(built.entry, built.block(), None, built.sound):
            self._drop(built)
        else:
            self._give_up(built)

    def _give_up(self, built: Reconstruction) -> None:
        self._drop(built)
        self._download.retry()

    def _drop(self, built: Reconstruction) -> None:
        del self._by_peer[built.connection]
        self._timers.drop(self._work.pop(built.connection))
        built.let_go()
        if not any(each.entry is built.entry for each in self._by_peer.values()):
            self._blocks.expect_no_more(built.entry)
