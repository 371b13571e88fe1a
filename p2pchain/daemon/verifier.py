"""Checks signatures and blocks off the loop."""

import queue
import threading
from collections.abc import Callable
from functools import partial

from p2pchain.chain import rules
from p2pchain.chain.block import Block, decoded
from p2pchain.chain.network import Network
from p2pchain.daemon.signatures import Signatures
from p2pchain.errors import PeerError
from p2pchain.node.actions import CheckBlock, CheckSignatures
from p2pchain.node.events import BlockChecked, Event, SignaturesChecked


class Verifier:
    """Blocks are decoded in one thread, for more would only wait for each other. `post` is called from any thread."""

    def __init__(self, network: Network, post: Callable[[Event], None]) -> None:
        """Start with nothing under check."""
        self._network = network
        self._post = post
        self._closed = False
        self._signatures = Signatures()
        self._blocks: queue.SimpleQueue[CheckBlock | None] = queue.SimpleQueue()
        self._decoder = threading.Thread(target=self._decode, name="decoder", daemon=True)
        self._decoder.start()

    def check_signatures(self, action: CheckSignatures) -> None:
        """Check one signature a transaction."""
        self._signatures.check(
            action.transactions, lambda valid: self._post(SignaturesChecked(action.job, tuple(valid)))
        )

    def check_block(self, action: CheckBlock) -> None:
        """Decode a block and check all that can be said of it alone."""
        self._blocks.put(action)

    def close(self) -> None:
        """Drop what has not begun, and end the threads."""
        self._closed = True
        self._blocks.put(None)
        self._decoder.join()
        self._signatures.close()

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
            if any(transaction.head.raw not in action.sound for transaction in block.transactions):
                self._post(BlockChecked(action.job, block, final=False))
            tell = partial(self._tell, action.job, block)
            self._signatures.check_first(block.transactions, action.sound, tell)

    def _tell(self, job: int, block: Block, valid: list[bool]) -> None:
        verdict: Block | PeerError = block
        try:
            if not all(valid):
                rules.check_signature(block.transactions[valid.index(False)])
        except PeerError as error:
            verdict = error
        self._post(BlockChecked(job, verdict))
