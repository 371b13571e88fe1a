"""A world with a host in it, and strangers that talk to it."""

from p2pchain.node.config import MiningMode
from p2pchain.sim.stage import Stage
from p2pchain.wire.messages.hello import Hello


def test_hosts_are_booted_as_was_asked() -> None:
    stage = Stage(7, forget_depth=5)
    one = stage.host(mining=MiningMode.AUTO)
    other = stage.host(number=2, peers=(one.address,))
    stage.world.run_for(1_000)
    assert stage.network.forget_depth == 5
    assert stage.links.neighbours(other) == [one]
    record = stage.builder.record()
    other.submit(record)
    assert stage.world.run_until_true(lambda: bool(other.disk.blocks()), 10_000)
    assert [each.txid for each in one.disk.blocks()[0].transactions] == [record.txid]


def test_a_host_mines_nothing_unless_it_is_told_to(stage: Stage) -> None:
    host = stage.host()
    host.submit(stage.builder.record())
    stage.world.run_for(60_000)
    assert len(host.disk.pending()) == 1
    assert host.disk.blocks() == []


def test_strangers_are_at_hosts_of_their_own_or_where_they_are_put(stage: Stage) -> None:
    strangers = [stage.stranger(), stage.stranger("192.0.2.77"), stage.stranger()]
    assert [each.address.host for each in strangers] == ["192.0.2.1", "192.0.2.77", "192.0.2.3"]


def test_a_friend_has_greeted(stage: Stage) -> None:
    host = stage.host()
    friend = stage.friend(host)
    assert not friend.closed
    assert len(friend.told(Hello)) == 1
