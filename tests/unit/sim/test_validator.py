"""The second opinion refuses each kind of invalid block, and takes the valid ones."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgpack
import pytest

from p2pchain.chain.merkle import leaf_hash
from p2pchain.chain.network import Network
from p2pchain.chain.transaction import Head, Transaction
from p2pchain.sim.validator import Invalid, Validator
from vector_cases.ladder import ASERT, NONE, Ladder, unmined

FOLDER = Path(__file__).parents[2] / "vectors" / "rules"
FILES = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.iterdir())}


def in_block(network: Network, raw: bytes) -> bytes | None:
    """Give a block that holds a transaction of any bytes, where a block can."""
    try:
        head, content = msgpack.unpackb(raw)
        alone = msgpack.packb([head, content]) == raw and bool(leaf_hash(head))
    except (TypeError, ValueError):
        alone = False
    if not alone:
        return None
    any_head = Head(b"", b"", 0, 0, b"", 0, "", b"", head, leaf_hash(head), len(head))
    return Ladder(network).block([Transaction(any_head, content, b"")]).encode()


def verdict(validator: Validator, raw: bytes) -> str | None:
    try:
        validator.judge(raw)
    except Invalid as error:
        return str(error)
    return None


def judged(file: dict[str, Any]) -> list[tuple[str, str | None, str | None]]:
    """Judge all cases of a file that are blocks or fit into one: each with its error and what was found."""
    found = []
    network = Network(**file["network"])
    for case in file["cases"]:
        validator = Validator(network)
        for raw in file["chain"][: case["below"]]:
            validator.judge(bytes.fromhex(raw))
        raw = bytes.fromhex(case["bytes"])
        block = raw if case["kind"] == "block" else in_block(network, raw)
        if block is not None and case["kind"] != "header":
            found.append((f"{case['rule']}: {case['about']}", case["error"], verdict(validator, block)))
    return found


@pytest.mark.parametrize("name", ["blocks", "blocks_in_chain", "encodings", "transactions"])
def test_a_block_is_refused_where_the_vectors_say_so_and_taken_elsewhere(name: str) -> None:
    found = judged(FILES[name])
    assert {error for _, error, _ in found} > {None}
    assert [case for case in found if (case[1] is None) != (case[2] is None)] == []


@pytest.mark.parametrize("name", ["headers", "headers_asert"])
def test_the_chains_of_headers_are_valid(name: str) -> None:
    validator = Validator(Network(**FILES[name]["network"]))
    assert [verdict(validator, bytes.fromhex(raw)) for raw in FILES[name]["chain"]] == [None] * len(
        FILES[name]["chain"]
    )


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"version": 2}, "version and height"),
        ({"height": 3}, "version and height"),
        ({"previous_hash": bytes(32)}, "a valid parent"),
        ({"timestamp": 2**63}, "a time above the parent's, and below 2^63"),
        ({"bits": 0x207FFFFE}, "the target of the retarget rule"),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_a_header_that_breaks_a_rule(changes: dict[str, Any], rule: str) -> None:
    ladder = Ladder(ASERT)
    validator = Validator(ASERT)
    ladder.grow(ladder.block())
    validator.judge(ladder.chain[0].encode())
    assert verdict(validator, ladder.block(**changes).encode()) == rule
    assert verdict(validator, ladder.block().encode()) is None


def test_a_header_of_its_parent_s_time_or_without_work() -> None:
    ladder, validator = Ladder(NONE), Validator(NONE)
    same = ladder.block(timestamp=NONE.genesis_time)
    assert verdict(validator, same.encode()) == "a time above the parent's, and below 2^63"
    idle = replace(ladder.block(), header=unmined(ladder.block().header), _encoded=[])
    assert verdict(validator, idle.encode()) == "proof of work"


def test_what_is_built_on_is_only_what_was_found_valid() -> None:
    ladder, validator = Ladder(NONE), Validator(NONE)
    below = ladder.block()
    ladder.grow(below)
    above = ladder.block()
    assert verdict(validator, above.encode()) == "a valid parent"
    link = validator.judge(below.encode())
    assert validator.judge(below.encode()) is link
    assert link.hashes == (NONE.genesis.hash, below.hash)
    assert validator.judge(above.encode()).work == 3 * NONE.genesis.work


def head_of(raw: bytes, **parts: bytes) -> bytes:
    """Put a record's head together again with some parts of it changed."""
    own = {
        "signature": raw[:64],
        "version": raw[64:65],
        "author": raw[65:97],
        "time": raw[97:105],
        "stamp_and_hash": raw[105:145],
        "content_size": raw[145:149],
        "kind": raw[149 : 150 + raw[149]],
        "data": raw[150 + raw[149] :],
    }
    return b"".join((own | parts).values())


@pytest.mark.parametrize(
    ("parts", "rule"),
    [
        ({"kind": b"", "data": b""}, "the size of a head"),
        ({"version": b"\2"}, "version and kind"),
        ({"kind": b"\0"}, "version and kind"),
        ({"kind": b"\x21" + b"k" * 33}, "version and kind"),
        ({"kind": b"\x09Test.note"}, "version and kind"),
        ({"kind": b"\x09test note"}, "version and kind"),
        ({"kind": b"\5t\xc3\xa9st"}, "version and kind"),
        ({"time": b"\x80" + bytes(7)}, "a time below 2^63"),
        ({"data": b""}, "the size of the data"),
        ({"data": b"\1"}, "the size of the data"),
        ({"data": b"\x41" + bytes(65)}, "the most data"),
        ({"data": b"\xff" + bytes(256)}, "the most data"),
        ({"content_size": b"\0\0\0\x0f"}, "a salt"),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_a_head_that_breaks_a_rule(parts: dict[str, bytes], rule: str) -> None:
    ladder = Ladder(NONE)
    genuine = ladder.record().head.raw
    assert head_of(genuine) == genuine
    head = head_of(genuine, **parts)
    record = Transaction(Head(b"", b"", 0, 0, b"", 0, "", b"", head, leaf_hash(head), len(head)), None, b"")
    assert verdict(Validator(NONE), ladder.block([record]).encode()) == rule
