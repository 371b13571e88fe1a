"""A flooder sends so many records to all, as good as anybody's."""

from p2pchain.chain.rules import check_transaction_unsigned
from p2pchain.chain.transaction import Transaction
from p2pchain.sim.hostile.flooder import BATCH, EVERY_MS, Flooder
from p2pchain.sim.verdicts import is_signed
from p2pchain.wire.messages.new_tx import NewTx

from .den import Den


def test_it_sends_valid_records_to_all_until_none_is_left(den: Den) -> None:
    flooder = den.bring(Flooder)
    count = 400
    den.first.wait(count // BATCH * 3 * EVERY_MS)
    assert flooder.left == 0
    told = [
        [each for message in who.told(NewTx) for each in message.transactions]
        for who in (den.first, den.second)
    ]
    assert told[0] == told[1]
    assert not any(message.ack for message in den.first.told(NewTx))
    assert len(set(told[0])) == count
    record = Transaction.decode(told[0][-1], den.stage.network.id)
    check_transaction_unsigned(record, den.stage.network)
    assert is_signed(record)
    assert record.author == flooder.builder.author.public


def test_it_waits_until_somebody_is_there(den: Den) -> None:
    flooder = den.bring(Flooder)
    for stranger in (den.first, den.second):
        stranger.running = False
        den.stage.links.crash(stranger)
    den.stage.world.run_for(0)
    left = flooder.left
    den.stage.world.run_for(100 * EVERY_MS)
    assert flooder.left == left > 0
