"""Proves to others where records stand: read from disk, one question of each at a time."""

from p2pchain.chain.receipt import Receipt
from p2pchain.node.actions import LoadProof
from p2pchain.node.events import Now, ProofLoaded, Unproven
from p2pchain.node.outbox import Outbox
from p2pchain.node.peers import Peer, Peers
from p2pchain.node.questions import Questions
from p2pchain.wire.messages import Message
from p2pchain.wire.messages.error import ErrorMessage
from p2pchain.wire.messages.get_proof import GetProof
from p2pchain.wire.receipts import message_of

REASONS = {
    Unproven.UNKNOWN: "not found: no record of this id is in the chain, or pending",
    Unproven.PENDING: "the record waits for a block: ask again when it has one",
    Unproven.NOT_CONNECTED: "the block asked for is not in the chain",
    Unproven.TOO_LOW: "the block asked for lies below the record's",
}


class Proofs:
    """Answers each question when the disk has."""

    def __init__(self, peers: Peers, questions: Questions, outbox: Outbox) -> None:
        """Start with nothing asked."""
        self._peers = peers
        self._questions = questions
        self._outbox = outbox
        self._asked: dict[int, tuple[int, int | None]] = {}

    def receive(self, peer: Peer, message: GetProof, tag: int | None, now: Now) -> None:
        """Have a proof read; the operator's own, as many as they are.

        Raises:
            TooMuchAsked: the peer has not waited for its earlier answers.
        """
        del now
        self._questions.ask(peer, lambda: self._begin(peer, message, tag))

    def _begin(self, peer: Peer, message: GetProof, tag: int | None) -> bool:
        job = self._outbox.next_job()
        self._asked[job] = peer.connection, tag
        self._outbox.append(LoadProof(job, message.txid, message.head))
        return False

    def loaded(self, event: ProofLoaded) -> None:
        """Send what was read, or why there is nothing, unless the asker is gone."""
        connection, tag = self._asked.pop(event.job)
        peer = self._questions.answered(connection)
        if peer is not None:
            self._peers.send(peer, _answer(event.found), tag)


def _answer(found: Receipt | Unproven) -> Message:
    if isinstance(found, Unproven):
        return ErrorMessage(code=found.value, reason=REASONS[found], to=GetProof.NAME)
    return message_of(found)
