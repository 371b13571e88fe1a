"""Where actions wait for the driver."""

from p2pchain.node.actions import Report, StopSearch
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
