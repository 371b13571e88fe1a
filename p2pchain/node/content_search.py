"""The search for what one block lacks: which contents, and who was asked for them already."""

from dataclasses import dataclass, field, replace

from p2pchain.chain.block import Block
from p2pchain.chain.network import Network
from p2pchain.chain.rules.transaction import check_content
from p2pchain.chain.tree import Entry
from p2pchain.wire.messages.get_contents import TXIDS_MAX


@dataclass(slots=True, eq=False)
class ContentSearch:
    """What is missing in a block: txid to index. One peer is asked at a time, for most have all of it, or none."""

    entry: Entry
    block: Block
    missing: dict[bytes, int]
    job: int | None = None
    connection: int | None = None
    deadline_ms: int = 0
    asked: set[int] = field(default_factory=set)
    _refused: set[bytes] = field(default_factory=set)
    _question: tuple[bytes, ...] = ()

    @property
    def busy(self) -> bool:
        """Whether an answer is awaited, of the disk or of a peer."""
        return self.job is not None or self.connection is not None

    def turn_to(self, connection: int) -> None:
        """Ask another one, who has refused nothing yet."""
        self.connection = connection
        self.asked.add(connection)
        self._refused.clear()

    def question(self) -> tuple[bytes, ...]:
        """Give what the one who is asked has not refused, as much as one question holds; nothing ends their turn."""
        wanted = [txid for txid in self.missing if txid not in self._refused]
        self._question = tuple(wanted[:TXIDS_MAX])
        return self._question

    def take(self, contents: tuple[bytes | None, ...], network: Network) -> dict[int, bytes]:
        """Take in an answer, which may be shorter than the question; returns contents by their transactions' index.

        Raises:
            ContentMismatch: one is not what its head commits to.
        """
        found: dict[int, bytes] = {}
        for txid, content in zip(self._question, contents, strict=False):
            if content is None:
                self._refused.add(txid)
            elif txid in self.missing:
                index = self.missing[txid]
                check_content(replace(self.block.transactions[index], content=content), network)
                found[index] = content
        if not contents:
            self._refused.update(self._question)
        self.missing = {txid: index for txid, index in self.missing.items() if index not in found}
        return found
