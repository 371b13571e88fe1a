"""Two events that differ leave two marks."""

from dataclasses import replace

from p2pchain.chain.rules import WrongMerkleRoot
from p2pchain.node import events
from p2pchain.node.events import Event, Stored
from p2pchain.node.ports import Returned, StoredEvent
from p2pchain.sim.builder import ChainBuilder
from p2pchain.sim.shape import simulated_network
from p2pchain.sim.trace import traced

BUILDER = ChainBuilder(simulated_network(), 1)
BLOCK, OTHER = (item.block for item in BUILDER.chain(BUILDER.genesis, [1, 1]))
FAULT = WrongMerkleRoot("one", "another")

# Of each kind: events that differ from each other where it matters.
UNLIKE: tuple[tuple[Event, ...], ...] = (
    (events.BytesReceived(1, b"a"), events.BytesReceived(1, b"b"), events.BytesReceived(2, b"a")),
    (events.BlockChecked(1, BLOCK), events.BlockChecked(1, OTHER), events.BlockChecked(1, FAULT)),
    (
        events.ChainCommitted(1, (), Returned(), 3),
        events.ChainCommitted(1, (bytes(32),), Returned(), 3),
        events.ChainCommitted(1, (), Returned(1), 3),
        events.ChainCommitted(1, (), Returned(), 4),
    ),
    (events.SignaturesChecked(1, (True, False)), events.SignaturesChecked(1, (False, True))),
    (
        events.PendingStored(1, (Stored.ACCEPTED,), (), 1),
        events.PendingStored(1, (Stored.PENDING,), (), 1),
        events.PendingStored(1, (Stored.ACCEPTED,), (bytes(32),), 1),
    ),
    (events.BlocksLoaded(1, ()), events.BlocksLoaded(1, (None,)), events.BlocksLoaded(2, ())),
    (events.ContentsLoaded(1, ()), events.ContentsLoaded(1, (None,))),
    (events.EventsLoaded(1, ()), events.EventsLoaded(1, (StoredEvent(1, "accepted", b""),))),
    (events.PendingLoaded(1, ()), events.PendingLoaded(2, ())),
    (events.CommitRefused(1, bytes(32), FAULT), events.CommitRefused(1, BLOCK.hash, FAULT)),
    (events.DialFailed(events.Address("a", 1), "why"), events.DialFailed(events.Address("b", 1), "why")),
    (events.TimePassed(),),
)


def test_events_that_differ_leave_marks_that_differ() -> None:
    for unlike in UNLIKE:
        marks = {traced(event) for event in unlike}
        assert len(marks) == len(unlike), unlike
        assert marks == {traced(replace(event)) for event in unlike}


def test_a_mark_is_the_same_in_every_process() -> None:
    assert traced(events.BytesReceived(7, b"abc")) == b"7 abc"
    assert traced(events.CommitRefused(3, b"h", FAULT)) == b"3 h"
    assert b" at 0x" not in b"".join(traced(event) for unlike in UNLIKE for event in unlike)
