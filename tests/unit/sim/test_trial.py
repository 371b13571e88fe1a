"""A world on trial: what its seed draws, what is done to its hosts, and the checkers that look."""

import random
from dataclasses import replace

import pytest

from p2pchain.node.config import MiningMode
from p2pchain.node.events import Address
from p2pchain.sim.finding import Finding
from p2pchain.sim.hostile.deaf import Deaf
from p2pchain.sim.shape import simulated_network, usual
from p2pchain.sim.trial import FOLLOWED, LOOK_EVERY_MS, SIZE_MAX, Trial

NODES = 8
SPACING_MS = 5_000


@pytest.fixture
def trial() -> Trial:
    return trial_of(1, "a name")


def trial_of(seed: int, name: str) -> Trial:
    shape = replace(
        usual(random.Random(1), NODES),
        network=simulated_network(),
        mining=MiningMode.AUTO,
        spacing_ms=SPACING_MS,
    )
    return Trial(seed, name, shape)


def test_a_name_and_a_seed_draw_the_same_each_time() -> None:
    one, same, *others = (trial_of(*each) for each in ((1, "a"), (1, "a"), (2, "a"), (1, "b")))
    drawn = one.rng.random()
    assert same.rng.random() == drawn
    assert (one.skew_max_ms, one.faults, one.hostile) == (0, {}, [])
    assert drawn not in {other.rng.random() for other in others}


def test_some_hosts_have_a_program_that_follows_and_checkers_look_at_all(trial: Trial) -> None:
    assert 1 <= sum(host.client.follows for host in trial.hosts) <= FOLLOWED
    trial.submit(3)
    trial.cluster.run_until_agreed()
    for host in trial.hosts:
        assert not host.client.follows or len(host.client.chain) == trial.height > 0
    trial.finish()


def test_time_passes_between_two_numbers_of_blocks(trial: Trial) -> None:
    passed = []
    for _ in range(20):
        begun_ms = trial.cluster.world.ticks_ms
        trial.pass_time(0.1, 0.2)
        passed.append(trial.cluster.world.ticks_ms - begun_ms)
    assert 0.1 * SPACING_MS <= min(passed) < 0.12 * SPACING_MS
    assert 0.18 * SPACING_MS < max(passed) <= 0.2 * SPACING_MS


def test_records_of_many_sizes_are_handed_in_at_hosts_that_run(trial: Trial) -> None:
    down, *running = trial.hosts
    trial.stop(down)
    trial.submit(200, at_once=7)
    assert sum(len(host.client.submitted) for host in running) == 200
    assert down.client.submitted == []
    sizes = [len(each.payload or b"") for each in trial.cluster.submitted]
    assert min(sizes) < 50 < SIZE_MAX / 4 < max(sizes) <= SIZE_MAX
    for host in running:
        trial.stop(host)
    trial.submit(5)
    assert len(trial.cluster.submitted) == 200


def test_some_are_drawn_of_those_that_there_are(trial: Trial) -> None:
    drawn = [trial.some(trial.hosts, 3) for _ in range(60)]
    assert {len(each) for each in drawn} == {1, 2, 3}
    assert all(len(set(each)) == len(each) for each in drawn)
    assert trial.some([], 3) == []
    assert {len(trial.some(trial.hosts[:2], 9)) for _ in range(30)} == {1, 2}


def test_hosts_stop_one_way_or_the_other_and_start_again(trial: Trial) -> None:
    for _ in range(20):
        trial.stop(trial.hosts[0])
        assert trial.hosts[0] not in trial.running
        trial.boot(trial.hosts[0])
        assert trial.running == trial.hosts
    assert set(trial.faults) == {"crash", "power cut"}
    assert trial.faults.total() == 20
    node = trial.hosts[0].node
    trial.boot(trial.hosts[0])
    assert trial.hosts[0].node is node


def test_all_faults_are_mended(trial: Trial) -> None:
    cluster, (one, other, third, *_) = trial.cluster, trial.hosts
    stranger = Deaf(cluster.world, cluster.links, cluster.network, Address("198.51.0.1", 4343))
    stranger.dial([one])
    trial.hostile.append(stranger)
    cluster.world.run_for(3_000)
    assert stranger in cluster.links.neighbours(one)
    cluster.links.part(lambda _here, _there: False, silently=False)
    one.disk_full, one.clock_ms = True, 7_000
    trial.stop(other)
    trial.set_hash_rate(0.5)
    assert third.power.mean_search_ms == 2 * cluster.shape.search_ms(2)

    trial.mend()
    assert (one.disk_full, one.clock_ms) == (False, 0)
    assert trial.running == trial.hosts
    assert third.power.mean_search_ms == cluster.shape.search_ms(2)
    trial.submit(5)
    assert cluster.run_until_agreed(300_000)
    assert stranger not in cluster.links.neighbours(one)


def test_nobody_finds_a_block_once_mining_has_stopped(trial: Trial) -> None:
    trial.submit(5)
    trial.stop_mining()
    trial.pass_time(100, 100)
    assert trial.height == 0
    trial.set_hash_rate(1)
    trial.pass_time(20, 20)
    assert trial.height > 0


def test_checkers_look_when_a_disk_has_changed_now_and_then_and_at_the_end(trial: Trial) -> None:
    trial.submit(1)
    trial.cluster.run_until_agreed()
    for host in trial.hosts:
        host.client.gaps.append("a gap")
    with pytest.raises(Finding, match=r"EventsAreWhole: .*a gap"):
        trial.cluster.world.run_for(LOOK_EVERY_MS)
    with pytest.raises(Finding, match=r"EventsAreWhole: .*a gap"):
        trial.finish()


def test_what_a_disk_lost_is_found_at_the_next_commit_and_when_its_host_starts(trial: Trial) -> None:
    (host, *_) = trial.hosts
    host.client.acknowledged[bytes(32)] = None
    host.submit(trial.cluster.sign(0, "a record"))
    with pytest.raises(Finding, match="AcknowledgedStays"):
        trial.cluster.world.run_for(LOOK_EVERY_MS)
    trial.stop(host)
    with pytest.raises(Finding, match="AcknowledgedStays"):
        trial.boot(host)
