"""A second reading by all rules finds whatever a disk or a hand has changed."""

import random
import tempfile
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import apsw
import pytest

from p2pchain.chain.network import Network
from p2pchain.errors import StoreError
from p2pchain.node.actions import StagedBlock
from p2pchain.node.limits import WINDOW_BLOCKS
from p2pchain.sim.builder import ChainBuilder
from p2pchain.store.audit import REMEDY, Checked, audit
from p2pchain.store.faults import StoreDamaged
from p2pchain.store.reader import Reader
from p2pchain.store.schema import FILE_NAME
from p2pchain.store.store import Store

BLOCKS = 260
TABLES = ("meta", "block", "chain", "place", "pending", "event", "subtree", "tombstone")


@pytest.fixture
def chained(store: Store, builder: ChainBuilder) -> list[StagedBlock]:
    """A store with a chain in it."""
    staged = builder.chain(builder.genesis, [2] * 3 + [0] * (BLOCKS - 3))
    with store.writer.group():
        store.writer.commit_chain(tuple(staged), (), tuple(item.block.hash for item in staged), 0)
    return staged


@pytest.mark.usefixtures("chained")
def test_a_sound_store_is_read_to_the_end(reader: Reader, builder: ChainBuilder) -> None:
    steps = list(audit(reader, builder.network))
    assert steps[2] == Checked(3, 6)
    assert steps[-1] == Checked(BLOCKS, 6)


def test_what_was_forgotten_and_what_was_withheld_is_counted_and_no_fault(
    store: Store, reader: Reader, builder: ChainBuilder
) -> None:
    one, two, three = builder.chain(builder.genesis, [2, 3, 1])
    bare = replace(two, block=two.block.with_contents({0: None, 2: None}))
    doomed = [one.block.transactions[1].txid, two.block.transactions[2].txid]
    with store.writer.group():
        staged = (one, bare, three)
        store.writer.commit_chain(staged, (), tuple(item.block.hash for item in staged), 0)
        store.writer.forget_contents(doomed)
    assert list(audit(reader, builder.network)) == [
        Checked(1, 2, forgotten=1),
        Checked(2, 5, forgotten=2, withheld=1),
        Checked(3, 6, forgotten=2, withheld=1),
    ]


DAMAGES: dict[str, tuple[str, str]] = {
    "work that is not its own": ("UPDATE block SET work = zeroblob(32) WHERE height = 4", "block 4"),
    "a place that leads elsewhere": ("DELETE FROM place", "place of each transaction"),
    "a block under another hash": ("UPDATE block SET hash = zeroblob(32) WHERE height = 4", "not so at 4"),
    "a block at another height": ("UPDATE block SET height = 77777 WHERE height = 4", "not so at 4"),
    "an index row too many": ("INSERT INTO place VALUES (7, 7)", "rows of the index"),
    "an event that is lost": ("DELETE FROM event WHERE number = 5", "event 4 in place of 5"),
    "a lost subtree": ("UPDATE subtree SET hash = zeroblob(32)", "history tree"),
}


@pytest.mark.usefixtures("chained")
@pytest.mark.parametrize("name", DAMAGES)
def test_damage_is_found_and_named(tmp_path: Path, reader: Reader, builder: ChainBuilder, name: str) -> None:
    statement, word = DAMAGES[name]
    damaged = apsw.Connection(str(tmp_path / FILE_NAME))
    damaged.execute(statement)
    damaged.close()
    with pytest.raises(StoreDamaged, match=word) as found:
        list(audit(reader, builder.network))
    assert "move" in str(found.value)


@pytest.mark.usefixtures("chained")
def test_every_flipped_byte_of_a_body_is_found(tmp_path: Path, reader: Reader, builder: ChainBuilder) -> None:
    disk = apsw.Connection(str(tmp_path / FILE_NAME))
    body = bytes(disk.execute("SELECT body FROM block WHERE height = 2").get)
    for offset in range(0, len(body), 11):
        flipped = body[:offset] + bytes([body[offset] ^ 1]) + body[offset + 1 :]
        disk.execute("UPDATE block SET body = ? WHERE height = 2", (flipped,))
        with pytest.raises(StoreDamaged):
            list(audit(reader, builder.network))
    disk.execute("UPDATE block SET body = ? WHERE height = 2", (body,))
    disk.close()
    assert list(audit(reader, builder.network))[-1].height == BLOCKS


def test_it_sees_the_file_as_it_was_at_the_beginning(
    store: Store, reader: Reader, builder: ChainBuilder, chained: list[StagedBlock]
) -> None:
    """Also where a node reorganises meanwhile."""
    steps = audit(reader, builder.network)
    assert next(steps) == Checked(1, 2)
    other = builder.chain(builder.genesis, [1] * (BLOCKS + 1))
    with store.writer.group():
        reverted = tuple(item.block.hash for item in reversed(chained))
        store.writer.commit_chain(tuple(other), reverted, tuple(item.block.hash for item in other), 0)
    assert list(steps)[-1] == Checked(BLOCKS, 6)
    assert list(audit(reader, builder.network))[-1] == Checked(BLOCKS + 1, BLOCKS + 1)


def contents(file: Path) -> dict[str, list[object]]:
    """Read all rows of all tables."""
    with closing(apsw.Connection(str(file))) as disk:
        return {table: [*disk.execute(f"SELECT * FROM {table}")] for table in TABLES}  # noqa: S608  the names above


def verdict(file: Path, network: Network) -> str:
    """Give what the audit says is wrong, or nothing."""
    try:
        with closing(Reader(file, network)) as reader:
            list(audit(reader, network))
    except StoreError as error:
        return str(error)
    return ""


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_a_flipped_bit_is_found_or_changes_nothing(
    tmp_path: Path, eventful: apsw.Connection, store: Store, builder: ChainBuilder, seed: int
) -> None:
    """Anywhere in the file: neither the audit nor a start ends in anything but a word on the damage."""
    eventful.close()
    store.writer.flush_log()
    whole, rng = (tmp_path / FILE_NAME).read_bytes(), random.Random(seed)
    before = contents(tmp_path / FILE_NAME)
    found = 0
    for place in (rng.randrange(8 * len(whole)) for _ in range(30)):
        flipped = bytearray(whole)
        flipped[place // 8] ^= 1 << place % 8
        with tempfile.TemporaryDirectory(dir=tmp_path) as directory:
            file = Path(directory) / FILE_NAME
            file.write_bytes(flipped)
            said = verdict(file, builder.network)
            found += bool(said)
            assert str(file) in said or REMEDY in said or contents(file) == before, f"bit {place}: {said}"
            with suppress(StoreError), closing(Store(Path(directory), builder.network)) as started:
                started.restore(WINDOW_BLOCKS)
    assert found > 0
