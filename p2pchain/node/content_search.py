"""The search for what one block lacks: which contents, and who was asked for them already."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from p2pchain.chain.block import Block
from p2pchain.chain.network import Network
from p2pchain.chain.rules.transaction import check_content
from p2pchain.chain.tree import Entry
from p2pchain.node.events import Direction
from p2pchain.node.limits import CONTENTS_ASKED_BYTES
from p2pchain.node.peers import Peer
from p2pchain.wire.messages.get_contents import TXIDS_MAX

# The number, as if it were a connection's, under which the own disk is asked.
OWN_DISK = -1


@dataclass(slots=True, eq=False)
class ContentSearch:
    """What is missing in a block: txid to index. One peer is asked at a time, for most have all of it, or none.

    Whoever had something and may have more is asked again after the others had a turn: one content in each answer, each
    at the last moment, must not keep the others from being asked. `turns` counts the questions to each connection;
    `only` some are asked, or all where it is None.
    """

    entry: Entry
    block: Block
    missing: dict[bytes, int]
    only: set[int] | None = None
    connection: int | None = None
    turns: Counter[int] = field(default_factory=Counter)
    _done: set[int] = field(default_factory=set)
    _refused: dict[int, set[bytes]] = field(default_factory=dict)
    _question: tuple[bytes, ...] = ()

    @property
    def busy(self) -> bool:
        """Whether an answer is awaited, of the disk or of a peer."""
        return self.connection is not None

    def widen(self, only: set[int] | None) -> None:
        """Ask some connections too, anew where they were asked before; or all."""
        if only is None:
            self.only = None
            return
        if self.only is not None:
            self.only |= only
        self._done -= only
        for connection in only:
            self._refused.pop(connection, None)

    def may_ask(self, connection: int) -> bool:
        """Whether somebody may have something that is missing: who has not said otherwise, nor failed to answer."""
        is_meant = self.only is None or connection in self.only or connection == OWN_DISK
        return is_meant and connection not in self._done

    def turn_of(self, peer: Peer) -> tuple[int, bool]:
        """Rank those who may be asked: the least often asked first, and of these who was dialled.

        For nobody chooses to be dialled, and others may be many who let each question wait.
        """
        return self.turns[peer.connection], peer.direction is not Direction.OUTBOUND

    def question_for(self, connection: int) -> tuple[bytes, ...]:
        """Turn to somebody: give what they have not refused, as much as one question holds."""
        self.connection = connection
        self.turns[connection] += 1
        refused = self._refused.setdefault(connection, set())
        self._question = tuple(self._fitting(txid for txid in self.missing if txid not in refused))
        return self._question

    def _fitting(self, txids: Iterable[bytes]) -> Iterator[bytes]:
        """Give as many as one question holds, and as can come over a slow line while the answer is waited for."""
        size = 0
        for txid in islice(txids, TXIDS_MAX):
            content_size = self.block.transactions[self.missing[txid]].head.content_size
            if size and size + content_size > CONTENTS_ASKED_BYTES:
                return
            size += content_size
            yield txid

    def turn_away(self, *, for_good: bool = False) -> None:
        """Await no answer from who was asked, or ask them no more at all."""
        if self.connection is not None and for_good:
            self._done.add(self.connection)
            self._refused.pop(self.connection, None)
        self.connection = None

    def forget(self, connection: int) -> None:
        """Keep nothing of a connection that is gone: a search may go on for hours, and others come and go meanwhile."""
        if self.connection == connection:
            self.turn_away()
        if self.only is not None:
            self.only.discard(connection)
        self._done.discard(connection)
        self._refused.pop(connection, None)
        del self.turns[connection]

    def take(
        self, contents: tuple[bytes | None, ...], network: Network, *, patient: bool = True
    ) -> dict[int, bytes]:
        """Take in an answer, which may be shorter than the question; returns contents by their transactions' index.

        Whoever answers to a part of the question only is asked again where it gave something and we are `patient`.

        Raises:
            ContentMismatch: one is not what its head commits to.
        """
        found: dict[int, bytes] = {}
        refused: set[bytes] = set()
        for txid, content in zip(self._question, contents, strict=False):
            if content is None:
                refused.add(txid)
            elif txid in self.missing:
                index = self.missing[txid]
                check_content(self.block.transactions[index]._replace(content=content), network)
                found[index] = content
        self.missing = {txid: index for txid, index in self.missing.items() if index not in found}
        if self.connection is not None:
            theirs = self._refused.setdefault(self.connection, set())
            theirs |= refused
            # An answer without any content, and not even to all of the question, is nobody's who wants to help.
            fell_short = not (found and patient) and len(contents) < len(self._question)
            self.turn_away(for_good=fell_short or theirs.issuperset(self.missing))
        return found


class Wanted:
    """Blocks whose contents are to be searched for, each once, and the connections that are to be asked, or all."""

    def __init__(self) -> None:
        """Start with none."""
        self._by_hash: dict[bytes, tuple[Entry, set[int] | None]] = {}

    def __len__(self) -> int:
        """How many there are."""
        return len(self._by_hash)

    def add(self, entry: Entry, connection: int | None = None) -> None:
        """Have a connection asked, or all, beside those that are to be asked already."""
        _, only = self._by_hash.get(entry.hash, (entry, set[int]()))
        if only is not None:
            only = None if connection is None else only | {connection}
        self._by_hash[entry.hash] = entry, only

    def pop(self) -> tuple[Entry, set[int] | None]:
        """Take out the one that has waited longest."""
        return self._by_hash.pop(next(iter(self._by_hash)))
