"""How many records share one commit."""

import queue
import threading
from pathlib import Path

import pytest

from p2pchain.daemon import storage as module
from p2pchain.daemon.storage import Storage
from p2pchain.node.actions import StorePending
from p2pchain.node.events import Event, PendingStored
from p2pchain.sim.builder import ChainBuilder
from p2pchain.sim.cluster import simulated_network
from p2pchain.store.store import Store


def test_what_is_behind_many_records_does_not_wait_for_all_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "GROUP_RECORDS_MAX", 2)
    begun, go_on = threading.Event(), threading.Event()
    commits: list[int] = []
    really = Storage._commit

    def held(storage: Storage, group: list[module.WriteAction]) -> list[Event]:
        commits.append(len(group))
        begun.set()
        assert go_on.wait(30)
        return really(storage, group)

    monkeypatch.setattr(Storage, "_commit", held)
    answers: queue.SimpleQueue[Event] = queue.SimpleQueue()
    builder = ChainBuilder(simulated_network(), 1)
    store = Store(tmp_path, builder.network)
    storage = Storage(store, answers.put)
    storage.write(StorePending(0, (builder.record(),)))
    assert begun.wait(30)
    for job in range(1, 6):
        storage.write(StorePending(job, (builder.record(),)))
    go_on.set()
    stored = [answers.get(timeout=30) for _ in range(6)]
    storage.close()
    store.close()
    assert [answer.job for answer in stored if isinstance(answer, PendingStored)] == list(range(6))
    assert commits == [1, 2, 2, 1]
