"""A simulated machine that runs one node: carries out its actions with the delays that real ones have."""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

from p2pchain.chain import keys, rules
from p2pchain.chain.block import Block, decoded
from p2pchain.chain.header import Header
from p2pchain.chain.rules import DuplicateTransaction
from p2pchain.chain.transaction import Transaction
from p2pchain.errors import PeerError
from p2pchain.node import actions, events
from p2pchain.node.config import NodeConfig
from p2pchain.node.events import Address, Event, Now
from p2pchain.node.machine import Node
from p2pchain.sim.disk import Disk
from p2pchain.sim.links import Links
from p2pchain.sim.world import EPOCH_MS, World
from p2pchain.wire.messages import Message, encode
from p2pchain.wire.messages.new_tx import NewTx

CHECK_MS = (1, 5)
COMMIT_MS = (1, 15)
CONTROL = 1
NONCES = 2**32
CHECKS_REMEMBERED = 100_000


@dataclass(slots=True)
class Power:
    """How fast a host finds blocks: the mean time of a search, in ms."""

    mean_search_ms: int


class Host:
    """One node, its disk, and its place in the world's network."""

    def __init__(self, world: World, links: Links, config: NodeConfig, power: Power) -> None:
        """Set the machine up, not running yet."""
        self.address = config.listen
        self.running = False
        self.disk_full = False
        self.reports: list[str] = []
        self.disk = Disk(config.network)
        self._world = world
        self._links = links
        self._config = config
        self.power = power
        self._boots = 0
        self._search = 0
        self._disk_free_ms = 0
        self._put_off: list[Callable[[], None]] = []
        self._alarm_ms: int | None = None
        self._node: Node | None = None
        self._table = self._effects()
        links.join(self)

    @property
    def node(self) -> Node:
        """The running node."""
        if self._node is None:
            raise AssertionError("the host is not running")
        return self._node

    @property
    def tip(self) -> bytes:
        """The hash of the newest connected block on disk."""
        return self.disk.tip

    def boot(self) -> None:
        """Start, or start again, from what is on disk."""
        self._boots += 1
        self._put_off.clear()
        self._alarm_ms = None
        self.running = True
        rng = random.Random(self._world.rng.getrandbits(64))
        node_id = rng.randbytes(16)
        config = replace(self._config, node_id=node_id)
        self._node = Node(config, self.disk.restore(), self.disk, rng, self.now())
        self.post(events.ConnectionOpened(CONTROL, Address("control", 0), events.Direction.CONTROL))

    def crash(self) -> None:
        """Stop at once: what is not on disk is lost, and so is every connection."""
        self.running = False
        self._node = None
        self._links.crash(self)

    def submit(self, transaction: Transaction) -> None:
        """Hand a signed transaction in, as a local client does."""
        self.ask(NewTx(transactions=(transaction.encode(),), ack=True))

    def ask(self, message: Message) -> None:
        """Say something over the control socket."""
        self.post(events.BytesReceived(CONTROL, encode(message, 1)))

    def post(self, event: Event) -> None:
        """Let something happen to the node, and carry out what it wants; nothing happens to one that has crashed."""
        if self._node is None:
            return
        node = self._node
        node.handle(event, self.now())
        for action in node.drain():
            self._table[type(action)](action)
        wakes_at = node.wakes_at()
        if wakes_at is not None and (self._alarm_ms is None or wakes_at < self._alarm_ms):
            self._alarm_ms = wakes_at
            self._world.call_at(wakes_at, self._this_boot(lambda: self._wake(wakes_at)))

    def _wake(self, alarm_ms: int) -> None:
        if self._alarm_ms == alarm_ms:
            self._alarm_ms = None
            self.post(events.TimePassed())

    def now(self) -> Now:
        """Tell the time as this machine sees it."""
        return Now(EPOCH_MS + self._world.ticks_ms, self._world.ticks_ms)

    def _this_boot(self, call: Callable[[], None]) -> Callable[[], None]:
        """Bind a call to the life of the node as it is: after a crash it does not happen."""
        boot = self._boots

        def guarded() -> None:
            if self.running and self._boots == boot:
                call()

        return guarded

    def _effects(self) -> dict[type[actions.Action], Callable[..., None]]:
        return {
            actions.Send: self._send,
            actions.Close: lambda action: self._links.close(self, action.connection, action.reason),
            actions.PauseReading: lambda _: None,
            actions.ResumeReading: lambda _: None,
            actions.Dial: lambda action: self._links.dial(self, action.address),
            actions.CheckSignatures: self._check_signatures,
            actions.CheckBlock: self._check_block,
            actions.StorePending: self._store_pending,
            actions.CommitChain: self._commit_chain,
            actions.EvictPending: lambda action: self._on_disk(
                lambda: self.disk.evict_pending(action.evicted)
            ),
            actions.ProbeStore: lambda action: self._on_disk(
                lambda: self._tell(events.StoreRecovered(action.job)), action.job
            ),
            actions.LoadBlocks: self._load_blocks,
            actions.LoadContents: self._load_contents,
            actions.FillContents: lambda action: self._on_disk(
                lambda: self.disk.fill_contents(action.block_hash, action.contents)
            ),
            actions.ForgetContents: self._forget_contents,
            actions.LoadEvents: self._load_events,
            actions.SaveAddresses: self._save_addresses,
            actions.SaveBans: self._save_bans,
            actions.Search: self._begin_search,
            actions.StopSearch: lambda _: self._stop_search(),
            actions.Report: lambda action: self.reports.append(f"{action.level}: {action.text}"),
            actions.StopNode: lambda _: self.crash(),
        }

    def _later(self, delays_ms: tuple[int, int], call: Callable[[], None]) -> None:
        self._world.call_later(self._world.rng.randint(*delays_ms), self._this_boot(call))

    def _on_disk(self, call: Callable[[], None], job: int | None = None) -> None:
        """Do something on the disk, which does one thing after another.

        A full one refuses a job. What is no job, and has no answer, is kept for when the disk takes something again.
        """

        def attempt() -> None:
            if self.disk_full:
                jobs = (job,) if job is not None else ()
                self._put_off.extend([call] if job is None else [])
                self._tell(events.StoreFailed("store_full", "the disk is full", transient=True, jobs=jobs))
                return
            put_off, self._put_off = self._put_off, []
            for each in (*put_off, call):
                each()

        self._disk_free_ms = max(self._disk_free_ms, self._world.ticks_ms) + self._world.rng.randint(
            *COMMIT_MS
        )
        self._world.call_at(self._disk_free_ms, self._this_boot(attempt))

    def _tell(self, event: Event) -> None:
        """Report what the disk did, a moment after it did it: a crash may come between."""
        self._world.call_later(1, self._this_boot(lambda: self.post(event)))

    def _send(self, action: actions.Send) -> None:
        if action.connection != CONTROL:
            self._links.send(self, action.connection, action.data)

    def _check_signatures(self, action: actions.CheckSignatures) -> None:
        valid = tuple(_is_signed(transaction) for transaction in action.transactions)
        self._later(CHECK_MS, lambda: self.post(events.SignaturesChecked(action.job, valid)))

    def _check_block(self, action: actions.CheckBlock) -> None:
        verdict: Block | PeerError
        try:
            verdict = decoded(action.block, self._config.network.id)
            rules.check_block_alone(verdict, self._config.network)
            for transaction in verdict.transactions:
                if transaction.head.raw not in action.sound and not _is_signed(transaction):
                    rules.check_signature(transaction)
        except PeerError as error:
            verdict = error
        self._later(CHECK_MS, lambda: self.post(events.BlockChecked(action.job, verdict)))

    def _store_pending(self, action: actions.StorePending) -> None:
        def store() -> None:
            outcomes = self.disk.store_pending(action.transactions)
            self._tell(events.PendingStored(action.job, outcomes, self.disk.last_event))

        self._on_disk(store, action.job)

    def _commit_chain(self, action: actions.CommitChain) -> None:
        def commit() -> None:
            try:
                confirmed, returned = self.disk.commit_chain(action.stage, action.revert, action.connect)
            except DuplicateTransaction as error:
                self._tell(events.CommitRefused(action.job, error.culprit, error))
            else:
                self._tell(events.ChainCommitted(action.job, confirmed, returned, self.disk.last_event))

        self._on_disk(commit, action.job)

    def _load_blocks(self, action: actions.LoadBlocks) -> None:
        def load() -> None:
            self.post(events.BlocksLoaded(action.job, self.disk.load_blocks(action.hashes, action.bytes_max)))

        self._later(CHECK_MS, load)

    def _load_contents(self, action: actions.LoadContents) -> None:
        def load() -> None:
            found = self.disk.load_contents(action.txids, action.bytes_max)
            self.post(events.ContentsLoaded(action.job, found))

        self._later(CHECK_MS, load)

    def _forget_contents(self, action: actions.ForgetContents) -> None:
        def forget() -> None:
            dropped = self.disk.forget_contents(action.txids)
            self._tell(events.ContentsForgotten(action.job, dropped, self.disk.last_event))

        self._on_disk(forget, action.job)

    def _load_events(self, action: actions.LoadEvents) -> None:
        def load() -> None:
            self.post(events.EventsLoaded(action.job, self.disk.load_events(action.since, action.limit)))

        self._later(CHECK_MS, load)

    def _save_addresses(self, action: actions.SaveAddresses) -> None:
        self._config = replace(
            self._config, addresses=action.addresses, added=action.added, removed=action.removed
        )

    def _save_bans(self, action: actions.SaveBans) -> None:
        self._config = replace(self._config, bans=action.bans)

    def _begin_search(self, action: actions.Search) -> None:
        """Find a nonce after an exponential time, as a search of hashes would."""
        self._search = action.job
        delay_ms = round(self._world.rng.expovariate(1 / self.power.mean_search_ms))
        self._world.call_later(delay_ms, self._this_boot(lambda: self._end_search(action)))

    def _end_search(self, action: actions.Search) -> None:
        if self._search == action.job:
            self._search = 0
            header = Header.decode(action.header)
            nonce = self._world.rng.randrange(NONCES)
            while int.from_bytes(header.with_nonce(nonce).hash, "big") > action.target:
                nonce += 1
            self.post(events.NonceFound(action.job, nonce))

    def _stop_search(self) -> None:
        self._search = 0


# Every host of a simulation asks for the same ones, and a check takes longer than all else that is done for a record.
_verify = lru_cache(CHECKS_REMEMBERED)(keys.verify)


def _is_signed(transaction: Transaction) -> bool:
    return _verify(transaction.head.author, transaction.txid, transaction.head.signature)
