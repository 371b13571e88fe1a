"""The queue of what is to be written is cut into commits, in order."""

import pytest

from p2pchain.daemon import write_queue as module
from p2pchain.daemon.write_queue import WriteQueue
from p2pchain.node.actions import FillContents, ProbeStore, StorePending
from p2pchain.sim.builder import ChainBuilder
from p2pchain.sim.cluster import simulated_network


def test_what_is_queued_comes_out_together_and_the_end_by_itself() -> None:
    waiting = WriteQueue()
    waiting.put(ProbeStore(1))
    waiting.put(FillContents(bytes(32), ()))
    waiting.close()
    assert waiting.next_group() == [ProbeStore(1), FillContents(bytes(32), ())]
    assert waiting.next_group() == []


def test_who_has_other_things_to_do_waits_no_longer_than_it_wants() -> None:
    waiting = WriteQueue()
    assert waiting.next_group(0.001) is None
    waiting.put(ProbeStore(1))
    assert waiting.next_group(0.001) == [ProbeStore(1)]


def test_a_group_holds_so_many_jobs_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GROUP_MAX", 2)
    waiting = WriteQueue()
    for job in range(5):
        waiting.put(ProbeStore(job))
    assert [waiting.next_group() for _ in range(3)] == [
        [ProbeStore(0), ProbeStore(1)],
        [ProbeStore(2), ProbeStore(3)],
        [ProbeStore(4)],
    ]


def test_what_is_behind_many_records_does_not_wait_for_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GROUP_RECORDS_MAX", 3)
    builder = ChainBuilder(simulated_network(), 1)
    waiting = WriteQueue()
    for job, count in enumerate((1, 2, 1, 5, 1)):
        waiting.put(StorePending(job, tuple(builder.record() for _ in range(count)), (), 0))
    waiting.put(ProbeStore(5))
    groups = [waiting.next_group() or [] for _ in range(3)]
    jobs = [[each.job for each in group if isinstance(each, StorePending)] for group in groups]
    assert jobs == [[0, 1], [2, 3], [4]]
    assert groups[-1][-1] == ProbeStore(5)
