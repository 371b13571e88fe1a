"""The newest headers: no more are read than are shown, and they are of one chain."""

import pytest

from p2pchain.chain.header import Header
from p2pchain.cli import chain as module
from p2pchain.cli.chain import header_fields, newest_headers
from p2pchain.errors import NodeError
from p2pchain.wire.messages import Message
from p2pchain.wire.messages.chain import Chain
from p2pchain.wire.messages.get_chain import GetChain

from .conftest import Asked


@pytest.mark.parametrize(("limit", "heights"), [(1, [3]), (2, [2, 3]), (3, [1, 2, 3]), (99, [1, 2, 3])])
async def test_as_many_as_are_wanted(asked: Asked, limit: int, heights: list[int]) -> None:
    assert [header.height for header in await newest_headers(asked.client, limit)] == heights


async def test_many_come_in_slices(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SLICE", 2)
    questions: list[Message] = []
    ask = asked.request

    async def note(message: Message, answer: type[Message]) -> Message:
        questions.append(message)
        return await ask(message, answer)

    monkeypatch.setattr(asked, "request", note)
    headers = await newest_headers(asked.client, 99)
    assert headers == [block.header for block in asked.blocks]
    slices = [(each.start, each.limit) for each in questions if isinstance(each, GetChain)]
    assert slices == [(1, 2), (3, 1)]


@pytest.mark.parametrize("there", ["another", "none"])
async def test_a_reorganisation_meanwhile_is_said(
    asked: Asked, monkeypatch: pytest.MonkeyPatch, there: str
) -> None:
    monkeypatch.setattr(module, "SLICE", 2)
    ask = asked.request

    async def change(message: Message, answer: type[Message]) -> Message:
        if isinstance(message, GetChain) and message.start == 3:
            other = Header(3, b"?" * 32, bytes(32), 1, asked.stage.network.bits, 0)
            items = (other.encode(),) if there == "another" else ()
            return Chain(what="headers", start=3, items=items, height=3, tip=other.hash)
        return await ask(message, answer)

    monkeypatch.setattr(asked, "request", change)
    with pytest.raises(NodeError, match="a reorganisation at height 2") as refused:
        await newest_headers(asked.client, 99)
    assert refused.value.reason == "reorganised"


def test_a_header_by_name(asked: Asked) -> None:
    header = asked.blocks[0].header
    fields = header_fields(header)
    assert fields["hash"] == header.hash
    assert list(fields) == ["height", "hash", "previous_hash", "merkle_root", "timestamp", "bits", "nonce"]
