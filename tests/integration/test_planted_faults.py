"""The tests of the tutorial's faults fail where the fault is there: each is planted, and its own test is run again."""

import runpy
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from p2pchain.chain.header import Header
from p2pchain.chain.network import Network
from p2pchain.chain.tree import Entry
from p2pchain.errors import PeerError
from p2pchain.node.access import Access
from p2pchain.node.announce import Announce
from p2pchain.node.backlog import Backlog
from p2pchain.node.coming import Coming
from p2pchain.node.events import Now
from p2pchain.node.peers import Peer
from p2pchain.node.relay import Relay
from p2pchain.sim.stage import Stage
from p2pchain.wire.fields import Source, Uint

TESTS = runpy.run_path(str(Path(__file__).with_name("test_tutorial_faults.py")))
Plant = Callable[[pytest.MonkeyPatch], None]


def a_genesis_of_the_moment(patch: pytest.MonkeyPatch) -> None:
    moments, true = count(1), vars(Network)["genesis"].fget
    patch.setattr(Network, "genesis", property(lambda own: replace(true(own), timestamp=next(moments))))


def a_nonce_left_out(patch: pytest.MonkeyPatch) -> None:
    true = Header.decode
    patch.setattr(Header, "decode", lambda raw: true(raw).with_nonce(0))


def a_check_without_a_verdict(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("p2pchain.store.audit._check", lambda *_: None)


def the_longer_chain_wins(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Entry, "preferred_to", lambda own, other: own.height > other.height)


def blocks_go_one_hop(patch: pytest.MonkeyPatch) -> None:
    true = Announce.settle

    def settle(own: Announce, now: Now) -> None:
        tip = own._ledger.tip.hash
        if not any(peer.knows_tip == tip for peer in own._peers.nodes()):
            true(own, now)

    patch.setattr(Announce, "settle", settle)
    patch.setattr(Coming, "settle", lambda _: None)


def records_stay_where_they_came_in(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Relay, "settle", lambda *_: None)


def nobody_s_signature_is_asked_for(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("p2pchain.chain.keys.verify", lambda *_: True)


def an_error_that_is_no_text(patch: pytest.MonkeyPatch) -> None:
    def dismiss(own: Access, peer: Peer, error: PeerError, now: Now) -> None:
        own._peers.dismiss(peer, error.code, error.str())  # type: ignore[attr-defined]  # the fault

    patch.setattr(Access, "dismiss", dismiss)


def floats_are_numbers(patch: pytest.MonkeyPatch) -> None:
    def read(_: Uint, name: str, source: Source) -> Any:
        return source.unpack()

    patch.setattr(Uint, "read", read)


def what_is_taken_off_is_gone(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Backlog, "returned", lambda *_: None)


def no_bound_on_a_frame(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("p2pchain.wire.frame.FRAME_MAX", 2**40)


PLANTS: list[tuple[Plant, str, dict[str, str]]] = [
    (a_genesis_of_the_moment, "test_01", {}),
    (a_nonce_left_out, "test_02", {}),
    (a_check_without_a_verdict, "test_03", {}),
    (the_longer_chain_wins, "test_04", {}),
    (blocks_go_one_hop, "test_05", {}),
    (records_stay_where_they_came_in, "test_06", {}),
    (nobody_s_signature_is_asked_for, "test_06", {}),
    (an_error_that_is_no_text, "test_07", {"fault": "malformed_block"}),
    (an_error_that_is_no_text, "test_07", {"fault": "insufficient_work"}),
    (an_error_that_is_no_text, "test_07", {"fault": "wrong_merkle_root"}),
    (floats_are_numbers, "test_08", {}),
    (what_is_taken_off_is_gone, "test_10", {}),
    (no_bound_on_a_frame, "test_12", {}),
]

# What these run is a process of its own, where nothing can be planted from here: mining that blocks is tried against a
# node that searches without end, and saving at the end only against kill -9.
NOT_PLANTED = {"test_09", "test_11"}


def run(name: str, place: Path, arguments: dict[str, str]) -> None:
    """Run a fault's test, with what it asks for."""
    (test,) = (each for full, each in TESTS.items() if full.startswith(name))
    given = {"stage": Stage(), "tmp_path": place, **arguments}
    wanted = test.__code__.co_varnames[: test.__code__.co_argcount]
    test(**{each: given[each] for each in wanted})


def test_each_fault_is_planted_or_said_not_to_be() -> None:
    faults = {name[: len("test_00")] for name in TESTS if name.startswith("test_")}
    planted = {name for _, name, _ in PLANTS}
    assert len(faults) == 12
    assert planted | NOT_PLANTED == faults
    assert not planted & NOT_PLANTED


@pytest.mark.parametrize(("plant", "name", "arguments"), PLANTS)
def test_a_planted_fault_is_caught_by_its_test(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, plant: Plant, name: str, arguments: dict[str, str]
) -> None:
    run(name, tmp_path / "without", arguments)
    plant(monkeypatch)
    with pytest.raises((AssertionError, AttributeError, pytest.fail.Exception)):
        run(name, tmp_path / "with", arguments)
