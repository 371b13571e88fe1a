"""Hosts that were down from the beginning, or for long, come to a chain that has grown without them."""

from p2pchain.sim.scenario import Scenario
from p2pchain.sim.trial import Trial


def disturb(trial: Trial) -> None:
    """Keep a third down; start one now and then, and stop another in the middle of its catching up."""
    for host in trial.running[2 * len(trial.hosts) // 3 + 1 :]:
        trial.stop(host)
    trial.submit(trial.rng.randint(1, 12), at_once=4)
    trial.pass_time(0.5, 2)
    down = [host for host in trial.hosts if not host.running]
    if down and trial.rng.random() < 0.3:
        host = trial.rng.choice(down)
        trial.note("late start")
        trial.boot(host)
        trial.cluster.world.run_for(trial.rng.randint(50, 3_000))


LATE = Scenario("late", "hosts come late to a chain that has grown without them", disturb)
