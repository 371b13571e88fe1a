"""Faults planted in the node's code are found, each by the checker that is there for it; without them all is well."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from unittest.mock import patch

import pytest

from p2pchain.chain import rules
from p2pchain.chain.header import Header
from p2pchain.chain.network import Network
from p2pchain.chain.tree import Entry, HeaderTree
from p2pchain.node import limits, peers
from p2pchain.node.backlog import Backlog
from p2pchain.node.events import EventsLoaded, Now, SignaturesChecked
from p2pchain.node.intake import ACCEPTED, Intake
from p2pchain.node.ledger import Ledger
from p2pchain.node.peers import Peer
from p2pchain.node.subscriptions import Subscriptions
from p2pchain.sim.finding import Finding
from p2pchain.sim.hostile.mutator import Mutator
from p2pchain.sim.outcome import Run
from p2pchain.sim.runner import simulate
from p2pchain.sim.scenarios import hostile

Plant = Callable[[], AbstractContextManager[None]]

NODES, BLOCKS = 6, 5

# Not every world comes to where a fault shows. Which ones do changes with every change of the node's behaviour: so many
# are tried, from the seed on that was found to show it.
SEEDS = 60

# So few that a burst of records goes beyond it: the bound itself is tried at any size.
KNOWN_TXS = 8


@contextmanager
def fork_choice_by_arrival() -> Iterator[None]:
    """Of two tips with as much work, the one stays that was there first."""
    with patch.object(Entry, "preferred_to", lambda self, other: self.work > other.work):
        yield


@contextmanager
def mempool_not_refilled() -> Iterator[None]:
    """What a reorganisation returns stays on disk only: nobody relays or mines it."""
    with patch.object(Backlog, "returned", lambda *_: None):
        yield


@contextmanager
def event_number_skipped() -> Iterator[None]:
    """Of several events that were read for a subscriber at once, the first is passed over."""
    loaded = Subscriptions.loaded

    def skipping(self: Subscriptions, event: EventsLoaded) -> None:
        loaded(self, EventsLoaded(event.job, event.events[len(event.events) > 1 :]))

    with patch.object(Subscriptions, "loaded", skipping):
        yield


@contextmanager
def acknowledged_before_the_commit() -> Iterator[None]:
    """A record is acknowledged when the disk has been given it, not when the disk has it."""
    checked = Intake.checked

    def too_early(self: Intake, event: SignaturesChecked, now: Now) -> None:
        before = set(self._storing)
        checked(self, event, now)
        for candidate in (each for job in set(self._storing) - before for each in self._storing[job]):
            for push, index in candidate.waiting:
                push.codes[index] = ACCEPTED
                push.open -= 1
                self._answer_if_done(push, self._peers.get(push.connection))
            candidate.waiting.clear()

    with patch.object(Intake, "checked", too_early):
        yield


@contextmanager
def only_mutators() -> Iterator[None]:
    """All hostile nodes send other bodies under honest headers."""
    with patch.object(hostile, "KINDS", (Mutator,)):
        yield


@contextmanager
def body_charged_to_its_header() -> Iterator[None]:
    """A body that does not fit its header has the header remembered as bad, and whoever tells of it blamed."""
    condemned: dict[HeaderTree, set[bytes]] = {}
    condemn, accept = HeaderTree.condemn, Ledger.accept

    def remember(self: HeaderTree, culprit: Entry) -> set[bytes]:
        condemned.setdefault(self, set()).add(culprit.hash)
        return condemn(self, culprit)

    def refuse(self: Ledger, header: Header, parent: Entry, now: Now) -> Entry:
        if header.hash in condemned.get(self.tree, ()):
            raise rules.WrongMerkleRoot("another block", header.hash.hex())
        return accept(self, header, parent, now)

    with only_mutators(), ExitStack() as stack:
        stack.enter_context(patch.object(rules.WrongMerkleRoot, "condemns", new=True))
        stack.enter_context(patch.object(HeaderTree, "condemn", remember))
        stack.enter_context(patch.object(Ledger, "accept", refuse))
        yield


@contextmanager
def queue_without_bound() -> Iterator[None]:
    """What a peer is known to have is remembered for ever."""

    def note_for_ever(self: Peer, txid: bytes) -> None:
        self.known_txs[txid] = None

    with few_known(), patch.object(Peer, "note_tx", note_for_ever):
        yield


@contextmanager
def few_known() -> Iterator[None]:
    """The bound on what a peer is known to have is low, and holds."""
    with (
        patch.object(limits, "KNOWN_TXS_PER_PEER", KNOWN_TXS),
        patch.object(peers, "KNOWN_TXS_PER_PEER", KNOWN_TXS),
    ):
        yield


@contextmanager
def clock_that_runs_away() -> Iterator[None]:
    """The retarget clock goes on as far as a pause lasts, at all nodes alike: none of them can find it."""

    def unbounded(
        network: Network, parent_height: int, parent_chain_time: int, parent_timestamp: int, timestamp: int
    ) -> int:
        del parent_height
        if network.retarget == "none":
            return 0
        return parent_chain_time + min(timestamp - parent_timestamp, network.clamp)

    with patch("p2pchain.node.ledger.next_chain_time", unbounded):
        yield


# The fault, the scenario and seed that let it show, the checker that it is for, what has to be so without it too.
FAULTS: tuple[tuple[Plant, str, int, str, Plant], ...] = (
    (fork_choice_by_arrival, "partition", 97, "TipsAgree", nullcontext),
    (mempool_not_refilled, "partition", 5, "RecordsAreAccountedFor", nullcontext),
    (event_number_skipped, "crashes", 1, "EventsAreWhole", nullcontext),
    (acknowledged_before_the_commit, "crashes", 1, "AcknowledgedStays", nullcontext),
    (body_charged_to_its_header, "hostile", 10, "TipsAgree", only_mutators),
    (queue_without_bound, "slow", 1, "QueuesAreBounded", few_known),
    (clock_that_runs_away, "retarget", 1, "ChainsAreValid", nullcontext),
)


def finding_of(run: Run, plant: Plant) -> str | None:
    """Run a world with something planted; gives the checker that fired."""
    try:
        with plant():
            simulate(run)
    except Finding as finding:
        return finding.checker
    return None


@pytest.mark.parametrize(
    ("plant", "scenario", "first", "checker", "sound"),
    FAULTS,
    ids=lambda each: getattr(each, "__name__", each),
)
def test_a_planted_fault_is_found(
    plant: Plant, scenario: str, first: int, checker: str, sound: Plant
) -> None:
    runs = [Run(scenario, seed, NODES, BLOCKS) for seed in range(first, first + SEEDS)]
    catching = next((run for run in runs if finding_of(run, plant) == checker), None)
    assert catching is not None, f"no {checker} in {len(runs)} worlds of {scenario}"
    assert finding_of(catching, sound) is None, f"replay: {catching.command()}"
