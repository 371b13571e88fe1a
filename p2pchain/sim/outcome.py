"""What came of one simulated world, in numbers that a person can use."""

from dataclasses import dataclass

from p2pchain.sim.checkers.records import evictions
from p2pchain.sim.trial import Trial


@dataclass(frozen=True, slots=True)
class Run:
    """What decides a world: the same four always come to the same events. No nodes: as many as the seed draws."""

    scenario: str
    seed: int
    nodes: int | None = None
    blocks: int | None = None

    def command(self) -> str:
        """Give the command line that runs it."""
        options = f" --nodes {self.nodes}" if self.nodes is not None else ""
        options += f" --blocks {self.blocks}" if self.blocks is not None else ""
        return f"p2pchain simulate --scenario {self.scenario} --seed {self.seed}{options}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """Times are virtual, in ms; bytes are those sent by one host. Reorganisations are (depth, how often) pairs."""

    run: Run
    nodes: int
    mining: str
    spacing_ms: int
    faults: tuple[tuple[str, int], ...]
    virtual_ms: int
    agreed_ms: int
    agree_within_ms: int
    height: int
    stale: int
    reorganisations: tuple[tuple[int, int], ...]
    submitted: int
    acknowledged: int
    chained: int
    refused: int
    evicted: int
    bytes_mean: int
    bytes_most: int
    events: int
    digest: str


def outcome(run: Run, trial: Trial, agreed_ms: int, agree_within_ms: int) -> Outcome:
    """Sum a finished trial up."""
    cluster, hosts = trial.cluster, trial.hosts
    sent = [cluster.links.bytes_sent[host.address.host] for host in hosts]
    chain = hosts[0].disk.blocks()
    return Outcome(
        run=run,
        nodes=len(hosts),
        mining=cluster.shape.mining.value,
        spacing_ms=round(cluster.shape.spacing_ms),
        faults=tuple(sorted(trial.faults.items())),
        virtual_ms=cluster.world.ticks_ms,
        agreed_ms=agreed_ms,
        agree_within_ms=agree_within_ms,
        height=len(chain),
        stale=trial.tally.stale(),
        reorganisations=tuple(sorted(trial.tally.reorganisations.items())),
        submitted=sum(len(host.client.submitted) for host in hosts),
        acknowledged=sum(len(host.client.acknowledged) for host in hosts),
        chained=sum(len(block.transactions) for block in chain),
        refused=sum(len(host.client.refused) for host in hosts),
        evicted=len({txid for host in hosts for txid in evictions(host.disk)}),
        bytes_mean=sum(sent) // len(hosts),
        bytes_most=max(sent),
        events=cluster.world.events,
        digest=cluster.world.digest,
    )
