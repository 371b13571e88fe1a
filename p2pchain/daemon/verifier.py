"""Checks signatures and blocks off the loop, and remembers which heads were found sound."""

import contextlib
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from p2pchain.chain import keys, rules
from p2pchain.chain.block import Block
from p2pchain.chain.network import Network
from p2pchain.chain.transaction import Transaction
from p2pchain.errors import PeerError
from p2pchain.node.actions import CheckBlock, CheckSignatures
from p2pchain.node.events import BlockChecked, Event, SignaturesChecked

THREADS = 2

# Heads remembered as sound, about 300 bytes each: a block's transactions have mostly been seen before.
SOUND_MAX = 50_000


class Verifier:
    """A few threads; libsodium lets go of the interpreter while it computes. `post` is called from them."""

    def __init__(self, network: Network, post: Callable[[Event], None]) -> None:
        """Start with nothing remembered."""
        self._network = network
        self._post = post
        self._sound: OrderedDict[bytes, None] = OrderedDict()
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="verifier")

    def check_signatures(self, action: CheckSignatures) -> None:
        """Check one signature a transaction."""
        self._pool.submit(self._signatures, action)

    def check_block(self, action: CheckBlock) -> None:
        """Decode a block and check all that can be said of it alone."""
        self._pool.submit(self._block, action)

    def close(self) -> None:
        """Drop what has not begun, and end the threads."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _signatures(self, action: CheckSignatures) -> None:
        valid = tuple(self._is_sound(transaction) for transaction in action.transactions)
        self._post(SignaturesChecked(action.job, valid))

    def _block(self, action: CheckBlock) -> None:
        verdict: Block | PeerError
        try:
            verdict = Block.decode(action.encoded, self._network.id)
            rules.check_block_alone(verdict, self._network)
            for transaction in verdict.transactions:
                if not self._is_sound(transaction):
                    rules.check_signature(transaction)
        except PeerError as error:
            verdict = error
        self._post(BlockChecked(action.job, verdict))

    def _is_sound(self, transaction: Transaction) -> bool:
        """Check a signature, once a head: the whole of it, for one txid may come with forged signatures too."""
        raw = transaction.head.raw
        if raw in self._sound:
            return True
        if not keys.verify(transaction.author, transaction.txid, transaction.head.signature):
            return False
        self._sound[raw] = None
        if len(self._sound) > SOUND_MAX:
            with contextlib.suppress(KeyError):
                self._sound.popitem(last=False)
        return True
