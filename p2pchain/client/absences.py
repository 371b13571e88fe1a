"""Why the contents of records are not at a node: what its operator had it forget, and what it never held."""

from collections.abc import Iterable
from enum import Enum

from p2pchain.chain.transaction import Transaction
from p2pchain.client.client import Client
from p2pchain.wire.messages.contents import Contents
from p2pchain.wire.messages.get_contents import TXIDS_MAX, GetContents


class Absence(Enum):
    """Why a content is not at a node, as far as the node says."""

    FORGOTTEN = "forgotten"  # its operator had it forget this
    WITHHELD = "withheld"  # nobody had it for this node, until work had buried its block
    UNSAID = "not here"  # the node does not say, or its chain does not hold the record


def absence(answer: Contents, place: int) -> Absence:
    """Tell why a content is nil in an answer about records of the chain of the node that gives it."""
    if answer.forgotten is None:
        return Absence.UNSAID
    return Absence.FORGOTTEN if place in answer.forgotten else Absence.WITHHELD


async def absences(client: Client, records: Iterable[Transaction]) -> dict[bytes, Absence]:
    """Ask a node why it gave records of its chain without their contents; gives the reason by txid.

    Raises:
        NodeError: the node does not answer.
    """
    lacking = [record.txid for record in records if record.content is None]
    found = dict.fromkeys(lacking, Absence.UNSAID)
    while lacking:
        asked = tuple(lacking[:TXIDS_MAX])
        answer = await client.request(GetContents(txids=asked), Contents)
        for place, (txid, content) in enumerate(zip(asked, answer.contents, strict=False)):
            if content is None:
                found[txid] = absence(answer, place)
        if not answer.contents:
            break
        del lacking[: len(answer.contents)]
    return found
