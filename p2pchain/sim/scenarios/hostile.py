"""Nodes that lie, withhold, flood and do not read, beside honest ones, who part and meet as ever."""

from p2pchain.node.events import Address
from p2pchain.sim.hostile.boaster import Boaster
from p2pchain.sim.hostile.deaf import Deaf
from p2pchain.sim.hostile.flooder import Flooder
from p2pchain.sim.hostile.forger import Forger
from p2pchain.sim.hostile.header_flooder import HeaderFlooder
from p2pchain.sim.hostile.header_teller import HeaderTeller
from p2pchain.sim.hostile.hostile import Hostile
from p2pchain.sim.hostile.mutator import Mutator
from p2pchain.sim.hostile.namer import Namer
from p2pchain.sim.hostile.withholder import Withholder
from p2pchain.sim.scenario import Scenario
from p2pchain.sim.scenarios import crashes, partition
from p2pchain.sim.topology import PORT
from p2pchain.sim.trial import Trial

KINDS: tuple[type[Hostile], ...] = (
    Boaster,
    Deaf,
    Flooder,
    Forger,
    HeaderFlooder,
    HeaderTeller,
    Mutator,
    Namer,
    Withholder,
)
INVITED_MAX = 5
TARGETS_MAX = 8


def disturb(trial: Trial) -> None:
    """Bring hostile nodes in at first, each to some honest ones; then let time pass, with other faults now and then."""
    while len(trial.hostile) < INVITED_MAX and trial.rng.random() < 0.7:
        invite(trial, trial.rng.choice(KINDS))
    kind = trial.rng.random()
    if kind < 0.2:
        partition.disturb(trial)
    elif kind < 0.4:
        crashes.disturb(trial)
    else:
        trial.pass_time(0.5, 2)


def invite(trial: Trial, kind: type[Hostile]) -> None:
    """Put a hostile node of a kind on the network."""
    cluster = trial.cluster
    address = Address(f"198.51.{len(trial.hostile)}.1", PORT)
    hostile = kind(cluster.world, cluster.links, cluster.network, address)
    cluster.foreign.add(hostile.builder.author.public)
    if isinstance(hostile, Withholder):
        hostile.shown = {host.address.host for host in trial.some(trial.hosts, len(trial.hosts))}
    hostile.dial(trial.some(trial.hosts, TARGETS_MAX))
    trial.hostile.append(hostile)
    trial.note(f"hostile: {kind.__name__}")


HOSTILE = Scenario("hostile", "nodes that lie, withhold, flood and do not read", disturb)
