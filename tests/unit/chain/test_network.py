"""A network's file is read strictly, and its id covers every rule and nothing else."""

from dataclasses import replace
from hashlib import sha256

import msgpack
import pytest

from p2pchain.chain.network import LOCAL, MAX_BLOCK_BYTES, MAX_TRANSACTION_BYTES, YEAR_MS, Network
from p2pchain.errors import UsageError

ASERT = replace(LOCAL, retarget="asert", half_life=600_000, clamp=600_000)


def test_the_file_is_read_back() -> None:
    unlimited = replace(LOCAL, name='a "b" \\ ü 🌍', search_rate=None)
    for network in (LOCAL, ASERT, unlimited):
        assert Network.parse(network.to_toml()) == network
    assert "search_rate" not in unlimited.to_toml()


def test_the_id_is_the_hash_over_the_rules_in_order() -> None:
    rules = [
        1,
        "local",
        LOCAL.genesis_time,
        LOCAL.bits,
        "none",
        1_000,
        0,
        0,
        1024 * 1024,
        64 * 1024,
        1,
        1_000,
    ]
    assert LOCAL.id == sha256(b"p2pchain/network" + msgpack.packb(rules)).digest()


def test_the_id_of_the_built_in_network_never_changes() -> None:
    assert LOCAL.id.hex() == "b7c1ae1f41466ecf285711901c4daa63d71d4e06da524402099e0c1944be0076"


@pytest.mark.parametrize("name", [name for name in ASERT.values() if name != "search_rate"])
def test_every_rule_is_part_of_the_id(name: str) -> None:
    value = ASERT.values()[name]
    other = "none" if name == "retarget" else "other" if isinstance(value, str) else value + 1
    values = {**ASERT.values(), name: other}
    changed = Network.parse("".join(f"{key} = {value!r}\n" for key, value in values.items()))
    assert changed.id != ASERT.id


def test_the_search_rate_is_no_part_of_the_id() -> None:
    assert replace(LOCAL, search_rate=None).id == LOCAL.id == replace(LOCAL, search_rate=5).id


def test_half_life_and_clamp_are_no_part_of_the_id_where_nothing_retargets() -> None:
    assert replace(LOCAL, half_life=7, clamp=8).id == LOCAL.id


def test_the_genesis_header_commits_to_the_rules() -> None:
    genesis = LOCAL.genesis
    assert (genesis.height, genesis.nonce, genesis.version) == (0, 0, 1)
    assert genesis.previous_hash == bytes(32)
    assert genesis.merkle_root == LOCAL.id
    assert (genesis.timestamp, genesis.bits) == (LOCAL.genesis_time, LOCAL.bits)


def line(name: str, value: str) -> str:
    """The built-in network's file with one line changed, or added."""
    lines = [each for each in LOCAL.to_toml().splitlines() if not each.startswith(f"{name} =")]
    return "\n".join([*lines, f"{name} = {value}"])


OUT_OF_RANGE = (
    ("name", '""'),
    ("name", f'"{"x" * 65}"'),
    ("name", r'"a\nb"'),
    ("retarget", '"often"'),
    ("bits", "0"),
    ("bits", "0x04001234"),
    ("genesis_time", "-1"),
    ("genesis_time", str(2**63)),
    ("spacing", "0"),
    ("spacing", str(YEAR_MS + 1)),
    ("half_life", "-1"),
    ("clamp", "-1"),
    ("max_block_bytes", "4095"),
    ("max_block_bytes", str(4 * 1024 * 1024 + 1)),
    ("max_transaction_bytes", "511"),
    ("max_transaction_bytes", str(1024 * 1024)),
    ("min_stamp_work", "0"),
    ("min_stamp_work", str(2**64)),
    ("forget_depth", "0"),
    ("search_rate", "0"),
)
AT_THE_BOUND = (
    ("genesis_time", 2**63 - 1),
    ("max_block_bytes", 4_096 + 64 * 1024),
    ("min_stamp_work", 2**64 - 1),
    ("forget_depth", 2**32),
    ("search_rate", 1),
)
WRONG_TYPE = (
    ("name", "1"),
    ("bits", '"1e29f16b"'),
    ("spacing", "1.0"),
    ("clamp", "true"),
    ("spacing", "[1]"),
)


@pytest.mark.parametrize(("name", "value"), [*OUT_OF_RANGE, *WRONG_TYPE])
def test_a_value_out_of_range_or_of_another_type_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(UsageError, match=name):
        Network.parse(line(name, value))


@pytest.mark.parametrize(("name", "value"), AT_THE_BOUND)
def test_a_value_at_its_bound_makes_a_network(name: str, value: int) -> None:
    network = Network.parse(line(name, str(value)))
    assert network.values()[name] == value
    assert network.genesis.merkle_root == network.id


@pytest.mark.parametrize("name", ["half_life", "clamp"])
def test_a_network_that_retargets_needs_its_clock(name: str) -> None:
    text = "".join(f"{key} = {value!r}\n" for key, value in {**ASERT.values(), name: 0}.items())
    with pytest.raises(UsageError, match=name):
        Network.parse(text)


@pytest.mark.parametrize("name", [name for name in LOCAL.values() if name != "search_rate"])
def test_a_missing_key_is_named(name: str) -> None:
    text = "\n".join(each for each in LOCAL.to_toml().splitlines() if not each.startswith(f"{name} ="))
    with pytest.raises(UsageError, match=f"the key {name}"):
        Network.parse(text)


def test_an_unknown_key_is_named() -> None:
    with pytest.raises(UsageError, match="max_blok_bytes"):
        Network.parse(line("max_blok_bytes", "5"))


def test_no_network_has_transactions_that_a_push_cannot_hold() -> None:
    largest = replace(LOCAL, max_block_bytes=MAX_BLOCK_BYTES, max_transaction_bytes=MAX_TRANSACTION_BYTES)
    with pytest.raises(UsageError, match="max_transaction_bytes: 512 to 1048576"):
        replace(largest, max_transaction_bytes=MAX_TRANSACTION_BYTES + 1)


@pytest.mark.parametrize("text", ["name = ", "name", "a = 1\na = 2", "\0"])
def test_what_is_no_toml_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="TOML"):
        Network.parse(text)
