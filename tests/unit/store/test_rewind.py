"""The events are held against the chain, the index and what is pending, from the newest back."""

import apsw
import msgpack
import pytest

from p2pchain.sim.builder import ChainBuilder
from p2pchain.store.faults import StoreDamaged
from p2pchain.store.reader import Reader
from p2pchain.store.rewind import check_events


def check(reader: Reader, builder: ChainBuilder) -> None:
    reader.ask(lambda connection: check_events(connection, builder.network.id))


@pytest.mark.usefixtures("eventful")
def test_events_that_are_so_lead_back_to_genesis(reader: Reader, builder: ChainBuilder) -> None:
    check(reader, builder)


def test_a_new_file_has_none(reader: Reader, builder: ChainBuilder) -> None:
    check(reader, builder)


DATA = "UPDATE event SET data = ? WHERE number = (SELECT max(number) FROM event WHERE kind = ?)"
DAMAGES: dict[str, tuple[str, str]] = {
    "the oldest is gone": ("DELETE FROM event WHERE number = 1", "no events that lead from genesis"),
    "one in the middle is gone": ("DELETE FROM event WHERE number = 9", "event 8 in place of 9"),
    "the newest is gone": (
        "DELETE FROM event WHERE number = (SELECT max(number) FROM event)",
        "that is not so",
    ),
    "all are gone": ("DELETE FROM event", "no events that lead from genesis to block 520"),
    "one has another number": (
        "UPDATE event SET number = number + 7 WHERE number = (SELECT max(number) FROM event)",
        "in place of",
    ),
    "an undone one says connected": ("UPDATE event SET kind = 'connected' WHERE kind = 'undone'", "not so"),
    "a connected one says undone": (
        "UPDATE event SET kind = 'undone' WHERE number = (SELECT max(number) FROM event)",
        "not so",
    ),
    "a kind that is none": (
        "UPDATE event SET kind = 'dreamt' WHERE number = (SELECT max(number) FROM event)",
        "dreamt, that is not so",
    ),
    "data that is no msgpack": (
        "UPDATE event SET data = x'c1' WHERE number = (SELECT max(number) FROM event)",
        "not so",
    ),
    "data that is no map": (
        "UPDATE event SET data = x'01' WHERE number = (SELECT max(number) FROM event)",
        "not so",
    ),
    "what was accepted is nowhere": ("DELETE FROM pending", "accepted, that is not so"),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_what_is_not_so_is_named(
    eventful: apsw.Connection, reader: Reader, builder: ChainBuilder, name: str
) -> None:
    statement, words = DAMAGES[name]
    eventful.execute(statement)
    with pytest.raises(StoreDamaged, match=words):
        check(reader, builder)


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("connected", {"height": 520, "hash": bytes(32)}),
        ("connected", {"height": True, "hash": bytes(32)}),
        ("undone", {"height": 3, "hash": bytes(32)}),
        ("undone", {"height": 9, "hash": bytes(32)}),
        ("accepted", {"txids": [bytes(32)]}),
        ("accepted", {"txids": [7]}),
        ("evicted", {"txid": bytes(32), "reason": "forgotten"}),
        ("evicted", {"txid": bytes(32)}),
    ],
)
def test_data_that_something_else_contradicts(
    eventful: apsw.Connection, reader: Reader, builder: ChainBuilder, kind: str, data: dict[str, object]
) -> None:
    eventful.execute(DATA, (msgpack.packb(data), kind))
    with pytest.raises(StoreDamaged, match=r"event \d+, \w+, that is not so"):
        check(reader, builder)
