"""Fetches the contents that blocks came without: from the own disk first, then from every peer, one after another."""

from p2pchain.chain.block import Block
from p2pchain.chain.network import Network
from p2pchain.chain.tree import Entry
from p2pchain.node.actions import FillContents, LoadBlocks, LoadContents
from p2pchain.node.bodies import Bodies
from p2pchain.node.burial import Burial
from p2pchain.node.content_search import OWN_DISK, ContentSearch, Wanted
from p2pchain.node.events import BlocksLoaded, ContentsLoaded, Now
from p2pchain.node.limits import CHAIN_BYTES_MAX, CONTENTS_RETRY_MS, CONTENTS_SEARCHES, CONTENTS_TIMEOUT_MS
from p2pchain.node.outbox import Outbox
from p2pchain.node.peers import Peer, Peers
from p2pchain.node.sync import Unasked
from p2pchain.node.timers import Timers
from p2pchain.node.tombstones import Tombstones
from p2pchain.wire.messages.contents import Contents
from p2pchain.wire.messages.get_contents import GetContents


class ContentFetch:
    """Which blocks are searched for, a few at a time, and the queue of the others."""

    def __init__(
        self,
        network: Network,
        bodies: Bodies,
        burial: Burial,
        tombstones: Tombstones,
        peers: Peers,
        outbox: Outbox,
        timers: Timers,
    ) -> None:
        """Start with nothing to search for."""
        self._network = network
        self._bodies = bodies
        self._burial = burial
        self._tombstones = tombstones
        self._peers = peers
        self._outbox = outbox
        self._timers = timers
        self._wanted = Wanted()
        self._loading: dict[int, tuple[Entry, set[int] | None]] = {}
        self._searches: dict[bytes, ContentSearch] = {}
        self._jobs: dict[int, ContentSearch] = {}
        self._told: set[bytes] = set()
        self._retrying = False

    def __len__(self) -> int:
        """How many blocks' contents are looked for."""
        return len(self._searches)

    def want_all(self) -> None:
        """Search for what any block lacks that is not buried: there is somebody new to ask, or less to ask for."""
        best = self._bodies.best_complete().work
        for entry in self._burial.lacking():
            if self._burial.work_over(entry) > best:
                self._wanted.add(entry)

    def told(self, peer: Peer, tip: Entry) -> bool:
        """Want of a peer that tells of a tip what is lacking on the way there: by now it has it, or it is buried.

        Of a better one than before, as an honest peer does: what was told already costs nothing to tell again. Says
        whether anything is wanted.
        """
        if tip.work <= peer.contents_told_work or not self._burial.lacking():
            return False
        peer.contents_told_work = tip.work
        wanted = [entry for entry in self._bodies.way_to(tip) if self._burial.lacks(entry)]
        for entry in wanted:
            self._wanted.add(entry, peer.connection)
        return bool(wanted)

    def forget(self) -> None:
        """Search no more for what the operator had forgotten just now, and take none of it that is on its way."""
        for search in list(self._searches.values()):
            search.missing = {
                txid: index for txid, index in search.missing.items() if txid not in self._tombstones
            }
            if not search.missing:
                self._fill(search, {})
        self.want_all()

    def settle(self, now: Now) -> None:
        """Begin the next searches, and have each ask the next peer."""
        for entry in self._burial.take_new():
            # One that is under way is for a body that was let go of: this one may lack other contents.
            self._searches.pop(entry.hash, None)
            self._wanted.add(entry)
        while self._wanted and self._has_room:
            self._begin(*self._wanted.pop())
        for search in list(self._searches.values()):
            if not search.busy:
                self._go_on(search, now)
        if self._wanted and self._has_room:  # one was given up
            self._timers.call_at(now.ticks_ms, lambda _: None)

    def block_loaded(self, event: BlocksLoaded) -> bool:
        """Take a block from the disk to look what it lacks; says whether it was asked for here."""
        loading = self._loading.pop(event.job, None)
        if loading is None:
            return False
        entry, only = loading
        if event.blocks and event.blocks[0] is not None and self._burial.lacks(entry):
            self._look_into(entry, Block.decode(event.blocks[0], self._network.id), only)
        return True

    def contents_loaded(self, event: ContentsLoaded) -> bool:
        """Take what the own disk has; says whether it was asked for here."""
        search = self._jobs.pop(event.job, None)
        if search is None:
            return False
        if self._searches.get(search.entry.hash) is search:
            self._fill(search, search.take(event.contents, self._network))
        return True

    def receive(self, peer: Peer, message: Contents, tag: int | None, now: Now) -> None:
        """Take what a peer has.

        Raises:
            Unasked: it was not asked.
            ContentMismatch: one of the contents is not what its head commits to.
        """
        del tag, now
        if not peer.contents_asked:
            raise Unasked("an answer to a question", f"{len(message.contents)} contents")
        peer.contents_asked = peer.contents_late = False
        search = self._search_of(peer)
        if search is not None:
            # A block whose contents come one at a time must not keep others from being looked into.
            self._fill(search, search.take(message.contents, self._network, patient=not self._wanted))

    def gone(self, peer: Peer) -> None:
        """Ask others in place of a peer that is gone."""
        for search in self._searches.values():
            search.forget(peer.connection)

    @property
    def _has_room(self) -> bool:
        """Whether one more block can be looked into."""
        return len(self._searches) + len(self._loading) < CONTENTS_SEARCHES

    def _search_of(self, peer: Peer) -> ContentSearch | None:
        found = (each for each in self._searches.values() if each.connection == peer.connection)
        return next(found, None)

    def _begin(self, entry: Entry, only: set[int] | None) -> None:
        """Begin a search, or let one that is under way ask `only` these too, or all."""
        search = self._searches.get(entry.hash)
        if search is not None:
            search.widen(only)
        if search is not None or not self._burial.lacks(entry):
            return
        body = self._bodies.held(entry.hash)
        if body is not None:
            self._look_into(entry, body.block, only)
            return
        job = self._outbox.next_job()
        self._loading[job] = entry, only
        self._outbox.append(LoadBlocks(job, (entry.hash,), CHAIN_BYTES_MAX))

    def _look_into(self, entry: Entry, block: Block, only: set[int] | None) -> None:
        """Search for what is missing, on the own disk first: it may be pending, or stand in another branch."""
        search = self._searches.get(entry.hash)
        if search is not None:
            search.widen(only)
            return
        search = ContentSearch(entry, block, self._tombstones.missing(block), only)
        self._searches[entry.hash] = search
        if not search.missing:
            self._fill(search, {})

    def _fill(self, search: ContentSearch, found: dict[int, bytes]) -> None:
        """Put contents into the block, wherever it is; end the search where none is missing now."""
        self._bodies.fill(search.entry.hash, found, lacking=bool(search.missing))
        if found:
            self._outbox.append(FillContents(search.entry.hash, tuple(found.items())))
        if not search.missing:
            del self._searches[search.entry.hash]

    def _go_on(self, search: ContentSearch, now: Now) -> None:
        """Ask the next peer that is free, or give up for now where all have been asked."""
        if not self._burial.lacks(search.entry):
            del self._searches[search.entry.hash]
            return
        if search.may_ask(OWN_DISK):
            job = self._outbox.next_job()
            self._jobs[job] = search
            self._outbox.append(LoadContents(job, search.question_for(OWN_DISK), CHAIN_BYTES_MAX))
            return
        may_have = [
            peer for peer in self._peers.nodes() if search.may_ask(peer.connection) and not peer.contents_late
        ]
        free = [peer for peer in may_have if not peer.contents_asked]
        if free:
            self._ask(search, min(free, key=search.turn_of), now)
        elif not may_have:
            self._give_up(search, now)

    def _ask(self, search: ContentSearch, peer: Peer, now: Now) -> None:
        peer.contents_asked = True
        peer.contents_deadline_ms = now.ticks_ms + CONTENTS_TIMEOUT_MS
        self._peers.send(peer, GetContents(txids=search.question_for(peer.connection)))
        self._timers.call_at(peer.contents_deadline_ms, lambda later: self._look(peer, later))

    def _look(self, peer: Peer, now: Now) -> None:
        """Turn to somebody else where a peer does not answer; until it has, no search waits for it.

        The timer holds no search, for with each goes a block.
        """
        if peer.contents_asked and peer.contents_deadline_ms <= now.ticks_ms:
            peer.contents_late = True
            search = self._search_of(peer)
            if search is not None:
                search.turn_away(for_good=True)

    def _give_up(self, search: ContentSearch, now: Now) -> None:
        entry = search.entry
        del self._searches[entry.hash]
        if search.only is not None:
            return
        if entry.hash not in self._told:
            self._told.add(entry.hash)
            text = f"block {entry.height:,} {entry.hash.hex()[:16]}: nobody has {len(search.missing)} of its contents"
            self._outbox.report("warning", f"{text}; it waits until somebody has, or it is buried")
        if not self._retrying:
            self._retrying = True
            self._timers.call_at(now.ticks_ms + CONTENTS_RETRY_MS, self._retry)

    def _retry(self, now: Now) -> None:
        del now
        self._retrying = False
        self._told &= {entry.hash for entry in self._burial.lacking()}
        self.want_all()
