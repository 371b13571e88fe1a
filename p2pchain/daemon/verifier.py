"""Checks signatures and blocks off the loop, and remembers which heads were found sound."""

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial

from p2pchain.chain import keys, rules
from p2pchain.chain.block import Block
from p2pchain.chain.network import Network
from p2pchain.chain.transaction import Transaction
from p2pchain.errors import PeerError
from p2pchain.node.actions import CheckBlock, CheckSignatures
from p2pchain.node.events import BlockChecked, Event, SignaturesChecked

# Signatures are checked on every core; blocks are decoded in one thread, for more would only wait for each other.
THREADS = os.cpu_count() or 1

# A batch is shared out among the threads, but not into less than this: each share has to wait for the interpreter.
SHARE_MIN = 64

# Heads remembered as sound, about 300 bytes each: a block's transactions have mostly been seen before.
SOUND_MAX = 50_000

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


class Verifier:
    """Threads that let go of the interpreter while they check signatures. `post` is called from them."""

    def __init__(self, network: Network, post: Callable[[Event], None]) -> None:
        """Start with nothing remembered."""
        self._network = network
        self._post = post
        self._sound: OrderedDict[bytes, None] = OrderedDict()
        self._decoder = ThreadPoolExecutor(1, thread_name_prefix="decoder")
        self._checkers = ThreadPoolExecutor(THREADS, thread_name_prefix="verifier")

    def check_signatures(self, action: CheckSignatures) -> None:
        """Check one signature a transaction."""
        self._verify(
            action.transactions, lambda valid: self._post(SignaturesChecked(action.job, tuple(valid)))
        )

    def check_block(self, action: CheckBlock) -> None:
        """Decode a block and check all that can be said of it alone."""
        self._decoder.submit(self._block, action)

    def close(self) -> None:
        """Drop what has not begun, and end the threads."""
        self._decoder.shutdown(wait=True, cancel_futures=True)
        self._checkers.shutdown(wait=True, cancel_futures=True)

    def _block(self, action: CheckBlock) -> None:
        try:
            block = Block.decode(action.encoded, self._network.id)
            rules.check_block_alone(block, self._network)
        except PeerError as error:
            self._post(BlockChecked(action.job, error))
        else:
            self._verify(block.transactions, partial(self._tell_block, action.job, block))

    def _tell_block(self, job: int, block: Block, valid: list[bool]) -> None:
        verdict: Block | PeerError = block
        try:
            if not all(valid):
                rules.check_signature(block.transactions[valid.index(False)])
        except PeerError as error:
            verdict = error
        self._post(BlockChecked(job, verdict))

    def _verify(self, transactions: Sequence[Transaction], tell: Tell) -> None:
        """Check signatures, once a head: the whole of it, for one txid may come with forged signatures too."""
        verdicts = [transaction.head.raw in self._sound for transaction in transactions]
        places = [place for place, sound in enumerate(verdicts) if not sound]
        if not places:
            tell(verdicts)
            return
        size = max(SHARE_MIN, -(-len(places) // THREADS))
        shares = [places[start : start + size] for start in range(0, len(places), size)]
        batch = _Batch(verdicts, len(shares), tell)
        for share in shares:
            self._checkers.submit(self._check, batch, transactions, share)

    def _check(self, batch: _Batch, transactions: Sequence[Transaction], places: Sequence[int]) -> None:
        checked = [transactions[place] for place in places]
        valid = keys.verify_all([(each.author, each.txid, each.head.signature) for each in checked])
        for transaction, sound in zip(checked, valid, strict=True):
            if sound:
                self._sound[transaction.head.raw] = None
        while len(self._sound) > SOUND_MAX:
            with suppress(KeyError):
                self._sound.popitem(last=False)
        batch.put(places, valid)
