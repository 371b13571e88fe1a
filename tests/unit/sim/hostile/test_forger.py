"""A forger's records are well-formed and signed by nobody."""

from p2pchain.chain.rules import check_transaction_unsigned
from p2pchain.chain.transaction import Transaction
from p2pchain.sim.hostile.flooder import EVERY_MS
from p2pchain.sim.hostile.forger import Forger
from p2pchain.sim.verdicts import is_signed
from p2pchain.wire.messages.new_tx import NewTx

from .den import Den


def test_nothing_is_wrong_with_its_records_but_the_signature(den: Den) -> None:
    den.bring(Forger)
    den.first.wait(20 * EVERY_MS)
    records = [
        Transaction.decode(each, den.stage.network.id)
        for message in den.first.told(NewTx)
        for each in message.transactions
    ]
    assert len(records) > 20
    for record in records:
        check_transaction_unsigned(record, den.stage.network)
    assert not any(is_signed(record) for record in records)
