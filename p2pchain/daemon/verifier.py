"""Checks signatures and blocks off the loop, and remembers which heads were found sound."""

import os
import queue
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import count

from p2pchain.chain import keys, rules
from p2pchain.chain.block import Block, decoded
from p2pchain.chain.network import Network
from p2pchain.chain.transaction import Transaction
from p2pchain.errors import PeerError
from p2pchain.node.actions import CheckBlock, CheckSignatures
from p2pchain.node.events import BlockChecked, Event, SignaturesChecked

# Signatures are checked on every core; blocks are decoded in one thread, for more would only wait for each other.
THREADS = os.cpu_count() or 1

# A batch is shared out among the threads, but not into less than this; and a thread takes shares together, up to so
# many checks, for after each call it has to wait for the interpreter.
SHARE_MIN = 64
CALL_MIN = 256

# Heads remembered as sound, about 300 bytes each: a block's transactions have mostly been seen before.
SOUND_MAX = 50_000

# What waits for a thread, by turns: a block, which others wait for, does not stand in line behind a flood of records.
BLOCK, RECORDS, END = range(3)

Tell = Callable[[list[bool]], None]


class _Batch:
    """Verdicts that come in by shares; whoever brings the last one tells all of them."""

    def __init__(self, verdicts: list[bool], shares: int, tell: Tell) -> None:
        self._verdicts = verdicts
        self._open = shares
        self._tell = tell
        self._lock = threading.Lock()

    def put(self, places: Sequence[int], verdicts: Sequence[bool]) -> None:
        """Enter a share."""
        for place, verdict in zip(places, verdicts, strict=True):
            self._verdicts[place] = verdict
        with self._lock:
            self._open -= 1
            last = self._open == 0
        if last:
            self._tell(self._verdicts)


@dataclass(frozen=True, slots=True)
class _Share:
    """Some transactions of a batch, by their places in it."""

    batch: _Batch
    places: Sequence[int]
    transactions: Sequence[Transaction]


class Verifier:
    """Threads that let go of the interpreter while they check signatures. `post` is called from them."""

    def __init__(self, network: Network, post: Callable[[Event], None]) -> None:
        """Start with nothing remembered."""
        self._network = network
        self._post = post
        self._sound: OrderedDict[bytes, None] = OrderedDict()
        self._closed = False
        self._blocks: queue.SimpleQueue[CheckBlock | None] = queue.SimpleQueue()
        self._shares: queue.PriorityQueue[tuple[int, int, _Share | None]] = queue.PriorityQueue()
        self._numbers = count()
        self._threads = [
            threading.Thread(target=self._decode, name="decoder", daemon=True),
            *(
                threading.Thread(target=self._run, name=f"verifier-{number}", daemon=True)
                for number in range(THREADS)
            ),
        ]
        for thread in self._threads:
            thread.start()

    def check_signatures(self, action: CheckSignatures) -> None:
        """Check one signature a transaction."""
        self._verify(
            action.transactions,
            lambda valid: self._post(SignaturesChecked(action.job, tuple(valid))),
            RECORDS,
        )

    def check_block(self, action: CheckBlock) -> None:
        """Decode a block and check all that can be said of it alone."""
        self._blocks.put(action)

    def close(self) -> None:
        """Drop what has not begun, and end the threads."""
        self._closed = True
        self._blocks.put(None)
        for _ in range(THREADS):
            self._put(END, None)
        for thread in self._threads:
            thread.join()

    def _decode(self) -> None:
        while (action := self._blocks.get()) is not None and not self._closed:
            self._block(action)

    def _block(self, action: CheckBlock) -> None:
        try:
            block = decoded(action.block, self._network.id)
            rules.check_block_alone(block, self._network, action.sound)
        except PeerError as error:
            self._post(BlockChecked(action.job, error))
        else:
            tell = partial(self._tell_block, action.job, block)
            self._verify(block.transactions, tell, BLOCK, action.sound)

    def _tell_block(self, job: int, block: Block, valid: list[bool]) -> None:
        verdict: Block | PeerError = block
        try:
            if not all(valid):
                rules.check_signature(block.transactions[valid.index(False)])
        except PeerError as error:
            verdict = error
        self._post(BlockChecked(job, verdict))

    def _verify(
        self,
        transactions: Sequence[Transaction],
        tell: Tell,
        turn: int,
        sound: frozenset[bytes] = frozenset(),
    ) -> None:
        """Check signatures, once a head: the whole of it, for one txid may come with forged signatures too."""
        verdicts = [
            transaction.head.raw in sound or transaction.head.raw in self._sound
            for transaction in transactions
        ]
        places = [place for place, sound in enumerate(verdicts) if not sound]
        if not places:
            tell(verdicts)
            return
        size = max(SHARE_MIN, -(-len(places) // THREADS))
        shares = [places[start : start + size] for start in range(0, len(places), size)]
        batch = _Batch(verdicts, len(shares), tell)
        for share in shares:
            self._put(turn, _Share(batch, share, [transactions[place] for place in share]))

    def _put(self, turn: int, share: _Share | None) -> None:
        self._shares.put((turn, next(self._numbers), share))

    def _run(self) -> None:
        while shares := self._next_shares():
            checked = [transaction for share in shares for transaction in share.transactions]
            valid = keys.verify_all([(each.author, each.txid, each.head.signature) for each in checked])
            self._remember(each.head.raw for each, sound in zip(checked, valid, strict=True) if sound)
            for share in shares:
                share.batch.put(share.places, valid[: len(share.places)])
                del valid[: len(share.places)]

    def _next_shares(self) -> list[_Share]:
        """Wait for a share, and take what else is queued, up to a call's worth; nothing means the end."""
        shares: list[_Share] = []
        taken = 0
        item = self._shares.get()[-1]
        while item is not None and not self._closed:
            shares.append(item)
            taken += len(item.places)
            if taken >= CALL_MIN:
                return shares
            try:
                item = self._shares.get_nowait()[-1]
            except queue.Empty:
                return shares
        self._put(END, None)
        return shares

    def _remember(self, heads: Iterable[bytes]) -> None:
        for head in heads:
            self._sound[head] = None
        while len(self._sound) > SOUND_MAX:
            with suppress(KeyError):
                self._sound.popitem(last=False)
