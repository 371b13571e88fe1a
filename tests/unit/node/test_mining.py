"""When the node searches for a block, and on what."""

from p2pchain.node.config import MiningMode
from p2pchain.node.events import NonceFound, StoreFailed
from p2pchain.node.limits import STALLED_AFTER_MS
from p2pchain.sim.host import Host
from p2pchain.sim.stage import Stage
from p2pchain.wire.messages.mine import Mine
from p2pchain.wire.messages.new_block import NewBlock

LONG_MS = 60_000


def height(host: Host) -> int:
    return host.node.status(host.now()).height


def test_in_auto_mode_it_mines_what_is_pending_and_then_rests(stage: Stage) -> None:
    host = stage.host(mining=MiningMode.AUTO)
    stage.world.run_until(LONG_MS)
    assert height(host) == 0
    records = [stage.builder.record() for _ in range(3)]
    for record in records:
        host.submit(record)
    stage.world.run_until(2 * LONG_MS)
    mined = [transaction for block in host.disk.blocks() for transaction in block.transactions]
    assert mined == records
    assert all(block.transactions for block in host.disk.blocks())


def test_in_always_mode_it_mines_without_anything_pending(stage: Stage) -> None:
    host = stage.host(mining=MiningMode.ALWAYS)
    stage.world.run_until(LONG_MS)
    assert height(host) > 10


def test_switched_off_it_mines_one_block_for_who_asks(stage: Stage) -> None:
    host = stage.host()
    host.submit(stage.builder.record())
    stage.world.run_until(LONG_MS)
    assert height(host) == 0
    host.ask(Mine())
    stage.world.run_until(2 * LONG_MS)
    assert height(host) == 1
    host.submit(stage.builder.record())
    stage.world.run_until(3 * LONG_MS)
    assert height(host) == 1


def test_what_comes_while_it_searches_is_taken_in_soon(stage: Stage) -> None:
    host = stage.host(mining=MiningMode.AUTO)
    for number in range(40):
        host.submit(stage.builder.record())
        stage.world.run_until(number * 100)
    stage.world.run_until(LONG_MS)
    sizes = [len(block.transactions) for block in host.disk.blocks()]
    assert sum(sizes) == 40
    assert max(sizes) > 1


def test_a_nonce_for_a_search_that_was_given_up_is_passed_over(stage: Stage) -> None:
    host = stage.host(mining=MiningMode.AUTO)
    host.post(NonceFound(12345, 1))
    stage.world.run_until(1_000)
    assert height(host) == 0


def test_a_disk_that_fails_ends_the_search(stage: Stage) -> None:
    host = stage.host(mining=MiningMode.ALWAYS)
    host.post(StoreFailed("the disk is full"))
    stage.world.run_until(LONG_MS)
    assert height(host) == 0
    assert any("the disk is full" in line for line in host.reports)


def test_headers_whose_bodies_nobody_sends_hold_it_up_only_for_a_while(stage: Stage) -> None:
    host = stage.host(mining=MiningMode.ALWAYS)
    friend = stage.friend(host)
    staged = stage.builder.chain(stage.builder.genesis, [0] * 3)
    for item in staged:
        friend.say(NewBlock(header=item.block.header.encode()))
    friend.wait(100)
    before = height(host)
    friend.wait(STALLED_AFTER_MS + 10_000)
    assert height(host) > before
