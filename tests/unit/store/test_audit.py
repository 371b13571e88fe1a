"""A second reading by all rules finds whatever a disk or a hand has changed."""

from pathlib import Path

import apsw
import pytest

from p2pchain.node.actions import StagedBlock
from p2pchain.sim.builder import ChainBuilder
from p2pchain.store.audit import Checked, audit
from p2pchain.store.faults import StoreDamaged
from p2pchain.store.reader import Reader
from p2pchain.store.schema import FILE_NAME
from p2pchain.store.store import Store

BLOCKS = 260


@pytest.fixture
def chained(store: Store, builder: ChainBuilder) -> list[StagedBlock]:
    """A store with a chain in it."""
    staged = builder.chain(builder.genesis, [2] * 3 + [0] * (BLOCKS - 3))
    with store.writer.group():
        store.writer.commit_chain(tuple(staged), (), tuple(item.block.hash for item in staged))
    return staged


@pytest.mark.usefixtures("chained")
def test_a_sound_store_is_read_to_the_end(reader: Reader, builder: ChainBuilder) -> None:
    steps = list(audit(reader, builder.network))
    assert steps[2] == Checked(3, 6)
    assert steps[-1] == Checked(BLOCKS, 6)


DAMAGES: dict[str, tuple[str, str]] = {
    "work that is not its own": ("UPDATE block SET work = zeroblob(32) WHERE height = 4", "block 4"),
    "a place that leads elsewhere": ("DELETE FROM place", "place of each transaction"),
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
