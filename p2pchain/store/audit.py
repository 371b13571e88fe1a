"""Reads everything again by all rules, as if it came from a stranger: a disk can be one."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass

from p2pchain.chain import rules
from p2pchain.chain.block import Block
from p2pchain.chain.history import EMPTY
from p2pchain.chain.network import Network
from p2pchain.chain.retarget import next_chain_time
from p2pchain.errors import RuleError
from p2pchain.node.ports import StoredHeader
from p2pchain.store import agreement, contents
from p2pchain.store.faults import StoreDamaged
from p2pchain.store.reader import Reader
from p2pchain.store.rewind import check_events

REMEDY = "stop the node, move chain.db away, and start it: it fetches the chain from its peers"


@dataclass(frozen=True, slots=True)
class Checked:
    """How far an audit has come: the height of the last sound block, and the transactions up to there.

    Of their contents the operator had some `forgotten`, and some are `withheld`: nobody had them for this node.
    """

    height: int
    transactions: int
    forgotten: int = 0
    withheld: int = 0

    def and_block(self, block: Block, tombstones: frozenset[bytes]) -> "Checked":
        """Count a block too."""
        absent = [each.txid for each in block.transactions if each.content is None]
        forgotten = len(tombstones.intersection(absent))
        return Checked(
            block.height,
            self.transactions + len(block.transactions),
            self.forgotten + forgotten,
            self.withheld + len(absent) - forgotten,
        )


def audit(reader: Reader, network: Network) -> Generator[Checked, None, None]:
    """Check the file, then the connected chain block by block, with word after each, then all that is beside it.

    The file is read as it is at the beginning, also beside a running node.

    Raises:
        StoreDamaged: a block breaks a rule, or what is noted about it is not so; its height is named. Or something
            else in the file is not what the chain, or another place in it, makes it.
        StoreError: the file cannot be read.
    """
    with reader.still():
        reader.ask(agreement.check_pages)
        checked = Checked(0, 0)
        for checked in _chain(reader, network):
            yield checked
        reader.ask(lambda connection: agreement.check_index(connection, checked.transactions))
        reader.ask(lambda connection: agreement.check_subtrees(connection, checked.height + 1))
        reader.ask(lambda connection: agreement.check_side_branches(connection, network))
        reader.ask(lambda connection: agreement.check_pending(connection, network))
        reader.ask(lambda connection: check_events(connection, network.id))


def _chain(reader: Reader, network: Network) -> Iterator[Checked]:
    parent = _expect(reader.at_height(0), 0)
    if parent.header != network.genesis:
        raise StoreDamaged("the network's genesis block at height 0", parent.header.hash.hex(), REMEDY)
    frontier, checked = EMPTY.append(parent.header.hash), Checked(0, 0)
    tombstones = reader.ask(contents.forgotten)
    for height in range(1, reader.tip_height() + 1):
        stored = _expect(reader.at_height(height), height)
        if not stored.connected or reader.by_hash(stored.header.hash) != stored:
            raise StoreDamaged("each block under its hash and height", f"not so at {height:,}", REMEDY)
        block = reader.block_at(height)
        try:
            _check(stored, parent, network)
            if block is None or block.header != stored.header:
                raise StoreDamaged("the body of each connected block", f"none at height {height:,}", REMEDY)
            rules.check_block_alone(block, network)
            rules.check_block_with_ancestors(block, frontier, parent.work)
            _check_transactions(reader, block)
        except RuleError as error:
            raise StoreDamaged(
                f"a valid block at height {height:,} ({error.code})", error.found, REMEDY
            ) from error
        frontier = frontier.append(stored.header.hash)
        if height % 256 == 0 and reader.frontier(height + 1) != frontier:
            raise StoreDamaged("the history tree over the blocks", f"another at height {height:,}", REMEDY)
        parent, checked = stored, checked.and_block(block, tombstones)
        yield checked


def _check(stored: StoredHeader, parent: StoredHeader, network: Network) -> None:
    header = stored.header
    rules.check_header_alone(header)
    rules.check_header_with_parent(header, rules.Parent(parent.header, parent.chain_time), network)
    chain_time = next_chain_time(
        network, parent.header.height, parent.chain_time, parent.header.timestamp, header.timestamp
    )
    if (stored.work, stored.chain_time) != (parent.work + header.work, chain_time):
        raise StoreDamaged(f"the work and the clock of block {header.height:,} as noted", "others", REMEDY)


def _check_transactions(reader: Reader, block: Block) -> None:
    for position, transaction in enumerate(block.transactions):
        rules.check_signature(transaction)
        if reader.find_transaction(transaction.txid) != (block.height, position):
            found = f"another for {transaction.txid.hex()} of block {block.height:,}"
            raise StoreDamaged("the place of each transaction", found, REMEDY)


def _expect(stored: StoredHeader | None, height: int) -> StoredHeader:
    if stored is None:
        raise StoreDamaged("a block at each height", f"none at {height:,}", REMEDY)
    return stored
