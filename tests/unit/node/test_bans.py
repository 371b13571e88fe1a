"""Who is kept out for a time, and who is let in while there is room."""

from p2pchain.node.actions import SaveBans
from p2pchain.node.bans import OPERATOR, Bans
from p2pchain.node.events import Now
from p2pchain.node.limits import BANS_MAX, BANS_SAVE_MS, DISCOURAGED_MAX
from p2pchain.node.outbox import Outbox
from p2pchain.node.remembered import Ban
from p2pchain.node.timers import Timers

HOST = "192.0.2.1"


class Desk:
    """Bans, with time in a test's hands."""

    def __init__(self, *kept: Ban, wall_ms: int = 0) -> None:
        self.outbox = Outbox()
        self.timers = Timers()
        self.bans = Bans(self.outbox, self.timers, kept, Now(wall_ms, 0))

    def saved(self) -> list[tuple[Ban, ...]]:
        return [action.bans for action in self.outbox.drain() if isinstance(action, SaveBans)]


def test_a_ban_ends_by_the_wall_clock() -> None:
    bans = Desk(Ban(HOST, 1_000, "unasked")).bans
    assert bans.find(HOST, Now(999, 7)) == Ban(HOST, 1_000, "unasked")
    assert bans.find(HOST, Now(1_000, 7)) is None
    assert bans.find("192.0.2.2", Now(0, 0)) is None
    assert bans.standing(Now(999, 7)) == [Ban(HOST, 1_000, "unasked")]
    assert bans.standing(Now(1_000, 7)) == []


def test_bans_for_faults_are_saved_together_and_those_of_the_operator_at_once() -> None:
    desk = Desk()
    for number in range(3):
        desk.bans.ban(Ban(f"192.0.2.{number}", 9_000, "unasked"), Now(0, 0))
    assert desk.saved() == []
    desk.timers.run(Now(0, BANS_SAVE_MS))
    assert [len(bans) for bans in desk.saved()] == [3]
    desk.bans.ban(Ban(HOST, 9_000, OPERATOR), Now(0, 0))
    assert [len(bans) for bans in desk.saved()] == [3]
    assert desk.bans.lift(HOST)
    assert [len(bans) for bans in desk.saved()] == [2]
    desk.bans.ban(Ban(HOST, 9_000, "unasked"), Now(0, 0))
    desk.bans.flush()
    assert [len(bans) for bans in desk.saved()] == [3]


def test_what_the_operator_decided_is_not_shortened_by_a_fault() -> None:
    desk = Desk(Ban(HOST, 9_000, OPERATOR))
    desk.bans.ban(Ban(HOST, 1_000, "unasked"), Now(0, 0))
    assert desk.bans.find(HOST, Now(5_000, 0)) == Ban(HOST, 9_000, OPERATOR)
    desk.bans.ban(Ban(HOST, 2_000, OPERATOR), Now(0, 0))
    assert desk.bans.find(HOST, Now(5_000, 0)) is None
    desk.bans.ban(Ban(HOST, 9_000, "unasked"), Now(5_000, 0))
    assert desk.bans.find(HOST, Now(5_000, 0)) == Ban(HOST, 9_000, "unasked")


def test_a_flood_of_faulty_hosts_grows_no_list_without_bound_and_frees_nobody_by_hand() -> None:
    desk = Desk(Ban(HOST, 9_000, OPERATOR))
    for number in range(BANS_MAX + 500):
        desk.bans.ban(
            Ban(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", 9_000, "unasked"), Now(0, 0)
        )
    standing = desk.bans.standing(Now(0, 0))
    assert len(standing) == BANS_MAX
    assert standing[0].host == HOST
    assert standing[1].host == "10.0.1.245"
    desk.timers.run(Now(0, BANS_SAVE_MS))
    assert len(desk.saved()) == 1


def test_among_bans_by_hand_the_oldest_goes() -> None:
    desk = Desk(*(Ban(f"10.0.{number >> 8}.{number & 255}", 9_000, OPERATOR) for number in range(BANS_MAX)))
    desk.bans.ban(Ban(HOST, 9_000, OPERATOR), Now(0, 0))
    assert desk.bans.find("10.0.0.0", Now(0, 0)) is None
    assert desk.bans.find(HOST, Now(0, 0)) is not None


def test_what_is_over_is_not_saved_again() -> None:
    desk = Desk(Ban(HOST, 1_000, "unasked"), wall_ms=1_000)
    desk.bans.ban(Ban("192.0.2.2", 9_000, OPERATOR), Now(1_000, 0))
    assert desk.saved() == [(Ban("192.0.2.2", 9_000, OPERATOR),)]


def test_the_discouraged_are_a_rolling_set() -> None:
    bans = Desk().bans
    for number in range(DISCOURAGED_MAX):
        bans.discourage(f"10.0.{number >> 8}.{number & 255}")
    bans.discourage("10.0.0.0")
    bans.discourage(HOST)
    assert bans.discouraged_count == DISCOURAGED_MAX
    assert bans.is_discouraged("10.0.0.0")
    assert not bans.is_discouraged("10.0.0.1")
    assert bans.lift(HOST)
    assert not bans.is_discouraged(HOST)
    assert not bans.lift(HOST)
