"""Takes in blocks, whoever sent them: header first, then the body off the loop, then its place among its ancestors."""

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass

from p2pchain.chain import rules
from p2pchain.chain.block import Block, header_of
from p2pchain.chain.header import Header
from p2pchain.chain.tree import Entry
from p2pchain.errors import PeerError
from p2pchain.node.access import Access
from p2pchain.node.actions import CheckBlock
from p2pchain.node.bodies import Bodies, Body
from p2pchain.node.events import BlockChecked, Now
from p2pchain.node.ledger import Ledger
from p2pchain.node.limits import CHECKS_BYTES_MAX, UNASKED_BLOCKS_BYTES
from p2pchain.node.orphans import Orphans
from p2pchain.node.outbox import Outbox
from p2pchain.node.peers import Peer, Peers
from p2pchain.node.tombstones import Tombstones


@dataclass(frozen=True, slots=True)
class _Check:
    entry: Entry
    source: int | None
    built: bool
    size: int


class Blocks:
    """The road of a block from its bytes to a checked body."""

    def __init__(
        self,
        ledger: Ledger,
        bodies: Bodies,
        tombstones: Tombstones,
        peers: Peers,
        access: Access,
        outbox: Outbox,
    ) -> None:
        """Start with nothing under check."""
        self._ledger = ledger
        self._bodies = bodies
        self._tombstones = tombstones
        self._peers = peers
        self._access = access
        self._outbox = outbox
        self.orphans = Orphans()
        self._checks: dict[int, _Check] = {}
        self._checking: set[bytes] = set()
        self._senders: Counter[int] = Counter()
        self._sizes: Counter[int | None] = Counter()
        self._expected: set[bytes] = set()
        # The best block, while it is sound but for its signatures as far as is known.
        self.unsigned: Body | None = None

    @property
    def checking_bytes(self) -> int:
        """The size of the blocks that are on their way through the checks."""
        return self._sizes.total()

    def has(self, entry: Entry) -> bool:
        """Whether a block's body need not be asked for: it is known, or being put together."""
        return entry.hash in self._expected or self.known(entry)

    def known(self, entry: Entry) -> bool:
        """Whether a block's body is there, on its way through the checks, or was found wrong by them."""
        return (
            entry.hash in self._checking or self._bodies.has(entry) or self._ledger.is_condemned(entry.hash)
        )

    def unchecked(self, connection: int) -> int:
        """How many bodies from a connection are under check."""
        return self._senders[connection]

    def expect(self, entry: Entry) -> None:
        """Note that a block's body is being put together from its compact form."""
        self._expected.add(entry.hash)

    def expect_no_more(self, entry: Entry) -> None:
        """Note that it is not, or not any more."""
        self._expected.discard(entry.hash)

    def announce(self, encoded: bytes, peer: Peer | None, now: Now) -> Entry | None:
        """Take in a block that was announced, by a peer that may be gone (None).

        Returns its place, or None where its parent is not known: then it is kept until the headers are there.

        Raises:
            RuleError: its header breaks a rule.
        """
        header = header_of(encoded)
        entry = self.place(header, now)
        source = peer.connection if peer is not None else None
        if entry is not None:
            if source is None or self._has_room_unasked(source, len(encoded)):
                self.check(entry, encoded, source)
        elif peer is not None:
            self.orphans.keep(header.hash, encoded, peer.connection)
        return entry

    def found(self, block: Block, now: Now) -> None:
        """Hold a block that was made here on a known one, of transactions that were checked: it is as good as they are.

        So others hear of it at once, and waste less work on a rival.

        Raises:
            RuleError: its header breaks a rule.
        """
        entry = self.place(block.header, now)
        if entry is None:
            raise AssertionError("a block is made on one that is known")
        if not self.known(entry):
            self._bodies.add(self._body(entry, block, None))

    def place(self, header: Header, now: Now) -> Entry | None:
        """Give a header its place, or None where its parent is not known.

        Raises:
            RuleError: it breaks a rule.
        """
        entry = self._ledger.find(header.hash)
        if entry is not None:
            return entry
        rules.check_header_alone(header)
        parent = self._ledger.find(header.previous_hash)
        return self._ledger.accept(header, parent, now) if parent is not None else None

    def check(
        self,
        entry: Entry,
        block: bytes | Block,
        source: int | None,
        sound: frozenset[bytes] = frozenset(),
    ) -> bool:
        """Have a body checked whose header is accepted, unless it is there or under way; says whether it is now.

        One that was put together here is given as it is, with the heads of those in it that were checked before.
        There may be no room for it among those that wait.
        """
        if self.known(entry):
            return True
        size = block.size if isinstance(block, Block) else len(block)
        if self.checking_bytes + size > CHECKS_BYTES_MAX:
            return False
        self._begin(entry, block, size, source, sound)
        return True

    def _begin(
        self, entry: Entry, block: bytes | Block, size: int, source: int | None, sound: frozenset[bytes]
    ) -> None:
        job = self._outbox.next_job()
        self._checks[job] = _Check(entry, source, isinstance(block, Block), size)
        self._checking.add(entry.hash)
        if source is not None:
            self._senders[source] += 1
        self._sizes[source] += size
        self._outbox.append(CheckBlock(job, block, sound))

    def adopt(self, entry: Entry) -> bool:
        """Check a body that came before its header had a place; says whether there was one, and room for it."""
        orphan = self.orphans.take(entry.hash)
        return orphan is not None and self.check(entry, orphan.encoded, orphan.connection)

    def read(self, event: BlockChecked) -> None:
        """Note that all but the signatures of a block is sound, if it is the best one."""
        check = self._checks[event.job]
        if check.entry is self._ledger.best and isinstance(event.verdict, Block):
            with suppress(PeerError):  # whose fault that is comes out with the last answer
                self.unsigned = self._body(check.entry, event.verdict, check.source)

    def forget(self) -> None:
        """Let go of what may hold contents that are to be forgotten."""
        self.unsigned = None

    def checked(self, event: BlockChecked, now: Now) -> Body | None:
        """Hold the body if it is sound, and give it; blame its sender, and perhaps its header, if it is not."""
        check = self._checks.pop(event.job)
        if self.unsigned is not None and self.unsigned.entry is check.entry:
            self.unsigned = None
        self._checking.discard(check.entry.hash)
        if check.source is not None:
            self._seen_to(check.source)
        self._sizes[check.source] -= check.size
        if not self._sizes[check.source]:
            del self._sizes[check.source]
        try:
            if isinstance(event.verdict, PeerError):
                raise event.verdict
            body = self._body(check.entry, event.verdict, check.source)
        except PeerError as error:
            self._blame(check, error, now)
            return None
        self._bodies.add(body)
        return body

    def gone(self, connection: int) -> None:
        """Forget what a connection that is gone had sent too early."""
        self.orphans.drop_from(connection)

    def _has_room_unasked(self, source: int, size: int) -> bool:
        """Whether a body that nobody asked for may wait too: there has to be room for those that were asked for."""
        return (
            self._sizes[source] + size <= UNASKED_BLOCKS_BYTES
            and self.checking_bytes + size <= CHECKS_BYTES_MAX // 2
        )

    def _seen_to(self, connection: int) -> None:
        self._senders[connection] -= 1
        if not self._senders[connection]:
            del self._senders[connection]

    def _body(self, entry: Entry, block: Block, source: int | None) -> Body:
        """See that a block belongs on its parent; without contents that were forgotten."""
        parent = entry.parent
        if parent is None:
            raise AssertionError("a new block is never the lowest one held")
        rules.check_block_with_ancestors(block, parent.frontier, parent.work)
        stripped = self._tombstones.strip(block)
        return Body(entry, stripped, source, lacking=bool(self._tombstones.missing(stripped)))

    def _blame(self, check: _Check, error: PeerError, now: Now) -> None:
        if error.condemns and self._ledger.tree.get(check.entry.hash) is check.entry:
            self._ledger.condemn(check.entry)
            self._bodies.forget_unknown()
        sender = self._peers.get(check.source) if check.source is not None else None
        if sender is not None:
            self._access.dismiss(sender, error, now)
        else:
            text = f"block {check.entry.height:,} {check.entry.hash.hex()[:16]}: {error.code}: {error}"
            self._outbox.report("info" if check.built and not error.condemns else "warning", text)
