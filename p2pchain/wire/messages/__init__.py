"""Every message, one file each, and the table of them."""

from p2pchain.wire.message import Message, encode
from p2pchain.wire.messages.add_peer import AddPeer
from p2pchain.wire.messages.ban import BanHost
from p2pchain.wire.messages.bans import BansMessage
from p2pchain.wire.messages.block import BlockMessage
from p2pchain.wire.messages.block_txs import BlockTxs
from p2pchain.wire.messages.bye import Bye
from p2pchain.wire.messages.chain import Chain
from p2pchain.wire.messages.connections import Connections
from p2pchain.wire.messages.contents import Contents
from p2pchain.wire.messages.done import Done
from p2pchain.wire.messages.error import ErrorMessage
from p2pchain.wire.messages.event import EventMessage
from p2pchain.wire.messages.forget import Forget
from p2pchain.wire.messages.get_bans import GetBans
from p2pchain.wire.messages.get_block_txs import GetBlockTxs
from p2pchain.wire.messages.get_blocks import GetBlocks
from p2pchain.wire.messages.get_chain import GetChain
from p2pchain.wire.messages.get_connections import GetConnections
from p2pchain.wire.messages.get_contents import GetContents
from p2pchain.wire.messages.get_network import GetNetwork
from p2pchain.wire.messages.get_peers import GetPeers
from p2pchain.wire.messages.get_pending import GetPending
from p2pchain.wire.messages.get_proof import GetProof
from p2pchain.wire.messages.get_status import GetStatus
from p2pchain.wire.messages.get_tx import GetTx
from p2pchain.wire.messages.got_tx import GotTx
from p2pchain.wire.messages.have_tx import HaveTx
from p2pchain.wire.messages.hello import Hello
from p2pchain.wire.messages.mine import Mine
from p2pchain.wire.messages.mined import Mined
from p2pchain.wire.messages.network import NetworkMessage
from p2pchain.wire.messages.new_block import NewBlock
from p2pchain.wire.messages.new_tx import NewTx
from p2pchain.wire.messages.peers import PeersMessage
from p2pchain.wire.messages.pending import PendingMessage
from p2pchain.wire.messages.ping import Ping
from p2pchain.wire.messages.pong import Pong
from p2pchain.wire.messages.proof import ProofMessage
from p2pchain.wire.messages.remove_peer import RemovePeer
from p2pchain.wire.messages.status import Status
from p2pchain.wire.messages.stop import Stop
from p2pchain.wire.messages.subscribe import Subscribe
from p2pchain.wire.messages.unban import UnbanHost

MESSAGES: dict[str, type[Message]] = {
    kind.NAME: kind
    for kind in (
        Hello,
        Bye,
        Ping,
        Pong,
        GetChain,
        Chain,
        GetBlocks,
        BlockMessage,
        NewBlock,
        GetBlockTxs,
        BlockTxs,
        GetContents,
        Contents,
        NewTx,
        GotTx,
        HaveTx,
        GetTx,
        GetPeers,
        PeersMessage,
        ErrorMessage,
        GetStatus,
        Status,
        GetPending,
        PendingMessage,
        GetProof,
        ProofMessage,
        Mine,
        Mined,
        GetConnections,
        Connections,
        AddPeer,
        RemovePeer,
        BanHost,
        UnbanHost,
        GetBans,
        BansMessage,
        Forget,
        Stop,
        Done,
        Subscribe,
        EventMessage,
        GetNetwork,
        NetworkMessage,
    )
}

__all__ = ["MESSAGES", "Message", "encode"]
