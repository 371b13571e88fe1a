"""The store on a disk that crashes at every write, sync, truncation and deletion: nothing that was told is lost."""

import os
import random
import shutil
from collections import Counter
from contextlib import closing
from pathlib import Path

import apsw
import pytest

from crash.images import Image, images
from crash.recorder import hasty, read_all, recording
from crash.story import State, Story, state_of
from p2pchain.chain.network import Network
from p2pchain.node.events import Stored
from p2pchain.sim.builder import ChainBuilder
from p2pchain.sim.cluster import simulated_network
from p2pchain.store import schema, writer
from p2pchain.store.audit import audit
from p2pchain.store.schema import FILE_NAME
from p2pchain.store.store import Store

FIRST_SCHEMA = Path(__file__).parents[1] / "vectors" / "store_version_1"
# Crashes before every operation in `make trial`, in shares of one in eight; one operation in 31 in `make test`.
TRIAL = bool(os.environ.get("P2PCHAIN_TRIAL"))
STRIDE = 8 if TRIAL else 31
SHARES = range(STRIDE if TRIAL else 1)
SEEDS = range(5 if TRIAL else 1)


@pytest.fixture(autouse=True)
def small_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the log go to its places, and be cut, every few commits."""
    monkeypatch.setattr(schema, "WAL_PAGES", 24)
    monkeypatch.setattr(schema, "WAL_BYTES_KEPT", 32 * 1024)


def check(image: Image, place: Path, network: Network, allowed: list[State]) -> None:
    """Open an image with the ordinary store, hold it against what was told, and go on with it."""
    place.mkdir(parents=True)
    for name, data in image.files.items():
        (place / name).write_bytes(data)
    with closing(Store(place, network)) as store:
        assert state_of(store) in allowed, f"{image.manner} at operation {image.place}"
        with closing(store.reader()) as reader:
            assert len(list(audit(reader, network))) == reader.tip_height()
        record = ChainBuilder(network, image.place + 1_000).record()
        with store.writer.group():
            assert store.writer.store_pending([record], (), 0) == ((Stored.ACCEPTED,), ())
    with closing(apsw.Connection(str(place / FILE_NAME))) as connection:
        assert connection.pragma("integrity_check") == "ok"
    shutil.rmtree(place)


def crash_all_along(directory: Path, network: Network, seed: int, rounds: int, share: int) -> None:
    """Play a story, and check the images of a share of the crashes all along it."""
    before = {name: data for name, data in read_all(directory).items() if name.startswith(FILE_NAME)}
    with recording() as recorder:
        story = Story(directory, network, recorder, seed)
        story.play(rounds)
    manners = Counter[str]()
    with hasty():
        for image in images(before, recorder.record, random.Random(seed), STRIDE, share):
            allowed = story.states[max(0, image.told) : image.told + 2]
            check(image, directory / "image", network, allowed)
            manners[image.manner] += 1
    assert manners.keys() == {"kept", "lost", "torn"}
    assert manners.total() > len(recorder.record) // STRIDE


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("share", SHARES)
def test_a_store_that_is_made_and_used_loses_nothing(tmp_path: Path, seed: int, share: int) -> None:
    crash_all_along(tmp_path, simulated_network(), seed, 12, share)


@pytest.mark.slow
@pytest.mark.parametrize("share", SHARES)
def test_a_store_of_the_first_schema_is_brought_up_to_date_or_left_as_it_was(
    tmp_path: Path, share: int
) -> None:
    network = Network.parse((FIRST_SCHEMA / "network.toml").read_text("utf-8"))
    with closing(apsw.Connection(str(tmp_path / FILE_NAME))) as connection:
        connection.execute((FIRST_SCHEMA / "chain.sql").read_text("utf-8"))
    crash_all_along(tmp_path, network, 1, 3, share)


def test_a_store_that_does_not_wait_for_its_disk_is_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hurried(path: Path) -> apsw.Connection:
        connection = schema.open_writer(path)
        connection.pragma("synchronous", "normal")
        return connection

    monkeypatch.setattr(writer, "open_writer", hurried)
    with pytest.raises(AssertionError, match=r"(lost|torn) at operation"):
        crash_all_along(tmp_path, simulated_network(), 1, 2, 0)
