"""What must hold in every simulated world, checked from outside by slow and obvious means."""

from p2pchain.sim.checkers.agreement import SameBlocksSameState, TipsAgree
from p2pchain.sim.checkers.bounds import QueuesAreBounded
from p2pchain.sim.checkers.chains import ChainsAreValid, WorkNeverFalls, check_chain
from p2pchain.sim.checkers.checker import Checker
from p2pchain.sim.checkers.events import EventsAreWhole, check_events
from p2pchain.sim.checkers.records import AcknowledgedStays, RecordsAreAccountedFor, check_records

CHECKERS: tuple[type[Checker], ...] = (
    ChainsAreValid,
    WorkNeverFalls,
    AcknowledgedStays,
    EventsAreWhole,
    QueuesAreBounded,
    TipsAgree,
    SameBlocksSameState,
    RecordsAreAccountedFor,
)

__all__ = ["CHECKERS", "Checker", "check_chain", "check_events", "check_records"]
