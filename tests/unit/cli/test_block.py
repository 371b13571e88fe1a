"""Blocks by height and by hash, as they are printed."""

from dataclasses import replace

import pytest

from p2pchain.cli.block import Found, _by_hash, _by_height, _fields, _pairs, _rows, _with_absences
from p2pchain.client.absences import Absence
from p2pchain.errors import NodeError
from p2pchain.wire.messages.forget import Forget
from p2pchain.wire.messages.new_block import NewBlock

from .conftest import Asked


async def test_by_height_by_hash_and_the_newest(asked: Asked) -> None:
    client, network = asked.client, asked.stage.network
    for block in asked.blocks:
        found = await _by_height(client, network, block.height)
        assert found == Found(block.header, block, 3 - block.height)
        assert await _by_hash(client, network, block.hash) == found
    assert await _by_height(client, network, None) == found


async def test_genesis_has_no_block(asked: Asked) -> None:
    client, network = asked.client, asked.stage.network
    found = await _by_hash(client, network, network.genesis.hash)
    assert found == await _by_height(client, network, 0) == Found(network.genesis, None, 3)
    assert "where the network begins" in str(dict(_pairs(found))["records"])
    assert _fields(found)["depth"] == 3


async def test_what_is_not_there_is_named(asked: Asked) -> None:
    client, network = asked.client, asked.stage.network
    with pytest.raises(NodeError, match="not found: the chain has 3 blocks") as refused:
        await _by_height(client, network, 4)
    assert refused.value.reason == "unknown_block"
    with pytest.raises(NodeError, match="not found: the node has no block 3f3f") as refused:
        await _by_hash(client, network, b"?" * 32)
    assert refused.value.reason == "unknown_block"


async def test_a_block_that_lost_is_shown_as_such(asked: Asked) -> None:
    builder = asked.stage.builder
    entry, old = builder.genesis, asked.blocks[2]
    for _ in range(5):
        entry, block = builder.block(entry)
        asked.friend.say(NewBlock(block=block.encode()))
        asked.friend.wait(200)
    assert asked.host.tip == block.hash
    found = await _by_hash(asked.client, asked.stage.network, old.hash)
    assert found == Found(old.header, old, None)
    assert dict(_pairs(found))["state"] == "not in the chain"
    assert _fields(found)["depth"] is None


async def test_it_says_of_each_content_why_it_is_not_here(asked: Asked) -> None:
    one, two = (each.txid for each in asked.blocks[0].transactions)
    asked.withhold(0)
    asked.host.ask(Forget(txids=(one,)))
    asked.friend.wait(200)
    found = await _by_height(asked.client, asked.stage.network, 1)
    assert (await _with_absences(asked.client, found)).absences == {
        one: Absence.FORGOTTEN,
        two: Absence.WITHHELD,
    }
    beside = await _with_absences(asked.client, replace(found, depth=None))
    assert beside.absences == {one: Absence.FORGOTTEN, two: Absence.UNSAID}
    genesis = await _by_height(asked.client, asked.stage.network, 0)
    assert await _with_absences(asked.client, genesis) == genesis


def test_its_header_coinbase_and_records_in_words(asked: Asked) -> None:
    block = asked.blocks[0].with_contents({1: None})
    found = Found(block.header, block, 1, {block.transactions[1].txid: Absence.WITHHELD})
    pairs = dict(_pairs(found))
    assert pairs["state"] == "in the chain, 1 block on top"
    assert pairs["bits"] == "0x207fffff, 2 hashes on average"
    assert (pairs["miner"], pairs["extra"], pairs["records"]) == ("nobody named", "none", "2")
    one, two = block.transactions
    assert _rows(found, block) == [
        [one.txid.hex(), "test.note", one.author.hex()[:8], str(one.size), "here"],
        [two.txid.hex(), "test.note", two.author.hex()[:8], str(two.size), "withheld"],
    ]
    records = _fields(found)["records"]
    assert isinstance(records, list)
    assert [(each["here"], each["absence"]) for each in records] == [(True, None), (False, "withheld")]
    named = replace(block, coinbase=replace(block.coinbase, miner=b"m" * 32, extra=b"ab"))
    pairs = dict(_pairs(Found(named.header, named, 1)))
    assert (pairs["miner"], pairs["extra"]) == ((b"m" * 32).hex(), "6162")
