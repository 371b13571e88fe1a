"""All scenarios, one a file, by name."""

from p2pchain.sim.scenario import Scenario
from p2pchain.sim.scenarios.calm import CALM
from p2pchain.sim.scenarios.churn import CHURN
from p2pchain.sim.scenarios.clocks import CLOCKS
from p2pchain.sim.scenarios.crashes import CRASHES
from p2pchain.sim.scenarios.full_disks import FULL_DISKS
from p2pchain.sim.scenarios.half_open import HALF_OPEN
from p2pchain.sim.scenarios.hostile import HOSTILE
from p2pchain.sim.scenarios.late import LATE
from p2pchain.sim.scenarios.partition import PARTITION
from p2pchain.sim.scenarios.retarget import RETARGET
from p2pchain.sim.scenarios.slow import SLOW
from p2pchain.sim.scenarios.storm import STORM
from p2pchain.sim.scenarios.swizzle import SWIZZLE

SCENARIOS: dict[str, Scenario] = {
    scenario.name: scenario
    for scenario in (
        CALM,
        PARTITION,
        SWIZZLE,
        CRASHES,
        HALF_OPEN,
        SLOW,
        CLOCKS,
        FULL_DISKS,
        RETARGET,
        LATE,
        CHURN,
        HOSTILE,
        STORM,
    )
}
