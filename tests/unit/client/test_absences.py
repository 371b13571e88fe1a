"""Why contents are not at a node, as far as it says."""

from typing import cast

import pytest

from p2pchain.chain.transaction import Transaction
from p2pchain.client.absences import Absence, absences
from p2pchain.client.client import Client
from p2pchain.sim.builder import ChainBuilder
from p2pchain.sim.cluster import simulated_network
from p2pchain.wire.messages.contents import Contents
from p2pchain.wire.messages.get_contents import TXIDS_MAX, GetContents


class Holder:
    """A node that holds some contents, had others forgotten, and answers no more than `most` at a time."""

    def __init__(self, held: set[bytes], forgotten: set[bytes] | None, most: int = TXIDS_MAX) -> None:
        self.asked: list[tuple[bytes, ...]] = []
        self._held = held
        self._forgotten = forgotten
        self._most = most

    @property
    def client(self) -> Client:
        return cast(Client, self)

    async def request(self, message: GetContents, answer: type[Contents]) -> Contents:
        self.asked.append(message.txids)
        told = message.txids[: self._most]
        forgotten = self._forgotten
        places = forgotten and tuple(place for place, txid in enumerate(told) if txid in forgotten)
        return answer(
            contents=tuple(b"x" * 16 if txid in self._held else None for txid in told),
            forgotten=tuple(places or ()) if forgotten is not None else None,
        )


@pytest.fixture
def bare() -> list[Transaction]:
    builder = ChainBuilder(simulated_network(), 1)
    return [builder.record()._replace(content=None) for _ in range(5)]


async def test_what_the_operator_had_forgotten_is_told_from_what_nobody_had(bare: list[Transaction]) -> None:
    holder = Holder(set(), {bare[1].txid})
    here = bare[4]._replace(content=bytes(16))
    assert await absences(holder.client, [*bare[:3], here]) == {
        bare[0].txid: Absence.WITHHELD,
        bare[1].txid: Absence.FORGOTTEN,
        bare[2].txid: Absence.WITHHELD,
    }


async def test_where_nothing_is_missing_nothing_is_asked(bare: list[Transaction]) -> None:
    holder = Holder(set(), set())
    assert await absences(holder.client, [each._replace(content=bytes(16)) for each in bare]) == {}
    assert holder.asked == []


async def test_of_a_node_that_does_not_say_why_it_is_not_known(bare: list[Transaction]) -> None:
    found = await absences(Holder(set(), None).client, bare)
    assert found == dict.fromkeys((each.txid for each in bare), Absence.UNSAID)


async def test_what_has_come_in_meanwhile_is_not_called_withheld(bare: list[Transaction]) -> None:
    found = await absences(Holder({bare[0].txid}, set()).client, bare[:2])
    assert found == {bare[0].txid: Absence.UNSAID, bare[1].txid: Absence.WITHHELD}


async def test_where_an_answer_is_short_it_asks_for_the_rest(bare: list[Transaction]) -> None:
    txids = tuple(each.txid for each in bare)
    holder = Holder(set(), {bare[4].txid}, most=2)
    found = await absences(holder.client, bare)
    assert [why for why in found.values() if why is Absence.WITHHELD] == [Absence.WITHHELD] * 4
    assert found[bare[4].txid] is Absence.FORGOTTEN
    assert holder.asked == [txids, txids[2:], txids[4:]]


async def test_an_answer_without_anything_ends_it(bare: list[Transaction]) -> None:
    holder = Holder(set(), set(), most=0)
    assert set((await absences(holder.client, bare)).values()) == {Absence.UNSAID}
    assert len(holder.asked) == 1


async def test_no_question_holds_more_than_one_may(bare: list[Transaction]) -> None:
    many = [bare[0]._replace(txid=number.to_bytes(32, "big")) for number in range(TXIDS_MAX + 1)]
    holder = Holder(set(), set())
    assert len(await absences(holder.client, many)) == len(many)
    assert [len(each) for each in holder.asked] == [TXIDS_MAX, 1]
