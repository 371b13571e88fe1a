"""Each rule of transactions takes what keeps it and refuses what breaks it."""

from dataclasses import replace

import pytest

from p2pchain.chain.keys import SigningKey
from p2pchain.chain.network import LOCAL, Network
from p2pchain.chain.rules import transaction as rules
from p2pchain.chain.rules.rule import Rule
from p2pchain.chain.transaction import Transaction, sign
from p2pchain.errors import RuleError

KEY = SigningKey(bytes(32))
GOOD = sign(KEY, LOCAL.id, timestamp=1, kind="k", payload=b"payload", salt=bytes(16))


def of_size(size: int) -> Transaction:
    """A transaction of a size in all."""
    return sign(KEY, LOCAL.id, timestamp=1, kind="k", payload=bytes(size - GOOD.size + 7), salt=bytes(16))


def changed(content: bytes) -> Transaction:
    return GOOD._replace(content=content)


def test_a_good_transaction_is_taken() -> None:
    rules.check_transaction_unsigned(GOOD, LOCAL)
    rules.check_signature(GOOD)


def test_a_forgotten_content_breaks_no_rule() -> None:
    rules.check_transaction_unsigned(GOOD._replace(content=None), LOCAL)


def test_a_transaction_may_be_as_large_as_the_network_says() -> None:
    largest, larger = (of_size(LOCAL.max_transaction_bytes + more) for more in (0, 1))
    rules.check_transaction_unsigned(largest, LOCAL)
    for transaction in (larger, larger._replace(content=None)):
        with pytest.raises(rules.TransactionTooLarge, match="found 65537") as caught:
            rules.check_transaction_unsigned(transaction, LOCAL)
        assert caught.value.condemns


def asking(work: int) -> Network:
    return replace(LOCAL, min_stamp_work=work)


def test_a_stamp_carries_the_work_that_the_network_asks_for() -> None:
    rules.check_stamp(GOOD, asking(GOOD.work))
    with pytest.raises(rules.InsufficientStamp, match=f"found {GOOD.work}"):
        rules.check_stamp(GOOD, asking(GOOD.work + 1))


@pytest.mark.parametrize("work", [1, 2, 3, 7, 1000, 2**20, 2**63])
def test_a_stamp_is_enough_exactly_where_its_work_is(work: int) -> None:
    edge = 2**256 // work
    for number in (edge - 2, edge - 1, edge, edge + 1):
        if not 0 <= number < 2**256:
            continue
        transaction = GOOD._replace(txid=number.to_bytes(32, "big"))
        if transaction.work >= work:
            rules.check_stamp(transaction, asking(work))
        else:
            with pytest.raises(rules.InsufficientStamp):
                rules.check_stamp(transaction, asking(work))


@pytest.mark.parametrize(
    "content", [b"", bytes(16) + b"payloae", bytes(16) + b"payload ", bytes(15) + b"payload"]
)
def test_another_content_is_refused_and_the_head_not_blamed(content: bytes) -> None:
    with pytest.raises(rules.ContentMismatch, match=f"{len(content)} other bytes") as caught:
        rules.check_transaction_unsigned(changed(content), LOCAL)
    assert not caught.value.condemns


def forged() -> list[Transaction]:
    other = sign(SigningKey(b"\1" * 32), LOCAL.id, timestamp=1, kind="k", payload=b"payload", salt=bytes(16))
    return [
        Transaction.from_parts(bytes(64) + GOOD.head.body, None, LOCAL.id),
        Transaction.from_parts(other.head.signature + GOOD.head.body, None, LOCAL.id),
        Transaction.from_parts(GOOD.head.raw, None, bytes(32)),
    ]


@pytest.mark.parametrize("transaction", forged(), ids=["zeroes", "another author's", "another network's"])
def test_a_signature_is_the_authors_of_this_id(transaction: Transaction) -> None:
    with pytest.raises(rules.InvalidSignature) as caught:
        rules.check_signature(transaction)
    assert caught.value.condemns


def test_the_signature_is_no_part_of_the_unsigned_stage() -> None:
    rules.check_transaction_unsigned(forged()[0], LOCAL)


@pytest.mark.parametrize("rule", rules.UNSIGNED, ids=lambda rule: rule.name)
def test_each_rule_takes_a_good_transaction(rule: Rule[[Transaction, Network]]) -> None:
    rule.check(GOOD, LOCAL)
    assert issubclass(rule.error, RuleError)
