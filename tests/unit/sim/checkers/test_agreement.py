"""Tips that differ are found, and states that differ under one tip."""

import pytest

from p2pchain.sim.builder import ChainBuilder
from p2pchain.sim.checkers.agreement import SameBlocksSameState, TipsAgree, state_of
from p2pchain.sim.cluster import Cluster
from p2pchain.sim.finding import Finding


def test_hosts_that_agree_are_left_in_peace(agreed: Cluster) -> None:
    TipsAgree(agreed).finish()
    SameBlocksSameState(agreed).finish()


def test_two_tips_are_found_among_those_that_run(agreed: Cluster) -> None:
    ahead = agreed.hosts[1]
    builder = ChainBuilder(agreed.network, 1)
    (item,) = builder.chain(builder.genesis, [0])
    revert = tuple(block.hash for block in reversed(ahead.disk.blocks()))
    ahead.disk.commit_chain((item,), revert, (item.block.hash,), 0)
    with pytest.raises(Finding, match=f"2 hosts have 2 tips: .*1 at 1 {item.block.hash.hex()[:16]}"):
        TipsAgree(agreed).finish()
    SameBlocksSameState(agreed).finish()
    ahead.crash()
    TipsAgree(agreed).finish()


def test_a_better_block_on_a_disk_than_its_tip_is_found(agreed: Cluster) -> None:
    disk = agreed.hosts[1].disk
    builder = ChainBuilder(agreed.network, 1)
    staged = builder.chain(builder.genesis, [0] * len(disk.blocks()))
    while staged[-1].block.hash < disk.tip:
        staged = builder.chain(builder.genesis, [0] * len(disk.blocks()))
    disk.commit_chain(tuple(staged), (), (), 0)
    SameBlocksSameState(agreed).finish()
    staged = builder.chain(builder.genesis, [0] * (len(disk.blocks()) + 1))
    disk.commit_chain(tuple(staged), (), (), 0)
    with pytest.raises(Finding, match=f"better block than the tip: {staged[-1].block.hash.hex()}"):
        SameBlocksSameState(agreed).finish()


def test_one_tip_with_two_states_is_found(agreed: Cluster) -> None:
    disk = agreed.hosts[0].disk
    before = state_of(disk)
    (txid, *_) = [each.txid for block in disk.blocks() for each in block.transactions]
    disk.forget_contents((txid,))
    assert state_of(disk) != before == state_of(agreed.hosts[1].disk)
    with pytest.raises(Finding, match="2 hosts with one tip have 2 states"):
        SameBlocksSameState(agreed).finish()
