"""Receipts: that a record stands in a block, and the block below a later one, for who trusts that one's hash alone."""

from collections.abc import Sequence
from dataclasses import dataclass

from p2pchain.chain.block import Coinbase, Parts
from p2pchain.chain.header import Header
from p2pchain.chain.keys import SIGNATURE_SIZE
from p2pchain.chain.merkle import leaf_hash
from p2pchain.chain.network import Network
from p2pchain.chain.proof import includes, inclusion_path, stands_in
from p2pchain.chain.rules import check_header_alone, check_signature
from p2pchain.chain.transaction import Head, Transaction, txid_of
from p2pchain.errors import ReceiptError


class OtherRecord(ReceiptError):
    """A receipt for another record than the one in question, or for one of another network."""

    code = "other_record"


class OtherHead(ReceiptError):
    """A receipt that leads to another header than the one that is trusted."""

    code = "other_head"


class RecordNotInBlock(ReceiptError):
    """A path from the record that does not end at its block's Merkle root."""

    code = "record_not_in_block"


class CoinbaseNotInBlock(ReceiptError):
    """A path from a coinbase that does not end at its header's Merkle root."""

    code = "coinbase_not_in_block"


class BlockNotInHistory(ReceiptError):
    """A path from the record's block that does not end at the later block's history root."""

    code = "block_not_in_history"


@dataclass(frozen=True, slots=True)
class CoinbaseProof:
    """A header, the coinbase that it commits to, and the path between them."""

    header: Header
    coinbase: Coinbase
    path: tuple[bytes, ...]

    @classmethod
    def of(cls, parts: Parts) -> "CoinbaseProof":
        """Make it for a block."""
        path = inclusion_path(_leaves(parts), 0)
        return cls(Header.decode(parts.header), Coinbase.decode(parts.coinbase), tuple(path))

    @property
    def work(self) -> int:
        """The work of the chain up to and including this block."""
        return self.coinbase.chain_work + self.header.work

    def check(self) -> None:
        """Hold the header to the rules that it keeps by itself, its own work among them, and the coinbase to it.

        Raises:
            RuleError: the header breaks a rule.
            CoinbaseNotInBlock: the coinbase is another block's.
        """
        check_header_alone(self.header)
        leaf = leaf_hash(self.coinbase.encode())
        if not stands_in(self.header.merkle_root, 0, leaf, self.path):
            raise CoinbaseNotInBlock(f"a coinbase of block {self.header.height}", "another", "ask again")


@dataclass(frozen=True, slots=True)
class Proven:
    """What a receipt that holds shows: where a record stands, and how much was built on its block up to the head.

    `depth` counts blocks, `work` the hashes that they took on average. Where `idle_adds_work` is not so (bits never
    change), blocks may come only while something is pending: then age means nothing, and history rests on who is
    admitted to the network.
    """

    record: Transaction  # without its content
    block: Header
    position: int  # in its block, from 1; see `stands_in`
    depth: int
    work: int
    idle_adds_work: bool


@dataclass(frozen=True, slots=True)
class Receipt:
    """The way from a record to the header of a later block.

    `index` is the record's among the leaves of its block's tree; 0 is the coinbase. `later` is None, and
    `history_path` empty, where the record's own block is the head.
    """

    record: Head
    index: int
    path: tuple[bytes, ...]
    block: CoinbaseProof
    later: CoinbaseProof | None
    history_path: tuple[bytes, ...]

    @classmethod
    def of(cls, block: Parts, index: int, later: Parts | None, history_path: Sequence[bytes]) -> "Receipt":
        """Make it, for leaf `index` of a block, from the blocks at both ends and the path between them."""
        return cls(
            Head.decode(block.heads[index - 1]),
            index,
            tuple(inclusion_path(_leaves(block), index)),
            CoinbaseProof.of(block),
            CoinbaseProof.of(later) if later is not None else None,
            tuple(history_path),
        )

    @property
    def head(self) -> Header:
        """The header that it leads to: whoever trusts its hash may believe the rest."""
        return (self.later or self.block).header

    def verify(self, network: Network, txid: bytes, head: bytes) -> Proven:
        """Check it, given the record's id and the hash of the header that is trusted.

        Raises:
            RuleError: a header breaks a rule that it has to keep by itself, or the record's signature is not valid.
            ReceiptError: it does not prove what it should; see the classes above.
        """
        record = Transaction(self.record, None, txid_of(self.record.raw[SIGNATURE_SIZE:], network.id))
        if record.txid != txid:
            raise OtherRecord(f"a receipt for {txid.hex()}", record.txid.hex(), "ask for the right one")
        if self.head.hash != head:
            raise OtherHead(f"a receipt up to block {head.hex()}", self.head.hash.hex(), "ask for that one")
        check_signature(record)
        self.block.check()
        block, later = self.block.header, self.later or self.block
        if not stands_in(block.merkle_root, self.index, self.record.leaf, self.path):
            raise RecordNotInBlock(f"a path from the record to block {block.height}", "another", "ask again")
        if self.later is not None:
            self._check_history(self.later)
        depth, work = later.header.height - block.height, later.work - self.block.work
        return Proven(record, block, self.index, depth, work, network.retarget != "none")

    def _check_history(self, later: CoinbaseProof) -> None:
        later.check()
        root, size = later.coinbase.history_root, later.header.height
        block = self.block.header
        if not includes(root, size, block.height, leaf_hash(block.hash), self.history_path):
            raise BlockNotInHistory(
                f"a path from block {block.height} to block {size}", "another", "ask again"
            )


def _leaves(parts: Parts) -> list[bytes]:
    """Hash the leaves of a block's tree."""
    return [leaf_hash(leaf) for leaf in (parts.coinbase, *parts.heads)]
