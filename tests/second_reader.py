"""Reads the vectors with code of its own: nothing of the package, written from the protocol's description alone."""

import json
import struct
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgpack
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

RULES = (
    "malformed_header malformed_transaction malformed_block wrong_version timestamp_too_large malformed_bits "
    "insufficient_work wrong_parent wrong_height wrong_bits timestamp_not_rising future_header wrong_merkle_root "
    "block_too_large repeated_transaction transaction_too_large insufficient_stamp content_mismatch "
    "invalid_signature wrong_history_root wrong_chain_work duplicate_transaction"
).split()
VERSION, HEIGHT, PARENT, ROOT, TIME, BITS = range(6)  # the places in a header
HEADER = struct.Struct(">II32s32sQIQ")
HEAD = struct.Struct(">64sB32sQQ32sIB")
KIND = set(b"abcdefghijklmnopqrstuvwxyz0123456789._-")
SPACE = 1 << 256
Row = tuple[Any, ...]
Rules = dict[str, Any]


class Broken(Exception): ...


def demand(rule: str, holds: bool) -> None:
    if rule not in RULES or not holds:
        raise Broken(rule)


def digest(header: Row) -> bytes:
    return sha256(HEADER.pack(*header)).digest()


def tree(leaves: list[bytes]) -> bytes:
    if len(leaves) < 2:
        return sha256(b"".join(b"\0" + leaf for leaf in leaves)).digest()
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\1" + tree(leaves[:split]) + tree(leaves[split:])).digest()


def target(bits: int) -> int:
    size, mantissa = bits >> 24, bits & 0xFFFFFF
    value = mantissa * 256 ** (size - 3) if size > 2 else mantissa >> 8 * (3 - size)
    return value if mantissa < 1 << 23 and value < SPACE and compact(value) == bits else 0


def compact(value: int) -> int:
    size = max(1, (value.bit_length() + 8) // 8)
    return size << 24 | int.from_bytes((value.to_bytes(size, "big") + bytes(3))[:3], "big")


def unpack(raw: bytes, rule: str, length: int) -> Row:
    try:
        value = msgpack.unpackb(raw)
    except (ValueError, TypeError):
        raise Broken(rule) from None
    demand(rule, type(value) is list and len(value) == length and msgpack.packb(value) == raw)
    return tuple(value)


def read_record(parts: Row, network: bytes) -> Row:
    """Give signature, author, hash and size of the content, id, size in all, and the content."""
    (head, content), rule = parts, "malformed_transaction"
    demand(rule, type(head) is bytes and type(content) in (bytes, type(None)) and len(head) > HEAD.size)
    signature, version, author, time, _, hashed, size, kind = HEAD.unpack_from(head)
    rest = head[HEAD.size :]
    demand(rule, version == 1 and time < 1 << 63 and size >= 16 and 1 <= kind <= 32 and kind < len(rest))
    demand(rule, set(rest[:kind]) <= KIND and rest[kind] == len(rest) - kind - 1 <= 64)
    txid = sha256(b"p2pchain/tx" + network + head[64:]).digest()
    return signature, author, hashed, size, txid, len(head) + size, content


def read_block(raw: bytes, network: bytes) -> Row:
    """Give header, coinbase, heads, what is read of each record, and the block's size."""
    header, coinbase, heads, contents = unpack(raw, rule := "malformed_block", 4)
    demand(rule, type(header) is type(coinbase) is bytes and len(header) == HEADER.size)
    demand(rule, type(heads) is type(contents) is list and len(heads) == len(contents))
    demand(rule, {*map(type, heads)} <= {bytes} and {*map(type, contents)} <= {bytes, type(None)})
    demand(rule, 96 <= len(coinbase) <= 128)
    records = [read_record(parts, network) for parts in zip(heads, contents, strict=True)]
    size = HEADER.size + len(coinbase) + sum(record[5] for record in records)
    return HEADER.unpack(header), coinbase, heads, records, size


def check_header(header: Row, below: Row, rules: Rules, now: int) -> None:
    parent, clock, hashes, *_ = below
    demand("wrong_version", header[VERSION] == 1)
    demand("timestamp_too_large", header[TIME] < 1 << 63)
    demand("malformed_bits", target(header[BITS]) > 0)
    demand("insufficient_work", int.from_bytes(digest(header), "big") <= target(header[BITS]))
    demand("wrong_parent", header[PARENT] == hashes[-1])
    demand("wrong_height", header[HEIGHT] == parent[HEIGHT] + 1)
    demand("wrong_bits", header[BITS] == next_bits(parent, clock, rules))
    demand("timestamp_not_rising", header[TIME] > parent[TIME])
    demand("future_header", header[TIME] <= now + min(60_000, rules["clamp"] or 60_000))


def next_bits(parent: Row, clock: int, rules: Rules) -> int:
    if rules["retarget"] == "none":
        return int(rules["bits"])
    number = (clock - rules["spacing"] * (parent[HEIGHT] + 1)) * 65536
    shift, f = divmod(abs(number) // rules["half_life"] * (1 if number >= 0 else -1), 65536)
    factor = 65536 + (195766423245049 * f + 971821376 * f**2 + 5127 * f**3 + 2**47) // 2**48
    value = target(rules["bits"]) * factor * 2 ** max(shift, 0) >> 16 + max(-shift, 0)
    return compact(min(max(value, 1), target(rules["bits"])))


def check_records(records: list[Row], rules: Rules) -> None:
    for signature, author, hashed, size, txid, whole, content in records:
        demand("transaction_too_large", whole <= rules["max_transaction_bytes"])
        demand("insufficient_stamp", SPACE // (int.from_bytes(txid, "big") + 1) >= rules["min_stamp_work"])
        if content is not None:
            demand("content_mismatch", len(content) == size and sha256(content).digest() == hashed)
        try:
            VerifyKey(author).verify(txid, signature)
        except BadSignatureError:
            raise Broken("invalid_signature") from None


def check_block(block: Row, below: Row, rules: Rules, now: int) -> None:
    header, coinbase, heads, records, size = block
    _, _, hashes, work, known = below
    ids = [record[4] for record in records]
    check_header(header, below, rules, now)
    demand("wrong_merkle_root", header[ROOT] == tree([coinbase, *heads]))
    demand("block_too_large", size <= rules["max_block_bytes"])
    demand("repeated_transaction", len(set(ids)) == len(ids))
    check_records(records, rules)
    demand("wrong_history_root", coinbase[:32] == tree(hashes))
    demand("wrong_chain_work", int.from_bytes(coinbase[32:64], "big") == work)
    demand("duplicate_transaction", known.isdisjoint(ids))


def gives(kind: str, item: Any) -> Rules:
    if kind == "transaction":
        effort = SPACE // (int.from_bytes(item[4], "big") + 1)
        return {"txid": item[4].hex(), "size": item[5], "work": f"{effort:064x}"}
    header = item if kind == "header" else item[0]
    goal = target(header[BITS])
    work = f"{SPACE // (goal + 1):064x}" if goal else None
    found: Rules = {"hash": digest(header).hex(), "work": work}
    if kind == "block":
        _, coinbase, heads, records, size = item
        found |= {"size": size, "txids": [record[4].hex() for record in records]}
        found |= {"merkle_root": tree([coinbase, *heads]).hex(), "history_root": coinbase[:32].hex()}
        found |= {"chain_work": coinbase[32:64].hex()}
    return found


def judge(case: Rules, below: Row, rules: Rules, network: bytes) -> tuple[str | None, Any]:
    item: Any = None
    raw, kind, now = bytes.fromhex(case["bytes"]), case["kind"], case["now"]
    try:
        if kind == "header":
            demand("malformed_header", len(raw) == HEADER.size)
            check_header(item := HEADER.unpack(raw), below, rules, now)
        elif kind == "block":
            check_block(item := read_block(raw, network), below, rules, now)
        else:
            item = read_record(unpack(raw, "malformed_transaction", 2), network)
            check_records([item], rules)
    except Broken as broken:
        return str(broken), item and gives(kind, item)
    return None, gives(kind, item)


def chain_below(file: Rules, rules: Rules, network: bytes) -> Iterator[Row]:
    header: Row = (1, 0, bytes(32), network, rules["genesis_time"], rules["bits"], 0)
    clock, hashes, known = rules["spacing"], [digest(header)], frozenset[bytes]()
    work = SPACE // (target(rules["bits"]) + 1)
    yield header, clock, hashes, work, known
    for raw in file["chain"]:
        parent = header
        header, _, _, records, _ = read_block(bytes.fromhex(raw), network)
        clock += min(header[TIME] - parent[TIME], rules["clamp"])
        clock = min(clock, rules["spacing"] * (header[HEIGHT] + 1) + rules["half_life"])
        work += SPACE // (target(header[BITS]) + 1)
        hashes, known = [*hashes, digest(header)], known | {record[4] for record in records}
        yield header, clock, hashes, work, known


def read(file: Rules) -> list[tuple[str | None, Any]]:
    rules = file["network"]
    network = sha256(b"p2pchain/network" + msgpack.packb([1, *rules.values()])).digest()
    below = list(chain_below(file, rules, network))
    return [judge(case, below[case["below"]], rules, network) for case in file["cases"]]


if __name__ == "__main__":
    found = {name: read(json.loads(Path(name).read_bytes())) for name in sys.argv[1:]}
    sys.stdout.write(json.dumps({"rules": RULES, "found": found, "modules": list(sys.modules)}))
