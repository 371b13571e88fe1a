"""After the last fault all nodes come to one tip in time; and those with one tip have one and the same state."""

from collections import Counter
from hashlib import sha256

from p2pchain.sim.checkers.checker import Checker
from p2pchain.sim.disk import Disk


class TipsAgree(Checker):
    """All running hosts have one tip, by the end of the time that they were given."""

    def finish(self) -> None:
        """Compare the tips."""
        running = [host for host in self.cluster.hosts if host.running]
        tips = Counter(host.tip for host in running)
        if len(tips) > 1:
            heights = {host.tip: len(host.disk.blocks()) for host in running}
            told = ", ".join(
                f"{count} at {heights[tip]:,} {tip.hex()[:16]}" for tip, count in tips.most_common()
            )
            self.found(f"{len(running)} hosts have {len(tips)} tips: {told}")


class SameBlocksSameState(Checker):
    """The tip is a function of the known blocks, and all else of the tip."""

    def finish(self) -> None:
        """Compare the tip with all that any disk holds, and the records and contents of those that share it."""
        hosts = [host for host in self.cluster.hosts if host.running]
        if len({host.tip for host in hosts}) != 1:
            return
        for host in hosts:
            tip = host.disk.by_hash(host.tip)
            best = min((-stored.work, each) for each, stored in host.disk.headers().items())
            if tip is not None and best < (-tip.work, host.tip):
                self.found(f"{host.address}: the disk holds a better block than the tip: {best[1].hex()}")
        states = Counter(state_of(host.disk) for host in hosts)
        if len(states) > 1:
            self.found(f"{len(hosts)} hosts with one tip have {len(states)} states")


def state_of(disk: Disk) -> bytes:
    """Fold a chain: the hash over all its records in order, with what is there of their contents."""
    fold = sha256()
    for block in disk.blocks():
        fold.update(block.hash)
        for transaction in block.transactions:
            fold.update(transaction.txid + (transaction.content or b""))
    return fold.digest()
