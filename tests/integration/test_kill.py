"""kill -9 at any moment loses nothing that was acknowledged, whatever becomes of the chain meanwhile."""

import asyncio
import os
import random
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack, aclosing
from enum import Enum
from functools import partial
from pathlib import Path

import pytest

from node_process import PATIENCE_S, POLL_S, NodeProcess, quick_network, run_command, wait_for
from p2pchain.chain.keys import SigningKey
from p2pchain.client.client import Client
from p2pchain.client.records import Author, read, send
from p2pchain.daemon.peer_files import ADDRESSES_FILE
from p2pchain.errors import NodeError
from p2pchain.wire.messages.add_peer import AddPeer
from p2pchain.wire.messages.done import Done
from p2pchain.wire.messages.get_status import GetStatus
from p2pchain.wire.messages.status import Status

# The first number in `make trial`, the second in `make test`.
KILLS = 300 if os.environ.get("P2PCHAIN_TRIAL") else 30
Push = Callable[[Client, asyncio.Event], Coroutine[None, None, None]]


class Moment(Enum):
    """What a node has come to when it is killed, soon after."""

    ALONE = "it has a branch of its own"
    MEETING = "it is about to meet another node, whose branch beats its own"
    REORGANISED = "it has gone over to that branch, and on with it"


# So many blocks a node makes on its own branch before it is given no more to do.
AHEAD_MAX = 20

# How long after that it is killed, seconds at most: within this it may get anywhere in what it does next.
LATER_S = {Moment.ALONE: 0.1, Moment.MEETING: 0.3, Moment.REORGANISED: 0.1}


async def push(
    client: Client, may_push: asyncio.Event, author: Author, first: int, acknowledged: list[bytes]
) -> None:
    """Send records, a few at a time and while that may be, until the node is gone."""
    rng = random.Random(first)
    for step in range(10_000):
        await may_push.wait()
        texts = [f"record {first + step * 10 + offset}" for offset in range(rng.randint(1, 10))]
        salts = iter([rng.randbytes(16) for _ in texts])
        sent = send(client, author.sign_texts(texts, first + step * 10, salts))
        acknowledged.extend([txid async for txid in sent])


async def status(client: Client) -> Status:
    return await client.request(GetStatus(), Status)


async def part(client: Client, other: Client, start: Status, may_push: asyncio.Event) -> Status:
    """Wait until a node has a block of its own, and another has a chain that beats it; gives how the node is.

    A node that is ahead by luck could stay so for minutes: it gets no more records, and once it has mined what is
    pending it rests.
    """
    while True:
        ours, theirs = await status(client), await status(other)
        if ours.height > start.height and theirs.work > ours.work:
            may_push.set()
            return ours
        if ours.height > start.height + AHEAD_MAX:
            may_push.clear()
        await asyncio.sleep(POLL_S)


async def reorganise(watcher: Client, since: int, connected: int) -> None:
    """Wait until blocks are taken off after an event, and so many come on."""
    is_undone = False
    async with aclosing(watcher.subscribe(since)) as events:
        async for event in events:
            is_undone |= event.kind == "undone"
            connected -= is_undone and event.kind == "connected"
            if is_undone and connected <= 0:
                return


async def live(node: NodeProcess, other: NodeProcess, moment: Moment, rng: random.Random, push: Push) -> None:
    """Have a node take records on a branch of its own, meet another, and be killed when the moment has come.

    What it waits for is what happens to the node, so that a slow machine sees as much of it as a fast one.
    """
    sockets = [each.directory / "control.sock" for each in (node, node, other)]
    async with asyncio.timeout(PATIENCE_S), AsyncExitStack() as stack:
        client, watcher, theirs = [
            await stack.enter_async_context(await Client.unix(each)) for each in sockets
        ]
        start = await status(client)
        may_push = asyncio.Event()
        may_push.set()
        pushing = asyncio.create_task(push(client, may_push))
        try:
            ours = await part(watcher, theirs, start, may_push)
            if moment is not Moment.ALONE:
                await watcher.request(AddPeer(address=other.address), Done)
            if moment is Moment.REORGANISED:
                await reorganise(watcher, ours.last_event, rng.randint(0, 5))
            await asyncio.sleep(rng.uniform(0, LATER_S[moment]))
        finally:
            node.kill()
            may_push.set()
            with pytest.raises(NodeError):
                await pushing


async def chained(client: Client, network_id: bytes) -> list[bytes]:
    return [record.transaction.txid async for record in read(client, network_id)]


def have_met(node: NodeProcess, other: NodeProcess) -> bool:
    """Whether both have one chain with everything in it: what meeting takes off is pending again for a while."""
    one, two = node.status(), other.status()
    return one.peers > 0 and one.tip == two.tip and one.pending == two.pending == 0


@pytest.mark.slow
def test_kills_lose_nothing_acknowledged_through_reorganisations(tmp_path: Path) -> None:
    """Each time it begins alone on a branch of its own, and soon meets one that has mined on without it."""
    rng = random.Random(50)
    network = quick_network(hashes_per_block=5_000)
    file = tmp_path / "network.toml"
    file.write_text(network.to_toml())
    author = Author(SigningKey(bytes(32)), network.id, "test.note")
    acknowledged: list[bytes] = []
    policy = ["--network", str(file), "--mine"]
    moments = [rng.choice(list(Moment)) for _ in range(KILLS)]
    with (
        NodeProcess(tmp_path / "other", "127.0.0.2", *policy, "always") as other,
        NodeProcess(tmp_path / "node", "127.0.0.1", *policy, "auto") as node,
    ):
        for kill, moment in enumerate(moments):
            pushing = partial(push, author=author, first=kill * 1_000_000, acknowledged=acknowledged)
            asyncio.run(live(node, other, moment, rng, pushing))
            (node.directory / ADDRESSES_FILE).unlink(missing_ok=True)
            node.start()
        other.stop()
        other.start("--mine", "auto")
        node.command("peers", "add", other.address)
        wait_for(lambda: have_met(node, other))
        found = node.ask(lambda client: chained(client, network.id))
        node.stop()

    assert len(found) == len(set(found))
    assert set(acknowledged) <= set(found)
    assert len(acknowledged) > KILLS
    assert moments.count(Moment.REORGANISED) > KILLS // 4
    assert node.log.read_text().count("reorganised: ") >= moments.count(Moment.REORGANISED)
    checked = run_command("check", "--data", str(node.directory))
    assert checked.returncode == 0, checked.stderr
