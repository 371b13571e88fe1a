"""Proofs for others: sent when the disk has answered, refused by name, a few at a time."""

import pytest

from p2pchain.chain.block import Block
from p2pchain.node.actions import LoadProof, Send
from p2pchain.node.events import Address, Direction, Now, ProofLoaded, Unproven, WritesPaused, WritesResumed
from p2pchain.node.limits import QUESTIONS_MAX
from p2pchain.node.outbox import Outbox
from p2pchain.node.peers import Peer, Peers, State
from p2pchain.node.proofs import Proofs
from p2pchain.node.questions import Questions
from p2pchain.node.timers import Timers
from p2pchain.sim.host import Host
from p2pchain.sim.stage import Stage
from p2pchain.wire.connection import Connection, Role
from p2pchain.wire.messages.error import ErrorMessage
from p2pchain.wire.messages.get_proof import GetProof
from p2pchain.wire.messages.new_block import NewBlock
from p2pchain.wire.messages.proof import ProofMessage
from p2pchain.wire.receipts import receipt_of


def host_with(stage: Stage, sizes: list[int]) -> tuple[Host, list[Block]]:
    """A host whose disk holds a chain already."""
    host = stage.host()
    staged = stage.builder.chain(stage.builder.genesis, sizes)
    host.crash()
    host.disk.commit_chain(tuple(staged), (), tuple(item.block.hash for item in staged), 0)
    host.boot()
    return host, [item.block for item in staged]


def test_a_record_is_proven_to_the_block_asked_for_or_the_tip(stage: Stage) -> None:
    host, blocks = host_with(stage, [2, 0, 1])
    friend = stage.friend(host)
    record = blocks[0].transactions[1]
    for head in (None, blocks[1].hash, blocks[0].hash):
        friend.say(GetProof(txid=record.txid, head=head))
    friend.wait(200)

    receipts = [receipt_of(message) for message in friend.told(ProofMessage)]
    assert sorted(receipt.head.height for receipt in receipts) == [1, 2, 3]
    for receipt in receipts:
        proven = receipt.verify(stage.network, record.txid, receipt.head.hash)
        assert (proven.position, proven.depth) == (2, receipt.head.height - 1)


def test_what_cannot_be_proven_is_answered_by_name(stage: Stage) -> None:
    host, blocks = host_with(stage, [1, 1])
    friend = stage.friend(host)
    pending, record = stage.builder.record(), blocks[1].transactions[0]
    host.submit(pending)
    friend.wait(500)
    asked = {
        GetProof(txid=bytes(32)): "unknown_tx",
        GetProof(txid=pending.txid): "still_pending",
        GetProof(txid=record.txid, head=b"?" * 32): "head_not_connected",
        GetProof(txid=record.txid, head=blocks[0].hash): "head_too_low",
    }
    for question, code in asked.items():
        friend.say(question)
        friend.wait(100)
        error = friend.told(ErrorMessage)[-1]
        assert (error.code, error.to) == (code, "get_proof")
        assert error.reason
    assert len(friend.told(ErrorMessage)) == len(asked)
    assert not friend.told(ProofMessage)
    assert not friend.closed


def test_who_asks_on_without_waiting_is_dismissed(stage: Stage) -> None:
    host, blocks = host_with(stage, [1])
    friend = stage.friend(host)
    question = GetProof(txid=blocks[0].transactions[0].txid)
    friend.say(*[question] * QUESTIONS_MAX)
    friend.wait(200)
    assert len(friend.told(ProofMessage)) == QUESTIONS_MAX
    friend.say(*[question] * (QUESTIONS_MAX + 1))
    friend.wait(200)
    assert friend.farewell() == "too_much_asked"


def test_who_does_not_read_its_proofs_makes_no_more_of_them_wait(stage: Stage) -> None:
    host, blocks = host_with(stage, [1])
    friend = stage.friend(host)
    connection = host.node._parts.peers.nodes()[0].connection
    host.post(WritesPaused(connection))
    friend.say(GetProof(txid=blocks[0].transactions[0].txid))
    friend.wait(200)
    assert friend.told(ProofMessage) == []
    host.post(WritesResumed(connection))
    friend.wait(200)
    assert len(friend.told(ProofMessage)) == 1


def test_another_peer_has_its_own_share(stage: Stage) -> None:
    host, blocks = host_with(stage, [1])
    friends = [stage.friend(host) for _ in range(2)]
    for friend in friends:
        friend.say(*[GetProof(txid=blocks[0].transactions[0].txid)] * QUESTIONS_MAX)
    friends[0].wait(300)
    assert [len(friend.told(ProofMessage)) for friend in friends] == [QUESTIONS_MAX] * 2


def test_an_answer_carries_the_id_of_its_question_and_none_is_for_who_has_left() -> None:
    outbox = Outbox()
    peers = Peers(outbox)
    proofs = Proofs(peers, Questions(peers, Timers()), outbox)
    peer = Peer(7, Address("control", 0), Direction.CONTROL, Connection(Role.CONTROL), 0, State.READY)
    peers.add(peer)
    for tag in (3, 4):
        proofs.receive(peer, GetProof(txid=bytes(32)), tag, Now(0, 0))
    first, second = (action.job for action in outbox.drain() if isinstance(action, LoadProof))
    proofs.loaded(ProofLoaded(first, Unproven.UNKNOWN))
    (sent,) = outbox.drain()
    assert isinstance(sent, Send)
    (answer,) = Connection(Role.CONTROL).receive(sent.data)
    assert answer.id == 3
    peers.remove(7)
    proofs.loaded(ProofLoaded(second, Unproven.UNKNOWN))
    assert outbox.drain() == []


def test_the_operator_s_programs_may_ask_for_as_many_as_they_like() -> None:
    outbox = Outbox()
    peers = Peers(outbox)
    proofs = Proofs(peers, Questions(peers, Timers()), outbox)
    peer = Peer(7, Address("control", 0), Direction.CONTROL, Connection(Role.CONTROL), 0, State.READY)
    peers.add(peer)
    for tag in range(QUESTIONS_MAX + 1):
        proofs.receive(peer, GetProof(txid=bytes(32)), tag, Now(0, 0))
    assert len(outbox.drain()) == QUESTIONS_MAX + 1


@pytest.mark.parametrize("later", [0, 2])
def test_the_head_of_a_branch_that_lost_is_no_head(stage: Stage, later: int) -> None:
    host, blocks = host_with(stage, [1, 0])
    friend = stage.friend(host)
    builder = stage.builder
    entry, won = builder.block(builder.genesis, [blocks[0].transactions[0]])
    branch = [won]
    for _ in range(1 + later):
        entry, block = builder.block(entry)
        branch.append(block)
    for block in branch:
        friend.say(NewBlock(block=block.encode()))
        friend.wait(300)
    reorganised = host.tip == branch[-1].hash
    lost, kept = (blocks[-1], branch[-1]) if reorganised else (branch[-1], blocks[-1])
    txid = blocks[0].transactions[0].txid
    for head in (lost.hash, kept.hash):
        friend.say(GetProof(txid=txid, head=head))
        friend.wait(100)
    assert [error.code for error in friend.told(ErrorMessage)] == ["head_not_connected"]
    (message,) = friend.told(ProofMessage)
    receipt_of(message).verify(stage.network, txid, kept.hash)
