"""Who follows a node's events has its chain exactly, whoever of the two is killed, and however often it changes."""

import asyncio
import json
import random
import subprocess
import sys
import threading
from contextlib import ExitStack, aclosing, closing, suppress
from dataclasses import replace
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any, Self

import msgpack
import pytest

from node_process import PATIENCE_S, NodeProcess, wait_for
from p2pchain.chain.block import Block
from p2pchain.chain.network import LOCAL
from p2pchain.chain.tree import Entry
from p2pchain.client.client import Client
from p2pchain.client.records import send
from p2pchain.daemon.service import CONTROL_SOCKET
from p2pchain.errors import NodeError
from p2pchain.sim.builder import ChainBuilder
from p2pchain.sim.cluster import EASY_BITS
from p2pchain.store.reader import Reader
from p2pchain.store.schema import FILE_NAME
from p2pchain.wire.messages.new_block import NewBlock

NETWORK = replace(LOCAL, name="events", bits=EASY_BITS)
PROGRAM = Path(__file__).with_name("folding_subscriber.py")
REORGANISATIONS = 50
SUBSCRIBERS = 3
NODE_KILLED_EVERY = 7
DEPTH_MAX = 6
KILL_WITHIN_S = 0.06

Link = tuple[Entry, Block]


class Branches:
    """Chains that overtake one another, made at will."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._builder = ChainBuilder(NETWORK, rng.getrandbits(32))
        self.best: list[Link] = []
        self._grow(DEPTH_MAX)

    def overtake(self) -> list[Block]:
        """Give the blocks of a branch that leaves the best chain somewhere below its tip, and is longer."""
        depth = self._rng.randint(1, DEPTH_MAX)
        del self.best[-depth:]
        return self._grow(depth + self._rng.randint(1, 2))

    def _grow(self, count: int) -> list[Block]:
        for _ in range(count):
            parent = self.best[-1][0] if self.best else self._builder.genesis
            records = [self._builder.record() for _ in range(self._rng.randint(0, 2))]
            self.best.append(self._builder.block(parent, records))
        return [block for _, block in self.best[-count:]]


class Subscriber:
    """One such process, and the file that it leaves."""

    def __init__(self, node: NodeProcess, file: Path, rng: random.Random) -> None:
        self._command = [
            sys.executable,
            str(PROGRAM),
            str(node.directory / CONTROL_SOCKET),
            str(file),
            str(rng.getrandbits(32)),
        ]
        self._file = file
        self.fruitful = 0
        self.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()

    def start(self) -> None:
        self._found = len(self.events())
        self._process = subprocess.Popen(self._command)

    def kill(self) -> None:
        """Kill -9; `fruitful` counts its lives in which it has gone on."""
        assert self._process.poll() is None, "a subscriber has ended by itself"
        self._process.kill()
        self._process.wait()
        self.fruitful += len(self.events()) > self._found

    def is_at(self, number: int) -> bool:
        """Whether it has come as far as an event."""
        return len(self.events()) >= number

    def events(self) -> list[dict[str, Any]]:
        """Read what it has noted."""
        whole, _, _ = self._file.read_text("utf-8").rpartition("\n") if self._file.exists() else ("", "", "")
        return [json.loads(line) for line in whole.splitlines()]


async def offer(node: NodeProcess, blocks: list[Block]) -> None:
    """Give a branch to the node as a peer, in order; wait until its tip is the node's."""
    peer, _ = await Client.tcp(node.host, node.port)
    async with peer, await Client.unix(node.directory / CONTROL_SOCKET) as control:
        # Some of its records are there before: they are told of as accepted, the others only with their blocks.
        records = [each for block in blocks[::2] for each in block.transactions]
        assert len([txid async for txid in send(control, records)]) == len(records)
        for block in blocks:
            peer.send(NewBlock(block=block.encode()))
        async with asyncio.timeout(PATIENCE_S), aclosing(control.subscribe(0)) as events:
            async for event in events:
                if event.kind == "connected" and msgpack.unpackb(event.data)["hash"] == blocks[-1].hash:
                    return


def offer_through_a_kill(node: NodeProcess, blocks: list[Block], delay_s: float) -> None:
    """Give a branch to the node, which is killed at some moment, and give it again after its start."""
    timer = threading.Timer(delay_s, node.kill)
    timer.start()
    with suppress(NodeError):
        asyncio.run(offer(node, blocks))
    timer.join()
    node.start()
    asyncio.run(offer(node, blocks))


def run(node: NodeProcess, subscribers: list[Subscriber], branches: Branches, rng: random.Random) -> None:
    """Let the chain be overtaken again and again, and kill who follows it, and now and then the node too."""
    asyncio.run(offer(node, [block for _, block in branches.best]))
    for number in range(1, REORGANISATIONS + 1):
        doomed = [each for each in subscribers if rng.random() < 1 / 3]
        timers = [threading.Timer(rng.uniform(0, KILL_WITHIN_S), each.kill) for each in doomed]
        for timer in timers:
            timer.start()
        blocks = branches.overtake()
        if number % NODE_KILLED_EVERY:
            asyncio.run(offer(node, blocks))
        else:
            offer_through_a_kill(node, blocks, rng.uniform(0, KILL_WITHIN_S))
        last = node.status().last_event
        for timer, each in zip(timers, doomed, strict=True):
            timer.join()
            each.start()
            wait_for(partial(each.is_at, last))


def fold(events: list[dict[str, Any]]) -> list[str]:
    """Give the chain that events make: hashes from block 1 on."""
    chain: list[str] = []
    for event in events:
        if event["kind"] == "connected":
            assert event["height"] == len(chain) + 1
            chain.append(event["hash"])
        elif event["kind"] == "undone":
            assert (event["height"], event["hash"]) == (len(chain), chain.pop())
    return chain


@pytest.mark.slow
@pytest.mark.parametrize("seed", [50])
def test_their_events_folded_are_the_chain_through_kills_and_reorganisations(
    tmp_path: Path, seed: int
) -> None:
    rng = random.Random(seed)
    rules = tmp_path / "network.toml"
    rules.write_text(NETWORK.to_toml())
    branches = Branches(rng)
    with ExitStack() as stack:
        policy = ["--mine", "off", "--network", str(rules)]
        node = stack.enter_context(NodeProcess(tmp_path / "node", "127.0.0.1", *policy))
        files = [tmp_path / f"subscriber-{number}" for number in range(SUBSCRIBERS)]
        subscribers = [stack.enter_context(Subscriber(node, file, rng)) for file in files]
        run(node, subscribers, branches, rng)
        last = node.status().last_event
        for each in subscribers:
            wait_for(partial(each.is_at, last))
            each.kill()
        assert node.status().last_event == last
        with closing(Reader(node.directory / FILE_NAME, NETWORK)) as reader:
            stored = reader.load_events(0, last + 1)
            headers = reader.restore(len(branches.best) + 1).recent

    chain = [block.hash.hex() for _, block in branches.best]
    assert [each.header.hash.hex() for each in headers[1:]] == chain
    runs = [kind for kind, _ in groupby(event.kind for event in stored if event.kind != "accepted")]
    assert runs.count("undone") == REORGANISATIONS
    for each in subscribers:
        events = each.events()
        assert [event["number"] for event in events] == list(range(1, last + 1))
        assert [event["kind"] for event in events] == [event.kind for event in stored]
        assert fold(events) == chain
    assert sum(each.fruitful for each in subscribers) > REORGANISATIONS // 5
