"""Every connected block is valid by a validator of its own, and the work of a tip never falls."""

from p2pchain.sim.checkers.checker import Checker
from p2pchain.sim.cluster import Cluster
from p2pchain.sim.disk import Disk
from p2pchain.sim.finding import Finding
from p2pchain.sim.host import Host
from p2pchain.sim.validator import Invalid, Validator


class ChainsAreValid(Checker):
    """Judges each block when a node has connected it, and at the end whole chains."""

    def __init__(self, cluster: Cluster) -> None:
        """Start with the genesis block."""
        super().__init__(cluster)
        self.validator = Validator(cluster.network)
        self._tips: dict[Host, bytes] = {}

    def changed(self, host: Host) -> None:
        """Judge what is new."""
        if self._tips.get(host) == host.tip:
            return
        self._tips[host] = host.tip
        new: list[bytes] = []
        block_hash = host.tip
        while block_hash not in self.validator.links:
            (raw,) = host.disk.load_blocks((block_hash,), 0)
            if raw is None:
                self.found(f"{host.address}: block {block_hash.hex()} is connected and not there")
            new.append(raw)
            stored = host.disk.by_hash(block_hash)
            block_hash = stored.header.previous_hash if stored is not None else b""
        for raw in reversed(new):
            self._judge(host, raw)

    def finish(self) -> None:
        """Judge each chain from genesis up."""
        for host in self.cluster.hosts:
            try:
                _judge_chain(self.validator, host.disk)
            except Invalid as error:
                self.found(f"{host.address}: the chain breaks a rule: {error}")

    def _judge(self, host: Host, raw: bytes) -> None:
        try:
            self.validator.judge(raw)
        except Invalid as error:
            self.found(f"{host.address}: a connected block breaks a rule: {error}")


class WorkNeverFalls(Checker):
    """Compares each tip on disk with the one before it, over crashes too; and that it is on top of a whole chain."""

    def __init__(self, cluster: Cluster) -> None:
        """Start with the genesis block everywhere."""
        super().__init__(cluster)
        self._tips: dict[Host, tuple[int, bytes]] = {}

    def changed(self, host: Host) -> None:
        """Compare: more work, or as much and a smaller hash."""
        stored = host.disk.by_hash(host.tip)
        if stored is None:
            self.found(f"{host.address}: the tip is not on disk")
        tip = (-stored.work, host.tip)
        if tip > self._tips.get(host, tip):
            self.found(f"{host.address}: the tip's work fell to {stored.work} at {stored.header.height}")
        self._tips[host] = tip

    def finish(self) -> None:
        """Compare what is on disk at the end."""
        for host in self.cluster.hosts:
            self.changed(host)


def check_chain(cluster: Cluster, host: Host) -> None:
    """Check a host's chain from genesis up by all rules.

    Raises:
        Finding: a connected block breaks one.
    """
    try:
        _judge_chain(Validator(cluster.network), host.disk)
    except Invalid as error:
        raise Finding("check_chain", f"{host.address}: {error}") from error


def _judge_chain(validator: Validator, disk: Disk) -> None:
    """Judge all connected blocks, and see that each stands on the one before it."""
    hashes: list[bytes] = []
    for block in disk.blocks():
        hashes.append(block.hash)
        if list(validator.judge(block.encode()).hashes[1:]) != hashes:
            raise Invalid(f"block {block.hash.hex()} does not stand on the one below it")
