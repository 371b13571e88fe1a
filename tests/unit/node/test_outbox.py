"""Where actions wait for the driver."""

from p2pchain.node.actions import Report, Send, StopSearch
from p2pchain.node.outbox import Outbox


def test_actions_come_out_once_and_in_order() -> None:
    outbox = Outbox()
    outbox.append(StopSearch())
    outbox.report("info", "hello")
    assert outbox.drain() == [StopSearch(), Report("info", "hello")]
    assert outbox.drain() == []


def test_no_two_jobs_have_one_number() -> None:
    outbox = Outbox()
    assert len({outbox.next_job() for _ in range(100)}) == 100


def test_what_goes_to_one_connection_goes_in_one_piece_and_overtakes_nothing() -> None:
    outbox = Outbox()
    outbox.extend([Send(1, b"a"), Send(1, b"b"), Send(2, b"c"), Send(1, b"d"), StopSearch(), Send(1, b"e")])
    assert outbox.drain() == [Send(1, b"ab"), Send(2, b"c"), Send(1, b"d"), StopSearch(), Send(1, b"e")]
