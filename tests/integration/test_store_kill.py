"""kill -9 in the middle of writing: all that was reported is there, and what is there agrees with itself."""

import json
import queue
import random
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from shutil import copytree

import apsw
import msgpack
import pytest

from p2pchain.chain.history import EMPTY
from p2pchain.daemon.storage import Storage
from p2pchain.daemon.write_queue import WriteAction
from p2pchain.node.actions import ForgetContents, StorePending
from p2pchain.node.events import Event
from p2pchain.sim.builder import ChainBuilder
from p2pchain.sim.cluster import simulated_network
from p2pchain.store.reader import Reader
from p2pchain.store.schema import FILE_NAME
from p2pchain.store.store import Store

KILLS = 12
WRITER = Path(__file__).with_name("write_store.py")


def write_and_kill(directory: Path, seed: int, groups: int) -> list[dict[str, object]]:
    """Let a process write; kill it after it has reported so many groups; give all that it has reported."""
    command = [sys.executable, str(WRITER), str(directory), str(seed)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(groups)]
        process.kill()
        lines += process.stdout.readlines()
    assert process.returncode == -9
    return [json.loads(line) for line in lines if line.endswith(b"\n")]


def check_against_itself(reader: Reader) -> tuple[set[bytes], set[bytes]]:
    """Compare everything in the file with everything else; give what is in the chain, and what is pending."""
    recent = reader.restore(1_000_000).recent
    chain: dict[bytes, tuple[int, int]] = {}
    frontier = EMPTY.append(recent[0].header.hash)
    for height, stored in enumerate(recent[1:], start=1):
        block = reader.block_at(height)
        assert block is not None
        assert block.header == stored.header
        assert stored.header.previous_hash == recent[height - 1].header.hash
        frontier = frontier.append(block.hash)
        for position, transaction in enumerate(block.transactions):
            assert chain.setdefault(transaction.txid, (height, position)) == (height, position)
    assert reader.frontier(len(recent)) == frontier
    assert {txid: reader.find_transaction(txid) for txid in chain} == chain
    pending = {transaction.txid for transaction in reader.pending()}
    assert not pending & set(chain)
    check_events(reader, [stored.header.hash for stored in recent], pending | set(chain))
    return set(chain), pending


def check_events(reader: Reader, hashes: list[bytes], txids: set[bytes]) -> None:
    """The events, folded, are the chain; each record was accepted or came in a block; no number is missing."""
    folded = hashes[:1]
    accepted: set[bytes] = set()
    events = reader.load_events(0, 1_000_000)
    for event in events:
        data = msgpack.unpackb(event.data)
        if event.kind == "connected":
            folded.append(data["hash"])
            assert data["height"] == len(folded) - 1
        elif event.kind == "undone":
            assert data["hash"] == folded.pop()
        else:
            accepted.update(data["txids"])
    assert folded == hashes
    assert accepted == txids
    assert [event.number for event in events] == list(range(1, len(events) + 1))


@pytest.mark.slow
def test_kills_while_groups_are_written_lose_nothing_reported(tmp_path: Path) -> None:
    rng = random.Random(9)
    reported: set[bytes] = set()
    for kill in range(KILLS):
        said = write_and_kill(tmp_path, seed=kill, groups=rng.randint(1, 60))
        for each in said:
            assert isinstance(each["accepted"], list)
            reported.update(bytes.fromhex(txid) for txid in each["accepted"])
        store = Store(tmp_path, simulated_network())
        reader = store.reader()
        chain, pending = check_against_itself(reader)
        assert reported <= chain | pending
        height, last_event = said[-1]["height"], said[-1]["last_event"]
        assert isinstance(height, int)
        assert isinstance(last_event, int)
        assert reader.tip_height() >= height
        assert reader.last_event() >= last_event
        reader.close()
        store.close()
    assert len(chain) > KILLS
    connection = apsw.Connection(str(tmp_path / FILE_NAME))
    assert connection.pragma("integrity_check") == "ok"
    connection.close()


def test_what_was_forgotten_before_a_kill_is_erased_from_the_log_after_the_next_start(tmp_path: Path) -> None:
    builder, answers = ChainBuilder(simulated_network(), 1), queue.SimpleQueue[Event]()
    record, killed = builder.record(), tmp_path / "killed"

    def do(storage: Storage, action: WriteAction) -> None:
        storage.write(action)
        answers.get(timeout=30)

    def is_there() -> bool:
        return any((record.content or b"") in file.read_bytes() for file in killed.glob(f"{FILE_NAME}*"))

    with closing(Store(tmp_path / "first", builder.network)) as store:
        storage = Storage(store, answers.put)
        with closing(store.reader()) as reader, reader.still():
            reader.tip_height()
            do(storage, StorePending(1, (record,), (), 0))
            do(storage, ForgetContents(2, (record.txid,)))
            copytree(tmp_path / "first", killed)
        storage.close()
    assert is_there()
    with closing(Store(killed, builder.network)) as store:
        storage = Storage(store, answers.put)
        do(storage, StorePending(3, (builder.record(),), (), 0))
        assert not is_there()
        storage.close()
