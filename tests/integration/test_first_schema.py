"""A data directory from the time of the first schema opens today, with everything that was in it."""

import json
import shutil
from contextlib import closing
from pathlib import Path

import apsw
import pytest

from node_process import NodeProcess, run_command, wait_for
from p2pchain.chain.network import Network
from p2pchain.cli.main import EXIT_USAGE
from p2pchain.store.schema import FILE_NAME, migrations
from p2pchain.store.store import Store

FIXTURE = Path(__file__).parents[1] / "vectors" / "store_version_1"
EXPECTED = json.loads((FIXTURE / "expected.json").read_text("utf-8"))
NETWORK = Network.parse((FIXTURE / "network.toml").read_text("utf-8"))


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """The data directory as it was left then."""
    home = tmp_path / "data"
    home.mkdir()
    shutil.copy(FIXTURE / "network.toml", home)
    with closing(apsw.Connection(str(home / FILE_NAME))) as connection:
        connection.execute((FIXTURE / "chain.sql").read_text("utf-8"))
        assert connection.pragma("user_version") == 1
    return home


def test_everything_that_was_in_it_is_there(directory: Path) -> None:
    with closing(Store(directory, NETWORK)) as store, closing(store.reader()) as reader:
        height = reader.tip_height()
        tip = reader.at_height(height)
        assert tip is not None
        assert (height, tip.header.hash.hex(), tip.work) == (
            EXPECTED["height"],
            EXPECTED["tip"],
            EXPECTED["work"],
        )
        assert reader.frontier(height + 1).root().hex() == EXPECTED["history"]
        assert all(reader.find_transaction(bytes.fromhex(txid)) for txid in EXPECTED["chained"])
        side_branch = tuple(bytes.fromhex(block) for block in EXPECTED["side_branch"])
        assert all(reader.load_blocks(side_branch, 2**20))
        events = reader.load_events(0, 10_000)
        assert [event.number for event in events] == list(range(1, EXPECTED["events"] + 1))
        last = [[event.number, event.kind] for event in events[-len(EXPECTED["last_events"]) :]]
        assert last == EXPECTED["last_events"]
        pending = [each.transaction.txid.hex() for each in store.restore(1_000).pending]
        assert pending == EXPECTED["pending"]
    with closing(apsw.Connection(str(directory / FILE_NAME))) as connection:
        assert connection.pragma("user_version") == len(migrations())
        assert connection.pragma("integrity_check") == "ok"


def test_what_only_reads_leaves_it_as_it_is_and_says_what_to_do(directory: Path) -> None:
    before = (directory / FILE_NAME).read_bytes()
    refused = run_command("check", "--data", str(directory))
    assert (refused.returncode, refused.stdout) == (EXIT_USAGE, "")
    assert "found schema 1; start the node once: it brings the file up to date" in refused.stderr
    assert (directory / FILE_NAME).read_bytes() == before


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE block SET body = zeroblob(200) WHERE height = 2", "move it away and start again"),
        ("UPDATE event SET number = number + 1 WHERE number = (SELECT max(number) FROM event)", "event"),
        ("UPDATE meta SET value = zeroblob(32)", "choose another directory with --data"),
        ("DELETE FROM pending", "accepted, that is not so"),
    ],
)
def test_damage_is_one_line_with_what_to_do(directory: Path, statement: str, words: str) -> None:
    Store(directory, NETWORK).close()
    with closing(apsw.Connection(str(directory / FILE_NAME))) as connection:
        connection.execute(statement)
    refused = run_command("check", "--data", str(directory))
    assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (EXIT_USAGE, "", 1)
    assert words in refused.stderr


def test_it_keeps_all_rules_and_a_node_goes_on_with_it(directory: Path) -> None:
    Store(directory, NETWORK).close()
    checked = run_command("check", "--json", "--data", str(directory))
    assert json.loads(checked.stdout) == {
        "height": EXPECTED["height"],
        "transactions": EXPECTED["transactions"],
        "forgotten": 0,
        "withheld": 0,
    }
    with NodeProcess(directory, "127.0.0.1", "--mine", "off") as node:
        status = node.status()
        assert (status.height, status.pending) == (EXPECTED["height"], len(EXPECTED["pending"]))
        assert status.last_event == EXPECTED["events"]
        assert node.command("mine").returncode == 0
        wait_for(lambda: node.status().pending == 0)
        log = [json.loads(line)["txid"] for line in node.command("log", "--json").stdout.splitlines()]
    assert log == EXPECTED["chained"] + EXPECTED["pending"]
