"""Nothing goes wrong: what blocks, bytes and forks come to by themselves."""

from p2pchain.sim.scenario import Scenario
from p2pchain.sim.trial import Trial


def disturb(trial: Trial) -> None:
    """Let time pass."""
    trial.pass_time(0.5, 1.5)


CALM = Scenario("calm", "records and blocks, and nothing goes wrong", disturb)
