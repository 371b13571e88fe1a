"""Proofs of where records stand: fetched from any node, and checked here, so that no node has to be believed."""

from p2pchain.chain.network import Network
from p2pchain.chain.receipt import Proven, Receipt
from p2pchain.client.client import Client
from p2pchain.wire.messages.get_proof import GetProof
from p2pchain.wire.messages.proof import ProofMessage
from p2pchain.wire.receipts import receipt_of


async def fetch_receipt(client: Client, txid: bytes, head: bytes | None = None) -> Receipt:
    """Ask for the receipt of a record up to a block, or to the node's tip. Nothing of it is checked yet.

    Raises:
        NodeError: the node does not answer, or has none: `unknown_tx`, `still_pending`, `head_not_connected`,
            `head_too_low`.
        RuleError: a part of it is malformed.
    """
    return receipt_of(await client.request(GetProof(txid=txid, head=head), ProofMessage))


async def prove(
    client: Client, network: Network, txid: bytes, head: bytes | None = None
) -> tuple[Receipt, Proven]:
    """Ask for the receipt of a record, and verify it; what it shows holds for who trusts its head.

    Without a `head` that the caller trusts, that is the node's tip, and the node's word.

    Raises:
        NodeError: the node does not answer, or has none.
        RuleError: a part of it breaks a rule of its own.
        ReceiptError: it does not prove what it should.
    """
    receipt = await fetch_receipt(client, txid, head)
    return receipt, receipt.verify(network, txid, head or receipt.head.hash)
