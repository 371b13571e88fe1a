"""What transactions have to keep, in a block or not: size, stamp, content and signature."""

from collections.abc import Callable

from p2pchain.chain.keys import SigningKey
from p2pchain.chain.transaction import Head, Transaction, txid_of
from vector_cases.blocks import weak_record
from vector_cases.ladder import Ladder, named
from vector_cases.signing import IDENTITY, sign_above_order, sign_otherwise, sign_with_small_point

AUTHOR = slice(65, 97)  # where the author's key stands in a head
STAMP = slice(105, 113)

FORGERIES: dict[str, Callable[[SigningKey, Transaction], bytes]] = {
    "zeroes": lambda _key, _record: bytes(64),
    "one with another bit in R": lambda _, record: _flipped(record.head.signature, 0),
    "one with another bit in S": lambda _, record: _flipped(record.head.signature, 32),
    "somebody else's": lambda _, record: SigningKey(bytes(32)).sign(record.txid),
    "one for another network": lambda key, record: key.sign(txid_of(record.head.body, bytes(32))),
    "one of the body": lambda key, record: key.sign(record.head.body),
    "one whose S is the group's order too large": lambda key, record: sign_above_order(key, record.txid),
    "one whose R is of small order": lambda key, record: sign_with_small_point(key, record.txid),
}
CHANGES: dict[str, Callable[[bytes], bytes]] = {
    "of the right size with another hash": lambda content: content[:-1] + b"?",
    "a byte short": lambda content: content[:-1],
    "a byte long": lambda content: content + b"?",
    "that is empty": lambda _: b"",
    "of another salt": lambda content: bytes(16) + content[16:],
}


def transaction_files() -> dict[str, dict[str, object]]:
    """Give the files of the rules of transactions."""
    ladder = named("transactions")
    _size(ladder)
    _stamp(ladder)
    _content(ladder)
    _signature(ladder)
    return {"transactions": ladder.file("Transactions, in a block or not.")}


def with_signature(record: Transaction, signature: bytes) -> Transaction:
    """Give a transaction under another signature."""
    return Transaction(Head.decode(signature + record.head.body), record.content, record.txid)


def _flipped(raw: bytes, place: int) -> bytes:
    return raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]


def _size(ladder: Ladder) -> None:
    rule, most = "transaction_too_large", ladder.network.max_transaction_bytes
    ladder.accept_transaction(rule, f"{most} bytes, the most", ladder.record(most))
    ladder.accept_transaction(rule, "the longest kind and data", ladder.record(kind="k" * 32, data=bytes(64)))
    ladder.accept_transaction(rule, "the smallest of all", ladder.record(kind="k", payload=b""))
    for size in (most + 1, 2 * most):
        ladder.reject_transaction(rule, f"{size} bytes", ladder.record(size), ladder.record())
    over = ladder.record(most + 1)
    bare = Transaction(over.head, None, over.txid)
    ladder.reject_transaction(rule, f"{most + 1} bytes, the content missing", bare, ladder.record())


def _stamp(ladder: Ladder) -> None:
    rule, least = "insufficient_stamp", ladder.network.min_stamp_work
    exact = ladder.record()
    while exact.work != least:
        exact = ladder.record()
    ladder.accept_transaction(rule, f"a work of {least} exactly", exact)
    ladder.accept_transaction(rule, "more work than is asked for", ladder.record(min_work=64))
    ladder.reject_transaction(rule, f"a work of {least - 1}", weak_record(ladder), ladder.record())


def _content(ladder: Ladder) -> None:
    rule, good = "content_mismatch", ladder.record()
    ladder.accept_transaction(rule, "the content that the head commits to", good)
    ladder.accept_transaction(rule, "no content: it may come later", Transaction(good.head, None, good.txid))
    for about, change in CHANGES.items():
        good = ladder.record()
        other = Transaction(good.head, change(good.content or b""), good.txid)
        ladder.reject_transaction(rule, f"a content {about}", other, good)
    good = ladder.record()
    content = good.content or b""
    lying = _restamped(ladder, good, slice(145, 149), (len(content) + 1).to_bytes(4, "big"), ladder.author)
    ladder.reject_transaction(
        rule, "a content of the right hash where the head states another size", lying, good
    )


def _restamped(
    ladder: Ladder, record: Transaction, place: slice, value: bytes, key: SigningKey | None = None
) -> Transaction:
    """Change bytes of a head, grind its stamp anew, and have a key sign it."""
    raw = bytearray(record.head.raw)
    raw[place] = value
    for stamp in range(10_000):
        raw[STAMP] = stamp.to_bytes(8, "big")
        txid = txid_of(bytes(raw[64:]), ladder.network.id)
        if (int.from_bytes(txid, "big") + 1) * ladder.network.min_stamp_work <= 2**256:
            break
    if key is not None:
        raw[:64] = key.sign(txid)
    return Transaction.from_parts(bytes(raw), record.content, ladder.network.id)


def _signature(ladder: Ladder) -> None:
    rule, key = "invalid_signature", ladder.author
    good = ladder.record()
    ladder.accept_transaction(rule, "signed as the specification says", good)
    other = with_signature(good, sign_otherwise(key, good.txid))
    ladder.accept_transaction(rule, "the same under another signature, as valid", other)
    for about, forge in FORGERIES.items():
        good = ladder.record()
        forged = with_signature(good, forge(key, good))
        ladder.reject_transaction(rule, f"{about} in place of the signature", forged, good)
    _authors(ladder)


def _authors(ladder: Ladder) -> None:
    """Try keys under which anyone could sign anything, or that stand for one point in two ways."""
    base = IDENTITY + bytes(32)
    for about, author in (
        ("of order 1", IDENTITY),
        ("of order 2", (2**255 - 20).to_bytes(32, "little")),
        ("of order 4", bytes(32)),
        ("of order 1 in a second spelling", (2**255 - 18).to_bytes(32, "little")),
        ("that is not canonical", (2**255 - 16).to_bytes(32, "little")),
        ("that is no point", (2).to_bytes(32, "little")),
    ):
        honest = ladder.record()
        record = with_signature(_restamped(ladder, honest, AUTHOR, author), base)
        ladder.reject_transaction("invalid_signature", f"an author's key {about}", record, honest)
