"""Each bound and how much of it is used."""

import pytest

from p2pchain.node.bounds import Use
from p2pchain.node.limits import BANS_MAX, ORPHANS_MAX, TXS_ASKED_MAX
from p2pchain.sim.host import Host
from p2pchain.sim.stage import Stage
from p2pchain.wire.messages.ban import BanHost
from p2pchain.wire.messages.get_tx import GetTx
from p2pchain.wire.messages.have_tx import HaveTx
from p2pchain.wire.messages.new_block import NewBlock


@pytest.fixture
def stage() -> Stage:
    return Stage()


def use(host: Host, name: str) -> Use:
    (found,) = [each for each in host.node.uses() if each.name == name]
    return found


def test_nothing_is_over_its_bound_at_the_start(stage: Stage) -> None:
    uses = stage.host().node.uses()
    assert all(each.used <= each.limit for each in uses)
    assert len({each.name for each in uses}) == len(uses)


def test_what_peers_make_a_node_hold_is_told_by_name(stage: Stage) -> None:
    host = stage.host()
    friend, other = stage.friend(host), stage.friend(host)
    assert use(host, "inbound peers").used == 2
    entry, _ = stage.builder.block(stage.builder.genesis)
    friend.say(NewBlock(block=stage.builder.block(entry)[1].encode()))
    friend.say(HaveTx(txids=(bytes(32), b"\1" * 32)))
    other.say(HaveTx(txids=(b"\2" * 32,)))
    friend.wait(100)
    assert use(host, "orphans") == Use("orphans", 1, ORPHANS_MAX)
    assert use(host, "names of one peer").used == 2
    friend.wait(200)
    assert use(host, "transactions asked of one peer").used == 2


def test_what_is_pending_and_who_is_banned_counts(stage: Stage) -> None:
    host = stage.host()
    record = stage.builder.record()
    host.submit(record)
    host.ask(BanHost(host="192.0.2.9", seconds=60))
    stage.world.run_until(200)
    assert use(host, "pending transactions").used == 1
    assert use(host, "pending bytes").used == record.size
    assert use(host, "bans") == Use("bans", 1, BANS_MAX)


def test_of_all_peers_the_one_with_most_counts(stage: Stage) -> None:
    host = stage.host()
    for count in (3, 5, 1):
        friend = stage.friend(host)
        (peer,) = [
            each for each in host.node._parts.peers.nodes() if each.address.host == friend.address.host
        ]
        peer.writable = False
        friend.say(GetTx(txids=tuple(bytes([number]) * 32 for number in range(count))))
        friend.wait(100)
    assert use(host, "transactions to send of one peer") == Use(
        "transactions to send of one peer", 5, TXS_ASKED_MAX
    )
