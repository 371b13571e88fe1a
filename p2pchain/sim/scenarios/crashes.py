"""Programs end and start again, from a disk that has lost what was not synced."""

from p2pchain.sim.scenario import Scenario
from p2pchain.sim.trial import Trial


def disturb(trial: Trial) -> None:
    """Stop one or up to a third of all, some at the moment when records come in; start some of those that are down."""
    trial.submit(len(trial.hosts) // 3 + 1, at_once=2)
    trial.cluster.world.run_for(trial.rng.randint(0, 40))
    for host in trial.some(trial.running, max(1, len(trial.hosts) // 3)):
        trial.stop(host)
    trial.pass_time(0.1, 2)
    for host in trial.some([each for each in trial.hosts if not each.running], len(trial.hosts)):
        trial.boot(host)
    trial.pass_time(0, 1)


CRASHES = Scenario("crashes", "programs and machines go down at any moment, and start again", disturb)
