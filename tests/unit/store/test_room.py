"""Whether a disk that was full has room again."""

from typing import cast

import pytest

from p2pchain.node.events import Stored
from p2pchain.sim.builder import ChainBuilder
from p2pchain.store.faults import StoreFull
from p2pchain.store.reader import Reader
from p2pchain.store.room import ROOM_BYTES
from p2pchain.store.store import Store


def test_room_is_taken_to_see_that_it_is_there_and_used_again_later(store: Store) -> None:
    connection = store.writer._connection
    empty = cast(int, connection.pragma("page_count"))
    store.writer.try_room()
    pages = cast(int, connection.pragma("page_count"))
    assert (pages - empty) * 4_096 >= ROOM_BYTES
    store.writer.try_room()
    assert connection.pragma("page_count") == pages
    assert connection.execute("SELECT count(*) FROM meta").get == 1


def test_too_little_room_is_said_and_what_fits_is_taken(
    store: Store, reader: Reader, builder: ChainBuilder
) -> None:
    connection = store.writer._connection
    connection.pragma("max_page_count", cast(int, connection.pragma("page_count")) + 100)
    with pytest.raises(StoreFull, match="room on the disk"):
        store.writer.try_room()
    with store.writer.group():
        assert store.writer.store_pending([builder.record()], (), 0) == ((Stored.ACCEPTED,), ())
    assert reader.last_event() == 1
