"""Links stop one after the other, and start again in another order: FoundationDB's swizzle."""

from p2pchain.sim.scenario import Scenario
from p2pchain.sim.trial import Trial

HOSTS_MAX = 6
STEP = (0.02, 0.3)


def disturb(trial: Trial) -> None:
    """Clog all links of some hosts, one by one, or cut them; release them in another order, while records come in."""
    links, silently = trial.cluster.links, trial.rng.random() < 0.7
    chosen = trial.some(trial.hosts, HOSTS_MAX)
    pairs = [(one, other) for one in chosen for other in links.neighbours(one)]
    trial.note("swizzle: links clogged" if silently else "swizzle: links cut")
    for one, other in trial.rng.sample(pairs, len(pairs)):
        (links.clog if silently else links.cut)(one, other)
        trial.pass_time(*STEP)
    trial.submit(len(trial.hosts) // 4 + 1, at_once=1)
    for one, other in trial.rng.sample(pairs, len(pairs)):
        trial.pass_time(*STEP)
        links.release(one, other)


SWIZZLE = Scenario("swizzle", "links stop one by one, and start again in another order", disturb)
