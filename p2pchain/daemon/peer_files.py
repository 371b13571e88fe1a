"""What a node remembers of its peers, in two small files: replaced as a whole, and as good as empty where damaged."""

import json
from pathlib import Path

from p2pchain.daemon.files import write_whole
from p2pchain.errors import UsageError
from p2pchain.node.actions import SaveAddresses, SaveBans
from p2pchain.node.events import Address
from p2pchain.node.remembered import Ban, KnownAddress

ADDRESSES_FILE = "peers.json"
BANS_FILE = "bans.json"
DAMAGE = (OSError, ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError, UsageError)


def load_addresses(directory: Path) -> SaveAddresses:
    """Read the addresses of peers that were known at the last stop."""
    try:
        kept = json.loads((directory / ADDRESSES_FILE).read_text(encoding="utf-8"))
        known = tuple(
            KnownAddress(
                Address.parse(row["address"]),
                str(row["source"]),
                int(row["seen"]),
                int(row["met"]),
                bool(row["own_word"]),
            )
            for row in kept["known"]
        )
        added, removed = (tuple(Address.parse(row) for row in kept[name]) for name in ("added", "removed"))
        return SaveAddresses(known, added, removed)
    except DAMAGE:
        return SaveAddresses((), (), ())


def save_addresses(directory: Path, kept: SaveAddresses) -> None:
    """Keep the addresses of peers, and which of them the operator added or removed."""
    value = {
        "added": [str(address) for address in kept.added],
        "removed": [str(address) for address in kept.removed],
        "known": [
            {
                "address": str(known.address),
                "source": known.source,
                "seen": known.seen_ms,
                "met": known.met_ms,
                "own_word": known.own_word,
            }
            for known in kept.addresses
        ],
    }
    write_whole(directory / ADDRESSES_FILE, json.dumps(value, indent=1).encode())


def load_bans(directory: Path) -> tuple[Ban, ...]:
    """Read the bans of the last run, those that are over too."""
    try:
        rows = json.loads((directory / BANS_FILE).read_text(encoding="utf-8"))
        return tuple(Ban(str(row["host"]), int(row["until"]), str(row["code"])) for row in rows)
    except DAMAGE:
        return ()


def save_bans(directory: Path, kept: SaveBans) -> None:
    """Keep the bans."""
    rows = [{"host": ban.host, "until": ban.until_ms, "code": ban.code} for ban in kept.bans]
    write_whole(directory / BANS_FILE, json.dumps(rows, indent=1).encode())
