"""Connections end of which one side hears nothing, or break in the middle of a frame."""

from p2pchain.sim.scenario import Scenario
from p2pchain.sim.trial import Trial


def disturb(trial: Trial) -> None:
    """Strand one end of some connections, and break others while blocks and records are on their way."""
    links = trial.cluster.links
    trial.submit(len(trial.hosts) // 3 + 1, at_once=3)
    trial.cluster.world.run_for(trial.rng.randint(0, 200))
    for one in trial.some(trial.hosts, len(trial.hosts) // 3 + 1):
        for other in trial.some(links.neighbours(one), 3):
            if trial.rng.random() < 0.6:
                trial.note("connection half open")
                links.strand(one, other)
            else:
                trial.note("connection broken")
                links.cut(one, other)
                links.release(one, other)
    trial.pass_time(0.2, 3)


HALF_OPEN = Scenario("half-open", "connections end, and one side does not hear of it", disturb)
