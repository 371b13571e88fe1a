"""Puts the parts of a node together, each with what it needs of the others, from the bottom up."""

import random

from p2pchain.node.access import Access
from p2pchain.node.addresses import Addresses
from p2pchain.node.announce import Announce
from p2pchain.node.answers import Answers
from p2pchain.node.backlog import Backlog
from p2pchain.node.backpressure import Backpressure
from p2pchain.node.bans import Bans
from p2pchain.node.block_parts import BlockParts
from p2pchain.node.blocks import Blocks
from p2pchain.node.bodies import Bodies
from p2pchain.node.book import Book
from p2pchain.node.branches import Branches
from p2pchain.node.burial import Burial
from p2pchain.node.clocks import Clocks
from p2pchain.node.coming import Coming
from p2pchain.node.compact import Compact
from p2pchain.node.config import NodeConfig
from p2pchain.node.connecting import Connecting
from p2pchain.node.connections import Connections
from p2pchain.node.contents import ContentFetch
from p2pchain.node.control import Control
from p2pchain.node.dialing import Dialing
from p2pchain.node.download import Download
from p2pchain.node.events import Now
from p2pchain.node.eviction import Eviction
from p2pchain.node.expiry import Expiry
from p2pchain.node.fetch import Fetch
from p2pchain.node.finding import Finding
from p2pchain.node.handshake import Handshake
from p2pchain.node.held import Held
from p2pchain.node.intake import Intake
from p2pchain.node.keepalive import Keepalive
from p2pchain.node.ledger import Ledger
from p2pchain.node.likely import Likely
from p2pchain.node.mempool import Mempool
from p2pchain.node.mining import Mining
from p2pchain.node.named import Named
from p2pchain.node.outbox import Outbox
from p2pchain.node.peers import Peers
from p2pchain.node.ports import HeaderStore, Restored
from p2pchain.node.progress import Progress
from p2pchain.node.proofs import Proofs
from p2pchain.node.questions import Questions
from p2pchain.node.relay import Relay
from p2pchain.node.serving import Serving
from p2pchain.node.store_health import StoreHealth
from p2pchain.node.subscriptions import Subscriptions
from p2pchain.node.sync import Sync
from p2pchain.node.timers import Timers
from p2pchain.node.tombstones import Tombstones


class Parts:
    """The parts, by name. None of them holds another that comes after it."""

    def __init__(
        self, config: NodeConfig, restored: Restored, headers: HeaderStore, rng: random.Random, now: Now
    ) -> None:
        """Build every part."""
        network = config.network
        self.outbox = outbox = Outbox()
        self.timers = timers = Timers()
        self.health = health = StoreHealth(outbox, timers)
        self.peers = peers = Peers(outbox)
        named = Named(config.peers, config.added, config.removed)
        self.bans = bans = Bans(outbox, timers, config.bans, now)
        self.access = access = Access(peers, named, bans)
        self.ledger = ledger = Ledger(network, restored, headers)
        self.mempool = mempool = Mempool(restored.pending, restored.pending_count - len(restored.pending))
        self.backlog = backlog = Backlog(restored.pending, mempool, health, outbox, timers)
        self.expiry = Expiry(mempool, health, outbox, timers, now)
        self.subscriptions = subscriptions = Subscriptions(peers, outbox, restored.last_event)
        self.tombstones = tombstones = Tombstones(
            restored.forgotten, mempool, subscriptions, peers, outbox, network.id
        )
        burial = Burial(network.forget_depth)
        self.bodies = bodies = Bodies(ledger.tree, burial)
        self.contents = contents = ContentFetch(network, bodies, burial, tombstones, peers, outbox, timers)
        self.blocks = blocks = Blocks(ledger, bodies, tombstones, peers, access, outbox)
        self.connecting = connecting = Connecting(ledger, bodies, burial, health, outbox)
        self.branches = Branches(ledger, bodies, connecting, peers)
        self.download = download = Download(ledger, blocks, bodies, peers, health, timers)
        self.held = held = Held(network, timers, outbox)
        self.sync = sync = Sync(ledger, download, held, peers, timers)
        self.backpressure = load = Backpressure(peers, outbox)
        self.intake = intake = Intake(network, mempool, tombstones, peers, access, health, outbox, load)
        self.compact = compact = Compact(network, mempool, intake, blocks, download, peers, access, timers)
        self.questions = questions = Questions(peers, timers)
        self.block_parts = block_parts = BlockParts(ledger, tombstones, peers, questions, outbox)
        likely = Likely(mempool)
        self.coming = coming = Coming(ledger, bodies, blocks, block_parts, likely, peers)
        self.announce = Announce(
            ledger, blocks, block_parts, likely, coming, compact, contents, sync, held, peers, outbox
        )
        self.keepalive = keepalive = Keepalive(peers, load, timers, rng)
        self.relay = relay = Relay(mempool, peers, keepalive, timers)
        self.fetch = Fetch(mempool, tombstones, relay, peers, health, timers)
        self.serving = Serving(ledger, tombstones, peers, questions, outbox)
        self.proofs = Proofs(peers, questions, outbox)
        clocks = Clocks(peers, outbox, timers)
        self.progress = progress = Progress(ledger, peers, outbox, now)
        self.answers = Answers(
            config, ledger, bodies, mempool, peers, questions, subscriptions, health, clocks, progress, now
        )
        self.mining = Mining(config, ledger, mempool, backlog, blocks, sync, peers, health, outbox, timers)
        self._meet_peers(config, named, clocks, rng, now)

    def _meet_peers(
        self, config: NodeConfig, named: Named, clocks: Clocks, rng: random.Random, now: Now
    ) -> None:
        """Build what finds peers, lets them in and keeps them."""
        peers, access, outbox, timers = self.peers, self.access, self.outbox, self.timers
        book = Book(rng, config.addresses, now)
        self.addresses = addresses = Addresses(config.listen, peers, named, book, outbox, timers)
        finding = Finding(config.outbound_max, peers, access, addresses, outbox, timers)
        self.dialing = dialing = Dialing(named, peers, access, addresses, finding, outbox, timers)
        self.control = Control(config, peers, access, self.bans, dialing, outbox)
        self.connections = Connections(
            peers=peers,
            access=access,
            handshake=Handshake(config, peers, self.ledger, timers),
            addresses=addresses,
            dialing=dialing,
            eviction=Eviction(peers, access, named, rng.randbytes(16)),
            clocks=clocks,
            outbox=outbox,
        )
