"""Takes in transactions: decoded and filtered at once, signatures off the loop, then the disk; only then acknowledged.

Batches keep their order all the way: what a connection sent first is stored, relayed and offered to miners first.
"""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from p2pchain.chain import rules
from p2pchain.chain.network import Network
from p2pchain.chain.transaction import Transaction
from p2pchain.errors import PeerError
from p2pchain.node.access import Access
from p2pchain.node.actions import CheckSignatures, StorePending
from p2pchain.node.backpressure import Backpressure
from p2pchain.node.density import Pending
from p2pchain.node.events import Now, PendingStored, SignaturesChecked, Stored, StoreFailed
from p2pchain.node.limits import FORGED_BY_CLIENT_MAX
from p2pchain.node.mempool import Mempool
from p2pchain.node.outbox import Outbox
from p2pchain.node.peers import NO_HASH, Peer, Peers
from p2pchain.node.store_health import StoreHealth
from p2pchain.node.tombstones import Tombstones
from p2pchain.wire.messages.got_tx import GotTx
from p2pchain.wire.messages.new_tx import NewTx

ACCEPTED = "accepted"
KNOWN = "known"
FULL = "mempool_full"
AUTHOR_FULL = "author_share_full"
NOT_STORED = "not_stored"
NO_CONTENT = "content_missing"
FORGOTTEN = "forgotten"


@dataclass(slots=True, eq=False)
class _Push:
    """One `new_tx` of a connection: what became of each transaction, and how many are still on their way."""

    connection: int
    tag: int | None
    ack: bool
    txids: list[bytes] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    open: int = 0


@dataclass(slots=True, eq=False)
class _Candidate:
    """A transaction on its way, who leaves for it, and who waits to hear of it: a push and the index in it."""

    transaction: Transaction
    source: int
    victims: tuple[Pending, ...]
    waiting: list[tuple[_Push, int]]


@dataclass(slots=True, eq=False)
class _Batch:
    job: int
    candidates: list[_Candidate]
    valid: tuple[bool, ...] | None = None


class Intake:
    """The road of a transaction from a connection into the mempool."""

    def __init__(
        self,
        network: Network,
        mempool: Mempool,
        tombstones: Tombstones,
        peers: Peers,
        access: Access,
        health: StoreHealth,
        outbox: Outbox,
        load: Backpressure,
    ) -> None:
        """Start with nothing on its way."""
        self._network = network
        self._mempool = mempool
        self._tombstones = tombstones
        self._peers = peers
        self._access = access
        self._health = health
        self._outbox = outbox
        self._under_way: dict[bytes, _Candidate] = {}
        self._new: list[_Candidate] = []
        self._checking: deque[_Batch] = deque()
        self._storing: dict[int, list[_Candidate]] = {}
        self._load = load
        self._missed = False
        self._seen: Callable[[Peer, bytes], None] | None = None

    def on_seen(self, call: Callable[[Peer, bytes], None]) -> None:
        """Ask to be told of each transaction that comes in and can be read, whatever becomes of it."""
        self._seen = call

    def receive(self, peer: Peer, message: NewTx, tag: int | None, now: Now) -> None:
        """Start a push on its way; what is known or faulty is answered without more work."""
        push = _Push(peer.connection, tag, message.ack)
        faults = [self._enter(push, encoded, peer) for encoded in message.transactions]
        self._answer_if_done(push, peer)
        fault = next((fault for fault in faults if fault is not None), None)
        if fault is not None and not message.ack:
            self._access.dismiss(peer, fault, now)

    def under_way(self) -> list[Transaction]:
        """List what is on its way to the mempool."""
        return [candidate.transaction for candidate in self._under_way.values()]

    def settle(self) -> None:
        """Send what came in since the last time to the signature check, as one batch."""
        if self._new:
            batch = _Batch(self._outbox.next_job(), self._new)
            self._new = []
            self._checking.append(batch)
            self._outbox.append(
                CheckSignatures(batch.job, tuple(candidate.transaction for candidate in batch.candidates))
            )

    def checked(self, event: SignaturesChecked, now: Now) -> None:
        """Pass on, in order, every batch whose check is done."""
        for batch in self._checking:
            if batch.job == event.job:
                batch.valid = event.valid
        good: list[_Candidate] = []
        while self._checking and self._checking[0].valid is not None:
            batch = self._checking.popleft()
            for candidate, valid in zip(batch.candidates, batch.valid or (), strict=True):
                if not valid:
                    self._forged(candidate, now)
                elif candidate.transaction.txid in self._tombstones:
                    self._resolve(candidate, FORGOTTEN)
                else:
                    good.append(candidate)
        if not self._health.takes:
            self._refuse(good)
        elif good:
            self._store(good, now)

    def stored(self, event: PendingStored) -> None:
        """Take what is on disk into the mempool in place of what had to leave, and acknowledge it."""
        self._mempool.remove(event.evicted)
        for candidate, outcome in zip(self._storing.pop(event.job), event.outcomes, strict=True):
            self._resolve(candidate, ACCEPTED if outcome is Stored.ACCEPTED else KNOWN)

    def store_failed(self, event: StoreFailed) -> None:
        """Refuse what the disk did not take."""
        for job in event.jobs:
            self._refuse(self._storing.pop(job, ()))

    def store_recovered(self) -> None:
        """Meet the peers anew where one sent something in vain: it does not know that, and would not send it again."""
        missed, self._missed = self._missed, False
        for peer in self._peers.nodes() if missed else ():
            reason = "what you sent while this node's disk was full was not kept: connect and send it again"
            self._peers.dismiss(peer, NOT_STORED, reason)

    def _enter(self, push: _Push, encoded: bytes, peer: Peer) -> PeerError | None:
        """Give one transaction of a push its place, and its answer where that is known; returns the fault in it."""
        push.txids.append(NO_HASH)
        push.codes.append("")
        index = len(push.codes) - 1
        try:
            transaction = Transaction.decode(encoded, self._network.id)
            push.txids[index] = transaction.txid
            if not self._is_filtered(transaction):
                rules.check_transaction_unsigned(transaction, self._network)
        except PeerError as error:
            push.codes[index] = error.code
            return error
        if self._seen is not None:
            self._seen(peer, transaction.txid)
        push.codes[index] = self._refusal(transaction) or self._start(transaction, peer, (push, index))
        self._missed |= push.codes[index] == NOT_STORED and not push.ack
        return None

    def _is_filtered(self, transaction: Transaction) -> bool:
        """Whether the same was found without fault before, and is here: as most is that comes from a second peer."""
        twin = self._under_way.get(transaction.head.raw)
        here = twin.transaction if twin is not None else self._mempool.find(transaction.txid)
        return here is not None and here.content == transaction.content

    def _refusal(self, transaction: Transaction) -> str:
        if transaction.txid in self._mempool:
            return KNOWN
        if transaction.content is None:
            return NO_CONTENT
        if transaction.txid in self._tombstones:
            return FORGOTTEN
        return "" if self._health.takes else NOT_STORED

    def _start(self, transaction: Transaction, peer: Peer, waits: tuple[_Push, int]) -> str:
        """Put a transaction on its way, or have it wait for the same one, signature and all, that is; or say why not.

        Told apart by the whole head: a forged signature must not decide for the genuine one under the same txid.
        """
        twin = self._under_way.get(transaction.head.raw)
        if twin is not None:
            twin.waiting.append(waits)
        else:
            if self._mempool.is_full_for(transaction.head.author):
                return AUTHOR_FULL
            victims = self._mempool.claim(transaction)
            if victims is None:
                return FULL
            candidate = _Candidate(transaction, peer.connection, victims, [waits])
            self._under_way[transaction.head.raw] = candidate
            self._new.append(candidate)
        waits[0].open += 1
        self._load.weigh(peer, transaction.size)
        return ""

    def _store(self, candidates: list[_Candidate], now: Now) -> None:
        job = self._outbox.next_job()
        self._storing[job] = candidates
        transactions = tuple(candidate.transaction for candidate in candidates)
        # Of one txid under several signatures the first is taken: nobody leaves for the others.
        firsts = {candidate.transaction.txid: candidate for candidate in reversed(candidates)}
        displaced = tuple(
            (candidate.transaction.txid, tuple(victim.transaction.txid for victim in candidate.victims))
            for candidate in candidates
            if candidate.victims and firsts[candidate.transaction.txid] is candidate
        )
        self._outbox.append(StorePending(job, transactions, displaced, now.wall_ms))

    def _forged(self, candidate: _Candidate, now: Now) -> None:
        error = rules.InvalidSignature("the author's signature of the transaction's id", "another one")
        self._resolve(candidate, error.code)
        peer = self._peers.get(candidate.source)
        if peer is None or peer.is_control or peer.is_closing():
            return
        peer.forged += 1
        if peer.is_node or peer.forged >= FORGED_BY_CLIENT_MAX:
            self._access.dismiss(peer, error, now)

    def _refuse(self, candidates: Iterable[_Candidate]) -> None:
        for candidate in candidates:
            self._missed |= not all(push.ack for push, _ in candidate.waiting)
            self._resolve(candidate, NOT_STORED)

    def _resolve(self, candidate: _Candidate, code: str) -> None:
        transaction = candidate.transaction
        del self._under_way[transaction.head.raw]
        if code == ACCEPTED:
            self._mempool.add(transaction, candidate.source, candidate.victims)
        else:
            self._mempool.release(transaction, candidate.victims)
        for position, (push, index) in enumerate(candidate.waiting):
            push.codes[index] = code if position == 0 or code != ACCEPTED else KNOWN
            push.open -= 1
            peer = self._peers.get(push.connection)
            self._answer_if_done(push, peer)
            self._load.weigh(peer, -transaction.size)

    def _answer_if_done(self, push: _Push, peer: Peer | None) -> None:
        if push.open == 0 and push.ack and peer is not None:
            self._peers.send(peer, GotTx(txids=tuple(push.txids), codes=tuple(push.codes)), push.tag)
