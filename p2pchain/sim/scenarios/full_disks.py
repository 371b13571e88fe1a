"""Disks fill up and are emptied: nodes say so, lose nothing, and go on by themselves."""

from p2pchain.sim.scenario import Scenario
from p2pchain.sim.trial import Trial


def disturb(trial: Trial) -> None:
    """Fill the disks of some hosts, empty those of others; now and then one starts again meanwhile."""
    for host in trial.some(trial.hosts, len(trial.hosts) // 3 + 1):
        host.disk_full = not host.disk_full and trial.rng.random() < 0.7
        if host.disk_full:
            trial.note("disk full")
    trial.submit(len(trial.hosts) // 4 + 1)
    trial.pass_time(0, 1)
    if trial.rng.random() < 0.2:
        host = trial.rng.choice(trial.hosts)
        trial.stop(host)
        trial.boot(host)
    trial.pass_time(0, 2)


FULL_DISKS = Scenario("full-disks", "disks fill up and are emptied", disturb)
