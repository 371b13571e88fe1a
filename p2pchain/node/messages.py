"""Which part of a node handles which message: one handler each."""

from p2pchain.node.events import Now
from p2pchain.node.parts import Parts
from p2pchain.node.peers import Peer
from p2pchain.node.routes import MessageRoutes
from p2pchain.node.sync import Unasked
from p2pchain.wire.messages.add_peer import AddPeer
from p2pchain.wire.messages.ban import BanHost
from p2pchain.wire.messages.block import BlockMessage
from p2pchain.wire.messages.block_txs import BlockTxs
from p2pchain.wire.messages.bye import Bye
from p2pchain.wire.messages.chain import Chain
from p2pchain.wire.messages.contents import Contents
from p2pchain.wire.messages.error import ErrorMessage
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
from p2pchain.wire.messages.mine import Mine
from p2pchain.wire.messages.new_tx import NewTx
from p2pchain.wire.messages.peers import PeersMessage
from p2pchain.wire.messages.ping import Ping
from p2pchain.wire.messages.pong import Pong
from p2pchain.wire.messages.remove_peer import RemovePeer
from p2pchain.wire.messages.stop import Stop
from p2pchain.wire.messages.subscribe import Subscribe
from p2pchain.wire.messages.unban import UnbanHost


def message_routes(parts: Parts) -> MessageRoutes:
    """Fill the table, but for what concerns the whole node."""
    routes = MessageRoutes()
    routes.on(Bye, parts.connections.bye)
    routes.on(ErrorMessage, parts.connections.error)
    routes.on(Ping, parts.backpressure.receive_ping)
    routes.on(Pong, parts.keepalive.receive_pong)
    routes.on(GetPeers, parts.addresses.receive_get_peers)
    routes.on(PeersMessage, parts.addresses.receive_peers)
    routes.on(GetChain, parts.serving.receive_get_chain)
    routes.on(Chain, parts.sync.receive)
    routes.on(GetBlocks, parts.serving.receive_get_blocks)
    routes.on(BlockMessage, parts.download.receive)
    routes.on(GetBlockTxs, parts.block_parts.receive)
    routes.on(BlockTxs, parts.compact.receive)
    routes.on(GetContents, parts.serving.receive_get_contents)
    routes.on(Contents, parts.contents.receive)
    routes.on(NewTx, parts.intake.receive)
    routes.on(HaveTx, parts.fetch.receive)
    routes.on(GetTx, parts.relay.receive)
    routes.on(GotTx, _unasked)
    routes.on(GetStatus, parts.answers.receive_get_status)
    routes.on(GetPending, parts.answers.receive_get_pending)
    routes.on(GetProof, parts.proofs.receive)
    routes.on(Mine, parts.mining.receive)
    routes.on(AddPeer, parts.control.add_peer)
    routes.on(RemovePeer, parts.control.remove_peer)
    routes.on(BanHost, parts.control.ban)
    routes.on(UnbanHost, parts.control.unban)
    routes.on(GetBans, parts.control.get_bans)
    routes.on(GetConnections, parts.control.get_connections)
    routes.on(GetNetwork, parts.control.get_network)
    routes.on(Stop, parts.control.stop)
    routes.on(Subscribe, parts.subscriptions.receive)
    return routes


def _unasked(peer: Peer, message: GotTx, tag: int | None, now: Now) -> None:
    """A node never asks its peers to acknowledge."""
    del tag, now
    raise Unasked("an answer to a question", f"got_tx for {len(message.txids)} from {peer.name}")
