"""A simulated machine that runs one node: carries out its actions with the delays that real ones have."""

import random
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import get_args

from p2pchain.chain.block import Block
from p2pchain.chain.transaction import Transaction
from p2pchain.node import actions, events
from p2pchain.node.config import NodeConfig
from p2pchain.node.events import Address, Event, Now
from p2pchain.node.machine import Node
from p2pchain.sim.disk import Disk
from p2pchain.sim.life import Life
from p2pchain.sim.links import Links
from p2pchain.sim.local_client import LocalClient
from p2pchain.sim.miner import Miner, Power
from p2pchain.sim.storage import ReadAction, Storage, WriteAction
from p2pchain.sim.trace import traced
from p2pchain.sim.verdicts import is_signed, verdicts_on
from p2pchain.sim.world import EPOCH_MS, World
from p2pchain.wire.messages import Message, encode

CHECK_MS = (1, 5)

# What comes in so soon after something else is taken in with it, in one turn of the program's loop.
TURN_MS = 1

CONTROL = 1

# Hosts that act at one moment share it.
_moment = lru_cache(16)(Now)

# Called after everything that happened to a host, and what followed from it, with what it was.
Watch = Callable[["Host", Event], None]


class Host:
    """One node, its disk, its clock, a program at its control socket, and its place in the world's network."""

    def __init__(self, world: World, links: Links, config: NodeConfig, power: Power) -> None:
        """Set the machine up, not running yet."""
        self.address = config.listen
        self.running = False
        self.disk_full = False
        self.clock_ms = 0
        self.reports: list[str] = []
        self.disk = Disk(config.network)
        self.power = power
        self.client = LocalClient()
        self.watches: dict[type[Event], Watch] = {}
        self._world = world
        self._links = links
        self._taken: list[Event] = []
        self._config = config
        self._name = str(config.listen).encode()
        self._alarm_ms: int | None = None
        self._node: Node | None = None
        self._life = Life(world)
        self._begin_parts()
        self._table = self._effects()
        links.join(self)

    @property
    def node(self) -> Node:
        """The running node."""
        if self._node is None:
            raise AssertionError("the host is not running")
        return self._node

    @property
    def storage(self) -> Storage:
        """The disk at work, in this run of the program."""
        return self._storage

    @property
    def tip(self) -> bytes:
        """The hash of the newest connected block on disk."""
        return self.disk.tip

    def boot(self) -> None:
        """Start, or start again, from what is on disk."""
        self._life = Life(self._world)
        self._begin_parts()
        self._alarm_ms = None
        self._taken = []
        self.running = True
        rng = random.Random(self._world.rng.getrandbits(64))
        node_id = rng.randbytes(16)
        config = replace(self._config, node_id=node_id)
        self._node = Node(config, self.disk.restore(), self.disk, rng, self.now())
        self.post(events.ConnectionOpened(CONTROL, Address("control", 0), events.Direction.CONTROL))
        self._say(self.client.connect())

    def crash(self) -> None:
        """End the program at once: what is not on disk is lost, and so is every connection, of which peers hear."""
        self._end(silently=False)

    def cut_power(self) -> None:
        """End everything at once, in the middle of whatever the disk does; peers hear nothing."""
        if self.running:
            self._storage.cut_power()
        self._end(silently=True)

    def follow(self) -> None:
        """Have the local client follow the events, from the first one on, over all starts."""
        self.client.follows = True
        if self.running:
            self._say(self.client.connect())

    def submit(self, *transactions: Transaction) -> None:
        """Hand signed transactions in, as a local client does."""
        self._say(self.client.submit(transactions))

    def search_anew(self) -> None:
        """Let the search under way take as long as the host's power is now."""
        self._miner.search_anew()

    def ask(self, message: Message) -> None:
        """Say something over the control socket."""
        self._say(encode(message, 1))

    def post(self, event: Event) -> None:
        """Let something happen to the node; nothing happens to one that has crashed.

        All that happens within one turn is taken in first, as a daemon does with what its loop finds ready; what
        follows from it is decided once.
        """
        node = self._node
        if node is None:
            return
        self._world.trace(b"%s %s %s" % (self._name, type(event).__name__.encode(), traced(event)))
        node.take(event, self.now())
        if not self._taken:
            self._life.later(TURN_MS, self._settle)
        self._taken.append(event)

    def _settle(self) -> None:
        """Let the node decide what follows from what it took in, and carry that out."""
        node, taken = self.node, self._taken
        self._taken = []
        node.settle(self.now())
        table = self._table
        for action in node.drain():
            table[type(action)](action)
        wakes_at = node.wakes_at()
        if wakes_at is not None and (self._alarm_ms is None or wakes_at < self._alarm_ms):
            self._alarm_ms = wakes_at
            self._life.at(wakes_at, lambda: self._wake(wakes_at))
        for event in taken:
            watch = self.watches.get(type(event))
            if watch is not None:
                watch(self, event)

    def now(self) -> Now:
        """Tell the time as this machine sees it: its clock may be off, its ticks are the world's."""
        return _moment(EPOCH_MS + self._world.ticks_ms + self.clock_ms, self._world.ticks_ms)

    def _say(self, data: bytes) -> None:
        if data:
            self.post(events.BytesReceived(CONTROL, data))

    def _wake(self, alarm_ms: int) -> None:
        if self._alarm_ms == alarm_ms:
            self._alarm_ms = None
            self.post(events.TimePassed())

    def _begin_parts(self) -> None:
        self._storage = Storage(self._life, self.disk, lambda: self.disk_full, self.post)
        bits = self._config.network.bits
        self._miner = Miner(self._world, self._life, bits, self.power, self.post)

    def _end(self, *, silently: bool) -> None:
        self._life.alive = False
        self.running = False
        self._node = None
        self._links.crash(self, silently=silently)

    def _effects(self) -> dict[type[actions.Action], Callable[..., None]]:
        links = self._links
        return {
            actions.Send: self._send,
            actions.Close: lambda action: links.close(self, action.connection, action.reason),
            actions.PauseReading: lambda action: links.pause_reading(self, action.connection),
            actions.ResumeReading: lambda action: links.resume_reading(self, action.connection),
            actions.Dial: lambda action: links.dial(self, action.address),
            actions.CheckSignatures: self._check_signatures,
            actions.CheckBlock: self._check_block,
            **dict.fromkeys(get_args(WriteAction), self._write),
            **dict.fromkeys(get_args(ReadAction), self._read),
            actions.SaveAddresses: self._save_addresses,
            actions.SaveBans: self._save_bans,
            actions.Search: self._search,
            actions.StopSearch: lambda _: self._miner.stop(),
            actions.Report: lambda action: self.reports.append(f"{action.level}: {action.text}"),
            actions.StopNode: lambda _: self.crash(),
        }

    def _write(self, action: WriteAction) -> None:
        self._storage.write(action)

    def _read(self, action: ReadAction) -> None:
        self._storage.read(action)

    def _search(self, action: actions.Search) -> None:
        self._miner.search(action)

    def _send(self, action: actions.Send) -> None:
        if action.connection == CONTROL:
            self.client.hear(action.data)
        else:
            self._links.send(self, action.connection, action.data)

    def _check_signatures(self, action: actions.CheckSignatures) -> None:
        valid = tuple(is_signed(transaction) for transaction in action.transactions)
        self._life.soon(CHECK_MS, lambda: self.post(events.SignaturesChecked(action.job, valid)))

    def _check_block(self, action: actions.CheckBlock) -> None:
        """Answer as the daemon does: of all but the signatures first, where these are not all known."""
        unsigned, verdict = verdicts_on(action.block, self._config.network)
        final = events.BlockChecked(action.job, verdict)
        if isinstance(unsigned, Block) and any(
            transaction.head.raw not in action.sound for transaction in unsigned.transactions
        ):
            first = events.BlockChecked(action.job, unsigned, final=False)
            self._life.soon(CHECK_MS, lambda: self._answer_twice(first, final))
        else:
            self._life.soon(CHECK_MS, lambda: self.post(final))

    def _answer_twice(self, first: events.BlockChecked, final: events.BlockChecked) -> None:
        self.post(first)
        self._life.soon(CHECK_MS, lambda: self.post(final))

    def _save_addresses(self, action: actions.SaveAddresses) -> None:
        self._config = replace(
            self._config, addresses=action.addresses, added=action.added, removed=action.removed
        )

    def _save_bans(self, action: actions.SaveBans) -> None:
        self._config = replace(self._config, bans=action.bans)


__all__ = ["CONTROL", "TURN_MS", "Host", "Power"]
