"""What is wrong with a file is said with its name and what to do."""

from pathlib import Path

import apsw
import pytest

from p2pchain.errors import StoreError
from p2pchain.sim.cluster import simulated_network
from p2pchain.store.faults import StoreDamaged, StoreFailed, StoreFull, StoreNotWritable, named
from p2pchain.store.schema import FILE_NAME
from p2pchain.store.store import Store


@pytest.mark.parametrize(
    ("cause", "fault"),
    [
        (apsw.CorruptError, StoreDamaged),
        (apsw.NotADBError, StoreDamaged),
        (apsw.FullError, StoreFull),
        (apsw.ReadOnlyError, StoreNotWritable),
        (apsw.CantOpenError, StoreNotWritable),
        (apsw.IOError, StoreFailed),
    ],
)
def test_each_cause_has_its_fault(cause: type[Exception], fault: type[StoreError]) -> None:
    with pytest.raises(fault, match=r"/data/chain\.db"), named(Path("/data/chain.db")):
        raise cause


def test_a_file_that_is_no_database_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(StoreDamaged, match="move it away"):
        Store(tmp_path, simulated_network())
    assert path.read_bytes() == b"not a database" * 100
