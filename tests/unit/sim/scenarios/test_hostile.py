"""Hostile nodes of all kinds come to honest ones, which part and crash as ever."""

import pytest

from p2pchain.sim.hostile.hostile import Hostile
from p2pchain.sim.hostile.withholder import Withholder
from p2pchain.sim.scenarios import crashes, partition
from p2pchain.sim.scenarios.hostile import HOSTILE, INVITED_MAX, KINDS, TARGETS_MAX, invite
from p2pchain.sim.trial import Trial

from .rounds import begin, calls_of


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """List what else is done in a round, in place of doing it."""
    found: list[str] = []
    monkeypatch.setattr(partition, "disturb", lambda _: found.append("partition"))
    monkeypatch.setattr(crashes, "disturb", lambda _: found.append("crashes"))
    monkeypatch.setattr(Trial, "pass_time", lambda *_: found.append("time"))
    return found


def test_a_few_come_and_other_faults_are_made_beside_them(calls: list[str]) -> None:
    trial = begin(HOSTILE)
    counts = []
    for _ in range(40):
        HOSTILE.disturb(trial)
        counts.append(len(trial.hostile))
    assert counts == sorted(counts)
    assert counts[0] < counts[-1] == INVITED_MAX
    assert len(calls) == 40
    assert set(calls) == {"partition", "crashes", "time"}
    assert calls.count("time") > 20
    assert sum(count for name, count in trial.faults.items() if name.startswith("hostile: ")) == INVITED_MAX


@pytest.mark.parametrize("kind", KINDS)
def test_one_that_is_invited_dials_honest_hosts_from_an_address_and_with_a_key_of_its_own(
    kind: type[Hostile],
) -> None:
    trial = begin(HOSTILE)
    dialled = calls_of(trial, "dial")
    for _ in range(2):
        invite(trial, kind)
    assert trial.faults == {f"hostile: {kind.__name__}": 2}
    assert len({each.address.host for each in trial.hostile}) == 2
    assert len(trial.cluster.foreign) == 2
    for each in trial.hostile:
        targets = [address for dialler, address in dialled if dialler is each]
        assert 1 <= len(set(targets)) == len(targets) <= TARGETS_MAX
        assert set(targets) <= {host.address for host in trial.hosts}


def test_a_withholder_shows_its_contents_to_some() -> None:
    trial = begin(HOSTILE)
    invite(trial, Withholder)
    (withholder,) = trial.hostile
    assert isinstance(withholder, Withholder)
    assert withholder.shown
    assert withholder.shown <= {host.address.host for host in trial.hosts}
