"""A fresh store, and a builder of chains to put into it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from p2pchain.sim.builder import ChainBuilder
from p2pchain.sim.cluster import simulated_network
from p2pchain.store.reader import Reader
from p2pchain.store.store import Store


@pytest.fixture
def builder() -> ChainBuilder:
    return ChainBuilder(simulated_network(), 1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path, simulated_network())
    yield opened
    opened.close()


@pytest.fixture
def reader(store: Store) -> Iterator[Reader]:
    opened = store.reader()
    yield opened
    opened.close()
