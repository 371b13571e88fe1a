"""A node that sends records which nobody signed."""

from p2pchain.chain.transaction import Head, Transaction
from p2pchain.sim.hostile.flooder import Flooder

SIGNATURE_BYTES = 64


class Forger(Flooder):
    """A flooder whose records carry other signatures than their authors'."""

    def _record(self) -> Transaction:
        genuine = self.builder.record()
        body = genuine.head.raw[SIGNATURE_BYTES:]
        signature = genuine.head.signature
        turned = self._world.rng.randrange(32)
        forged = bytes(byte ^ 1 if place == turned else byte for place, byte in enumerate(signature))
        return genuine._replace(head=Head.decode(forged + body))
