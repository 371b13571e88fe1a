"""Saves now and then what changes often."""

from p2pchain.node.events import Now
from p2pchain.node.saving import Saving
from p2pchain.node.timers import Timers


def make() -> tuple[Saving, Timers, list[str]]:
    saved: list[str] = []
    timers = Timers()
    return Saving(timers, 1_000, lambda: saved.append("saved")), timers, saved


def test_many_changes_are_one_save_a_while_later() -> None:
    saving, timers, saved = make()
    for moment in range(0, 900, 100):
        saving.soon(Now(0, moment))
        timers.run(Now(0, moment))
    assert not saved
    timers.run(Now(0, 1_000))
    assert len(saved) == 1
    timers.run(Now(0, 9_000))
    assert len(saved) == 1
    saving.soon(Now(0, 9_000))
    timers.run(Now(0, 10_000))
    assert len(saved) == 2


def test_what_somebody_waits_for_is_saved_at_once_and_not_again() -> None:
    saving, timers, saved = make()
    saving.soon(Now(0, 0))
    saving.at_once()
    timers.run(Now(0, 1_000))
    saving.flush()
    assert len(saved) == 1


def test_what_waits_is_saved_at_the_end() -> None:
    saving, _, saved = make()
    saving.flush()
    assert not saved
    saving.soon(Now(0, 0))
    saving.flush()
    assert len(saved) == 1
