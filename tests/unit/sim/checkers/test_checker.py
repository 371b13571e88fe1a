"""What a checker found says which one it was; one that overrides nothing finds nothing."""

import pytest

from p2pchain.sim.checkers.checker import Checker
from p2pchain.sim.cluster import Cluster
from p2pchain.sim.finding import Finding


class Grumbler(Checker):
    """Finds fault with everything."""


def test_a_finding_names_its_checker(agreed: Cluster) -> None:
    with pytest.raises(Finding) as found:
        Grumbler(agreed).found("all is wrong")
    assert (found.value.checker, found.value.what) == ("Grumbler", "all is wrong")


def test_one_that_looks_at_nothing_is_silent(agreed: Cluster) -> None:
    checker = Checker(agreed)
    assert checker.cluster is agreed
    for host in agreed.hosts:
        checker.changed(host)
        checker.look(host)
    checker.finish()
