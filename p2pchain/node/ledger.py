"""The chain as the node sees it: the tree of recent headers, what is connected, and older headers looked up on disk."""

from collections import OrderedDict

from p2pchain.chain import rules
from p2pchain.chain.header import Header
from p2pchain.chain.network import Network
from p2pchain.chain.retarget import next_chain_time
from p2pchain.chain.tree import Entry, HeaderTree
from p2pchain.errors import PeerError
from p2pchain.node.events import Now
from p2pchain.node.limits import CONDEMNED_REMEMBERED, TREE_MAX, WINDOW_BLOCKS
from p2pchain.node.ports import HeaderStore, Restored

LOCATOR_MAX = 60
LOCATOR_DENSE = 10


class TooManyHeaders(PeerError):
    """There are side branches enough in memory: more of them are not held, unless they beat the tip."""

    code = "too_many_headers"
    transient = True


class CondemnedBlock(PeerError):
    """A header whose block was found to break a rule, and can never become valid."""

    code = "condemned_block"
    ban_seconds = 600


class Ledger:
    """Headers: accepted by the rules, found by hash, and told to others."""

    def __init__(self, network: Network, restored: Restored, headers: HeaderStore) -> None:
        """Start from the newest connected blocks on disk."""
        self._network = network
        self._headers = headers
        entries: list[Entry] = []
        frontier = restored.frontier
        for stored in restored.recent:
            frontier = frontier.append(stored.header.hash)
            parent = entries[-1] if entries else None
            entries.append(Entry(stored.header, stored.work, stored.chain_time, frontier, parent))
        self.tree = HeaderTree(entries)
        self._condemned: OrderedDict[bytes, None] = OrderedDict()

    @property
    def tip(self) -> Entry:
        """The block on top of the connected chain."""
        return self.tree.tip

    @property
    def best(self) -> Entry:
        """The best header known, whether its body is there or not."""
        return self.tree.best

    def find(self, block_hash: bytes) -> Entry | None:
        """Find a header that is held, or a connected one on disk, which is then held."""
        entry = self.tree.get(block_hash)
        if entry is not None:
            return entry
        stored = self._headers.by_hash(block_hash)
        if stored is None or not stored.connected or stored.header.height >= self.tree.base_height:
            return None
        # To compute it from the disk takes up to 255 headers, and a peer may tell of thousands that are known.
        parent = self.tree.get(stored.header.previous_hash)
        frontier = (
            parent.frontier.append(block_hash)
            if parent is not None
            else self._headers.frontier(stored.header.height + 1)
        )
        entry = Entry(stored.header, stored.work, stored.chain_time, frontier, None)
        self.tree.anchor(entry)
        return entry

    def accept(self, header: Header, parent: Entry, now: Now) -> Entry:
        """Hold a header on its parent, if it keeps all rules that headers have.

        Raises:
            RuleError: it does not, or (transient) its time has not come.
            CondemnedBlock: its block was condemned.
            TooManyHeaders: it would be one too many of those that lead to no better tip.
        """
        if self.is_condemned(header.hash):
            raise CondemnedBlock("a block that breaks no rule", header.hash.hex())
        rules.check_header_alone(header)
        rules.check_header_with_parent(header, rules.Parent(parent.header, parent.chain_time), self._network)
        rules.check_header_now(header, now.wall_ms, self._network)
        chain_time = next_chain_time(
            self._network, parent.height, parent.chain_time, parent.header.timestamp, header.timestamp
        )
        work = parent.work + header.work
        if len(self.tree) >= TREE_MAX and work <= self.tip.work:
            raise TooManyHeaders(f"no more than {TREE_MAX:,} headers, or a chain with more work", str(work))
        return self.tree.add(header, parent, work, chain_time)

    def condemn(self, entry: Entry) -> None:
        """Strike out a block that breaks a rule, and all on top of it: its header is taken in no more.

        Whoever paid for one proof of work could have it checked again and again else.
        """
        self.tree.condemn(entry)
        self._condemned[entry.hash] = None
        if len(self._condemned) > CONDEMNED_REMEMBERED:
            self._condemned.popitem(last=False)

    def is_condemned(self, block_hash: bytes) -> bool:
        """Whether a block was condemned, not too many others ago."""
        return block_hash in self._condemned

    def trim(self) -> bool:
        """Let go of headers far below the tip, now and then; says whether it did."""
        if self.tip.height - self.tree.base_height <= 2 * WINDOW_BLOCKS:
            return False
        self.tree.trim(WINDOW_BLOCKS)
        return True

    def locator(self) -> tuple[bytes, ...]:
        """Hashes of the best header's chain, from the top: each of the last few, then ever fewer, and genesis."""
        hashes: list[bytes] = []
        step: Entry | None = self.best
        while step is not None and not self.tree.is_connected(step) and len(hashes) < LOCATOR_DENSE:
            hashes.append(step.hash)
            step = step.parent
        height = min(self.tip.height, step.height if step is not None else self.best.height)
        stride = 1
        while height > 0 and len(hashes) < LOCATOR_MAX - 1:
            block_hash = self._connected_hash(height)
            if block_hash is not None:
                hashes.append(block_hash)
            if len(hashes) > LOCATOR_DENSE:
                stride *= 2
            height -= stride
        return (*hashes, self._network.genesis.hash)

    def after(self, locator: tuple[bytes, ...], limit: int) -> tuple[int, list[bytes]]:
        """Give the connected headers that follow the first locator hash on the chain: start height, encoded headers."""
        return self.from_height(self._start(locator), limit)

    def from_height(self, height: int, limit: int) -> tuple[int, list[bytes]]:
        """Give the connected headers from a height on, but not the one of genesis: start height, encoded headers."""
        start = max(1, height)
        return start, self._headers.encoded(start, limit)

    def connected_hashes_above(self, height: int) -> tuple[bytes, ...]:
        """List the hashes of the connected blocks above a height, tip first."""
        hashes = (self._connected_hash(each) for each in range(self.tip.height, height, -1))
        return tuple(each for each in hashes if each is not None)

    def _start(self, locator: tuple[bytes, ...]) -> int:
        for block_hash in locator:
            stored = self._headers.by_hash(block_hash)
            if stored is not None and stored.connected:
                return stored.header.height + 1
        return 1

    def _connected_hash(self, height: int) -> bytes | None:
        entry = self.tree.connected_at(height)
        if entry is not None:
            return entry.hash
        stored = self._headers.at_height(height)
        return stored.header.hash if stored is not None else None
