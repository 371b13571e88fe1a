"""Conversations with a node that a test plays: answers by id, refusals, and ends in the middle."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from p2pchain.client.client import UNTAGGED_MAX, Client, NoAnswer
from p2pchain.errors import NodeError
from p2pchain.wire.connection import Connection, Role
from p2pchain.wire.decoding import Incoming
from p2pchain.wire.messages import Message, encode
from p2pchain.wire.messages.bye import Bye
from p2pchain.wire.messages.done import Done
from p2pchain.wire.messages.error import ErrorMessage
from p2pchain.wire.messages.event import EventMessage
from p2pchain.wire.messages.get_peers import GetPeers
from p2pchain.wire.messages.hello import Hello
from p2pchain.wire.messages.mine import Mine
from p2pchain.wire.messages.mined import Mined
from p2pchain.wire.messages.new_tx import NewTx
from p2pchain.wire.messages.peers import PeersMessage
from p2pchain.wire.messages.ping import Ping
from p2pchain.wire.messages.pong import Pong
from p2pchain.wire.messages.stop import Stop
from p2pchain.wire.messages.subscribe import Subscribe

Reply = Callable[[Incoming], list[bytes]]
HELLO = Hello(
    protocol=1,
    network=b"n" * 32,
    agent="node",
    node=b"i" * 16,
    listen=1,
    height=0,
    tip=bytes(32),
    work=bytes(32),
    time=0,
)


@asynccontextmanager
async def node(path: Path, role: Role, reply: Reply) -> AsyncIterator[None]:
    """A node on a Unix socket that replies as a test says, hanging up at an empty reply."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wire = Connection(role)
        with closing(writer):
            while data := await reader.read(65536):
                for incoming in wire.receive(data):
                    for frame in reply(incoming):
                        if not frame:
                            writer.close()
                        else:
                            writer.write(frame)

    server = await asyncio.start_unix_server(serve, str(path))
    try:
        yield
    finally:
        server.close()


async def test_answers_find_their_requests_in_any_order(tmp_path: Path) -> None:
    path = tmp_path / "sock"
    waiting: list[int | None] = []

    def reply(incoming: Incoming) -> list[bytes]:
        waiting.append(incoming.id)
        if len(waiting) < 3:
            return []
        return [encode(Mined(height=tag or 0, hash=bytes(32)), tag) for tag in reversed(waiting)]

    async with node(path, Role.CONTROL, reply), await Client.unix(path) as client:
        mined = await asyncio.gather(*(client.request(Mine(), Mined) for _ in range(3)))
        assert [each.height for each in mined] == [1, 2, 3]


async def test_a_refusal_carries_the_node_s_word(tmp_path: Path) -> None:
    path = tmp_path / "sock"
    refusal = ErrorMessage(code="nothing_pending", reason="nothing to mine", to="mine")
    async with (
        node(path, Role.CONTROL, lambda incoming: [encode(refusal, incoming.id)]),
        await Client.unix(path) as client,
    ):
        with pytest.raises(NodeError, match="nothing to mine") as refused:
            await client.request(Mine(), Mined)
        assert refused.value.reason == "nothing_pending"


async def test_a_goodbye_tells_every_request_why(tmp_path: Path) -> None:
    path = tmp_path / "sock"
    goodbye = encode(Bye(code="frame_too_long", reason="at most 2 MiB"))
    async with (
        node(path, Role.CONTROL, lambda incoming: [goodbye, b""] if incoming.id == 2 else []),
        await Client.unix(path) as client,
    ):
        asked = (client.request(Mine(), Mined, timeout_s=30) for _ in range(2))
        for refused in await asyncio.gather(*asked, return_exceptions=True):
            assert isinstance(refused, NodeError)
            assert (refused.reason, str(refused)) == ("frame_too_long", "at most 2 MiB")


async def test_one_request_may_have_several_answers(tmp_path: Path) -> None:
    path = tmp_path / "sock"

    def reply(incoming: Incoming) -> list[bytes]:
        return [encode(Pong(nonce=number), incoming.id) for number in (1, 2, 3)]

    async with node(path, Role.CONTROL, reply), await Client.unix(path) as client:
        answers = [each.nonce async for each in client.request_each(Ping(nonce=0), Pong, 3)]
        assert answers == [1, 2, 3]


async def test_silence_a_hang_up_and_nonsense_are_said(tmp_path: Path) -> None:
    path = tmp_path / "sock"
    for reply, word in (([], "mined within 0.01 s"), ([b""], "closed by the node"), ([bytes(8)], "protocol")):
        async with (
            node(path, Role.CONTROL, lambda _, reply=reply: reply),  # type: ignore[misc]  # mypy cannot type a default
            await Client.unix(path) as client,
        ):
            with pytest.raises(NodeError, match=word):
                await client.request(Mine(), Mined, timeout_s=0.01 if not reply else 30)
        path.unlink()


async def test_a_connection_that_is_over_says_so_again(tmp_path: Path) -> None:
    path = tmp_path / "sock"
    async with node(path, Role.CONTROL, lambda _: [b""]), await Client.unix(path) as client:
        for _ in range(2):
            with pytest.raises(NodeError, match="closed by the node"):
                await client.request(Stop(), Done, timeout_s=30)


async def test_events_come_one_after_another(tmp_path: Path) -> None:
    path = tmp_path / "sock"

    def reply(incoming: Incoming) -> list[bytes]:
        message = incoming.message
        assert isinstance(message, Subscribe)
        numbers = range(message.since + 1, message.since + 4)
        events = [
            encode(EventMessage(number=number, kind="connected", data=b""), incoming.id) for number in numbers
        ]
        return [encode(Done(), 99), *events]

    async with node(path, Role.CONTROL, reply), await Client.unix(path) as client:
        numbers = []
        async for event in client.subscribe(7):
            numbers.append(event.number)
            if len(numbers) == 3:
                break
        assert numbers == [8, 9, 10]


async def test_no_node_is_said_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NodeError, match="p2pchain run"):
        await Client.unix(tmp_path / "none")
    with pytest.raises(NodeError, match="check host and port"):
        await Client.tcp("127.0.0.1", 1)


@asynccontextmanager
async def peer() -> AsyncIterator[tuple[int, list[Message]]]:
    """A node on a TCP port that pings whoever greets it, and names its peers when it is answered."""
    heard: list[Message] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer):
            wire = Connection(Role.PEER)
            writer.write(encode(HELLO))
            while data := await reader.read(65536):
                for incoming in wire.receive(data):
                    heard.append(incoming.message)
                    if isinstance(incoming.message, Hello):
                        writer.write(encode(Ping(nonce=5)))
                    if isinstance(incoming.message, Pong):
                        writer.write(encode(PeersMessage(addresses=(("192.0.2.1", 1),))))

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1], heard


async def test_over_tcp_it_shakes_hands_and_answers_pings() -> None:
    async with peer() as (port, heard):
        client, hello = await Client.tcp("127.0.0.1", port)
        async with client:
            assert hello == HELLO
            answer = await client.request(GetPeers(), PeersMessage)
            assert answer.addresses == (("192.0.2.1", 1),)
        greeting = heard[0]
        assert isinstance(greeting, Hello)
        assert (greeting.listen, greeting.network) == (0, HELLO.network)
        assert Pong(nonce=5) in heard


async def test_over_tcp_it_can_claim_another_network() -> None:
    async with peer() as (port, heard):
        client, _ = await Client.tcp("127.0.0.1", port, network_id=b"o" * 32)
        async with client:
            await client.answer(PeersMessage)
        greeting = heard[0]
        assert isinstance(greeting, Hello)
        assert greeting.network == b"o" * 32


async def test_a_tcp_peer_that_says_nothing_is_given_up() -> None:
    async with await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0) as server:
        with pytest.raises(NodeError, match="closed by the node"):
            await Client.tcp("127.0.0.1", server.sockets[0].getsockname()[1])


async def test_what_nobody_asked_for_waits_at_the_node_but_for_a_little(tmp_path: Path) -> None:
    path = tmp_path / "sock"
    flood = [encode(HELLO)] + [encode(Pong(nonce=number)) for number in range(10 * UNTAGGED_MAX)]
    async with (
        node(path, Role.PEER, lambda _: flood),
        Client(*await asyncio.open_unix_connection(path), Role.PEER) as client,
    ):
        client.send(HELLO)
        await client.answer(Hello)
        for number in range(10 * UNTAGGED_MAX):
            assert (await client.answer(Pong)).nonce == number
            assert client._untagged.qsize() <= UNTAGGED_MAX


async def test_a_node_that_does_not_read_does_not_hold_up_the_end(tmp_path: Path) -> None:
    path, hung = tmp_path / "sock", asyncio.Event()
    large = NewTx(transactions=(bytes(60_000),) * 64, ack=True)

    async def hang(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer):
            await hung.wait()

    async with await asyncio.start_unix_server(hang, str(path), limit=1):
        async with asyncio.timeout(20):
            async with await Client.unix(path) as client:
                with pytest.raises(NoAnswer):
                    await client.request(large, Done, timeout_s=0.01)
        hung.set()
