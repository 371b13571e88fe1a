"""Records: signed in order, sent in batches, read back in order."""

from collections.abc import Iterable
from typing import TypeVar, cast
from unittest.mock import AsyncMock

import msgpack
import pytest

from p2pchain.chain.keys import SigningKey
from p2pchain.chain.transaction import Transaction
from p2pchain.client.absences import Absence
from p2pchain.client.client import Client
from p2pchain.client.records import BATCH_RECORDS, Author, read, send, text_of
from p2pchain.errors import NodeError
from p2pchain.sim.builder import ChainBuilder
from p2pchain.sim.cluster import simulated_network
from p2pchain.wire.messages import Message, encode
from p2pchain.wire.messages.chain import Chain
from p2pchain.wire.messages.contents import Contents
from p2pchain.wire.messages.get_chain import GetChain
from p2pchain.wire.messages.got_tx import GotTx
from p2pchain.wire.messages.new_tx import NewTx

M = TypeVar("M", bound=Message)
NETWORK = simulated_network()


class Script:
    """A client whose answers a test wrote down."""

    def __init__(self, answers: Iterable[Message] = ()) -> None:
        self.asked: list[Message] = []
        self._answers = iter(answers)

    async def request(self, message: Message, answer: type[M], *, timeout_s: float = 0) -> M:
        del timeout_s
        self.asked.append(message)
        if isinstance(message, NewTx):
            transactions = [Transaction.decode(each, NETWORK.id) for each in message.transactions]
            found: Message = GotTx(
                txids=tuple(each.txid for each in transactions),
                codes=tuple(codes(each) for each in transactions),
            )
        else:
            found = next(self._answers)
        assert isinstance(found, answer)
        return found


def codes(transaction: Transaction) -> str:
    return "mempool_full" if text_of(transaction) == "too much" else "accepted"


def author() -> Author:
    return Author(SigningKey(bytes(32)), NETWORK.id, "test.note")


def test_texts_are_signed_in_order_with_rising_timestamps() -> None:
    texts = ["one", "", "\tthree"]
    signed = list(author().sign_texts(texts, 50, iter([bytes(16)] * 3)))
    assert [each.timestamp for each in signed] == [50, 51, 52]
    assert [text_of(each) for each in signed] == texts
    assert {each.kind for each in signed} == {"test.note"}


def test_a_payload_that_is_no_text_is_shown_as_far_as_it_is() -> None:
    builder = ChainBuilder(NETWORK, 1)
    assert text_of(builder.record(b"\xff\xfeplain")) == "\ufffd\ufffdplain"
    assert text_of(builder.record(msgpack.packb({"a": 1}))) == "\ufffd\ufffda\x01"
    forgotten = builder.record(b"x")
    assert text_of(Transaction(forgotten.head, None, forgotten.txid)) == ""


async def test_they_are_sent_in_batches_that_are_acknowledged() -> None:
    script = Script()
    texts = [f"{number}" for number in range(BATCH_RECORDS + 5)]
    signed = list(author().sign_texts(texts, 1, iter([bytes(16)] * len(texts))))
    sent = [txid async for txid in send(cast(Client, script), signed)]
    assert sent == [each.txid for each in signed]
    assert [len(message.transactions) for message in script.asked if isinstance(message, NewTx)] == [
        BATCH_RECORDS,
        5,
    ]
    assert [txid async for txid in send(cast(Client, script), [])] == []


async def test_large_records_go_in_smaller_batches() -> None:
    script = Script()
    sizes = [400_000, 400_000, 400_000, 1_500_000, 10]
    signed = list(author().sign_texts(["x" * size for size in sizes], 1, iter([bytes(16)] * 5)))
    assert len([txid async for txid in send(cast(Client, script), signed)]) == 5
    assert [len(message.transactions) for message in script.asked if isinstance(message, NewTx)] == [
        2,
        1,
        1,
        1,
    ]
    assert all(len(encode(message)) <= message.BYTES_MAX for message in script.asked)


async def test_a_refused_record_is_named_after_those_that_were_taken() -> None:
    texts = ["fine"] * BATCH_RECORDS + ["fine", "too much", "fine too"] + ["late"] * BATCH_RECORDS
    signed = list(author().sign_texts(texts, 1, iter([bytes(16)] * len(texts))))
    script = Script()
    taken: list[bytes] = []

    async def take() -> None:
        async for txid in send(cast(Client, script), signed):
            taken.append(txid)  # noqa: PERF401  # what came before the fault is what is asked for

    with pytest.raises(NodeError, match=rf"record 258 \({signed[257].txid.hex()}\)") as refused:
        await take()
    assert refused.value.reason == "mempool_full"
    answered = signed[: 2 * BATCH_RECORDS]
    assert taken == [each.txid for each in answered if text_of(each) != "too much"]
    assert len(script.asked) == 2


@pytest.mark.parametrize("count", [0, 1, 3])
async def test_an_answer_to_more_records_or_fewer_than_were_sent_is_the_node_s_fault(
    count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed = list(author().sign_texts(["one", "two"], 1, iter([bytes(16)] * 2)))
    answer = GotTx(txids=(bytes(32),) * count, codes=("accepted",) * count)
    script = Script()
    monkeypatch.setattr(script, "request", AsyncMock(return_value=answer))
    with pytest.raises(NodeError, match=f"found {count} codes"):
        _ = [txid async for txid in send(cast(Client, script), signed)]


async def test_of_many_refused_records_a_few_are_named() -> None:
    signed = list(author().sign_texts(["too much"] * 9, 1, iter([bytes(16)] * 9)))
    with pytest.raises(NodeError, match=signed[2].txid.hex()) as refused:
        _ = [txid async for txid in send(cast(Client, Script()), signed)]
    assert signed[3].txid.hex() not in str(refused.value)
    assert "6 more" in str(refused.value)


def test_a_record_too_large_for_the_network_is_found_before_any_is_sent() -> None:
    signed = next(author().sign_texts(["x" * 500], 1, iter([bytes(16)])))
    author().check_sizes(["", "x" * 500], signed.size)
    with pytest.raises(NodeError, match=r"record 2 .* split it") as refused:
        author().check_sizes(["", "x" * 501], signed.size)
    assert refused.value.reason == "transaction_too_large"


def chain_answers(sizes: list[int], start: int = 1) -> tuple[list[Message], list[Transaction]]:
    """Answers of two blocks each, and the records in them."""
    builder = ChainBuilder(NETWORK, 1)
    staged = builder.chain(builder.genesis, sizes)
    tip = staged[-1].block
    answers: list[Message] = [
        Chain(
            what="blocks",
            start=start + place,
            items=tuple(item.block.encode() for item in staged[place : place + 2]),
            height=tip.height,
            tip=tip.hash,
        )
        for place in range(0, len(staged), 2)
    ]
    return answers, [transaction for item in staged for transaction in item.block.transactions]


async def test_the_log_is_read_in_slices() -> None:
    answers, records = chain_answers([1, 2, 0, 1, 1])
    script = Script(answers)
    found = [record async for record in read(cast(Client, script), NETWORK.id)]
    assert [record.transaction for record in found] == records
    assert [record.height for record in found] == [1, 2, 2, 4, 5]
    assert [len(message.locator) for message in script.asked if isinstance(message, GetChain)] == [0, 1, 1]


async def test_of_what_is_not_there_the_log_says_why() -> None:
    builder = ChainBuilder(NETWORK, 1)
    (item,) = builder.chain(builder.genesis, [3])
    tip = item.block.with_contents({0: None, 2: None})
    answer = Chain(what="blocks", start=1, items=(tip.encode(),), height=1, tip=tip.hash)
    script = Script([answer, Contents(contents=(None, None), forgotten=(1,))])
    found = [record.absence async for record in read(cast(Client, script), NETWORK.id)]
    assert found == [Absence.WITHHELD, None, Absence.FORGOTTEN]


async def test_a_reorganisation_while_reading_is_said() -> None:
    answers, _ = chain_answers([1, 1, 1])
    first = answers[0]
    assert isinstance(first, Chain)
    moved = Chain(what="blocks", start=1, items=first.items[:1], height=3, tip=first.tip)
    script, genesis = Script([answers[0], moved]), NETWORK.genesis.hash
    with pytest.raises(NodeError, match="reorganisation"):
        _ = [record async for record in read(cast(Client, script), NETWORK.id, genesis)]


async def test_what_follows_another_block_than_the_one_named_is_not_given_for_what_follows_it() -> None:
    answers, _ = chain_answers([1, 1])
    with pytest.raises(NodeError, match="reorganisation") as refused:
        _ = [record async for record in read(cast(Client, Script(answers)), NETWORK.id, b"?" * 32)]
    assert refused.value.reason == "reorganised"
