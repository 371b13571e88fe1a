"""One block that came in its compact form: which of its transactions are found, and which are missing."""

from collections import deque
from collections.abc import Iterator, Sequence

from p2pchain.chain.block import Block, Coinbase
from p2pchain.chain.transaction import Transaction
from p2pchain.chain.tree import Entry
from p2pchain.errors import OrderError
from p2pchain.wire.short_id import short_ids


class WrongBlockTxs(OrderError):
    """Other transactions than those that were asked for, by the sender's own short ids."""

    code = "wrong_block_txs"


class Reconstruction:
    """A block under construction, told of by one connection.

    `cursor` is the place in the mempool's order from which on it was not searched yet, `ids` are the block's short ids,
    and `found` what was found for each of them here.
    """

    def __init__(self, entry: Entry, coinbase: bytes, ids: Sequence[bytes], connection: int) -> None:
        """Start with nothing found."""
        self.entry = entry
        self.connection = connection
        self.cursor = 0
        self.asked: tuple[int, ...] = ()
        self._coinbase = coinbase
        self.ids = ids
        self._wanted = {short_id: place for place, short_id in enumerate(ids)}
        self.found: list[Transaction | None] = [None] * len(ids)
        self._sound: set[bytes] = set()
        self._sent: dict[int, Transaction] = {}
        self._unread: deque[tuple[int, bytes]] = deque()

    @property
    def is_ambiguous(self) -> bool:
        """Whether two of its transactions share a short id."""
        return len(set(self.ids)) < len(self.ids)

    @property
    def is_answered(self) -> bool:
        """Whether what was asked for is here, if not read yet."""
        return bool(self._unread)

    @property
    def is_complete(self) -> bool:
        """Whether nothing is missing."""
        return not self._wanted

    @property
    def missing(self) -> tuple[int, ...]:
        """The places of the transactions that are not found yet, rising."""
        return tuple(sorted(self._wanted.values()))

    @property
    def sound(self) -> frozenset[bytes]:
        """The heads of those that need no check, for they were checked before."""
        return frozenset(self._sound)

    def begin_as(self, twin: "Reconstruction") -> None:
        """Go on from where the search for another peer's account of the block is, if it is the same one.

        What that peer was asked for is missing still: each is believed only what it has sent itself.
        """
        if twin.ids == self.ids:
            self.cursor = twin.cursor
            self.found = list(twin.found)
            self._sound = set(twin.sound)
            self._wanted = {
                short_id: place for short_id, place in self._wanted.items() if self.found[place] is None
            }

    def look(self, transactions: Sequence[Transaction], *, sound: bool) -> None:
        """Take those that belong into the block; where they are `sound`, they were checked."""
        ids = short_ids([transaction.head.leaf for transaction in transactions], self.entry.hash)
        for short_id, transaction in zip(ids, transactions, strict=True):
            place = self._wanted.pop(short_id, None)
            if place is not None:
                self.found[place] = transaction
                if sound:
                    self._sound.add(transaction.head.raw)

    def take(self, encoded: Sequence[bytes]) -> None:
        """Take what was asked for, in the order asked, to be read by and by.

        Raises:
            WrongBlockTxs: it is more, or less.
        """
        if len(encoded) != len(self.asked):
            raise WrongBlockTxs(f"{len(self.asked)} transactions", str(len(encoded)))
        self._unread.extend(zip(self.asked, encoded, strict=True))

    def read(self, network_id: bytes, count: int) -> bool:
        """Read so many more of what was taken; says whether that was the last of it.

        Raises:
            MalformedTransaction: one of them cannot be read.
            WrongBlockTxs: one is another than was asked for.
        """
        batch = [self._unread.popleft() for _ in range(min(count, len(self._unread)))]
        transactions = [Transaction.decode(encoded, network_id) for _, encoded in batch]
        ids = short_ids([transaction.head.leaf for transaction in transactions], self.entry.hash)
        for (place, _), short_id, transaction in zip(batch, ids, transactions, strict=True):
            if short_id != self.ids[place]:
                raise WrongBlockTxs(f"short id {self.ids[place].hex()} at {place}", short_id.hex())
            self._sent[place] = transaction
        if not self._unread:
            self._wanted.clear()
        return not self._unread

    def let_go(self) -> None:
        """Hold nothing any more: a timer holds this for a while."""
        self.ids, self.asked, self.found = (), (), []
        self._wanted, self._sent = {}, {}
        self._sound.clear()
        self._unread.clear()

    def block(self) -> Block:
        """Give the block, once nothing is missing."""
        return Block(self.entry.header, Coinbase.decode(self._coinbase), tuple(self._all()))

    def _all(self) -> Iterator[Transaction]:
        for place, found in enumerate(self.found):
            yield found if found is not None else self._sent[place]
