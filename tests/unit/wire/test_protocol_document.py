"""The protocol's document says what the code does: its tables, limits and codes, and every byte of its examples."""

import re
from hashlib import sha256
from pathlib import Path

import msgpack
import pytest

import p2pchain.node.machine
from p2pchain.chain import merkle
from p2pchain.chain.block import Block, Coinbase, Parts, merkle_root_of
from p2pchain.chain.header import Header
from p2pchain.chain.history import EMPTY
from p2pchain.chain.keys import SigningKey, verify
from p2pchain.chain.network import LOCAL
from p2pchain.chain.receipt import Receipt
from p2pchain.chain.rules import RULES, Parent, check_block_alone, check_block_with_ancestors
from p2pchain.chain.rules.header import check_header_alone, check_header_with_parent
from p2pchain.chain.transaction import sign
from p2pchain.errors import PeerError, RuleError
from p2pchain.node import intake, limits
from p2pchain.node.events import Unproven
from p2pchain.wire.connection import CONTROL_ONLY, GREETING_BYTES_MAX, LEGAL, Connection, Phase, Role
from p2pchain.wire.decoding import FIELDS_MAX, UNKNOWN_BYTES_MAX
from p2pchain.wire.fields import Bytes, Choice, Flag, Kind, ListOf, Optional, Row, Text, Uint
from p2pchain.wire.frame import FRAME_MAX
from p2pchain.wire.message import Message, encode
from p2pchain.wire.messages import MESSAGES
from p2pchain.wire.messages.event import EventMessage
from p2pchain.wire.messages.get_proof import GetProof
from p2pchain.wire.messages.get_status import GetStatus
from p2pchain.wire.messages.hello import Hello
from p2pchain.wire.messages.mine import Mine
from p2pchain.wire.messages.mined import Mined
from p2pchain.wire.messages.ping import Ping
from p2pchain.wire.messages.proof import ProofMessage
from p2pchain.wire.receipts import message_of, receipt_of

DOCUMENT = (Path(p2pchain.node.machine.__file__).parents[1] / "wire" / "PROTOCOL.md").read_text("utf-8")
EXAMPLES = {
    name: bytes.fromhex(re.sub(r"#[^\n]*", "", text))
    for name, text in re.findall(r"```hex ([\w ]+)\n(.*?)```", DOCUMENT, re.DOTALL)
}
SECTIONS = dict(re.findall(r"^### `(\w+)`\n(.*?)(?=^##)", DOCUMENT, re.DOTALL | re.MULTILINE))

KEY = SigningKey(bytes(range(32)))
NONCE = 296_666
LATER_NONCE = 49_660
RECORD = sign(
    KEY,
    LOCAL.id,
    timestamp=LOCAL.genesis_time + 1,
    kind="board.post",
    payload=msgpack.packb("hello"),
    salt=bytes(range(16)),
)
FRONTIER = EMPTY.append(LOCAL.genesis.hash)
COINBASE = Coinbase(FRONTIER.root(), LOCAL.genesis.work, KEY.public)
HEADER = Header(
    1,
    LOCAL.genesis.hash,
    merkle_root_of(COINBASE, [RECORD.head]),
    LOCAL.genesis_time + 1_000,
    LOCAL.bits,
    NONCE,
)
BLOCK = Block(HEADER, COINBASE, (RECORD,))
LATER_COINBASE = Coinbase(FRONTIER.append(HEADER.hash).root(), LOCAL.genesis.work + HEADER.work, KEY.public)
LATER_HEADER = Header(
    2,
    HEADER.hash,
    merkle_root_of(LATER_COINBASE, []),
    LOCAL.genesis_time + 2_000,
    LOCAL.bits,
    LATER_NONCE,
)
LATER = Block(LATER_HEADER, LATER_COINBASE, ())
RECEIPT = Receipt.of(
    Parts.decode(BLOCK.encode()), 1, Parts.decode(LATER.encode()), [merkle.leaf_hash(LOCAL.genesis.hash)]
)
HELLO = Hello(
    protocol=1,
    network=LOCAL.id,
    agent="example",
    node=bytes(range(16)),
    listen=0,
    height=0,
    tip=LOCAL.genesis.hash,
    work=LOCAL.genesis.work.to_bytes(32, "big"),
    time=LOCAL.genesis_time,
)
CONNECTED = msgpack.packb({"height": 1, "hash": HEADER.hash})
FRAMES: dict[str, tuple[Message, int | None]] = {
    "frame of ping": (Ping(nonce=7), None),
    "frame of hello": (HELLO, None),
    "frame of get_status": (GetStatus(), None),
    "frame of get_proof": (GetProof(txid=RECORD.txid), None),
    "frame of proof": (message_of(RECEIPT), None),
    "frame of mine": (Mine(), 5),
    "frame of mined": (Mined(height=1, hash=HEADER.hash), 5),
    "frame of event": (EventMessage(number=2, kind="connected", data=CONNECTED), 6),
}
VALUES = {
    "network id": LOCAL.id,
    "genesis header": LOCAL.genesis.encode(),
    "genesis hash": LOCAL.genesis.hash,
    "seed": KEY.seed,
    "public key": KEY.public,
    "content": RECORD.content,
    "body": RECORD.head.body,
    "txid": RECORD.txid,
    "signature": RECORD.head.signature,
    "transaction": RECORD.encode(),
    "coinbase": COINBASE.encode(),
    "merkle root": HEADER.merkle_root,
    "header": HEADER.encode(),
    "block hash": HEADER.hash,
    "block": BLOCK.encode(),
    "later coinbase": LATER_COINBASE.encode(),
    "later header": LATER_HEADER.encode(),
    "later hash": LATER_HEADER.hash,
}


def test_every_example_is_checked() -> None:
    assert set(EXAMPLES) == set(VALUES) | set(FRAMES)


@pytest.mark.parametrize("name", VALUES)
def test_the_bytes_of_an_example(name: str) -> None:
    assert EXAMPLES[name] == VALUES[name]


@pytest.mark.parametrize("name", FRAMES)
def test_a_frame_is_written_and_read_as_in_the_example(name: str) -> None:
    message, tag = FRAMES[name]
    assert EXAMPLES[name] == encode(message, tag)
    role = Role.PEER if message.NAME == "hello" else Role.CONTROL
    (incoming,) = Connection(role).receive(EXAMPLES[name])
    assert (incoming.message, incoming.id) == (message, tag)


def test_the_examples_keep_all_rules() -> None:
    check_header_alone(HEADER)
    check_header_with_parent(HEADER, Parent(LOCAL.genesis, 0), LOCAL)
    check_block_alone(Block.decode(EXAMPLES["block"], LOCAL.id), LOCAL)
    check_block_with_ancestors(BLOCK, FRONTIER, LOCAL.genesis.work)
    check_header_with_parent(LATER_HEADER, Parent(HEADER, 0), LOCAL)
    check_block_with_ancestors(LATER, FRONTIER.append(HEADER.hash), LOCAL.genesis.work + HEADER.work)
    assert verify(KEY.public, EXAMPLES["txid"], EXAMPLES["signature"])
    assert sha256(EXAMPLES["content"]).digest() in EXAMPLES["body"]
    assert EXAMPLES["coinbase"].startswith(merkle.leaf_hash(EXAMPLES["genesis hash"]))


def test_the_receipt_in_the_examples_proves_what_is_said() -> None:
    (incoming,) = Connection(Role.CONTROL).receive(EXAMPLES["frame of proof"])
    assert isinstance(incoming.message, ProofMessage)
    receipt = receipt_of(incoming.message)
    proven = receipt.verify(LOCAL, EXAMPLES["txid"], EXAMPLES["later hash"])
    assert (proven.block.hash, proven.position, proven.depth) == (EXAMPLES["block hash"], 1, 1)
    assert receipt.path == (merkle.leaf_hash(EXAMPLES["coinbase"]),)
    assert receipt.history_path == (merkle.leaf_hash(EXAMPLES["genesis hash"]),)


def test_the_codes_of_missing_proofs_are_the_codes() -> None:
    told = [row[0].strip("`") for row in table("Codes of `error`")]
    assert told == [reason.value for reason in Unproven]


def test_the_example_of_a_file_is_the_built_in_networks() -> None:
    (text,) = re.findall(r"```toml\n(.*?)```", DOCUMENT, re.DOTALL)
    assert text == LOCAL.to_toml()


def described(kind: Kind) -> str:
    """Say in the document's words what a kind of field takes."""
    match kind:
        case Optional(inner):
            return f"{described(inner)}; may be absent"
        case Uint(top):
            return "uint" if top == Uint().max else f"uint to {top:,}"
        case Bytes(top, 0, True):
            return f"bin to {top:,} or nil"
        case Bytes(top, least):
            return f"bin {top}" if top == least else f"bin {least} to {top:,}" if least else f"bin to {top:,}"
        case Text(top):
            return f"str to {top:,}"
        case Flag():
            return "bool"
        case Choice(words):
            return " or ".join(f"`{word}`" for word in words)
        case ListOf(inner, top):
            return f"list to {top:,} of {described(inner)}"
        case Row(kinds):
            return f"[{', '.join(map(described, kinds))}]"
    raise AssertionError(kind)


def rows(text: str) -> list[list[str]]:
    """Give the cells of a table, without its head."""
    lines = [line.strip("| \n").split(" | ") for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line] for line in lines[2:]]


def table(heading: str) -> list[list[str]]:
    """Give the table of a section."""
    (section,) = re.findall(rf"^##+ {heading}\n(.*?)(?=^##|\Z)", DOCUMENT, re.DOTALL | re.MULTILINE)
    return rows(section)


def test_there_is_a_section_for_each_message() -> None:
    assert list(SECTIONS) == list(MESSAGES)


@pytest.mark.parametrize("kind", MESSAGES.values(), ids=MESSAGES)
def test_a_messages_limit_and_fields_are_the_codes(kind: type[Message]) -> None:
    section = SECTIONS[kind.NAME]
    assert f"At most {kind.BYTES_MAX:,} bytes." in section.replace("\n", " ")
    assert {row[0].strip("`"): row[1] for row in rows(section)} == {
        name: described(field) for name, field in kind.FIELDS.items()
    }
    assert all(row[2] for row in rows(section))


def test_the_table_of_order_is_the_codes() -> None:
    told = {row[0].strip("`"): row[1:] for row in table("Which message when")}
    assert list(told) == list(MESSAGES)
    for name, (greeting, talking, control) in told.items():
        assert (greeting == "yes") == (name in LEGAL[Role.PEER, Phase.GREETING]), name
        assert (talking == "yes") == (name in LEGAL[Role.PEER, Phase.TALKING]), name
        assert (control == "yes") == (name in LEGAL[Role.CONTROL, Phase.TALKING]), name
    assert {name for name, (_, talking, control) in told.items() if talking != control} == CONTROL_ONLY


def test_the_table_of_rules_is_the_codes() -> None:
    told = [(row[0].strip("`"), row[1]) for row in table("Rules")]
    assert told == [(rule.name, rule.stage.value) for rule in RULES]


def codes_of(kind: type[PeerError]) -> dict[str, int]:
    """Give the codes of all errors below a class, with what they cost in seconds."""
    found: dict[str, int] = {}
    for below in kind.__subclasses__():
        if below.__module__.startswith("p2pchain.") and below.__module__ != PeerError.__module__:
            found[below.code] = below.ban_seconds
        found |= codes_of(below)
    return found


def test_the_table_of_codes_is_the_codes() -> None:
    told = {row[0].strip("`"): int(row[1].replace(",", "")) for row in table("Codes of `bye`")}
    spoken = dict.fromkeys(("banned", "removed", "too_many", "silent", "not_stored", "stopping"), 0)
    rules = codes_of(RuleError)
    assert set(rules.values()) == {0, 600}
    assert told == {code: ban for code, ban in codes_of(PeerError).items() if code not in rules} | spoken
    assert {rule.name: rule.error.ban_seconds for rule in RULES} == rules


def test_the_codes_of_got_tx_are_the_codes() -> None:
    told = [row[0].strip("`") for row in table("Codes of `got_tx`")]
    codes = [intake.ACCEPTED, intake.KNOWN, intake.FULL, intake.AUTHOR_FULL]
    assert told == [*codes, intake.NOT_STORED, intake.NO_CONTENT]


def test_the_numbers_in_the_text_are_the_codes() -> None:
    for sentence in (
        f"1 to {FRAME_MAX:,}",
        f"at most {GREETING_BYTES_MAX:,} bytes before both",
        f"at most {UNKNOWN_BYTES_MAX:,} bytes in all",
        f"at most {FIELDS_MAX} fields",
        f"within {limits.HANDSHAKE_TIMEOUT_MS // 1000} s",
        f"every {limits.PING_INTERVAL_MS // 1000} s",
        f"for {limits.SILENCE_MAX_MS // 1000} s",
        f"within {limits.HEADERS_TIMEOUT_MS // 1000} s",
        f"{limits.CHAIN_BYTES_MAX:,} bytes of blocks",
        f"more than {limits.SERVE_QUEUE_MAX} blocks",
        f"less than {limits.GET_PEERS_EVERY_MS // 1000} s ago",
        f"with {limits.QUESTIONS_MAX} of them not answered",
        f"beyond {limits.ADDRESSES_PER_MESSAGE} addresses",
        f"one in {limits.ADDRESS_EVERY_MS // 1000} s",
        f"at most {limits.ACCEPTED_PER_EVENT:,} ids",
        f"up to {limits.FUTURE_HELD_MS // limits.MINUTE} minutes ahead",
        f"one a peer and {limits.HELD_MAX} in all",
        f"more than {limits.TXS_ASKED_MAX:,} transactions",
        f"more than {limits.BLOCK_TXS_DEPTH} below the tip",
        f"does not come within {limits.COMPACT_TIMEOUT_MS // 1000} s",
        f"comes within {limits.TX_TIMEOUT_MS // 1000} s",
    ):
        assert sentence in DOCUMENT.replace("\n", " "), sentence
