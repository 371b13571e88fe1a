"""What every hostile node does as an honest one would: it greets, stays in conversation, and follows the chain."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from p2pchain.chain.block import header_of
from p2pchain.chain.header import Header
from p2pchain.chain.network import Network
from p2pchain.chain.tree import Entry
from p2pchain.node.events import Address, ConnectionOpened
from p2pchain.sim.builder import ChainBuilder
from p2pchain.sim.links import Endpoint, Links
from p2pchain.sim.speaker import Speaker
from p2pchain.sim.world import World
from p2pchain.wire.messages import Message
from p2pchain.wire.messages.block import BlockMessage
from p2pchain.wire.messages.bye import Bye
from p2pchain.wire.messages.chain import Chain
from p2pchain.wire.messages.contents import Contents
from p2pchain.wire.messages.get_blocks import GetBlocks
from p2pchain.wire.messages.get_chain import GetChain
from p2pchain.wire.messages.get_contents import GetContents
from p2pchain.wire.messages.get_peers import GetPeers
from p2pchain.wire.messages.hello import Hello
from p2pchain.wire.messages.new_block import NewBlock
from p2pchain.wire.messages.peers import PeersMessage
from p2pchain.wire.messages.ping import Ping
from p2pchain.wire.messages.pong import Pong

M = TypeVar("M", bound=Message)
HEADERS_PER_QUESTION = 500
REDIAL_MS = 2_000


class Hostile(Speaker):
    """A node that has no blocks and says so. What a kind does otherwise, it says in what it overrides.

    Once it was made to dial, it dials again for ever, as long as it is let in. `farewells` are the codes with which it
    was told goodbye.
    """

    def __init__(self, world: World, links: Links, network: Network, address: Address) -> None:
        """Take a place in the network, with nobody to talk to yet."""
        super().__init__(world, links, network, address)
        self.builder = ChainBuilder(network, world.rng.getrandbits(64))
        self.farewells: list[str] = []
        self.tip = self.builder.genesis
        self._known = {self.tip.hash: self.tip}
        self._targets: list[Endpoint] = []
        self._answers: dict[type[Message], Callable[[int, Message], None]] = {}
        self._on(Bye, lambda _, message: self.farewells.append(message.code))
        self._on(Ping, lambda connection, message: self.tell(connection, Pong(nonce=message.nonce)))
        self._on(GetPeers, lambda connection, _: self.tell(connection, PeersMessage(addresses=())))
        self._on(Hello, self._greeted)
        self._on(Chain, self._take_headers)
        self._on(NewBlock, self._take_block)
        self._on(GetChain, self._tell_chain)
        self._on(GetBlocks, self._tell_blocks)
        self._on(GetContents, self._tell_contents)

    def dial(self, hosts: Sequence[Endpoint]) -> None:
        """Connect to each of some hosts, and again whenever a connection is gone."""
        self._targets = list(hosts)
        self._dial_again()

    def _on(self, kind: type[M], answer: Callable[[int, M], None]) -> None:
        self._answers[kind] = answer  # type: ignore[assignment]  # it is called with messages of its kind alone

    def _opened(self, event: ConnectionOpened) -> None:
        self.tell(event.connection, self.hello())

    def _hear(self, connection: int, message: Message) -> None:
        answer = self._answers.get(type(message))
        if answer is not None:
            answer(connection, message)

    def _greeted(self, connection: int, message: Hello) -> None:
        """Ask whom we meet for its chain."""
        if message.height > self.tip.height:
            self._ask(connection)

    def _take_block(self, connection: int, message: NewBlock) -> None:
        """Follow the chain, by its headers."""
        encoded = message.block
        header = header_of(encoded) if encoded is not None else Header.decode(message.header or b"")
        if header.previous_hash in self._known:
            self._take(header)
        else:
            self._ask(connection)

    def _take_headers(self, connection: int, message: Chain) -> None:
        for item in message.items:
            header = Header.decode(item)
            if header.previous_hash in self._known:
                self._take(header)
        if len(message.items) == HEADERS_PER_QUESTION:
            self._ask(connection)

    def _take(self, header: Header) -> None:
        entry = self.builder.place(self._known[header.previous_hash], header)
        self._known[entry.hash] = entry
        if entry.preferred_to(self.tip):
            self.tip = entry
            self._followed()

    def _followed(self) -> None:
        """Do something about a new tip of the honest chain."""

    def _ask(self, connection: int) -> None:
        locator: list[bytes] = []
        step: Entry | None = self.tip
        while step is not None and len(locator) < 10:
            locator.append(step.hash)
            step = step.parent
        locator.append(self._network.genesis.hash)
        self.tell(connection, GetChain(locator=tuple(locator), what="headers", limit=HEADERS_PER_QUESTION))

    def _tell_chain(self, connection: int, message: GetChain) -> None:
        genesis = self._network.genesis
        self.tell(connection, Chain(what=message.what, start=1, items=(), height=0, tip=genesis.hash))

    def _tell_blocks(self, connection: int, message: GetBlocks) -> None:
        self.tell(connection, *(BlockMessage(hash=each, missing=True) for each in message.hashes))

    def _tell_contents(self, connection: int, message: GetContents) -> None:
        self.tell(connection, Contents(contents=(None,) * len(message.txids)))

    def _tell_all(self, *messages: Message) -> None:
        for connection in self.connections:
            self.tell(connection, *messages)

    def _every(self, mean_ms: int, call: Callable[[], None]) -> None:
        """Do something again and again, at moments that chance decides."""

        def again() -> None:
            call()
            self._every(mean_ms, call)

        self._world.call_later(round(self._world.rng.expovariate(1 / mean_ms)), again)

    def _dial_again(self) -> None:
        connected = set(self._hosts.values())
        for target in self._targets:
            if target.address.host not in connected:
                self._links.dial(self, target.address)
        self._world.call_later(REDIAL_MS, self._dial_again)
