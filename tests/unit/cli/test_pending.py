"""`p2pchain pending`: what it lists, and what it says of the records that it does not."""

import asyncio
import json
from typing import Any

import msgpack
import pytest
from click.testing import CliRunner, Result

from p2pchain.chain.transaction import Transaction
from p2pchain.cli import pending as module
from p2pchain.wire.messages import Message
from p2pchain.wire.messages.get_pending import GetPending

from .conftest import Asked

TEXTS = ["first", "second", "third\x1b[2J"]


@pytest.fixture
def records(asked: Asked) -> list[Transaction]:
    """Three records that wait for a block."""
    found = [asked.stage.builder.record(msgpack.packb(text)) for text in TEXTS]
    for each in found:
        asked.host.submit(each)
    asked.friend.wait(500)
    return found


def restart_with_room_for(asked: Asked, count: int, patch: pytest.MonkeyPatch) -> None:
    """Start the node again with room in memory for so few of what is pending."""
    patch.setattr("p2pchain.node.room.MEMPOOL_COUNT_MAX", 0)
    patch.setattr("p2pchain.node.room.PENDING_SLICE_COUNT", count)
    asked.host.crash()
    asked.host.boot()
    asked.friend = asked.stage.friend(asked.host)


def listed(asked: Asked, patch: pytest.MonkeyPatch, *arguments: str) -> Result:
    """Run the command against the node."""
    patch.setattr(module, "ask", lambda _, talk: asyncio.run(talk(asked.client)))
    result = CliRunner().invoke(module.command, arguments)
    assert result.exit_code == 0, result.output
    return result


def test_what_waits_is_listed_in_the_order_in_which_it_came(
    asked: Asked, records: list[Transaction], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = listed(asked, monkeypatch)
    rows = [line.split("\t") for line in said.stdout.splitlines()]
    assert [row[0] for row in rows] == [each.txid.hex() for each in records]
    assert [row[3] for row in rows] == ["first", "second", "third\N{REPLACEMENT CHARACTER}[2J"]
    assert said.stderr == ""


def test_programs_are_given_all_of_a_record(
    asked: Asked, records: list[Transaction], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [json.loads(line) for line in listed(asked, monkeypatch, "--json").stdout.splitlines()]
    assert [each["txid"] for each in found] == [each.txid.hex() for each in records]
    assert [each["text"] for each in found] == TEXTS


def test_where_nothing_waits_nothing_is_said(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    said = listed(asked, monkeypatch)
    assert (said.stdout, said.stderr) == ("", "")


@pytest.mark.parametrize("taken", [[0], [2], [0, 1], [2, 3]])
def test_what_waits_throughout_is_listed_once_though_a_block_takes_others_meanwhile(
    asked: Asked, monkeypatch: pytest.MonkeyPatch, taken: list[int]
) -> None:
    records = [asked.stage.builder.record() for _ in range(6)]
    asked.host.submit(*records)
    asked.friend.wait(500)
    monkeypatch.setattr(module, "SLICE", 3)
    request = asked.request

    async def then_a_block(message: Message, answer: type[Any]) -> Any:
        told = await request(message, answer)
        if isinstance(message, GetPending) and message.after is None:
            asked.host.node._parts.mempool.remove([records[each].txid for each in taken])
        return told

    monkeypatch.setattr(asked, "request", then_a_block)
    found = [line.split("\t")[0] for line in listed(asked, monkeypatch).stdout.splitlines()]
    assert len(found) == len(set(found))
    assert {each.txid.hex() for place, each in enumerate(records) if place not in taken} <= set(found)


@pytest.mark.parametrize(
    ("room", "says"), [(1, "2 more records wait on disk"), (2, "1 more record waits on disk")]
)
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_it_says_how_many_wait_on_disk_and_are_not_listed(
    asked: Asked,
    records: list[Transaction],
    monkeypatch: pytest.MonkeyPatch,
    room: int,
    says: str,
    form: tuple[str, ...],
) -> None:
    restart_with_room_for(asked, room, monkeypatch)
    said = listed(asked, monkeypatch, *form)
    assert len(said.stdout.splitlines()) == room
    assert records[0].txid.hex()[:16] in said.stdout
    assert said.stderr == f"{says}, until there is room in memory: not listed\n"
