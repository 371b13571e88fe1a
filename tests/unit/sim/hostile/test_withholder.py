"""A withholder mines blocks without contents, and shows these to some or to nobody."""

from p2pchain.chain.block import Block
from p2pchain.sim.hostile.withholder import EVERY_MS, RECORDS, Withholder
from p2pchain.sim.validator import Validator
from p2pchain.wire.messages.block import BlockMessage
from p2pchain.wire.messages.contents import Contents
from p2pchain.wire.messages.get_blocks import GetBlocks
from p2pchain.wire.messages.get_contents import GetContents
from p2pchain.wire.messages.new_block import NewBlock

from .den import Den


def mined(den: Den) -> list[Block]:
    """Let it mine, and give the blocks that all were told of."""
    den.first.wait(10 * EVERY_MS)
    told = den.first.told(NewBlock)
    assert told == den.second.told(NewBlock)
    return [Block.decode(each.block or b"", den.stage.network.id) for each in told]


def test_it_mines_valid_blocks_on_the_honest_tip_without_their_contents(den: Den) -> None:
    withholder = den.bring(Withholder)
    (item,) = den.chain(0)
    den.tell_headers([item])
    validator = Validator(den.stage.network)
    validator.judge(item.block.encode())
    blocks = [block for block in mined(den) if block.height > 1]
    assert len(blocks) > 3
    for block in blocks:
        assert block.header.previous_hash == item.block.hash
        assert RECORDS[0] <= len(block.transactions) <= RECORDS[1]
        assert {each.content for each in block.transactions} == {None}
        assert [each.txid for each in withholder.mined[block.hash].transactions] == [
            each.txid for each in block.transactions
        ]
        validator.judge(withholder.mined[block.hash].encode())


def test_its_blocks_can_be_asked_for_and_are_bare(den: Den) -> None:
    den.bring(Withholder)
    (block, *_) = mined(den)
    assert den.ask(GetBlocks(hashes=(block.hash, bytes(32))), BlockMessage) == [
        BlockMessage(block=block.encode()),
        BlockMessage(hash=bytes(32), missing=True),
    ]


def test_contents_are_shown_to_those_who_may_see_them(den: Den) -> None:
    withholder = den.bring(Withholder)
    withholder.shown = {den.first.address.host}
    (block, *_) = mined(den)
    whole = withholder.mined[block.hash]
    question = GetContents(txids=tuple(each.txid for each in block.transactions))
    assert den.ask(question, Contents) == [
        Contents(contents=tuple(each.content for each in whole.transactions))
    ]
    answers = [den.ask(question, Contents, den.second) for _ in range(30)]
    nothing = Contents(contents=(None,) * len(block.transactions))
    assert {tuple(each) for each in answers} == {(), (nothing,)}
