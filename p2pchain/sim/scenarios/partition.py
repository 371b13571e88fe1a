"""The network falls into parts, which go on each for itself, and meet again."""

import random

from p2pchain.sim.links import Reach
from p2pchain.sim.scenario import Scenario
from p2pchain.sim.trial import Trial

# Records that are handed in while the parts are apart, however many hosts there are.
RECORDS_MAX = 8


def disturb(trial: Trial) -> None:
    """Join what is apart, then part the network one way or another for some blocks, aloud or silently."""
    trial.cluster.links.heal()
    trial.pass_time(0.5, 3)
    hosts = [host.address.host for host in trial.hosts]
    trial.rng.shuffle(hosts)
    kind = trial.rng.choice(list(PARTS))
    trial.note(f"partition: {kind}")
    trial.cluster.links.part(PARTS[kind](trial.rng, hosts), silently=trial.rng.random() < 0.5)
    trial.submit(min(len(trial.hosts) // 4 + 1, RECORDS_MAX))
    trial.pass_time(1, 6)


def halves(rng: random.Random, hosts: list[str]) -> Reach:
    """Make two groups, of any sizes."""
    one = set(hosts[: rng.randint(1, len(hosts) - 1)])
    return lambda here, there: (here in one) == (there in one)


def single(rng: random.Random, hosts: list[str]) -> Reach:
    """Cut one host off."""
    del rng
    return lambda here, there: hosts[0] not in (here, there)


def ring(rng: random.Random, hosts: list[str]) -> Reach:
    """Let each reach its two neighbours in a circle only, and strangers."""
    del rng
    place = {host: number for number, host in enumerate(hosts)}

    def reach(here: str, there: str) -> bool:
        strangers = not {here, there} <= place.keys()
        return strangers or (place[here] - place[there]) % len(hosts) in (1, len(hosts) - 1)

    return reach


def bridge(rng: random.Random, hosts: list[str]) -> Reach:
    """Make two groups that can reach each other through one host only."""
    joint, reach = hosts[0], halves(rng, hosts[1:]) if len(hosts) > 2 else halves(rng, hosts)
    return lambda here, there: joint in (here, there) or reach(here, there)


PARTS = {"halves": halves, "single": single, "ring": ring, "bridge": bridge}

PARTITION = Scenario("partition", "the network falls into parts that go on for themselves", disturb)
