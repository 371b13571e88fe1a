"""Each rule of blocks takes what keeps it and refuses what breaks it; a body's faults do not condemn a header."""

from dataclasses import replace

import pytest

from p2pchain.chain.block import Block, Coinbase, merkle_root_of
from p2pchain.chain.header import Header
from p2pchain.chain.history import EMPTY
from p2pchain.chain.keys import SigningKey
from p2pchain.chain.network import LOCAL, Network
from p2pchain.chain.rules import block as rules
from p2pchain.chain.rules import transaction as of_transactions
from p2pchain.chain.rules.rule import Rule
from p2pchain.chain.transaction import Transaction, sign
from p2pchain.errors import RuleError

KEY = SigningKey(bytes(32))
FRONTIER = EMPTY.append(LOCAL.genesis.hash)
WORK = LOCAL.genesis.work
COINBASE = Coinbase(FRONTIER.root(), WORK, bytes(32))
RECORDS = tuple(
    sign(KEY, LOCAL.id, timestamp=number, kind="k", payload=bytes(1_000), salt=bytes(16))
    for number in range(4)
)


def block(transactions: tuple[Transaction, ...] = RECORDS, coinbase: Coinbase = COINBASE) -> Block:
    """A block whose header commits to what it holds."""
    root = merkle_root_of(coinbase, [transaction.head for transaction in transactions])
    return Block(
        Header(1, LOCAL.genesis.hash, root, LOCAL.genesis_time + 1, LOCAL.bits, 0), coinbase, transactions
    )


GOOD = block()


@pytest.mark.parametrize("transactions", [(), RECORDS, (RECORDS[0]._replace(content=None), *RECORDS[1:])])
def test_a_good_block_is_taken(transactions: tuple[Transaction, ...]) -> None:
    rules.check_block_alone(block(transactions), LOCAL)
    rules.check_block_with_ancestors(block(transactions), FRONTIER, WORK)
    rules.check_new_in_chain(block(transactions), frozenset[bytes]().__contains__)


OTHER_BODIES = {
    "one transaction less": replace(GOOD, transactions=RECORDS[:-1]),
    "another order": replace(GOOD, transactions=RECORDS[::-1]),
    "the last one doubled": replace(GOOD, transactions=(*RECORDS, RECORDS[-1])),
    "another signature": replace(
        GOOD,
        transactions=(
            *RECORDS[:-1],
            Transaction.from_parts(bytes(64) + RECORDS[-1].head.body, None, LOCAL.id),
        ),
    ),
    "another miner": replace(GOOD, coinbase=replace(COINBASE, miner=b"m" * 32)),
}


@pytest.mark.parametrize("body", OTHER_BODIES.values(), ids=OTHER_BODIES)
def test_another_body_is_refused_and_the_header_not_blamed(body: Block) -> None:
    with pytest.raises(rules.WrongMerkleRoot) as caught:
        rules.check_block_alone(body, LOCAL)
    assert not caught.value.condemns


def limited(size: int) -> Network:
    return replace(LOCAL, max_block_bytes=size, max_transaction_bytes=1_500)


def test_a_block_is_as_large_as_the_network_says_at_most() -> None:
    rules.check_block_alone(GOOD, limited(GOOD.size))
    for body in (GOOD, replace(GOOD, transactions=tuple(each._replace(content=None) for each in RECORDS))):
        with pytest.raises(rules.BlockTooLarge, match=str(GOOD.size)) as caught:
            rules.check_block_alone(body, limited(GOOD.size - 1))
        assert caught.value.condemns


def test_a_txid_stands_in_a_block_once_whatever_its_signature() -> None:
    twin = Transaction.from_parts(b"\1" * 64 + RECORDS[0].head.body, RECORDS[0].content, LOCAL.id)
    for doubled in ((*RECORDS, RECORDS[0]), (*RECORDS, twin)):
        with pytest.raises(rules.RepeatedTransaction) as caught:
            rules.check_block_alone(block(doubled), LOCAL)
        assert caught.value.condemns


def test_every_transaction_keeps_its_own_rules() -> None:
    bad = RECORDS[2]._replace(content=b"other")
    with pytest.raises(of_transactions.ContentMismatch):
        rules.check_block_alone(block((*RECORDS[:2], bad)), LOCAL)
    with pytest.raises(of_transactions.TransactionTooLarge):
        rules.check_block_alone(GOOD, replace(LOCAL, max_transaction_bytes=512))
    with pytest.raises(of_transactions.InsufficientStamp):
        rules.check_block_alone(GOOD, replace(LOCAL, min_stamp_work=2**60))


def test_what_is_known_to_be_sound_is_looked_at_only_as_a_part_of_the_block() -> None:
    bad = RECORDS[2]._replace(content=b"other")
    mixed = block((*RECORDS[:2], bad))
    rules.check_block_alone(mixed, LOCAL, {bad.head.raw})
    with pytest.raises(of_transactions.ContentMismatch):
        rules.check_block_alone(mixed, LOCAL, {each.head.raw for each in RECORDS[:2]})
    with pytest.raises(rules.RepeatedTransaction):
        rules.check_block_alone(block((bad, bad)), LOCAL, {bad.head.raw})
    with pytest.raises(rules.WrongMerkleRoot):
        rules.check_block_alone(replace(mixed, transactions=(bad,)), LOCAL, {bad.head.raw})


def test_a_coinbase_tells_the_history_and_the_work_below() -> None:
    for coinbase, error in (
        (replace(COINBASE, history_root=bytes(32)), rules.WrongHistoryRoot),
        (replace(COINBASE, history_root=EMPTY.root()), rules.WrongHistoryRoot),
        (replace(COINBASE, chain_work=WORK + 1), rules.WrongChainWork),
        (replace(COINBASE, chain_work=0), rules.WrongChainWork),
    ):
        with pytest.raises(error) as caught:
            rules.check_block_with_ancestors(block(coinbase=coinbase), FRONTIER, WORK)
        assert caught.value.condemns


def test_a_txid_stands_in_a_chain_once_and_the_block_is_named() -> None:
    with pytest.raises(rules.DuplicateTransaction, match=RECORDS[3].txid.hex()) as caught:
        rules.check_new_in_chain(GOOD, {RECORDS[3].txid}.__contains__)
    assert caught.value.culprit == GOOD.hash
    assert caught.value.condemns


@pytest.mark.parametrize("rule", rules.ALONE, ids=lambda rule: rule.name)
def test_each_rule_takes_a_good_block(rule: Rule[[Block, Network]]) -> None:
    rule.check(GOOD, LOCAL)
    assert issubclass(rule.error, RuleError)
