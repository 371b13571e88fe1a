"""Some hosts have lines that carry hardly anything: they must slow nobody else, and come to agree all the same."""

from p2pchain.sim.scenario import Scenario
from p2pchain.sim.trial import Trial

# Bytes a ms: from a bad telephone line to a hundredth of a good one.
RATES = (2.0, 5.0, 20.0, 100.0)
RECORDS = 30


def disturb(trial: Trial) -> None:
    """Give some hosts slow lines, others good ones again, and send many records at a time."""
    links = trial.cluster.links
    for host in trial.some(trial.hosts, len(trial.hosts) // 3 + 1):
        rate = trial.rng.choice([*RATES, trial.cluster.shape.bytes_per_ms])
        links.slow_down(host, rate)
        trial.note("line slowed" if rate in RATES else "line restored")
    trial.submit(trial.rng.randint(1, RECORDS), at_once=RECORDS)
    trial.pass_time(0.5, 3)


SLOW = Scenario("slow", "some lines carry a few kilobytes a second", disturb)
