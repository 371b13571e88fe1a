"""Every vector gets its verdict and its hashes from p2pchain's own functions, and from a reader that shares no code."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import pytest

from p2pchain.chain import rules
from p2pchain.chain.block import Block
from p2pchain.chain.header import Header
from p2pchain.chain.network import Network
from p2pchain.chain.rules import RULES, Parent
from p2pchain.chain.transaction import Transaction
from p2pchain.errors import RuleError
from vector_cases.ladder import Ladder
from vector_cases.written import written_block, written_header, written_transaction

FOLDER = Path(__file__).parents[1] / "vectors" / "rules"
READER = FOLDER.parents[1] / "second_reader.py"
FILES = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.iterdir())}
Case = dict[str, object]


def ladders(file: dict[str, object]) -> list[Ladder]:
    """Give the chain of a file as it grows: at each index what lies below the cases that stand on so many blocks."""
    network = Network(**cast(dict[str, object], file["network"]))  # type: ignore[arg-type]  # as the file has it
    assert network.id.hex() == file["network_id"]
    found = [Ladder(network)]
    for raw in cast(list[str], file["chain"]):
        last = found[-1]
        grown = Ladder(network, list(last.chain), [], last.work, last.chain_time, last.frontier)
        grown.work, grown.chain_time, grown.frontier = last.work, last.chain_time, last.frontier
        grown.grow(Block.decode(bytes.fromhex(raw), network.id))
        found.append(grown)
    return found


def check(case: Case, below: Ladder) -> None:
    """Hold what a case's bytes are to every rule that it can break."""
    raw, network = bytes.fromhex(str(case["bytes"])), below.network
    if case["kind"] == "transaction":
        transaction = Transaction.decode(raw, network.id)
        rules.check_transaction_unsigned(transaction, network)
        rules.check_signature(transaction)
        return
    block = Block.decode(raw, network.id) if case["kind"] == "block" else None
    header = block.header if block is not None else Header.decode(raw)
    rules.check_header_alone(header)
    rules.check_header_with_parent(header, Parent(below.tip, below.chain_time), network)
    rules.check_header_now(header, cast(int, case["now"]), network)
    if block is not None:
        check_body(block, below)


def check_body(block: Block, below: Ladder) -> None:
    rules.check_block_alone(block, below.network)
    for transaction in block.transactions:
        rules.check_signature(transaction)
    rules.check_block_with_ancestors(block, below.frontier, below.work)
    known = {transaction.txid for each in below.chain for transaction in each.transactions}
    rules.check_new_in_chain(block, known.__contains__)


def verdict(case: Case, below: Ladder) -> str | None:
    try:
        check(case, below)
    except RuleError as error:
        return error.code
    return None


@pytest.mark.parametrize("name", FILES)
def test_the_functions_of_the_package_give_the_verdicts_and_hashes(name: str) -> None:
    below = ladders(FILES[name])
    writers = {"header": written_header, "block": written_block, "transaction": written_transaction}
    for case in FILES[name]["cases"]:
        where = f"{case['rule']}: {case['about']}"
        assert verdict(case, below[case["below"]]) == case["error"], where
        found = writers[case["kind"]](bytes.fromhex(case["bytes"]), below[0].network)
        assert found == case["gives"], where


@pytest.mark.parametrize("name", FILES)
def test_the_chain_of_a_file_is_valid(name: str) -> None:
    below = ladders(FILES[name])
    for ladder, raw in zip(below, FILES[name]["chain"], strict=False):
        now = Block.decode(bytes.fromhex(raw), ladder.network.id).header.timestamp
        assert verdict({"kind": "block", "bytes": raw, "now": now}, ladder) is None


@pytest.fixture(scope="module")
def second() -> dict[str, Any]:
    """What the second reader, in a process of its own, says of all files."""
    command = [sys.executable, str(READER), *(str(FOLDER / f"{name}.json") for name in FILES)]
    said = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout
    return cast(dict[str, Any], json.loads(said))


@pytest.mark.parametrize("name", FILES)
def test_a_second_reader_gives_the_same_verdicts_and_hashes(name: str, second: dict[str, Any]) -> None:
    for case, (error, gives) in zip(
        FILES[name]["cases"], second["found"][str(FOLDER / f"{name}.json")], strict=True
    ):
        assert (error, gives) == (case["error"], case["gives"]), f"{case['rule']}: {case['about']}"


def test_the_second_reader_knows_every_rule_in_few_lines_and_shares_no_code(second: dict[str, Any]) -> None:
    assert second["rules"] == [rule.name for rule in RULES]
    assert [name for name in second["modules"] if name.startswith("p2pchain")] == []
    assert len(READER.read_text("utf-8").splitlines()) < 200
