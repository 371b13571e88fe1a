"""Transactions on their way from a connection to the disk and the mempool."""

import pytest

from p2pchain.chain import rules
from p2pchain.chain.transaction import Transaction
from p2pchain.node import room as room_module
from p2pchain.node.actions import CheckSignatures, StorePending
from p2pchain.node.density import step_of
from p2pchain.node.events import (
    SignaturesChecked,
    Stored,
)
from p2pchain.node.limits import STORE_PROBE_MS
from p2pchain.sim.stage import Stage
from p2pchain.wire.messages.forget import Forget
from p2pchain.wire.messages.got_tx import GotTx
from p2pchain.wire.messages.new_tx import NewTx

from .desk import BUILDER, NOW, Desk


def forged(genuine: Transaction) -> Transaction:
    """The same id under another signature."""
    raw = bytes([genuine.head.raw[0] ^ 1]) + genuine.head.raw[1:]
    return Transaction.from_parts(raw, genuine.content, BUILDER.network.id)


def test_a_push_is_answered_when_all_of_it_is_on_disk() -> None:
    desk = Desk()
    one, two = BUILDER.record(), BUILDER.record()
    desk.push(desk.peer(1), one.encode(), two.encode())
    desk.check()
    assert desk.answers() == []
    assert desk.store() == (one, two)
    assert desk.answers() == [("accepted", "accepted")]
    assert [pending.transaction for pending in desk.mempool] == [one, two]


def test_what_is_known_is_said_without_more_work() -> None:
    desk = Desk()
    pending, chained = BUILDER.record(), BUILDER.record()
    desk.mempool.add(pending, None)
    desk.push(desk.peer(1), pending.encode(), chained.encode())
    desk.check()
    desk.store([Stored.CHAINED])
    assert desk.answers() == [("known", "known")]
    assert chained.txid not in desk.mempool


def with_two() -> tuple[Desk, Transaction, Transaction]:
    """A desk with a record that is pending, and one that is on its way."""
    desk = Desk()
    pending, under_way = BUILDER.record(), BUILDER.record()
    desk.push(desk.peer(1), pending.encode())
    desk.check()
    desk.store()
    desk.push(desk.peer(2), under_way.encode())
    return desk, pending, under_way


def test_what_comes_again_is_not_filtered_again_unless_its_content_differs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk, pending, under_way = with_two()
    filtered: list[Transaction] = []
    monkeypatch.setattr(
        rules, "check_transaction_unsigned", lambda transaction, _: filtered.append(transaction)
    )
    desk.push(desk.peer(3), pending.encode(), under_way.encode())
    assert filtered == []
    others = [each._replace(content=b"another" + bytes(20)) for each in (pending, under_way)]
    desk.push(desk.peer(4), *(each.encode() for each in others))
    assert filtered == others


def test_other_content_of_what_is_here_is_a_fault() -> None:
    desk, pending, under_way = with_two()
    others = [each._replace(content=bytes(len(each.content or b""))) for each in (pending, under_way)]
    desk.push(desk.peer(3), *(each.encode() for each in others))
    assert desk.answers()[-1] == ("content_mismatch", "content_mismatch")


def test_each_fault_is_answered_in_its_place() -> None:
    desk = Desk()
    fine, large = BUILDER.record(), BUILDER.record(bytes(BUILDER.network.max_transaction_bytes))
    without = Transaction(fine.head, None, fine.txid)
    other = Transaction(fine.head, b"x" * len(fine.content or b""), fine.txid)
    desk.push(desk.peer(1), b"junk", large.encode(), without.encode(), other.encode(), fine.encode())
    desk.check()
    desk.store()
    assert desk.answers() == [
        ("malformed_transaction", "transaction_too_large", "content_missing", "content_mismatch", "accepted")
    ]


def test_a_peer_that_pushes_junk_is_dismissed_and_a_client_that_asks_is_told() -> None:
    desk = Desk()
    peer, client = desk.peer(1), desk.peer(2, control=True)
    desk.push(peer, b"junk", ack=False)
    desk.push(client, b"junk")
    assert peer.is_closing()
    assert not client.is_closing()
    assert desk.farewells() == ["malformed_transaction"]
    assert desk.answers() == [("malformed_transaction",)]


def test_a_forged_signature_does_not_decide_for_the_genuine_one() -> None:
    desk = Desk()
    genuine = BUILDER.record()
    first, second = desk.peer(1), desk.peer(2)
    desk.push(first, forged(genuine).encode())
    desk.push(second, genuine.encode())
    desk.check([False])
    desk.check([True])
    assert desk.store() == (genuine,)
    assert desk.answers() == [("invalid_signature",), ("accepted",)]
    assert genuine.txid in desk.mempool


def test_two_who_push_the_same_one_are_both_answered_and_each_is_weighed() -> None:
    desk = Desk()
    record = BUILDER.record()
    one, other = desk.peer(1), desk.peer(2)
    desk.push(one, record.encode(), record.encode())
    desk.push(other, record.encode())
    assert [one.intake_bytes, other.intake_bytes] == [2 * record.size, record.size]
    desk.check()
    assert desk.store() == (record,)
    assert [one.intake_bytes, other.intake_bytes] == [0, 0]
    assert desk.answers() == [("accepted", "known"), ("known",)]


def test_batches_keep_their_order_whichever_check_ends_first() -> None:
    desk = Desk()
    one, two = BUILDER.record(), BUILDER.record()
    peer = desk.peer(1)
    desk.push(peer, one.encode())
    desk.push(peer, two.encode())
    early, late = [action for action in desk.outbox if isinstance(action, CheckSignatures)]
    desk.intake.checked(SignaturesChecked(late.job, (True,)), NOW)
    assert not any(isinstance(action, StorePending) for action in desk.outbox)
    desk.intake.checked(SignaturesChecked(early.job, (True,)), NOW)
    assert desk.store() == (one, two)


def test_what_the_disk_did_not_take_is_refused_and_taken_when_it_comes_again() -> None:
    desk = Desk()
    client = desk.peer(1)
    stored, checked, new = [BUILDER.record() for _ in range(3)]
    desk.push(client, stored.encode())
    desk.check()
    desk.push(client, checked.encode())
    desk.fail()
    desk.check()
    desk.push(client, new.encode())
    assert desk.answers() == [("not_stored",)] * 3
    assert client.intake_bytes == 0
    desk.recover()
    desk.push(client, stored.encode(), checked.encode(), new.encode())
    desk.check()
    assert desk.store() == (stored, checked, new)
    assert desk.answers()[3:] == [("accepted",) * 3]


@pytest.mark.parametrize("checked", [False, True])
def test_a_peer_that_pushed_in_vain_is_met_anew(stage: Stage, *, checked: bool) -> None:
    host = stage.host()
    friend = stage.friend(host)
    host.disk_full = True
    if not checked:
        host.submit(stage.builder.record())
        friend.wait(200)
    friend.say(NewTx(transactions=(stage.builder.record().encode(),), ack=False))
    friend.wait(200)
    assert friend.farewell() == ""
    host.disk_full = False
    friend.wait(2 * STORE_PROBE_MS)
    assert friend.farewell() == "not_stored"


def test_what_another_commit_took_is_not_refused() -> None:
    desk = Desk()
    desk.push(desk.peer(1), BUILDER.record().encode())
    desk.check()
    desk.fail(12345)
    desk.store()
    assert desk.answers() == [("accepted",)]


def test_a_full_mempool_is_said_and_an_author_s_full_share(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk()
    poor, rich = sorted((BUILDER.record() for _ in range(200)), key=step_of)[::199]
    monkeypatch.setattr(room_module, "MEMPOOL_COUNT_MAX", 1)
    desk.push(desk.peer(1), poor.encode(), BUILDER.record().encode(), rich.encode())
    desk.check()
    desk.store()
    desk.push(desk.peer(2), rich.encode())
    desk.check()
    assert ((rich.txid, (poor.txid,)),) in [getattr(each, "displaced", ()) for each in desk.outbox]
    desk.store(evicted=(poor.txid,))
    assert [each.transaction for each in desk.mempool] == [rich]
    monkeypatch.setattr(room_module, "MEMPOOL_AUTHOR_COUNT_MAX", 1)
    desk.push(desk.peer(3), poor.encode())
    full = "mempool_full"
    assert desk.answers() == [("accepted", full, full), ("accepted",), ("author_share_full",)]


def test_one_record_under_many_signatures_displaces_no_more_than_one(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk()
    *poor, rich = sorted((BUILDER.record() for _ in range(200)), key=step_of)[::66]
    monkeypatch.setattr(room_module, "MEMPOOL_COUNT_MAX", len(poor))
    desk.push(desk.peer(1), *(each.encode() for each in poor))
    desk.check()
    desk.store()
    twins = [rich, forged(rich)]  # an author can sign one body as often as it likes
    desk.push(desk.peer(2), *(each.encode() for each in twins))
    desk.check()
    (job,) = [each for each in desk.outbox if isinstance(each, StorePending)]
    ((newcomer, victims),) = job.displaced
    assert (newcomer, len(victims)) == (rich.txid, 1)
    desk.store([Stored.ACCEPTED, Stored.PENDING], victims)
    assert desk.answers()[-1] == ("accepted", "known")
    assert desk.mempool.room.count == len(desk.mempool) == len(poor)


def test_who_left_meanwhile_is_not_answered_but_its_record_is_kept() -> None:
    desk = Desk()
    record = BUILDER.record()
    desk.push(desk.peer(1), record.encode())
    desk.peers.remove(1)
    desk.check()
    desk.store()
    assert desk.answers() == []
    assert record.txid in desk.mempool


def test_what_was_forgotten_is_not_taken_in_again_not_even_what_is_on_its_way() -> None:
    desk = Desk()
    peer = desk.peer(1)
    early, late = BUILDER.record(), BUILDER.record()
    desk.push(peer, early.encode())
    desk.tombstones.receive(peer, Forget(txids=(early.txid, late.txid)), 7, NOW)
    desk.push(peer, late.encode())
    desk.check()
    assert desk.answers() == [("forgotten",), ("forgotten",)]
    assert not len(desk.mempool)


def test_what_is_too_short_for_a_transaction_is_not_answered_piece_by_piece(stage: Stage) -> None:
    friend = stage.friend(stage.host())
    friend.say(NewTx(transactions=(b"",) * 1_000, ack=True))
    friend.wait(200)
    assert not friend.told(GotTx)
    assert friend.farewell() == "out_of_bounds"
