"""What must hold in every simulated world, checked from outside by slow and obvious means."""

from p2pchain.chain import rules
from p2pchain.chain.history import EMPTY
from p2pchain.chain.retarget import next_chain_time
from p2pchain.sim.cluster import Cluster
from p2pchain.sim.host import Host


def check_chain(cluster: Cluster, host: Host) -> None:
    """Check a host's chain from genesis up by all rules.

    Raises:
        RuleError: a connected block breaks one.
        AssertionError: a txid stands in the chain twice.
    """
    network = cluster.network
    parent, chain_time, work = network.genesis, host.disk.restore().recent[0].chain_time, network.genesis.work
    frontier = EMPTY.append(parent.hash)
    seen: set[bytes] = set()
    for block in host.disk.blocks():
        rules.check_header_alone(block.header)
        rules.check_header_with_parent(block.header, rules.Parent(parent, chain_time), network)
        rules.check_block_alone(block, network)
        rules.check_block_with_ancestors(block, frontier, work)
        for transaction in block.transactions:
            rules.check_signature(transaction)
            assert transaction.txid not in seen, f"{transaction.txid.hex()} stands in the chain twice"
            seen.add(transaction.txid)
        chain_time = next_chain_time(
            network, parent.height, chain_time, parent.timestamp, block.header.timestamp
        )
        parent, work, frontier = block.header, work + block.header.work, frontier.append(block.hash)


def check_records(cluster: Cluster, host: Host) -> None:
    """Check that every submitted record is in a host's chain exactly once.

    Raises:
        AssertionError: one is missing, or there is one that nobody submitted.
    """
    chained = [transaction.txid for block in host.disk.blocks() for transaction in block.transactions]
    submitted = [transaction.txid for transaction in cluster.submitted]
    assert sorted(chained) == sorted(submitted), f"{len(chained)} records chained, {len(submitted)} submitted"


def check_events(host: Host) -> None:
    """Check that the numbered events have no gap, and folded give the chain.

    Raises:
        AssertionError: they do not.
    """
    events = host.disk.load_events(0, host.disk.last_event)
    assert [event.number for event in events] == list(range(1, len(events) + 1)), "event numbers have a gap"
    heights: list[str] = []
    for event in events:
        if event.kind == "connected":
            heights.append(event.kind)
        elif event.kind == "undone":
            heights.pop()
    assert len(heights) == len(host.disk.blocks()), "the events folded do not give the chain"
