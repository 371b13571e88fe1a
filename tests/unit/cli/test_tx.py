"""Where a record stands, and what it says, as it is printed."""

from dataclasses import replace

import msgpack
import pytest

from p2pchain.chain.rules import ContentMismatch
from p2pchain.cli.tx import Found, _fields, _find, _pairs, _payload, _place, _place_fields
from p2pchain.errors import NodeError
from p2pchain.sim.builder import ChainBuilder
from p2pchain.sim.cluster import simulated_network
from p2pchain.wire.messages.contents import Contents
from p2pchain.wire.messages.forget import Forget

from .conftest import Asked


async def test_a_record_in_the_chain_is_proven_and_its_content_fetched(asked: Asked) -> None:
    record = asked.blocks[0].transactions[1]
    found = await _find(asked.client, record.txid)
    assert found.record == record
    assert found.head == asked.blocks[2].header
    place = dict(_place(found))
    assert place["state"] == "in block 1, record 2"
    assert place["on top"] == "2 blocks, 4 hashes of work"
    assert str(place["proven"]).startswith(f"up to block 3 {asked.blocks[2].hash.hex()}")
    fields = _place_fields(found)
    assert (fields["state"], fields["height"], fields["position"], fields["depth"]) == ("chain", 1, 2, 2)
    assert (_fields(found)["payload"], _fields(found)["absence"]) == (record.payload, None)


async def test_it_says_where_history_rests_on_who_is_let_in(asked: Asked) -> None:
    found = await _find(asked.client, asked.blocks[0].transactions[0].txid)
    assert "who is let in" in str(dict(_place(found))["note"])
    assert found.proven is not None
    always = replace(found, proven=replace(found.proven, idle_adds_work=True))
    assert "note" not in dict(_place(always))


async def test_a_pending_record_is_found_among_those_that_wait(asked: Asked) -> None:
    record = asked.stage.builder.record(msgpack.packb("wait"))
    asked.host.submit(record)
    asked.friend.wait(500)
    found = await _find(asked.client, record.txid)
    assert found.record == record
    assert _place(found) == [("state", "pending: it waits for a block")]
    assert _place_fields(found) == {"state": "pending"}


async def test_one_that_left_what_is_pending_meanwhile_is_said_to_wait(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = asked.stage.builder.record()
    asked.host.submit(record)
    asked.friend.wait(500)

    async def none(_: object) -> list[object]:
        return []

    monkeypatch.setattr("p2pchain.cli.tx.pending_records", none)
    with pytest.raises(NodeError) as refused:
        await _find(asked.client, record.txid)
    assert refused.value.reason == "still_pending"


async def test_a_content_that_was_forgotten_is_said_to_be(asked: Asked) -> None:
    record = asked.blocks[0].transactions[0]
    asked.host.ask(Forget(txids=(record.txid,)))
    asked.friend.wait(500)
    found = await _find(asked.client, record.txid)
    assert dict(_pairs(found))["payload"] == "forgotten: the operator had this node erase it"
    assert (_fields(found)["here"], _fields(found)["absence"]) == (False, "forgotten")
    silent = replace(found, absence=None)
    assert dict(_pairs(silent))["payload"] == "not here: the node does not say why"


async def test_a_content_that_nobody_had_is_said_to_be_withheld(asked: Asked) -> None:
    asked.withhold(0)
    found = await _find(asked.client, asked.blocks[0].transactions[0].txid)
    assert str(dict(_pairs(found))["payload"]).startswith("withheld: nobody had it")
    assert _fields(found)["absence"] == "withheld"


async def test_another_content_than_the_head_commits_to_is_refused(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = asked.request

    async def lie(message: object, answer: type[Contents]) -> object:
        return Contents(contents=(b"x" * 32,)) if answer is Contents else await ask(message, answer)  # type: ignore[arg-type]  # one kind of many

    monkeypatch.setattr(asked, "request", lie)
    with pytest.raises(ContentMismatch):
        await _find(asked.client, asked.blocks[0].transactions[0].txid)


@pytest.mark.parametrize(
    ("payload", "shown"),
    [
        (msgpack.packb("plain words"), "plain words"),
        (msgpack.packb("two\nlines"), "two lines"),
        (b"bytes that are text", "bytes that are text"),
        (b"\xff\xfe", "fffe"),
        (msgpack.packb("\x1b[2J"), msgpack.packb("\x1b[2J").hex()),
    ],
)
def test_a_payload_is_text_where_it_can_be_printed(payload: bytes, shown: str) -> None:
    assert _payload(Found(ChainBuilder(simulated_network(), 1).record(payload))) == shown
