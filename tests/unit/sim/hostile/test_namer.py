"""A namer names records without end, and sends none."""

from p2pchain.sim.hostile.namer import EVERY_MS, NAMES, Namer
from p2pchain.wire.messages.have_tx import HaveTx
from p2pchain.wire.messages.new_tx import NewTx

from .den import Den


def test_it_names_new_records_again_and_again(den: Den) -> None:
    den.bring(Namer)
    den.first.wait(30 * EVERY_MS)
    named = [txid for message in den.first.told(HaveTx) for txid in message.txids]
    assert len(named) > 10 * NAMES
    assert len(set(named)) == len(named)
    assert den.first.told(NewTx) == []


def test_it_names_to_others_what_was_named_to_it(den: Den) -> None:
    den.bring(Namer)
    record = den.stage.builder.record()
    named = HaveTx(txids=(record.txid,))
    assert named not in den.ask(named, HaveTx)
    assert named in den.second.told(HaveTx)


def test_it_passes_no_record_on(den: Den) -> None:
    namer = den.bring(Namer)
    record = den.stage.builder.record()
    den.ask(NewTx(transactions=(record.encode(),), ack=False), NewTx)
    den.first.wait(5 * EVERY_MS)
    assert den.first.told(NewTx) == den.second.told(NewTx) == []
    assert namer.farewells == []
