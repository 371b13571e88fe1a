"""What a checker found travels between processes."""

import pickle

from p2pchain.sim.finding import Finding


def test_a_finding_says_who_found_what_after_its_travels_too() -> None:
    finding = Finding("TipsAgree", "two tips")
    told = pickle.loads(pickle.dumps(finding))  # noqa: S301  it is our own
    assert isinstance(told, Finding)
    assert (told.checker, told.what, str(told)) == ("TipsAgree", "two tips", "TipsAgree: two tips")
