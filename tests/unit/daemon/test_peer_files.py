"""What is remembered of peers survives a restart, and a damaged file is as good as none."""

from pathlib import Path

import pytest

from p2pchain.daemon import peer_files
from p2pchain.node.actions import SaveAddresses, SaveBans
from p2pchain.node.events import Address
from p2pchain.node.remembered import Ban, KnownAddress

ANN, BOB, EVE = Address("192.0.2.1", 4343), Address("2001:db8::1", 1), Address("192.0.2.3", 4343)


def test_addresses_survive_a_restart(tmp_path: Path) -> None:
    nothing = SaveAddresses((), (), ())
    assert peer_files.load_addresses(tmp_path) == nothing
    known = (
        KnownAddress(ANN, "198.51", 1_700_000_000_000, 7),
        KnownAddress(BOB, "2001:0db8", 5, 0, own_word=True),
    )
    kept = SaveAddresses(known, (ANN,), (EVE,))
    peer_files.save_addresses(tmp_path, kept)
    assert peer_files.load_addresses(tmp_path) == kept
    assert [path.name for path in tmp_path.iterdir()] == ["peers.json"]


@pytest.mark.parametrize(
    "damage",
    [
        "[1",
        "[1]",
        "7",
        "{}",
        '{"known": ["192.0.2.1:1"], "added": [], "removed": []}',
        '{"known": ["nowhere"], "added": [], "removed": []}',
    ],
)
def test_damaged_addresses_are_as_good_as_none(tmp_path: Path, damage: str) -> None:
    (tmp_path / "peers.json").write_text(damage)
    assert peer_files.load_addresses(tmp_path) == SaveAddresses((), (), ())


def test_bans_survive_a_restart(tmp_path: Path) -> None:
    assert peer_files.load_bans(tmp_path) == ()
    kept = (Ban("192.0.2.9", 1_700_000_000_000, "operator"), Ban("2001:db8::1", 5, "unasked"))
    peer_files.save_bans(tmp_path, SaveBans(kept))
    assert peer_files.load_bans(tmp_path) == kept


@pytest.mark.parametrize(
    "damage",
    [
        "[",
        "[1]",
        "7",
        '[{"host": "192.0.2.9"}]',
        '[{"host": "x", "until": "x", "code": ""}]',
        '[{"host": "192.0.2.9", "until": 1e400, "code": "x"}]',
        "[" * 100_000,
    ],
)
def test_damaged_bans_are_as_good_as_none(tmp_path: Path, damage: str) -> None:
    (tmp_path / "bans.json").write_text(damage)
    assert peer_files.load_bans(tmp_path) == ()
