"""Which network a file belongs to."""

from dataclasses import replace
from pathlib import Path

import pytest

from p2pchain.sim.cluster import simulated_network
from p2pchain.store import identity
from p2pchain.store.faults import StoreDamaged, StoreOfOtherNetwork, StoreOlder
from p2pchain.store.reader import Reader
from p2pchain.store.schema import FILE_NAME, open_writer
from p2pchain.store.store import Store


def test_a_file_that_was_made_but_not_claimed_is_claimed_by_the_next(tmp_path: Path) -> None:
    open_writer(tmp_path / FILE_NAME).close()
    store = Store(tmp_path, simulated_network())
    assert [stored.header.height for stored in store.restore(5).recent] == [0]
    store.close()


def test_a_claim_is_made_once(tmp_path: Path) -> None:
    network, path = simulated_network(), tmp_path / FILE_NAME
    connection = open_writer(path)
    for _ in range(2):
        identity.claim(connection, network, path)
    assert connection.execute("SELECT count(*), max(height) FROM chain").fetchall() == [(1, 0)]
    with pytest.raises(StoreOfOtherNetwork, match=network.id.hex()[:16]):
        identity.claim(connection, replace(network, name="other"), path)
    connection.close()


def test_a_file_without_its_network_is_not_claimed_again(tmp_path: Path) -> None:
    Store(tmp_path, simulated_network()).close()
    connection = open_writer(tmp_path / FILE_NAME)
    connection.execute("DELETE FROM meta")
    connection.close()
    with pytest.raises(StoreDamaged, match="the chain of no network"):
        Store(tmp_path, simulated_network())
    with pytest.raises(StoreDamaged, match="the chain of no network"):
        Reader(tmp_path / FILE_NAME, simulated_network())


def test_who_reads_a_file_in_which_nothing_was_entered_yet_is_told_so(tmp_path: Path) -> None:
    open_writer(tmp_path / FILE_NAME).close()
    with pytest.raises(StoreOlder, match="start the node once"):
        Reader(tmp_path / FILE_NAME, simulated_network())


def test_who_only_reads_is_held_to_the_network_too(tmp_path: Path) -> None:
    Store(tmp_path, simulated_network()).close()
    with pytest.raises(StoreOfOtherNetwork, match="--network"):
        Reader(tmp_path / FILE_NAME, replace(simulated_network(), name="other"))


def test_the_retarget_clock_starts_where_the_rule_says() -> None:
    network = simulated_network()
    assert identity.genesis_chain_time(network) == 0
    asert = replace(network, retarget="asert", spacing=7_000, half_life=420_000, clamp=420_000)
    assert identity.genesis_chain_time(asert) == 7_000
