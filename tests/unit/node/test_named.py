"""The peers that the operator named or struck out."""

from p2pchain.node.events import Address
from p2pchain.node.limits import REMOVED_MAX
from p2pchain.node.named import Named

ANN, BOB, EVE = (Address(f"192.0.2.{number}", 4343) for number in (1, 2, 3))


def test_what_was_named_at_the_start_and_later_is_dialled_but_only_the_latter_is_kept() -> None:
    named = Named([ANN], added=[BOB])
    named.add(EVE)
    assert list(named) == [ANN, BOB, EVE]
    assert named.added == (BOB, EVE)
    assert ANN in named
    assert named.has_host(EVE.host)
    assert not named.has_host("192.0.2.4")


def test_what_was_removed_stays_removed_until_it_is_named_again() -> None:
    named = Named([ANN], added=[BOB])
    for address in (ANN, BOB, EVE):
        named.remove(address)
    assert list(named) == []
    assert (named.added, named.removed) == ((), (ANN, BOB, EVE))
    assert named.is_removed(EVE)
    named.add(EVE)
    assert not named.is_removed(EVE)
    again = Named([ANN], added=named.added, removed=named.removed)
    assert list(again) == [ANN, EVE]
    assert again.removed == (BOB,)


def test_the_list_of_the_removed_is_bounded() -> None:
    named = Named([])
    for port in range(REMOVED_MAX + 2):
        named.remove(Address("192.0.2.1", port))
    assert len(named.removed) == REMOVED_MAX
    assert not named.is_removed(Address("192.0.2.1", 1))
