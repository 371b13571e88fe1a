"""Clocks are off, and are set while nodes run; the clock that never goes back does not."""

from p2pchain.sim.scenario import Scenario
from p2pchain.sim.trial import Trial

# More than a header may be ahead, less than what is not even held.
SKEW_MS = 150_000


def disturb(trial: Trial) -> None:
    """Set the clocks of some hosts, a little or far off, or right again."""
    trial.skew_max_ms = SKEW_MS
    for host in trial.some(trial.hosts, len(trial.hosts) // 2):
        host.clock_ms = round(trial.rng.choice([0, 1, 1]) * trial.rng.gauss(0, SKEW_MS / 3))
        host.clock_ms = max(-SKEW_MS, min(host.clock_ms, SKEW_MS))
        trial.note("clock set")
    trial.submit(len(trial.hosts) // 4 + 1)
    trial.pass_time(0.5, 3)


CLOCKS = Scenario("clocks", "clocks are off by minutes, and step", disturb)
