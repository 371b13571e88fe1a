"""What the operator had this node forget stays forgotten."""

from p2pchain.chain.block import Block
from p2pchain.node.actions import ForgetContents, Send
from p2pchain.node.events import Address, ContentsForgotten, Direction, Now, StoreFailed
from p2pchain.node.mempool import Mempool
from p2pchain.node.outbox import Outbox
from p2pchain.node.peers import Peer, Peers, State
from p2pchain.node.ports import StoredPending
from p2pchain.node.subscriptions import Subscriptions
from p2pchain.node.tombstones import Tombstones
from p2pchain.sim.builder import ChainBuilder
from p2pchain.sim.cluster import simulated_network
from p2pchain.sim.stage import Stage
from p2pchain.wire.connection import Connection, Role
from p2pchain.wire.decoding import decode
from p2pchain.wire.frame import LENGTH_SIZE
from p2pchain.wire.messages import encode
from p2pchain.wire.messages.done import Done
from p2pchain.wire.messages.error import ErrorMessage
from p2pchain.wire.messages.forget import Forget
from p2pchain.wire.messages.new_tx import NewTx

BUILDER = ChainBuilder(simulated_network(), 1)
NOW = Now(0, 0)


class Desk:
    """Tombstones, a mempool, and an operator at the control socket."""

    def __init__(self, *forgotten: bytes) -> None:
        self.outbox = Outbox()
        peers = Peers(self.outbox)
        self.record = BUILDER.record()
        self.mempool = Mempool([StoredPending(1, self.record)])
        self.subscriptions = Subscriptions(peers, self.outbox, 3)
        self.tombstones = Tombstones(
            frozenset(forgotten),
            self.mempool,
            self.subscriptions,
            peers,
            self.outbox,
            BUILDER.network.id,
        )
        wire = Connection(Role.CONTROL)
        self.operator = Peer(1, Address("control", 0), Direction.CONTROL, wire, 0, State.READY)
        self.peers = peers
        peers.add(self.operator)


def block() -> Block:
    return BUILDER.block(BUILDER.genesis, [BUILDER.record(), BUILDER.record()])[1]


def test_a_request_is_answered_once_the_disk_has_forgotten() -> None:
    desk = Desk()
    txid = desk.record.txid
    desk.tombstones.receive(desk.operator, Forget(txids=(txid,)), 9, NOW)
    (job,) = [action.job for action in desk.outbox if isinstance(action, ForgetContents)]
    assert txid in desk.tombstones
    assert txid in desk.mempool
    desk.tombstones.forgotten(ContentsForgotten(job, (txid,), 4))
    assert txid not in desk.mempool
    assert desk.subscriptions.last_event == 4
    assert [action.data for action in desk.outbox if isinstance(action, Send)] == [encode(Done(), 9)]


def test_who_asks_while_the_disk_refuses_is_told_so_and_may_ask_again() -> None:
    desk = Desk()
    desk.tombstones.receive(desk.operator, Forget(txids=()), 9, NOW)
    (job,) = [action.job for action in desk.outbox if isinstance(action, ForgetContents)]
    desk.tombstones.store_failed(StoreFailed("store_full", "no room", transient=True, jobs=(job, 12345)))
    (data,) = [action.data for action in desk.outbox if isinstance(action, Send)]
    (answer,) = Connection(Role.CONTROL).receive(data)
    assert isinstance(answer.message, ErrorMessage)
    assert (answer.message.code, answer.message.to, answer.id) == ("not_stored", "forget", 9)
    desk.tombstones.receive(desk.operator, Forget(txids=()), 10, NOW)
    desk.peers.remove(1)
    desk.tombstones.store_failed(StoreFailed("store_full", "no room", transient=True, jobs=(job + 1,)))
    assert len([action for action in desk.outbox if isinstance(action, Send)]) == 1


def test_who_has_left_is_not_answered() -> None:
    desk = Desk()
    desk.tombstones.receive(desk.operator, Forget(txids=()), 9, NOW)
    desk.peers.remove(1)
    desk.tombstones.forgotten(ContentsForgotten(1, (), 4))
    assert not [action for action in desk.outbox if isinstance(action, Send)]


def test_a_block_loses_what_is_forgotten_and_does_not_miss_it() -> None:
    whole = block()
    txid = whole.transactions[1].txid
    tombstones = Desk(txid).tombstones
    stripped = tombstones.strip(whole)
    assert [each.content is None for each in stripped.transactions] == [False, True]
    assert stripped.hash == whole.hash
    assert tombstones.missing(stripped) == {}
    assert tombstones.strip(stripped) is stripped
    assert tombstones.missing(whole.with_contents({0: None})) == {whole.transactions[0].txid: 0}


def test_without_tombstones_a_block_stays_as_it_is() -> None:
    whole = block()
    assert Desk().tombstones.strip(whole) is whole


def test_what_is_forgotten_stands_in_no_message_that_is_remembered(stage: Stage) -> None:
    host = stage.host()
    record = stage.builder.record()
    body = encode(NewTx(transactions=(record.encode(),), ack=False))[LENGTH_SIZE:]
    heard = decode(NewTx, body)
    assert decode(NewTx, body) is heard
    host.ask(Forget(txids=(record.txid,)))
    stage.world.run_until(stage.world.ticks_ms + 100)
    assert decode(NewTx, body) is not heard
