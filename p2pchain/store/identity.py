"""Which network a file belongs to: entered with its genesis block when the file is made, compared ever after."""

from pathlib import Path
from typing import cast

import apsw

from p2pchain.chain.network import Network
from p2pchain.store import bodies
from p2pchain.store.atomic import atomic
from p2pchain.store.faults import ContradictionFound, StoreOfOtherNetwork, StoreOlder


def claim(connection: apsw.Connection, network: Network, path: Path) -> None:
    """Make a new file the network's, with the genesis block as row 0 of its chain; hold an old one to it.

    Raises:
        StoreOfOtherNetwork: it belongs to another one.
    """
    if not connection.execute("SELECT EXISTS (SELECT 1 FROM block)").get:
        with atomic(connection):
            connection.execute("INSERT INTO meta (key, value) VALUES ('network', ?)", (network.id,))
            bodies.keep_genesis(connection, network.genesis, genesis_chain_time(network))
            connection.execute("INSERT INTO chain (height, block) SELECT height, id FROM block")
    check(connection, network, path)


def check(connection: apsw.Connection, network: Network, path: Path) -> None:
    """See that a file is the network's.

    Raises:
        StoreOfOtherNetwork: it belongs to another one.
        StoreOlder: nothing was entered in it yet.
        ContradictionFound: it belongs to none.
    """
    owner = cast("bytes | None", connection.execute("SELECT value FROM meta WHERE key = 'network'").get)
    if owner is None:
        if not connection.execute("SELECT EXISTS (SELECT 1 FROM block)").get:
            remedy = "start the node once: it was ended before it had entered its genesis block"
            raise StoreOlder(f"the chain of a network in {path}", "none yet", remedy)
        raise ContradictionFound("the chain of no network")
    if owner != network.id:
        expected = f"the chain of network {network.id.hex()[:16]} ({network.name}) in {path}"
        remedy = "choose another directory with --data, or that network's file with --network"
        raise StoreOfOtherNetwork(expected, f"that of network {owner.hex()[:16]}", remedy)


def genesis_chain_time(network: Network) -> int:
    """Give the retarget clock at the genesis block, in ms."""
    return 0 if network.retarget == "none" else network.spacing
