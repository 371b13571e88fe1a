"""What is no rule and must agree all the same, by the second reader's functions and by the package's own."""

import json
import runpy
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgpack
import pytest
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from p2pchain.chain.header import Header
from p2pchain.chain.merkle import leaf_hash
from p2pchain.chain.network import Network
from p2pchain.chain.proof import continues, includes
from p2pchain.chain.target import target_of
from p2pchain.errors import P2PChainError, ReceiptError
from p2pchain.wire.connection import Connection, Role
from p2pchain.wire.frame import encode_frame
from p2pchain.wire.messages.proof import ProofMessage
from p2pchain.wire.receipts import receipt_of

TESTS = Path(__file__).parents[1]
VALUES: dict[str, Any] = json.loads((TESTS / "vectors" / "values.json").read_text("utf-8"))
SECOND = runpy.run_path(str(TESTS / "second_reader.py"))
tree, target, compact, next_bits = (SECOND[name] for name in ("tree", "target", "compact", "next_bits"))


def leaves(size: int) -> list[bytes]:
    return [sha256(bytes([number])).digest() for number in range(size)]


def path_of(index: int, items: list[bytes]) -> list[bytes]:
    """RFC 6962, 2.1.1, as it is written there."""
    if len(items) < 2:
        return []
    split = 1 << (len(items) - 1).bit_length() - 1
    if index < split:
        return [*path_of(index, items[:split]), tree(items[split:])]
    return [*path_of(index - split, items[split:]), tree(items[:split])]


def consistency_of(old: int, items: list[bytes], *, whole: bool = True) -> list[bytes]:
    """RFC 6962, 2.1.2, as it is written there."""
    if old == len(items):
        return [] if whole else [tree(items)]
    split = 1 << (len(items) - 1).bit_length() - 1
    if old <= split:
        return [*consistency_of(old, items[:split], whole=whole), tree(items[split:])]
    return [*consistency_of(old - split, items[split:], whole=False), tree(items[:split])]


def unhex(path: list[str]) -> list[bytes]:
    return [bytes.fromhex(each) for each in path]


@pytest.mark.parametrize("case", VALUES["networks"], ids=lambda case: str(case["id"][:8]))
def test_ids_of_networks(case: dict[str, Any]) -> None:
    rules = case["rules"]
    clock = {"half_life": 0, "clamp": 0} if rules["retarget"] == "none" else {}
    packed = msgpack.packb([1, *(rules | clock).values()])
    assert sha256(b"p2pchain/network" + packed).hexdigest() == case["id"] == Network(**rules).id.hex()
    genesis = bytes.fromhex(case["genesis"])
    start = (1, 0, bytes(32), bytes.fromhex(case["id"]), rules["genesis_time"], rules["bits"], 0)
    assert SECOND["HEADER"].pack(*start) == genesis == Network(**rules).genesis.encode()
    assert sha256(genesis).hexdigest() == case["genesis_hash"] == Header.decode(genesis).hash.hex()
    assert 2**256 // (target(rules["bits"]) + 1) == int(case["genesis_work"], 16)


def test_roots() -> None:
    for case in VALUES["roots"]:
        assert tree(leaves(case["leaves"])).hex() == case["root"]
    for case in VALUES["histories"]:
        assert tree(leaves(case["blocks"])).hex() == case["root"]
        assert len(case["peaks"]) == case["blocks"].bit_count()


def test_proofs_of_inclusion() -> None:
    for case in VALUES["inclusions"]:
        items, index, path = leaves(case["leaves"]), case["index"], unhex(case["path"])
        assert path_of(index, items) == path
        assert includes(tree(items), len(items), index, leaf_hash(items[index]), path)


def test_proofs_of_consistency() -> None:
    for case in VALUES["consistencies"]:
        old, items, path = case["old"], leaves(case["leaves"]), unhex(case["path"])
        assert consistency_of(old, items) == path
        assert continues(tree(items[:old]), old, tree(items), len(items), path)


def folded(place: int, leaf: bytes, path: list[bytes]) -> bytes:
    """The root at the end of a path, as the protocol's document describes it; nothing where there is no end."""
    node = sha256(b"\0" + leaf).digest()
    for left, beside in zip(range(len(path), 0, -1), path, strict=True):
        right = True
        if left > place.bit_count():
            right = bool(place % 2)
        else:
            while place and place % 2 == 0:
                place //= 2
        node = sha256(b"\1" + (beside + node if right else node + beside)).digest()
        place //= 2
    return node if place == 0 else b""


def receipt_fault(case: dict[str, Any], network_id: bytes) -> str | None:
    """Check a receipt step by step, as the protocol's document says; gives the name of what is wrong."""
    fields = msgpack.unpackb(bytes.fromhex(case["proof"]))[1]
    record, header, head = fields["record"], fields["header"], fields.get("later_header", fields["header"])
    if sha256(b"p2pchain/tx" + network_id + record[64:]).hexdigest() != case["txid"]:
        return "other_record"
    if sha256(head).hexdigest() != case["head"]:
        return "other_head"
    try:
        VerifyKey(record[65:97]).verify(bytes.fromhex(case["txid"]), record[:64])
    except BadSignatureError:
        return "invalid_signature"
    if fault := end_fault(header, fields["coinbase"], fields["coinbase_path"]):
        return fault
    if folded(fields["index"], record, fields["path"]) != header[40:72]:
        return "record_not_in_block"
    return later_fault(fields, header, head) if head is not header else None


def end_fault(header: bytes, coinbase: bytes, path: list[bytes]) -> str | None:
    """Check a header's work, and that it commits to a coinbase."""
    if int.from_bytes(sha256(header).digest(), "big") > target(int.from_bytes(header[80:84], "big")):
        return "insufficient_work"
    return None if folded(0, coinbase, path) == header[40:72] else "coinbase_not_in_block"


def later_fault(fields: dict[str, Any], header: bytes, head: bytes) -> str | None:
    """Check the later block, and the way to it from a header."""
    coinbase = fields["later_coinbase"]
    height, size = (int.from_bytes(raw[4:8], "big") for raw in (header, head))
    if fault := end_fault(head, coinbase, fields["later_path"]):
        return fault
    root = grown(height, size, sha256(header).digest(), fields["history_path"])
    return None if root == coinbase[:32] else "block_not_in_history"


def grown(place: int, size: int, leaf: bytes, path: list[bytes]) -> bytes:
    """The root at the end of a path in a tree of a known size, from the top down; nothing where there is no end."""
    if size == 1:
        return b"" if path else sha256(b"\0" + leaf).digest()
    if not path:
        return b""
    split = 1 << (size - 1).bit_length() - 1
    if place < split:
        return sha256(b"\1" + grown(place, split, leaf, path[:-1]) + path[-1]).digest()
    return sha256(b"\1" + path[-1] + grown(place - split, size - split, leaf, path[:-1])).digest()


def test_receipts() -> None:
    rules = VALUES["receipts"]["network"]
    network = Network(**rules)
    verdicts = set()
    for case in VALUES["receipts"]["cases"]:
        assert receipt_fault(case, network.id) == case["error"], case["about"]
        (incoming,) = Connection(Role.CONTROL).receive(encode_frame(bytes.fromhex(case["proof"])))
        assert isinstance(incoming.message, ProofMessage)
        receipt = receipt_of(incoming.message)
        txid, head = bytes.fromhex(case["txid"]), bytes.fromhex(case["head"])
        verdicts.add(case["error"])
        if case["error"]:
            with pytest.raises(P2PChainError) as refused:
                receipt.verify(network, txid, head)
            assert refused.value.code == case["error"]
        else:
            proven = receipt.verify(network, txid, head)
            shown = (proven.block.height, proven.position, proven.depth, proven.work)
            assert shown == tuple(case["gives"].values())
    assert verdicts >= {None, *(kind.code for kind in ReceiptError.__subclasses__())}


def test_targets() -> None:
    for case in VALUES["targets"]:
        value = int(case["target"], 16)
        assert target(case["bits"]) == value == target_of(case["bits"])
        assert 2**256 // (value + 1) == int(case["work"], 16)
    for case in VALUES["compacts"]:
        assert compact(int(case["target"], 16)) == case["bits"]
    for case in VALUES["meets"]:
        assert (int(case["hash"], 16) <= target(case["bits"])) == case["meets"]


def test_the_hash_that_equals_the_target_meets_it() -> None:
    for case in VALUES["meets"]:
        header = Header(1, bytes(32), bytes(32), 1, case["bits"], 0)
        object.__setattr__(header, "hash", bytes.fromhex(case["hash"]))
        assert header.meets_target() == case["meets"]


def test_the_retarget_clock() -> None:
    rules = VALUES["networks"][2]["rules"]
    clock, before = rules["spacing"], rules["genesis_time"]
    spread = set()
    for height, case in enumerate(VALUES["clocks"]):
        step = min(case["timestamp"] - before, rules["clamp"])
        clock = min(clock + step, rules["spacing"] * (height + 1) + rules["half_life"])
        assert clock == case["chain_time"]
        assert next_bits((1, height), clock, rules) == case["next_bits"]
        before = case["timestamp"]
        spread.add(case["next_bits"])
    assert len(spread) > 10
