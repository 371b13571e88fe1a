"""A disk that refuses: waited out where that may help, and the end where it does not."""

from p2pchain.node.actions import ProbeStore, Report, StopNode
from p2pchain.node.events import Now, StoreFailed, StoreRecovered
from p2pchain.node.limits import STORE_PROBE_MS
from p2pchain.node.outbox import Outbox
from p2pchain.node.store_health import StoreHealth
from p2pchain.node.timers import Timers


class Bench:
    """A health, and the world around it."""

    def __init__(self) -> None:
        self.outbox = Outbox()
        self.timers = Timers()
        self.health = StoreHealth(self.outbox, self.timers)
        self.now = Now(0, 0)

    def fail(self, *jobs: int, code: str = "store_full", transient: bool = True) -> None:
        self.health.failed(StoreFailed(code, "no room", transient, jobs), self.now)

    def wait(self) -> list[int]:
        """Let time pass until the next probe; the jobs of those that were asked for."""
        self.now = Now(0, self.now.ticks_ms + STORE_PROBE_MS)
        self.timers.run(self.now)
        return [action.job for action in self.outbox.drain() if isinstance(action, ProbeStore)]

    def reports(self) -> list[str]:
        return [action.level for action in self.outbox.drain() if isinstance(action, Report)]


def test_a_full_disk_is_tried_again_until_it_takes_something() -> None:
    bench = Bench()
    assert bench.health.takes
    bench.fail(1, 2)
    bench.fail(3)
    assert bench.health.state == "store_full"
    for _ in range(5):
        (probe,) = bench.wait()
        assert bench.wait() == []
        bench.fail(probe)
    (probe,) = bench.wait()
    assert bench.health.recovered(StoreRecovered(probe))
    assert bench.health.takes
    assert bench.wait() == []


def test_the_operator_is_told_of_the_beginning_and_of_the_end() -> None:
    bench = Bench()
    bench.fail()
    bench.fail()
    assert bench.reports() == ["error"]
    (probe,) = bench.wait()
    bench.fail(probe)
    (probe,) = bench.wait()
    bench.health.recovered(StoreRecovered(probe))
    assert bench.reports() == ["warning"]


def test_the_newest_fault_is_the_one_that_is_named() -> None:
    bench = Bench()
    bench.fail()
    bench.fail(code="store_locked")
    assert bench.health.state == "store_locked"


def test_what_fails_while_a_probe_is_under_way_begins_no_second_row_of_probes() -> None:
    bench = Bench()
    bench.fail()
    (probe,) = bench.wait()
    bench.fail(99)
    assert bench.wait() == []
    bench.fail(probe)
    assert len(bench.wait()) == 1


def test_an_answer_to_no_probe_changes_nothing() -> None:
    bench = Bench()
    bench.fail()
    assert not bench.health.recovered(StoreRecovered(12345))
    assert not bench.health.takes


def test_a_fault_that_does_not_pass_ends_the_node() -> None:
    bench = Bench()
    bench.fail(code="store_damaged", transient=False)
    assert StopNode() in bench.outbox
    assert bench.reports() == ["error"]
    assert bench.health.state == "store_damaged"
    assert bench.wait() == []


def test_a_node_that_stops_does_not_go_on_when_there_is_room() -> None:
    bench = Bench()
    bench.fail()
    bench.health.stop()
    bench.fail()
    (probe,) = bench.wait()
    assert not bench.health.recovered(StoreRecovered(probe))
    assert bench.health.state == "stopping"
    assert not bench.health.takes
